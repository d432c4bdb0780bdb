"""The webhook sources: how each is signed, whose events it sends, and where a message says what it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate

from gateway.domain.feil import IngenTilgang, KildeFinnesIkke, UkjentHendelsestype, Valideringsfeil
from gateway.domain.hendelsesdata import Format, Uleselig
from gateway.domain.nett import Nett, er_i, les_nett
from gateway.domain.takt import Takt
from gateway.inbox.format import CE_HODE, STRUKTURERT, LestHendelse, Uidentifisert, identifisert
from gateway.inbox.formater import EGNE_FORMATER, JsonFormat
from gateway.inbox.inntak import UTEN_ID, Lesning, Mottaksregler
from gateway.oppsett.hemmelighetsfil import FRA_FIL, FRA_MILJOE, IkkeSatt, er_referanse, les_referanse
from gateway.oppsett.konfigfil import Konfigskjema, Liste, Takten, les_konfig
from gateway.oppsett.produsentregister import IKKE_TOM, Produsentregister
from gateway.plugin import Bevis, Signaturordning, UgyldigValg
from gateway.plugin.formater import (
    Finner,
    ForMangeHendelser,
    Innhold,
    Melding,
    Meldingsdel,
    Meldingsformat,
    Uforstaatt,
    UkjentInnholdstype,
)
from gateway.plugin.uttrykk import Uttrykk, Uttrykksfeil
from gateway.store.tabeller import Hendelse
from gateway.vertskap.erklaering import Erklaering, Plugins

KILDER = Liste(hva="kilde", navn="navn", unike=("navn",), skjulte=frozenset({"hemmeligheter"}))
BEHOLD, AVVIS, NOTER = "behold", "avvis", "noter"
FORTSETT, VENT = "fortsett", "vent"
UTTRYKK = ("type", "id", "noekkel", "tid", "ignorer")
SOM_SAGT = {"type": "type", "id": "id", "key": "noekkel", "time": "tid"}
FLEST_HENDELSER, HOEYEST_HENDELSER = 10_000, 100_000

# What the source of a kept message makes of it now; None where the source is gone.
Leser = Callable[[Hendelse], Lesning | None]


@dataclass(frozen=True, kw_only=True)
class Svarstil:
    """What a sender wants to hear, where it cannot take what is usual.

    `status` is that of every answer that is no refusal; `feil` that of every refusal that is not temporary.
    """

    status: int | None = None
    feil: int | None = None


@dataclass(frozen=True, kw_only=True)
class Lesninger:
    """What a source makes of a message: each event in its place, and where in the message that is.

    `flere`: the message may carry many, and each is answered.
    """

    alle: Sequence[Lesning]
    steder: Sequence[str]
    flere: bool


@dataclass(frozen=True, kw_only=True)
class Kilde:
    """One source. `type`, `id`, `noekkel`, `tid` and `ignorer` are expressions over each event of a message.

    Without `id`, the event's id is the one that the scheme signs; then what the event's type declares; then what the
    plugin's hook `identitet` says. `nett`: the only networks it may be called from. `maks_bytes` is of a message.
    """

    navn: str
    produsent: str
    ordning: Signaturordning
    hemmeligheter: tuple[str, ...] = field(repr=False)
    regler: Mottaksregler
    format: Meldingsformat = field(default_factory=JsonFormat)
    type: Finner | None = None
    id: Finner | None = None
    noekkel: Finner | None = None
    tid: Finner | None = None
    ignorer: Finner | None = None
    grense: Takt | None = None
    nett: tuple[Nett, ...] = ()
    maks_bytes: int | None = None
    maks_hendelser: int = FLEST_HENDELSER
    svar: Svarstil = Svarstil()
    stopper_noekkelen: bool | None = None

    def krev_nett(self, adresse: str) -> None:
        """Raises IngenTilgang for a caller outside the networks of the source."""
        if self.nett and not er_i(adresse, self.nett):
            raise IngenTilgang("This source is called from its own networks only (`nett` in kilder.yaml).")

    def les(self, innholdstype: str, hoder: Mapping[str, str], kropp: bytes, plugins: Plugins) -> Lesninger:
        """The events in a verified request.

        Raises Uleselig, UkjentInnholdstype, ForMangeHendelser for what is not in the source's format, Valideringsfeil.
        """
        dekning = self.ordning.dekker
        if not dekning.dekker_hoder and (ukjente := sorted(navn for navn in hoder if navn.startswith(CE_HODE))):
            raise Valideringsfeil(
                f"The signature of {self.ordning.navn} does not cover ce- headers; send the event "
                f"as {STRUKTURERT}, all in the body.",
                felter={"headers": {navn: ["is not covered by the signature."] for navn in ukjente}},
            )
        lest = self.format.les(
            Melding(
                kropp=kropp,
                innholdstype=innholdstype,
                hoder=hoder if dekning.dekker_hoder else {},
                maks=self.maks_hendelser,
            )
        )
        signert = hoder.get(dekning.id_hode) if dekning.id_hode else None
        return Lesninger(
            alle=[
                self._les_del(ett, f"{signert}/{nr}" if signert and lest.flere else signert, plugins)
                for nr, ett in enumerate(lest.deler, 1)
            ],
            steder=[ett.sted for ett in lest.deler],
            flere=lest.flere,
        )

    def les_igjen(self, hendelse: Hendelse, plugins: Plugins) -> Lesning:
        """What the source makes of a kept message now."""
        raa, signert = bytes(hendelse.raa), _signert_id(hendelse)
        # What was kept as JSON is JSON, in whatever form it was sent.
        som_json = hendelse.format != Format.ORIGINAL and not isinstance(self.format, JsonFormat)
        format_ = JsonFormat() if som_json else self.format
        deler = format_.les(Melding(kropp=raa, maks=self.maks_hendelser)).deler
        if len(deler) != 1:
            return self.ulest_igjen(hendelse, f"{len(deler)} events are found now in what was one.")
        return self._les_del(deler[0], signert, plugins, kjent=hendelse.type if som_json else None)

    def ulest_igjen(self, hendelse: Hendelse, hva: str) -> Lesning:
        """A kept message that the source can still not read."""
        return self._uidentifisert(
            self._grunn("", hva), bytes(hendelse.raa), Format(hendelse.format), _signert_id(hendelse)
        )

    def _les_del(
        self, del_: Meldingsdel, signert: str | None, plugins: Plugins, *, kjent: str | None = None
    ) -> Lesning:
        """`kjent`: its type, where it is known; then the expressions of the source are not about JSON, as it is."""
        lukket = kjent is not None
        if isinstance(del_, Uforstaatt):
            return self._uidentifisert(self._grunn(del_.sted, del_.grunn), del_.raa, del_.format, signert)
        ignorert = False
        soekes, egne = del_.soekes, del_.egne
        try:
            ignorert = bool(self._finn("ignorer", self.ignorer, soekes, lukket))
            funnet = {
                "type": egne.type if egne else self._finn("type", self.type, soekes, lukket),
                "id": egne.id if egne else self._finn("id", self.id, soekes, lukket),
                "noekkel": self._finn("noekkel", self.noekkel, soekes, lukket),
                "tid": egne.tid if egne else self._finn("tid", self.tid, soekes, lukket),
            }
            if funnet["type"] is None:
                funnet["type"] = kjent
            if funnet["id"] is None and self.id is None:
                funnet["id"] = signert
            if egne and funnet["noekkel"] is None:
                funnet["noekkel"] = egne.noekkel
            if None in funnet.values() and (erklaering := self._erklaering(funnet["type"], plugins)):
                self._av_typen(funnet, erklaering, del_)
                if funnet["id"] is None and erklaering.har_identitet:
                    return Lesning(hendelse=self._uten_id(funnet, del_), ignorert=ignorert)
            return Lesning(hendelse=self._identifisert(funnet, del_), ignorert=ignorert)
        except _Uforstaatt as feil:
            return self._uidentifisert(
                self._grunn(del_.sted, str(feil)),
                del_.original() if del_.original else del_.raa,
                Format.ORIGINAL if del_.original else del_.format,
                signert,
                ignorert=ignorert,
            )

    def _erklaering(self, type_: Any, plugins: Plugins) -> Erklaering | None:
        """The plugin that declares the type, if any does."""
        if not isinstance(type_, str):
            return None
        try:
            return plugins.for_hendelse(self.produsent, type_)
        except UkjentHendelsestype:
            return None

    def _av_typen(self, funnet: dict[str, Any], erklaering: Erklaering, del_: Innhold) -> None:
        """Fill in what the event's type says of itself, where neither the event nor its source does."""
        try:
            mangler = [navn for navn in ("id", "noekkel", "tid") if funnet[navn] is None]
            av_typen = erklaering.finn(funnet["type"], del_.data, mangler)
        except Uttrykksfeil as feil:
            if funnet["id"] is not None:
                self._identifisert(funnet, del_)  # what its source says of it may be wrong first
            raise _Uforstaatt(f"{feil}.") from None
        funnet |= {navn: getattr(av_typen, navn) for navn in mangler}

    def _identifisert(self, funnet: Mapping[str, Any], del_: Innhold, *, id_: Any = None) -> LestHendelse:
        try:
            return identifisert(
                kilde=self.navn,
                id_=funnet["id"] if id_ is None else id_,
                type_=funnet["type"],
                noekkel=funnet["noekkel"],
                tid=funnet["tid"],
                format_=del_.format,
                raa=del_.raa,
                data=del_.data,
                stopper_noekkelen=self.stopper_noekkelen,
            )
        except Valideringsfeil as feil:
            raise _Uforstaatt(
                " ".join(
                    f"{navn}{self._hvor(SOM_SAGT.get(navn))} {' '.join(funn)}"
                    for navn, funn in (feil.felter or {})["json"].items()
                )
            ) from None

    def _uten_id(self, funnet: Mapping[str, Any], del_: Innhold) -> Uidentifisert:
        """An event that only its plugin can tell the id of."""
        lest = self._identifisert(funnet, del_, id_="x")
        return Uidentifisert(
            kilde=self.navn,
            id=None,
            format=lest.format,
            raa=lest.raa,
            grunn=self._grunn(del_.sted, f"id{self._hvor('id')} is missing, and the plugin must tell it."),
            type=lest.type,
            noekkel=lest.noekkel,
            tid=lest.tid,
            stopper_noekkelen=lest.stopper_noekkelen,
        )

    def _uidentifisert(
        self, grunn: str, raa: bytes, format_: Format, signert: str | None, *, ignorert: bool = False
    ) -> Lesning:
        ulest = Uidentifisert(kilde=self.navn, id=None if self.id else signert, format=format_, raa=raa, grunn=grunn)
        return Lesning(hendelse=ulest, ignorert=ignorert)

    def _grunn(self, sted: str, hva: str) -> str:
        return f"The source {self.navn} cannot identify the message{f', {sted}' if sted else ''}: {hva}"

    def _hvor(self, navn: str | None) -> str:
        finner: Finner | None = getattr(self, navn) if navn else None
        return f" (`{finner.tekst}`)" if finner else ""

    def _finn(self, navn: str, finner: Finner | None, soekes: Any, lukket: bool) -> Any:
        if finner is None or (lukket and not isinstance(finner, Uttrykk)):
            return None
        try:
            return finner.finn(soekes)
        except Uttrykksfeil as feil:
            raise _Uforstaatt(f"{navn} (`{finner.tekst}`) {feil}.") from None


