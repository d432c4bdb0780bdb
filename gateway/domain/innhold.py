"""What a producer said, in one form: to tell the same content from other content, and to keep a kommando as JSON."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from gateway.domain.kommandoer import (
    KOMMANDOER,
    EndrePaaminnelse,
    Kommando,
    Notifikasjonsreferanse,
    NyNotifikasjon,
    NyStatus,
    OppdaterKalenderavtale,
    Saksinnhold,
    Saksreferanse,
    UtsettFrist,
    navn,
)
from gateway.domain.tid import instant

# msgspec works a class out when it first meets it, and two threads that do so at once bring the process down.
for _klasse in KOMMANDOER.values():
    msgspec.json.Decoder(_klasse)
REFERANSER = ("sak", "oppgave", "kalenderavtale", "notifikasjon", "varsel_id")
FEILBEHANDLING = ("ugyldige_varsler",)  # how faults are treated is nothing that is said
ENUMVERDI = re.compile(r"(?<=^Invalid enum value) .*(?= - at `)", re.DOTALL)  # the one value that msgspec repeats


# What clients that try again make anew, and what only rides on a status: no part of what is said.
IKKE_INNHOLD: dict[type[Any], tuple[str, ...]] = {
    Saksinnhold: ("hard_delete",),
    NyNotifikasjon: ("hard_delete", "opprettet_tidspunkt", *FEILBEHANDLING),
    NyStatus: ("ny_lenke_til_sak", "hard_delete"),
    OppdaterKalenderavtale: FEILBEHANDLING,
    UtsettFrist: FEILBEHANDLING,
    EndrePaaminnelse: FEILBEHANDLING,
}


def innhold_hash(kommando: Kommando, *, uten_referanse: bool = False) -> str:
    """A hash of the content of the kommando, the same for the same content whichever way it came in.

    Fields that say nothing do not count, so that a field that is added later changes no hash. Every time counts as
    the instant that it names, and mottakere as a set. `uten_referanse`: the same whether the object is named by id or
    by the producer's key.
    """
    innhold = msgspec.to_builtins(kommando, builtin_types=(dt.datetime,))
    _behold_det_sagte(kommando, innhold)
    sak = getattr(kommando, "sak", None)
    if isinstance(sak, Saksinnhold):
        _behold_det_sagte(sak, innhold["sak"])
    return _hash(kommando, innhold, uten_referanse=uten_referanse)


def _behold_det_sagte(sagt: Any, innhold: dict[str, Any]) -> None:
    for klasse, felter in IKKE_INNHOLD.items():
        if isinstance(sagt, klasse):
            for felt in felter:
                innhold.pop(felt, None)
    if innhold.get("paaminnelse") and isinstance(sagt, NyNotifikasjon):
        del innhold["paaminnelse"]["tidspunkt"]
    if len(innhold.get("mottakere", ())) > 1:
        innhold["mottakere"] = list({json.dumps(ett): ett for ett in sorted(innhold["mottakere"], key=str)}.values())


def gammel_hash(kommando: Kommando, *, uten_referanse: bool = False) -> str:
    """As `innhold_hash` was until 2026-11: of all that the kommando says. Rows from that time hold it."""
    innhold = msgspec.to_builtins(kommando, builtin_types=(dt.datetime,))
    for felt in FEILBEHANDLING:
        innhold.pop(felt, None)
    return _hash(kommando, innhold, uten_referanse=uten_referanse)


def er_samme(kommando: Kommando, lagret_hash: str) -> bool:
    """Whether the kommando says what is stored under this hash."""
    return lagret_hash in (innhold_hash(kommando), gammel_hash(kommando))


def _hash(kommando: Kommando, innhold: dict[str, Any], *, uten_referanse: bool) -> str:
    innhold.pop("idempotensnoekkel", None)
    if uten_referanse:
        for felt in REFERANSER:
            if isinstance(getattr(kommando, felt, None), Saksreferanse | Notifikasjonsreferanse | UUID):
                innhold.pop(felt, None)
    kanonisk = json.dumps(_uten_tomme(innhold), sort_keys=True, ensure_ascii=False, default=_instant)
    return hashlib.sha256(f"{navn(kommando)} {kanonisk}".encode()).hexdigest()


def til_json(kommando: Kommando) -> dict[str, Any]:
    """The kommando as plain JSON, by name."""
    return {"kommando": navn(kommando), "innhold": msgspec.to_builtins(kommando)}


def fra_json(data: Mapping[str, Any]) -> Kommando:
    """The kommando that `til_json` wrote.

    Raises msgspec.ValidationError for anything else, naming the field and not the value.
    """
    klasse = KOMMANDOER.get(str(data.get("kommando")))
    if klasse is None:
        raise msgspec.ValidationError("is not a kommando")
    try:
        return msgspec.convert(data.get("innhold"), klasse)
    except msgspec.ValidationError as feil:
        raise msgspec.ValidationError(ENUMVERDI.sub("", str(feil))) from None


def _instant(verdi: dt.datetime) -> str:
    return instant(verdi).isoformat()


def _uten_tomme(verdi: Any) -> Any:
    if isinstance(verdi, dict):
        return {navn: _uten_tomme(ledd) for navn, ledd in verdi.items() if ledd not in (None, (), [])}
    if isinstance(verdi, list | tuple):
        return [_uten_tomme(ledd) for ledd in verdi]
    return verdi
