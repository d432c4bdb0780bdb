"""What the gateway shows held against what the model shows, told by where the two first differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any

from gateway.handling.utfall import Utfall
from gateway.plugin import Tilganger
from tests.modell.referanse import Endring, Status, Svar, vis_tid


def som_svar(utfall: Utfall) -> Svar:
    """An empty list and one that does not apply are the same to the model."""
    return Svar(
        id=utfall.id,
        ny=utfall.ny,
        eksterne_varsler=utfall.eksterne_varsler or (),
        paaminnelse_varsler=utfall.paaminnelse_varsler or (),
        statuser=tuple(
            Status(ett.id, str(ett.status), ett.tekst, ett.overstyr_statustekst_med, ett.tidspunkt)
            for ett in utfall.statuser or ()
        ),
        status_id=utfall.status_id,
        grupperingsid=utfall.grupperingsid,
        antall=utfall.antall,
        merknader=tuple(merknad.split()[0] for merknad in utfall.merknader),
    )


def som_modellen(visning: Any, tilganger: Tilganger) -> dict[str, Any]:
    """What an employer is shown, as the model writes it; the virksomhet is named, or else stands as its number."""
    navn = {virksomhet.virksomhetsnummer: virksomhet.navn for virksomhet in tilganger.virksomheter}
    nummer = visning.virksomhet.virksomhetsnummer
    assert visning.virksomhet.navn == navn.get(nummer, nummer)
    felter = {ett.name: getattr(visning, ett.name) for ett in fields(visning) if ett.name != "virksomhet"}
    if sak := felter.get("sak"):
        felter["sak"] = (sak.id, sak.tittel, sak.tilleggsinformasjon)
    return felter


def lik(sett: Any, ventet: Any) -> None:
    """Equal; else say where they first differ, which is less to read than both."""
    if sett != ventet:
        raise AssertionError("\n".join(_forskjeller(sett, ventet, "")))


def _forskjeller(sett: Any, ventet: Any, sti: str) -> Iterator[str]:
    if isinstance(sett, dict) and isinstance(ventet, dict):
        for navn in {**sett, **ventet}:
            yield from _forskjeller(sett.get(navn, "(not there)"), ventet.get(navn, "(not there)"), f"{sti}.{navn}")
    elif isinstance(sett, list) and isinstance(ventet, list) and len(sett) == len(ventet):
        for nummer, (ett, annet) in enumerate(zip(sett, ventet, strict=True)):
            yield from _forskjeller(ett, annet, f"{sti}[{nummer}]")
    elif sett != ventet:
        yield f"{sti}: seen {sett!r}, by the contract {ventet!r}"


def lik_tidslinje(sett: list[dict[str, Any]], ventet: list[dict[str, Any]]) -> None:
    """In the same order by time; of two at the same moment the contract does not say which comes first."""
    assert [(ett["type"] == "NESTE_STEG", ett["tidspunkt"]) for ett in sett] == [
        (ett["type"] == "NESTE_STEG", ett["tidspunkt"]) for ett in ventet
    ]

    def noekkel(element: dict[str, Any]) -> str:
        return f"{element['tidspunkt']} {element['type']} {element['notifikasjonId']} {element}"

    lik(sorted(sett, key=noekkel), sorted(ventet, key=noekkel))


def lik_uansett_rekkefoelge_mellom_objekter(sett: Sequence[dict[str, Any]], ventet: Sequence[Endring]) -> None:
    """The same entries, and those of one object in the same order; one step may change many objects, in any order."""
    per_objekt: defaultdict[Any, list[Any]] = defaultdict(list)
    for ett in sett:
        objekt = ett["sakId"], ett["notifikasjonId"], ett["varselId"]
        per_objekt[objekt].append((ett["hva"], ett["merkelapp"], ett["tidspunkt"]))
    ventet_per_objekt: defaultdict[Any, list[Any]] = defaultdict(list)
    for endring in ventet:
        ider = (id_ and str(id_) for id_ in (endring.sak_id, endring.notifikasjon_id, endring.varsel_id))
        ventet_per_objekt[tuple(ider)].append((endring.hva, endring.merkelapp, vis_tid(endring.tidspunkt)))
    lik(dict(per_objekt), dict(ventet_per_objekt))