def _signert_id(hendelse: Hendelse) -> str | None:
    """The id that was signed beside a message that could not be identified, if one was."""
    navn: str = hendelse.ekstern_id
    return None if navn.startswith(UTEN_ID) else navn


class _Uforstaatt(Exception):
    """The message does not say what it is; the text says by which expression, and repeats nothing of the message."""


class Kilder:
    """The sources, by their navn."""

    def __init__(self, kilder: Sequence[Kilde]) -> None:
        self._etter_navn = {kilde.navn: kilde for kilde in kilder}

    def hent(self, navn: str) -> Kilde:
        """Raises KildeFinnesIkke."""
        try:
            return self._etter_navn[navn]
        except KeyError:
            raise KildeFinnesIkke("No such kilde; the path is /webhooks/<navn>, with a navn of kilder.yaml.") from None

    def __iter__(self) -> Iterator[Kilde]:
        return iter(self._etter_navn.values())

    @property
    def egne_grenser(self) -> dict[str, Takt]:
        """How often the sources may come that have a limit of their own, by their navn."""
        return {navn: ett.grense for navn, ett in self._etter_navn.items() if ett.grense}

    def leser(self, plugins: Plugins) -> Leser:
        """What reads a kept message again, by its source and these plugins; it answers None without the source."""
        return partial(self._les_igjen, plugins)

    def _les_igjen(self, plugins: Plugins, hendelse: Hendelse) -> Lesning | None:
        kilde = self._etter_navn.get(hendelse.kilde)
        if kilde is None or kilde.produsent != hendelse.produsent:
            return None
        try:
            return kilde.les_igjen(hendelse, plugins)
        except (Uleselig, UkjentInnholdstype, ForMangeHendelser) as feil:
            return kilde.ulest_igjen(hendelse, str(feil))


