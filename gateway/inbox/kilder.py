"""The webhook sources: how each is signed, whose events it sends, and where a message says what it is."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate

from gateway.domain.feil import KildeFinnesIkke, Valideringsfeil
from gateway.domain.hendelsesdata import Format
from gateway.domain.takt import Takt
from gateway.inbox.format import (
    CE_HODE,
    SATSVIS,
    STRUKTURERT,
    LestHendelse,
    Uidentifisert,
    UkjentInnholdstype,
    identifisert,
    les_json,
    les_strukturert,
    medietype,
)
from gateway.inbox.inntak import Lesning, Mottaksregler
from gateway.oppsett.hemmelighetsfil import les_hemmelighet
from gateway.oppsett.konfigfil import Konfigskjema, Liste, Takten, les_konfig
from gateway.oppsett.produsentregister import IKKE_TOM, Produsentregister
from gateway.plugin import Signaturordning
from gateway.plugin.uttrykk import Uttrykk, Uttrykksfeil
from gateway.store.tabeller import Hendelse

FRA_MILJOE, FRA_FIL = "env:", "file:"
KILDER = Liste(hva="kilde", navn="navn", unike=("navn",), skjulte=frozenset({"hemmeligheter"}))
BEHOLD, AVVIS, NOTER = "behold", "avvis", "noter"
SPECVERSION = "specversion"
SKJEMAKODET = "application/x-www-form-urlencoded"


@dataclass(frozen=True, kw_only=True)
class Kilde:
    """One source. `type`, `id`, `noekkel` and `ignorer` are expressions over the message.

    Without `id`, the event's id is the one that the scheme signs.
    """

    navn: str
    produsent: str
    ordning: Signaturordning
    hemmeligheter: tuple[str, ...] = field(repr=False)
    type: Uttrykk
    id: Uttrykk | None
    noekkel: Uttrykk | None
    ignorer: Uttrykk | None
    regler: Mottaksregler
    grense: Takt | None

    def les(self, innholdstype: str, hoder: Mapping[str, str], kropp: bytes) -> Lesning:
        """The event in a verified request. Raises UgyldigJson, UkjentInnholdstype, Valideringsfeil."""
        if ukjente := sorted(navn for navn in hoder if navn.startswith(CE_HODE)):
            raise Valideringsfeil(
                f"The signature of {self.ordning.navn} does not cover ce- headers; send the event "
                f"as {STRUKTURERT}, all in the body.",
                felter={"headers": {navn: ["is not covered by the signature."] for navn in ukjente}},
            )
        _krev_lesbar(medietype(innholdstype))
        id_hode = self.ordning.dekker.id_hode
        return self.les_innhold(kropp, hoder.get(id_hode) if id_hode else None)

    def les_innhold(self, kropp: bytes, signert_id: str | None) -> Lesning:
        """The event in a body; `signert_id` is the id that was signed beside it. Raises UgyldigJson.

        Whether it is a CloudEvent is seen by the body: nobody has signed the content type.
        """
        data = les_json(kropp)
        format_ = Format.CLOUDEVENT if isinstance(data, dict) and SPECVERSION in data else Format.JSON
        ignorert = False
        try:
            if format_ is Format.CLOUDEVENT:
                return self._cloudevent(kropp)
            ignorert = self._ignorert(data)
            return Lesning(hendelse=self._melding(data, kropp, signert_id), ignorert=ignorert)
        except _Uforstaatt as feil:
            ulest = Uidentifisert(
                kilde=self.navn,
                id=None if self.id else signert_id,
                format=format_,
                raa=kropp,
                grunn=f"The source {self.navn} cannot identify the message: {feil}",
            )
            return Lesning(hendelse=ulest, ignorert=ignorert)

    def _cloudevent(self, kropp: bytes) -> Lesning:
        """A CloudEvent identifies itself, and is the source's."""
        try:
            lest = les_strukturert(kropp)
        except Valideringsfeil as feil:
            raise _Uforstaatt(_i_en_setning(feil)) from None
        noekkel = self._finn("noekkel", self.noekkel, lest.data)
        return Lesning(
            hendelse=self._identifisert(
                lest.id, lest.type, lest.noekkel if noekkel is None else noekkel, Format.CLOUDEVENT, kropp, lest.data
            ),
            ignorert=self._ignorert(lest.data),
        )

    def _melding(self, data: Any, kropp: bytes, signert_id: str | None) -> LestHendelse:
        return self._identifisert(
            self._finn("id", self.id, data) if self.id else signert_id,
            self._finn("type", self.type, data),
            self._finn("noekkel", self.noekkel, data),
            Format.JSON,
            kropp,
            data,
        )

    def _identifisert(
        self, id_: Any, type_: Any, noekkel: Any, format_: Format, kropp: bytes, data: Any
    ) -> LestHendelse:
        try:
            return identifisert(
                kilde=self.navn, id_=id_, type_=type_, noekkel=noekkel, format_=format_, raa=kropp, data=data
            )
        except Valideringsfeil as feil:
            uttrykk = {"id": self.id, "type": self.type, "key": self.noekkel}
            raise _Uforstaatt(
                " ".join(
                    f"{navn}{f' (`{ett.tekst}`)' if (ett := uttrykk.get(navn)) else ''} {' '.join(funn)}"
                    for navn, funn in (feil.felter or {})["json"].items()
                )
            ) from None

    def _ignorert(self, data: Any) -> bool:
        return bool(self._finn("ignorer", self.ignorer, data))

    def _finn(self, navn: str, uttrykk: Uttrykk | None, data: Any) -> Any:
        if uttrykk is None:
            return None
        try:
            return uttrykk.finn(data)
        except Uttrykksfeil as feil:
            raise _Uforstaatt(f"{navn} (`{uttrykk.tekst}`) {feil}.") from None


