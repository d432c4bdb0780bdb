"""Emptying and removing what has been kept for as long as it should; all of it in the open transaction.

The log and the history of varsler are walked from their oldest rows: their ids grow with time, so no index is needed
beside the one that they have. A cursor of the change feed names a place and not a row, so it goes on as before.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import peewee

from gateway.domain.bevaring import Bevaring, glemmes, slutt
from gateway.domain.hendelse import Hendelsestilstand
from gateway.domain.varsel import Varselstatus
from gateway.store.dialekt import blant, claim, par_blant
from gateway.store.innboks import KOE
from gateway.store.tabeller import (
    AVSLUTTET_UTEN_TID,
    Hendelse,
    Hendelsesnoekkel,
    Hendelsesobjekt,
    Logg,
    SattTilSide,
    SistLest,
    Varsel,
    VarselHistorikk,
)

# How many of each producer's there were; None: the gateway's own, or of no producer that is known.
Antall = Mapping[str | None, int]
INGEN: Antall = {}
# All that an event said, and what was made of it. Its source, id and the hash of what it said are remembered.
TOMT = {
    "raa": b"",
    **dict.fromkeys(("kilde_noekkel", "kommandoer", "utfall", "feilmelding", "oppslag", "oversettelse")),
}


@dataclass(frozen=True, kw_only=True)
class Tatt:
    """What became of a batch of events."""

    toemt: Antall
    fjernet: Antall


def ta_hendelser(ider: Sequence[UUID], naa: dt.datetime) -> Tatt:
    """Empty those events, whose rows are held, or remove what is left of those that were emptied long ago."""
    felter = (Hendelse.id, Hendelse.produsent, Hendelse.noekkel, Hendelse.avsluttet_tidspunkt)
    rader = list(Hendelse.select(*felter).where(blant(Hendelse.id, ider)))
    glemte = [rad for rad in rader if glemmes(rad.avsluttet_tidspunkt) <= naa]
    toemmes = [rad for rad in rader if glemmes(rad.avsluttet_tidspunkt) > naa]
    _toem(toemmes)
    _fjern(glemte)
    return Tatt(toemt=Counter(rad.produsent for rad in toemmes), fjernet=Counter(rad.produsent for rad in glemte))


def _toem(rader: Sequence[Hendelse]) -> None:
    per_tid: defaultdict[dt.datetime, list[UUID]] = defaultdict(list)
    for rad in rader:
        per_tid[glemmes(rad.avsluttet_tidspunkt)].append(rad.id)
    for til, ider in per_tid.items():  # a few: what is due at a time ended at a time
        Hendelse.update({**TOMT, "bevares_til": til}).where(blant(Hendelse.id, ider)).execute()
        Hendelsesobjekt.delete().where(blant(Hendelsesobjekt.hendelse, ider)).execute()


def _fjern(rader: Sequence[Hendelse]) -> None:
    if not rader:
        return
    Hendelse.delete().where(blant(Hendelse.id, [rad.id for rad in rader])).execute()
    noekler = sorted({(rad.produsent, rad.noekkel) for rad in rader if rad.noekkel != KOE})
    stedene = (Hendelsesnoekkel.produsent, Hendelsesnoekkel.noekkel)
    # Held first, and then looked at: whoever stores an event holds its key's row, and draws its number from it.
    hvilende = Hendelsesnoekkel.select(*stedene).where(
        par_blant(stedene, noekler), Hendelsesnoekkel.klar_tidspunkt.is_null()
    )
    holdt = list(claim(hvilende).tuples())
    i_bruk = Hendelse.select(Hendelse.id).where(
        Hendelse.produsent == Hendelsesnoekkel.produsent, Hendelse.noekkel == Hendelsesnoekkel.noekkel
    )
    Hendelsesnoekkel.delete().where(par_blant(stedene, holdt), ~peewee.fn.EXISTS(i_bruk)).execute()


def gi_slutt(naa: dt.datetime, hoeyst: int, bevaring: Callable[[str], Bevaring]) -> int:
    """Let finished events that a version before left without a time have one; how many, at most `hoeyst`.

    When one was dropped is not known, so it counts from now; and nothing is overdue before it has been seen.
    """
    uten = Hendelse.select(
        Hendelse.id, Hendelse.produsent, Hendelse.tilstand, Hendelse.plugin, Hendelse.behandlet_tidspunkt
    ).where(AVSLUTTET_UTEN_TID)
    rader = list(claim(uten.order_by(Hendelse.id).limit(hoeyst)))
    per_tid: defaultdict[dt.datetime, list[UUID]] = defaultdict(list)
    for rad in rader:
        avsluttet, tilstand = rad.behandlet_tidspunkt or naa, Hendelsestilstand(rad.tilstand)
        sluttet = slutt(bevaring(rad.produsent), tilstand, plugin=rad.plugin, naa=avsluttet)
        per_tid[max(sluttet.bevares_til or naa, naa)].append(rad.id)
    for til, ider in per_tid.items():
        Hendelse.update(
            avsluttet_tidspunkt=peewee.fn.COALESCE(
                Hendelse.behandlet_tidspunkt, peewee.Value(naa, Hendelse.avsluttet_tidspunkt.db_value)
            ),
            bevares_til=til,
        ).where(blant(Hendelse.id, ider)).execute()
    return len(rader)


def _eldste(tabell: Any, til: dt.datetime, hoeyst: int) -> list[Any]:
    """The first rows of a table that grows by id and time alike, held, as far as they are no younger than `til`."""
    felter = [felt for felt in tabell._meta.sorted_fields if not isinstance(felt, peewee.JSONField)]
    foerste = tabell.select(*felter).order_by(tabell.id)
    eldst = foerste.first()
    if eldst is None or eldst.tidspunkt > til:
        return []
    return [rad for rad in claim(foerste.clone().limit(hoeyst)) if rad.tidspunkt <= til]


def glem_logg(til: dt.datetime, hoeyst: int, kvitter: Callable[[Antall], None]) -> int:
    """Remove the oldest entries of the log that were written no later than `til`; how many.

    `kvitter` writes an entry first, so that the log is never empty, and no number of it is given out again.
    """
    gamle = _eldste(Logg, til, hoeyst)
    if gamle:
        kvitter(Counter(rad.produsent for rad in gamle))
        Logg.delete().where(Logg.id.in_([rad.id for rad in gamle])).execute()
    return len(gamle)


def glem_varselhistorikk(til: dt.datetime, hoeyst: int) -> tuple[int, Mapping[str, int]]:
    """Remove the oldest history of varsler; how many rows, and of how many varsler, by merkelapp, the content went.

    A varsel is emptied, of the receiver's address, its text and what the channel said, when nothing has happened to it
    since `til` and nothing more will; that it was sent is told for as long as its notifikasjon stands.
    """
    gamle = _eldste(VarselHistorikk, til, hoeyst)
    if not gamle:
        return 0, {}
    senere = VarselHistorikk.alias()
    nylig = senere.select(senere.id).where(senere.varsel == Varsel.id, senere.tidspunkt > til)
    toemt = (
        Varsel.update(innhold={}, feilmelding=None)
        .where(
            blant(Varsel.id, list({rad.varsel_id for rad in gamle})),
            Varsel.status != Varselstatus.NY,
            ~peewee.fn.EXISTS(nylig),
        )
        .returning(Varsel.merkelapp)
        .execute()
    )
    per_merkelapp = Counter(rad.merkelapp for rad in toemt)
    VarselHistorikk.delete().where(VarselHistorikk.id.in_([rad.id for rad in gamle])).execute()
    return len(gamle), per_merkelapp


def glem_lesere(til: dt.datetime, hoeyst: int) -> int:
    """Forget when persons last opened the bell who have not done so since `til`; how many."""
    gamle = SistLest.select(SistLest.person).where(SistLest.tidspunkt <= til).order_by(SistLest.tidspunkt)
    return _slett(SistLest, SistLest.person, (person for (person,) in claim(gamle.limit(hoeyst)).tuples()))


def glem_til_side(til: dt.datetime, hoeyst: int) -> int:
    """Forget that rows were set aside no later than `til`; how many. There are few, so all may be looked at."""
    gamle = SattTilSide.select(SattTilSide.objekt_id).where(SattTilSide.tidspunkt <= til).limit(hoeyst)
    ider = [objekt_id for (objekt_id,) in claim(gamle).tuples()]
    antall: int = (
        SattTilSide.delete().where(blant(SattTilSide.objekt_id, ider), SattTilSide.tidspunkt <= til).execute()
        if ider
        else 0
    )
    return antall


def _slett(tabell: Any, felt: peewee.Field, verdier: Iterable[Any]) -> int:
    liste = list(verdier)
    antall: int = tabell.delete().where(felt.in_(liste)).execute() if liste else 0
    return antall
