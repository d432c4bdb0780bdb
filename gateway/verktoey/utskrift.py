"""How what a plugin answers is written out: as JSON that a person reads, without what goes without saying."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any

import msgspec

from gateway.domain.innhold import fra_json
from gateway.vertskap.oppdrag import Resultat
from gateway.vertskap.svar import les_referanse

STANDARD_LEVETID, STANDARD_VENTING = "P90D", "P1D"


def svar_av(resultat: Resultat) -> list[dict[str, Any]]:
    """Each thing that a mapping answered, by the name that it has in the plugin: kommandoer first, in their order."""
    svar = [kommando_av(steg) for steg in resultat.steg]
    for ett in resultat.lagre:
        levetid = {} if ett.levetid == STANDARD_LEVETID else {"levetid": ett.levetid}
        hoerer_til = {} if ett.hoerer_til is None else {"hoerer_til": skrevet(les_referanse(ett.hoerer_til))}
        svar.append({"Lagre": {"noekkel": ett.noekkel, "verdi": ett.verdi, **levetid, **hoerer_til}})
    if resultat.venter_paa is not None:
        venter = resultat.venter_paa
        lengst = {} if venter.lengst == STANDARD_VENTING else {"lengst": venter.lengst}
        svar.append({"VentPaa": {"noekkel": venter.noekkel, **lengst}})
    if resultat.hoppet_over is not None:
        svar.append({"HoppOver": {"grunn": resultat.hoppet_over}})
    return [*svar, *({"Merknad": {"tekst": tekst}} for tekst in resultat.merknader)]


def kommando_av(steg: dict[str, Any]) -> dict[str, Any]:
    """A step as it is kept: the kommando under its name, and beside it what is passed over, and its part."""
    skrevet_ut = {steg["kommando"]: skrevet(fra_json(steg))}
    if steg.get("tillatteAvslag"):
        skrevet_ut["tillater"] = list(steg["tillatteAvslag"])
    if steg.get("avslutter"):
        skrevet_ut["avslutter"] = True
    if steg.get("del") is not None:
        skrevet_ut["del"] = steg["del"]
    return skrevet_ut


def skrevet(verdi: Any) -> Any:
    """The value as plain JSON, without fields that have their default."""
    if is_dataclass(verdi):
        return {
            felt.name: skrevet(ledd) for felt in fields(verdi) if (ledd := getattr(verdi, felt.name)) != standard(felt)
        }
    if isinstance(verdi, list | tuple):
        return [skrevet(ledd) for ledd in verdi]
    return msgspec.to_builtins(verdi)


def standard(felt: Field[Any]) -> Any:
    """What a field is when it is not given; MISSING for one that must be."""
    return felt.default if felt.default_factory is MISSING else felt.default_factory()


def som_tekst(verdi: Mapping[str, Any] | Sequence[Any]) -> str:
    """JSON as it stands in a file."""
    return json.dumps(verdi, ensure_ascii=False, indent=2) + "\n"