class _Uforstaatt(Exception):
    """The message does not say what it is; the text says by which expression, and repeats nothing of the message."""


def _i_en_setning(feil: Valideringsfeil) -> str:
    felter = (feil.felter or {}).get("json", {})
    return " ".join([feil.detalj, *(f"{navn} {' '.join(funn)}" for navn, funn in felter.items())])


def _krev_lesbar(type_: str) -> None:
    """Raises UkjentInnholdstype, Valideringsfeil for a media type that a webhook is not read from."""
    if type_ == SKJEMAKODET:
        raise UkjentInnholdstype(
            "Webhooks are read as JSON, not as a form; at GitHub, choose the content type application/json "
            "in the settings of the webhook."
        )
    if type_ == SATSVIS:
        raise Valideringsfeil("A webhook carries one event; send batches to /api/v1/hendelser.")
    if type_.startswith("application/cloudevents") and type_ != STRUKTURERT:
        raise UkjentInnholdstype(f"Send a CloudEvent as {STRUKTURERT}.")


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

    @property
    def egne_grenser(self) -> dict[str, Takt]:
        """How often the sources may come that have a limit of their own, by their navn."""
        return {navn: ett.grense for navn, ett in self._etter_navn.items() if ett.grense}

    def les_igjen(self, hendelse: Hendelse) -> tuple[LestHendelse | Uidentifisert, bool] | None:
        """What the source of a kept message makes of it now, and whether it passes it over; None without the source."""
        kilde = self._etter_navn.get(hendelse.kilde)
        if kilde is None or kilde.produsent != hendelse.produsent:
            return None
        lesning = kilde.les_innhold(bytes(hendelse.raa), hendelse.ekstern_id)
        return lesning.hendelse, lesning.ignorert


