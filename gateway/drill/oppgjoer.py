"""The reckoning: what was acknowledged, held against the database, what REST shows, and the mail that came."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

import psycopg
from psycopg.rows import dict_row

from gateway.drill.http import Svar, melding, send
from gateway.drill.klienter import Klienter, Kvittering, Slag
from gateway.drill.naboer import Kommet
from gateway.drill.sted import APPLIKASJON, MERKELAPP, Sted
from gateway.drill.vent import vent_til

# When nothing at all has been done for so long, no more will be.
FERDIG_UTEN_FRAMGANG_SEKUNDER = 45.0
LESEFRIST_SEKUNDER = 20.0
LES_PAA_NYTT = 5
ARBEID = (
    "SELECT (SELECT count(*) FROM hendelse WHERE tilstand = 'MOTTATT')"
    " + (SELECT count(*) FROM varsel WHERE status = 'NY')"
)
EN_AV_HVERT = (
    "SELECT hva, count(*) AS ganger FROM logg WHERE hva IN ('NyOppgave', 'NySak')"
    " GROUP BY hva, coalesce(notifikasjon_id, sak_id) HAVING count(*) > 1"
)


@dataclass
class Oppgjoer:
    """What came of it. `tapt` and `doblet` say what and how, and name the load's own keys only."""

    kvittert: Counter[str] = field(default_factory=Counter)
    tapt: list[str] = field(default_factory=list)
    doblet: list[str] = field(default_factory=list)
    # Copies of a mail under the same Message-ID, which a receiver that honours it delivers once.
    like_eposter: int = 0
    # Varsler that are still to be sent, in the database: neither lost nor done.
    venter: int = 0
    # Events that were still to be handled, in the database, when nothing more was done.
    uferdige: int = 0
    # Of each event: when it came, and when it was handled.
    hendelser: list[tuple[float, float]] = field(default_factory=list)


def gjoer_opp(sted: Sted, klienter: Klienter) -> Oppgjoer:
    """Wait until the gateway has nothing left to do, or gets nothing more done, and reckon."""
    with sted.postgres.koble_til() as forbindelse:
        igjen = _venter(forbindelse)
        while igjen and vent_til(lambda igjen=igjen: _venter(forbindelse) < igjen, FERDIG_UTEN_FRAMGANG_SEKUNDER):  # type: ignore[misc]
            igjen = _venter(forbindelse)
        oppgjoer = Oppgjoer(kvittert=Counter(str(ett.bestilling.slag) for ett in klienter.kvittert))
        oppgaver(oppgjoer, forbindelse, klienter, asyncio.run(_vist(sted)))
        hendelser(oppgjoer, forbindelse, klienter)
        venter = {rad[0] for rad in forbindelse.execute(VENTENDE_MOTTAKERE).fetchall()}
    ubesvart = {ett.mottaker for ett in klienter.ubesvart}
    kommet = [ett for ett in sted.post.kommet if ett.mottaker not in ubesvart]
    post(oppgjoer, _med_epost(klienter.kvittert), kommet, venter)
    return oppgjoer


VENTENDE_MOTTAKERE = (
    "SELECT n.ekstern_id FROM varsel v JOIN notifikasjon n ON n.id = v.notifikasjon_id WHERE v.status = 'NY'"
)


def _venter(forbindelse: psycopg.Connection) -> int:
    rad = forbindelse.execute(ARBEID).fetchone()
    return int(rad[0]) if rad else 0


def _av(klienter: Klienter, slag: Slag) -> dict[str, Kvittering]:
    return {ett.bestilling.noekkel: ett for ett in klienter.kvittert if ett.bestilling.slag is slag}


def _med_epost(kvittert: Sequence[Kvittering]) -> dict[str, str]:
    """The recipient of the mail that each oppgave ordered, by its key."""
    return {ett.bestilling.noekkel: ett.bestilling.mottaker for ett in kvittert if ett.bestilling.mottaker}


def oppgaver(oppgjoer: Oppgjoer, forbindelse: psycopg.Connection, klienter: Klienter, vist: dict[str, str]) -> None:
    """Each is there once, under the id that was acknowledged, and none that nobody was told of."""
    sporring = "SELECT ekstern_id, id::text FROM notifikasjon WHERE merkelapp = %s AND ekstern_id LIKE %s"
    lagret: dict[str, str] = dict(forbindelse.execute(sporring, (MERKELAPP, f"{klienter.loep}-%")).fetchall())
    kvittert = _av(klienter, Slag.OPPGAVE)
    for noekkel, kvittering in kvittert.items():
        for hvor, der in (("database", lagret), ("REST", vist)):
            if noekkel not in der:
                oppgjoer.tapt.append(f"oppgave {noekkel} is not in {hvor}")
            elif der[noekkel] != kvittering.id:
                oppgjoer.doblet.append(f"oppgave {noekkel} has another id in {hvor} than was acknowledged")
    oppgjoer.doblet += [f"oppgave {noekkel} is there, though it was refused" for noekkel in _avviste(klienter, lagret)]
    oppgjoer.doblet += [f"{hva} of one object, {ganger} times" for hva, ganger in forbindelse.execute(EN_AV_HVERT)]


