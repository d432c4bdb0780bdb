"""The formats that the gateway reads itself: JSON, lines of JSON, and CloudEvents in all their forms.

All others are brought by adapters. What a message is, is seen by its body: nobody has signed its content type.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from gateway.domain.feil import Valideringsfeil
from gateway.domain.hendelsesdata import BOM, Format, UgyldigJson, les_json, skriv_json
from gateway.inbox.format import (
    CE_HODE,
    LestHendelse,
    i_en_setning,
    les_binaer,
    medietype,
    strukturert,
)
from gateway.plugin.formater import (
    Egne,
    ForMangeHendelser,
    Formatsvar,
    Innhold,
    Lest,
    Melding,
    Meldingsdel,
    Meldingsformat,
    Svarinnhold,
    Uforstaatt,
    UgyldigValg,
    UkjentInnholdstype,
)
from gateway.plugin.uttrykk import Uttrykk, Uttrykksfeil

SPECVERSION = "specversion"
SKJEMAKODET = "application/x-www-form-urlencoded"
HENDELSER = "hendelser"


class JsonFormat:
    """`json`: an object is one event, an array as many as it has elements; any of them may be a CloudEvent.

    `hendelser`: JMESPath to where in the message its events stand, instead of the message itself.
    """

    navn = "json"
    standarder: Mapping[str, str] = {}
    sier_hva_de_er = False
    har_svar = False

    def __init__(self, hendelser: Uttrykk | None = None) -> None:
        self._hendelser = hendelser

    def med(self, valg: Mapping[str, Any]) -> Meldingsformat:
        ukjente = {navn: f"is no option of {self.navn}; it has {HENDELSER}" for navn in valg if navn != HENDELSER}
        if ukjente:
            raise UgyldigValg(ukjente)
        if HENDELSER not in valg:
            return self
        if not isinstance(valg[HENDELSER], str):
            raise UgyldigValg({HENDELSER: "must be a text: JMESPath to where the events stand"})
        try:
            return type(self)(Uttrykk(valg[HENDELSER]))
        except Uttrykksfeil as feil:
            raise UgyldigValg({HENDELSER: str(feil)}) from None

    def uttrykk(self, tekst: str) -> Uttrykk:
        return Uttrykk(tekst)

    def les(self, melding: Melding) -> Lest:
        krev_lesbar(melding.innholdstype)
        if melding.hoder and any(navn.startswith(CE_HODE) for navn in melding.hoder):
            return Lest(deler=[_binaer(melding)])
        if self._hendelser is not None:
            return Lest(deler=self._utpekte(melding), flere=True)
        if er_liste(melding.kropp):
            deler = [self._en(raa, data, f"element {nr}") for nr, (raa, data) in enumerate(elementer(melding), 1)]
            return Lest(deler=deler, flere=True)
        return Lest(deler=[self._en(melding.kropp, les_json(melding.kropp), "")])

    def svar(self, svar: Svarinnhold) -> Formatsvar | None:
        del svar
        return None

    def _utpekte(self, melding: Melding) -> list[Meldingsdel]:
        assert self._hendelser is not None  # noqa: S101 - for mypy
        try:
            funnet = self._hendelser.finn(les_json(melding.kropp))
        except Uttrykksfeil as feil:
            return [Uforstaatt(raa=melding.kropp, grunn=f"{HENDELSER} (`{self._hendelser.tekst}`) {feil}.")]
        if funnet is None:
            return [Uforstaatt(raa=melding.kropp, grunn=f"{HENDELSER} (`{self._hendelser.tekst}`) finds nothing.")]
        if not isinstance(funnet, list):
            return [self._utpekt(funnet, "")]
        krev_faa(len(funnet), melding)
        return [self._utpekt(ett, f"element {nr}") for nr, ett in enumerate(funnet, 1)]

    def _utpekt(self, data: Any, sted: str) -> Meldingsdel:
        return self._en(skriv_json(data), data, sted)

    def _en(self, raa: bytes, data: Any, sted: str) -> Meldingsdel:
        if isinstance(data, dict) and SPECVERSION in data:
            return _cloudevent(raa, data, sted)
        return Innhold(data=data, raa=raa, soekes=data, sted=sted)


class NdjsonFormat(JsonFormat):
    """`ndjson`: an event a line."""

    navn = "ndjson"

    def med(self, valg: Mapping[str, Any]) -> Meldingsformat:
        if valg:
            raise UgyldigValg(dict.fromkeys(valg, f"is no option: {self.navn} has none; remove it"))
        return self

    def les(self, melding: Melding) -> Lest:
        krev_lesbar(melding.innholdstype)
        linjer = [
            (nr, linje)
            for nr, linje in enumerate(melding.kropp.removeprefix(BOM).split(b"\n"), 1)
            if linje and not linje.isspace()
        ]
        krev_faa(len(linjer), melding)
        return Lest(deler=[self._linje(linje, f"line {nr}") for nr, linje in linjer], flere=True)

    def _linje(self, raa: bytes, sted: str) -> Meldingsdel:
        """A line as it was sent: what is wrong within it is its own fault."""
        try:
            return self._en(raa, les_json(raa), sted)
        except UgyldigJson as feil:
            return Uforstaatt(raa=raa, sted=sted, grunn=str(feil).replace("The body", "It"))


class CloudEventsFormat(JsonFormat):
    """`cloudevents`: structured, batch, and binary where the scheme covers headers; nothing else."""

    navn = "cloudevents"
    sier_hva_de_er = True

    def med(self, valg: Mapping[str, Any]) -> Meldingsformat:
        if valg:
            raise UgyldigValg(dict.fromkeys(valg, f"is no option: {self.navn} has none; remove it"))
        return self

    def _en(self, raa: bytes, data: Any, sted: str) -> Meldingsdel:
        return _cloudevent(raa, data, sted)


def _cloudevent(raa: bytes, data: Any, sted: str) -> Meldingsdel:
    try:
        return _innhold(strukturert(data, raa), sted)
    except Valideringsfeil as feil:
        return Uforstaatt(raa=raa, sted=sted, grunn=i_en_setning(feil), format=Format.CLOUDEVENT)


def _binaer(melding: Melding) -> Meldingsdel:
    """Raises Valideringsfeil: what is wrong stands in headers, which are not kept."""
    return _innhold(les_binaer(melding.hoder, medietype(melding.innholdstype), melding.kropp), "")


def _innhold(lest: LestHendelse, sted: str) -> Innhold:
    egne = Egne(id=lest.id, type=lest.type, noekkel=lest.noekkel, tid=lest.tid)
    return Innhold(data=lest.data, raa=lest.raa, soekes=lest.data, format=lest.format, egne=egne, sted=sted)


def krev_lesbar(innholdstype: str) -> None:
    """Raises UkjentInnholdstype for a media type that JSON is never in."""
    type_ = medietype(innholdstype)
    if type_ == SKJEMAKODET:
        raise UkjentInnholdstype(
            "This source is read as JSON, not as a form; at GitHub, choose the content type application/json in the "
            "settings of the webhook, or give the source `format: skjema`."
        )
    if type_.endswith("xml"):
        raise UkjentInnholdstype("This source is read as JSON; give it `format: xml` or `format: soap` to read XML.")
    if type_.startswith("application/cloudevents") and not type_.endswith("+json"):
        raise UkjentInnholdstype("Send CloudEvents as JSON: application/cloudevents+json, or -batch+json.")


def er_liste(kropp: bytes) -> bool:
    return kropp[:64].removeprefix(BOM).lstrip(b" \t\r\n").startswith(b"[")


def elementer(melding: Melding) -> list[tuple[bytes, Any]]:
    """The elements of an array, each as it stands, and as it is read. Raises UgyldigJson, ForMangeHendelser."""
    lest: list[Any] = les_json(melding.kropp)
    krev_faa(len(lest), melding)
    deler = msgspec.json.decode(melding.kropp.removeprefix(BOM), type=list[msgspec.Raw])
    return list(zip(map(bytes, deler), lest, strict=True))


def krev_faa(antall: int, melding: Melding) -> None:
    """Raises ForMangeHendelser."""
    if antall > melding.maks:
        raise ForMangeHendelser(
            f"The message carries {antall} events; this source may send {melding.maks} at once. Send them in parts."
        )


EGNE_FORMATER: tuple[Meldingsformat, ...] = (JsonFormat(), NdjsonFormat(), CloudEventsFormat())