class JmesPath(fields.String):
    """A JMESPath expression, compiled once."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        tekst = super()._deserialize(value, attr, data, **kwargs)
        try:
            return Uttrykk(tekst)
        except Uttrykksfeil as feil:
            raise ValidationError(f"{feil}") from None


class KildeSkjema(Konfigskjema):
    navn = fields.String(
        required=True,
        validate=validate.Regexp(r"[a-z0-9][a-z0-9-]*$", error="must be lower-case letters, digits and hyphens."),
    )
    produsent = fields.String(required=True)
    adapter = fields.String(required=True)
    hemmeligheter = fields.List(fields.String(validate=IKKE_TOM), required=True, validate=IKKE_TOM)
    type = JmesPath(required=True)
    id = JmesPath(load_default=None)
    noekkel = JmesPath(load_default=None)
    ignorer = JmesPath(load_default=None)
    uforstaatt = fields.String(load_default=BEHOLD, validate=validate.OneOf((BEHOLD, AVVIS)))
    grense = Takten(load_default=None)
    annet_innhold = fields.String(load_default=NOTER, validate=validate.OneOf((NOTER, AVVIS)))

    def __init__(self, ordninger: Mapping[str, Signaturordning], produsenter: Produsentregister, *, dev: bool) -> None:
        super().__init__()
        self._ordninger = ordninger
        self._produsenter = produsenter
        self._dev = dev

    @post_load
    def bygg(self, data: dict[str, Any], **_: Any) -> Kilde:
        feil: dict[str, Any] = {}
        if data["produsent"] not in self._produsenter.oppfoeringer:
            feil["produsent"] = [
                f"is not in the produsentregister; it knows {', '.join(self._produsenter.oppfoeringer)}"
            ]
        if data["adapter"] not in self._ordninger:
            feil["adapter"] = [f"is not known; use one of {', '.join(sorted(self._ordninger))}"]
        elif data["id"] is None and self._ordninger[data["adapter"]].dekker.id_hode is None:
            feil["id"] = [f"must say where a message has its id: {data['adapter']} signs none of its own"]
        hemmeligheter = [self._hemmelighet(nr, tekst, feil) for nr, tekst in enumerate(data["hemmeligheter"])]
        if not feil:
            self._kontroller(data["adapter"], hemmeligheter)
        if feil:
            raise ValidationError(feil)
        return Kilde(
            navn=data["navn"],
            produsent=data["produsent"],
            ordning=self._ordninger[data["adapter"]],
            hemmeligheter=tuple(hemmeligheter),
            type=data["type"],
            id=data["id"],
            noekkel=data["noekkel"],
            ignorer=data["ignorer"],
            grense=data["grense"],
            regler=Mottaksregler(
                behold_uforstaatt=data["uforstaatt"] == BEHOLD, noter_annet_innhold=data["annet_innhold"] == NOTER
            ),
        )

    def _kontroller(self, adapter: str, hemmeligheter: Sequence[str]) -> None:
        for nr, hemmelighet in enumerate(hemmeligheter):
            try:
                self._ordninger[adapter].kontroller(hemmelighet)
            except ValueError as avvik:
                raise ValidationError({"hemmeligheter": {nr: [str(avvik)]}}) from None

    def _hemmelighet(self, nr: int, tekst: str, feil: dict[str, Any]) -> str:
        if tekst.startswith(FRA_FIL):
            try:
                return les_hemmelighet(tekst.removeprefix(FRA_FIL))
            except ValueError as avvik:
                feil.setdefault("hemmeligheter", {})[nr] = [f"{avvik}; correct it"]
                return ""
        if not tekst.startswith(FRA_MILJOE):
            if not self._dev:
                raad = f"must be {FRA_MILJOE}NAME or {FRA_FIL}/path in prod; a literal secret is for dev only"
                feil.setdefault("hemmeligheter", {})[nr] = [raad]
            return tekst
        variabel = tekst.removeprefix(FRA_MILJOE)
        if not os.environ.get(variabel):
            raad = f"names the environment variable {variabel}, which is not set; set it"
            feil.setdefault("hemmeligheter", {})[nr] = [raad]
        return os.environ.get(variabel, "")


def les_kilder(fil: Path, ordninger: Sequence[Signaturordning], produsenter: Produsentregister, *, dev: bool) -> Kilder:
    """Raises Innstillingsfeil, with file, line and remedy."""
    skjema = KildeSkjema({ett.navn: ett for ett in ordninger}, produsenter, dev=dev)
    return Kilder(les_konfig(fil, skjema, KILDER))