class Nettet(fields.String):
    """A network, such as `10.1.0.0/16`, or one address."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        tekst = super()._deserialize(value, attr, data, **kwargs)
        try:
            return les_nett(tekst)
        except ValueError as feil:
            raise ValidationError(str(feil)) from None


class SvarstilSkjema(Konfigskjema):
    status = fields.Integer(load_default=None, strict=True, validate=validate.OneOf((200, 201, 202, 204)))
    feil = fields.Integer(load_default=None, strict=True, validate=validate.Range(400, 599))


class KildeSkjema(Konfigskjema):
    navn = fields.String(
        required=True,
        validate=validate.Regexp(r"[a-z0-9][a-z0-9-]*$", error="must be lower-case letters, digits and hyphens."),
    )
    produsent = fields.String(required=True)
    adapter = fields.String(required=True)
    hemmeligheter = fields.List(fields.String(validate=IKKE_TOM), load_default=list)
    signatur = fields.Dict(keys=fields.String(), load_default=dict)
    format = fields.String(load_default=JsonFormat.navn)
    formatvalg = fields.Dict(keys=fields.String(), load_default=dict)
    type = fields.String(load_default=None)
    id = fields.String(load_default=None)
    noekkel = fields.String(load_default=None)
    tid = fields.String(load_default=None)
    ignorer = fields.String(load_default=None)
    uforstaatt = fields.String(load_default=BEHOLD, validate=validate.OneOf((BEHOLD, AVVIS)))
    annet_innhold = fields.String(load_default=NOTER, validate=validate.OneOf((NOTER, AVVIS)))
    etter_karantene = fields.String(load_default=FORTSETT, validate=validate.OneOf((FORTSETT, VENT)))
    grense = Takten(load_default=None)
    maks_bytes = fields.Integer(load_default=None, strict=True, validate=validate.Range(1))
    maks_hendelser = fields.Integer(
        load_default=FLEST_HENDELSER, strict=True, validate=validate.Range(1, HOEYEST_HENDELSER)
    )
    nett = fields.List(Nettet(), load_default=list)
    svar = fields.Nested(SvarstilSkjema, load_default=dict)

    def __init__(
        self,
        ordninger: Mapping[str, Signaturordning],
        formater: Mapping[str, Meldingsformat],
        produsenter: Produsentregister,
        *,
        dev: bool,
    ) -> None:
        super().__init__()
        self._ordninger = ordninger
        self._formater = formater
        self._produsenter = produsenter
        self._dev = dev

    @post_load
    def bygg(self, data: dict[str, Any], **_: Any) -> Kilde:
        feil: dict[str, Any] = {}
        if data["produsent"] not in self._produsenter.oppfoeringer:
            feil["produsent"] = [
                f"is not in the produsentregister; it knows {', '.join(self._produsenter.oppfoeringer)}"
            ]
        ordning = self._ordning(data["adapter"], data["signatur"], feil)
        if ordning is not None:
            feil |= _passer_ikke(ordning, data)
        format_ = self._format(data["format"], data["formatvalg"], feil)
        finnere = _finnere(format_, data, feil) if format_ is not None else {}
        hemmeligheter = [self._hemmelighet(nr, tekst, feil) for nr, tekst in enumerate(data["hemmeligheter"])]
        if feil or ordning is None or format_ is None:
            raise ValidationError(feil)
        _kontroller(ordning, hemmeligheter)
        return Kilde(
            navn=data["navn"],
            produsent=data["produsent"],
            ordning=ordning,
            hemmeligheter=tuple(hemmeligheter),
            format=format_,
            **finnere,
            grense=data["grense"],
            maks_bytes=data["maks_bytes"],
            maks_hendelser=data["maks_hendelser"],
            nett=tuple(data["nett"]),
            svar=Svarstil(**data["svar"]),
            stopper_noekkelen=True if data["etter_karantene"] == VENT else None,
            regler=Mottaksregler(
                behold_uforstaatt=data["uforstaatt"] == BEHOLD, noter_annet_innhold=data["annet_innhold"] == NOTER
            ),
        )

    def _format(self, navn: str, valg: Mapping[str, Any], feil: dict[str, Any]) -> Meldingsformat | None:
        """The format with the source's options; None, and why, where there is none."""
        if navn not in self._formater:
            feil["format"] = [f"is not known; use one of {', '.join(sorted(self._formater))}"]
            return None
        try:
            return self._formater[navn].med(valg)
        except UgyldigValg as avvik:
            feil["formatvalg"] = {navn: [hva] for navn, hva in avvik.feil.items()}
        except ValueError as avvik:
            feil["formatvalg"] = [str(avvik)]
        return None

    def _ordning(self, adapter: str, valg: Mapping[str, Any], feil: dict[str, Any]) -> Signaturordning | None:
        """The scheme with the source's options; None, and why, where there is none."""
        if adapter not in self._ordninger:
            feil["adapter"] = [f"is not known; use one of {', '.join(sorted(self._ordninger))}"]
            return None
        try:
            return self._ordninger[adapter].med(valg)
        except UgyldigValg as avvik:
            feil["signatur"] = {navn: [hva] for navn, hva in avvik.feil.items()}
        except ValueError as avvik:
            feil["signatur"] = [str(avvik)]
        return None

    def _hemmelighet(self, nr: int, tekst: str, feil: dict[str, Any]) -> str:
        if not er_referanse(tekst):
            if not self._dev:
                raad = f"must be {FRA_MILJOE}NAME or {FRA_FIL}/path in prod; a literal secret is for dev only"
                feil.setdefault("hemmeligheter", {})[nr] = [raad]
            return tekst
        try:
            return les_referanse(tekst)
        except ValueError as avvik:
            raad = "set it" if isinstance(avvik, IkkeSatt) else "correct it"
            feil.setdefault("hemmeligheter", {})[nr] = [f"{avvik}; {raad}"]
            return ""