def hendelser(oppgjoer: Oppgjoer, forbindelse: psycopg.Connection, klienter: Klienter) -> None:
    """Each was handled, once, and has made its sak, once."""
    sporring = (
        "SELECT h.ekstern_id, h.tilstand, h.feilkode, extract(epoch FROM h.mottatt_tidspunkt)::float8 AS mottatt,"
        " extract(epoch FROM h.behandlet_tidspunkt)::float8 AS behandlet,"
        " (SELECT count(*) FROM sak s WHERE s.grupperingsid = h.ekstern_id) AS saker"
        " FROM hendelse h WHERE h.ekstern_id LIKE %s"
    )
    with forbindelse.cursor(row_factory=dict_row) as peker:
        rader = peker.execute(sporring, (f"{klienter.loep}-%",)).fetchall()
    antall = Counter(rad["ekstern_id"] for rad in rader)
    lagret = {rad["ekstern_id"]: rad for rad in rader}
    oppgjoer.doblet += [f"event {noekkel} is there {ganger} times" for noekkel, ganger in antall.items() if ganger > 1]
    oppgjoer.doblet += [f"event {noekkel} is there, though it was refused" for noekkel in _avviste(klienter, lagret)]
    for noekkel in _av(klienter, Slag.WEBHOOK):
        rad = lagret.get(noekkel)
        if rad is None:
            oppgjoer.tapt.append(f"event {noekkel} is not in the database")
        elif rad["tilstand"] == "MOTTATT":
            oppgjoer.uferdige += 1
        elif rad["tilstand"] != "BEHANDLET":
            oppgjoer.tapt.append(f"event {noekkel} is {rad['tilstand']}, {rad['feilkode']}")
        elif rad["saker"] != 1:
            (oppgjoer.doblet if rad["saker"] else oppgjoer.tapt).append(f"event {noekkel} has {rad['saker']} saker")
    oppgjoer.hendelser = [(rad["mottatt"], rad["behandlet"]) for rad in rader if rad["behandlet"]]


def _avviste(klienter: Klienter, lagret: Iterable[str]) -> set[str]:
    """The keys of what is stored that nobody was told is, and nobody still waits to be told of."""
    kvittert = {ett.bestilling.noekkel for ett in klienter.kvittert}
    return set(lagret) - kvittert - {ett.noekkel for ett in klienter.ubesvart}


def post(oppgjoer: Oppgjoer, bestilt: dict[str, str], kommet: Sequence[Kommet], venter: set[str]) -> None:
    """Each mail that was ordered came, under one Message-ID; those of the keys in `venter` may still come."""
    fremmede = {ett.mottaker for ett in kommet} - set(bestilt.values())
    oppgjoer.doblet += [f"a mail to {mottaker} came that was not acknowledged" for mottaker in fremmede]
    for noekkel, mottaker in bestilt.items():
        meldinger = [ett.message_id for ett in kommet if ett.mottaker == mottaker]
        if not meldinger and noekkel in venter:
            oppgjoer.venter += 1
        elif not meldinger:
            oppgjoer.tapt.append(f"the mail of oppgave {noekkel} did not come")
        if len(set(meldinger)) > 1:
            oppgjoer.doblet.append(f"the mail of oppgave {noekkel} came under {len(set(meldinger))} Message-IDs")
        oppgjoer.like_eposter += len(meldinger) - len(set(meldinger))


async def _vist(sted: Sted) -> dict[str, str]:
    """The id of each oppgave that REST lists, by its key. Raises RuntimeError when it goes on not answering."""
    vist: dict[str, str] = {}
    token, etter = sted.utsteder.produsent_token(APPLIKASJON), ""
    while True:
        spoerring = urlencode({"merkelapp": MERKELAPP, "antall": 100, **({"etter": etter} if etter else {})})
        hode = {"Authorization": f"Bearer {token}"}
        svar = await _les(sted.porter, melding("GET", f"/api/v1/notifikasjoner?{spoerring}", hode))
        side = json.loads(svar.kropp)
        vist.update(_noekler(side["elementer"]))
        etter = side["neste"]
        if not etter:
            return vist


async def _les(porter: Sequence[int], foresporsel: bytes) -> Svar:
    for nummer in range(LES_PAA_NYTT):
        svar = await send(porter[nummer % len(porter)], foresporsel, LESEFRIST_SEKUNDER)
        if isinstance(svar, Svar) and svar.status == 200:
            return svar
        await asyncio.sleep(1.0)
    raise RuntimeError(f"REST cannot be read after the drill: {svar}")


def _noekler(elementer: Sequence[dict[str, str]]) -> Iterator[tuple[str, str]]:
    return ((ett["eksternId"], ett["id"]) for ett in elementer)