def _passer_ikke(ordning: Signaturordning, data: Mapping[str, Any]) -> dict[str, Any]:
    """What a source says, or leaves out, that does not go with its scheme."""
    feil = {}
    if ordning.dekker.bevis is Bevis.UTSTEDER and data["hemmeligheter"]:
        feil["hemmeligheter"] = [f"must be left out: {ordning.navn} verifies by the keys of an issuer"]
    elif ordning.dekker.bevis is not Bevis.UTSTEDER and not data["hemmeligheter"]:
        feil["hemmeligheter"] = [f"must name one at least, for {ordning.navn} to verify with"]
    return feil


def _kontroller(ordning: Signaturordning, hemmeligheter: Sequence[str]) -> None:
    for nr, hemmelighet in enumerate(hemmeligheter):
        try:
            ordning.kontroller(hemmelighet)
        except ValueError as avvik:
            raise ValidationError({"hemmeligheter": {nr: [str(avvik)]}}) from None


def _finnere(format_: Meldingsformat, data: Mapping[str, Any], feil: dict[str, Any]) -> dict[str, Finner]:
    """The source's expressions, and those of its format where the source gives none."""
    finnere = {}
    for navn in UTTRYKK:
        tekst = data[navn] if data[navn] is not None else format_.standarder.get(navn)
        if tekst is None:
            continue
        try:
            finnere[navn] = format_.uttrykk(tekst)
        except Uttrykksfeil as avvik:
            feil[navn] = [str(avvik)]
    if "type" not in finnere and "type" not in feil and not format_.sier_hva_de_er:
        feil["type"] = [
            "is missing; add where a message has its type, or the type itself in quotes of its own: \"'KLAR'\""
        ]
    return finnere


def les_kilder(
    fil: Path,
    ordninger: Sequence[Signaturordning],
    produsenter: Produsentregister,
    *,
    formater: Sequence[Meldingsformat] = (),
    dev: bool,
) -> Kilder:
    """`formater`: those that adapters bring beside the gateway's own. Raises Innstillingsfeil: file, line, remedy."""
    skjema = KildeSkjema(
        {ett.navn: ett for ett in ordninger},
        {ett.navn: ett for ett in (*EGNE_FORMATER, *formater)},
        produsenter,
        dev=dev,
    )
    return Kilder(les_konfig(fil, skjema, KILDER))
