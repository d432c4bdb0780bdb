"""The rows of the plugins' keyed state, in the open transaction: held, compared, written, counted, removed.

Keys come hashed. What has run out counts as not there, whether or not its row has been removed. Versions are drawn by
whoever maps, so nothing here decides what a version is; 0 is that of a key with nothing under it.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from peewee import EXCLUDED

from gateway.store.dialekt import blant, laas, par_blant
from gateway.store.tabeller import Hendelse, Hendelsesnoekkel, Lagerskuff, Lagret

# How much a producer's state comes to is counted, and its changes take turns, in so many parts of it.
SKUFFER = 256
TOMT: Mapping[str, Any] = {}


@dataclass(frozen=True, kw_only=True)
class Skriving:
    """A value to keep. `objekt_id` is what it is deleted with."""

    noekkel: str
    verdi: Any
    skjemaversjon: int
    versjon: int
    utloeper_tidspunkt: dt.datetime
    objekt_id: UUID | None = None

    @property
    def stoerrelse(self) -> int:
        return len(msgspec.json.encode(self.verdi))


def les(produsent: str, noekkel: str, naa: dt.datetime) -> Lagret | None:
    """What is there now, on a connection that is held."""
    rad: Lagret | None = Lagret.get_or_none(
        Lagret.produsent == produsent, Lagret.noekkel == noekkel, Lagret.utloeper_tidspunkt > naa
    )
    return rad


def hold(produsent: str, noekler: Collection[str]) -> None:
    """Hold the keys until the transaction ends, whether or not anything is there. To be called once in it."""
    skuffer = sorted({_skuff(noekkel) for noekkel in noekler})
    if skuffer and len(_laaste(produsent, skuffer)) < len(skuffer):
        Lagerskuff.insert_many(
            [{"produsent": produsent, "skuff": skuff} for skuff in skuffer]
        ).on_conflict_ignore().execute()
        _laaste(produsent, skuffer)


def versjoner(produsent: str, noekler: Collection[str], naa: dt.datetime) -> Mapping[str, int]:
    """The versions of what is there now of these keys."""
    rader = Lagret.select(Lagret.noekkel, Lagret.versjon).where(
        _blant_noekler(produsent, noekler), Lagret.utloeper_tidspunkt > naa
    )
    return dict(rader.tuples())


def skriv(produsent: str, skrivinger: Sequence[Skriving], fjernes: Collection[str] = ()) -> None:
    """Write these, and remove what is under `fjernes`. The keys are held."""
    foer = _stoerrelser(produsent, [*(ett.noekkel for ett in skrivinger), *fjernes])
    endring: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])
    for noekkel in (noekkel for noekkel in fjernes if noekkel in foer):
        _tell(endring, noekkel, -1, -foer[noekkel])
    for ett in skrivinger:
        _tell(endring, ett.noekkel, 0 if ett.noekkel in foer else 1, ett.stoerrelse - foer.get(ett.noekkel, 0))
    if fjernes:
        Lagret.delete().where(_blant_noekler(produsent, fjernes)).execute()
    if skrivinger:
        felter = (Lagret.verdi, Lagret.skjemaversjon, Lagret.versjon, Lagret.utloeper_tidspunkt, Lagret.objekt_id)
        Lagret.insert_many([_rad(produsent, ett) for ett in skrivinger]).on_conflict(
            conflict_target=[Lagret.produsent, Lagret.noekkel],
            update={felt: getattr(EXCLUDED, felt.column_name) for felt in (*felter, Lagret.stoerrelse)},
        ).execute()
    _foer_opp(produsent, endring)


def bruk(produsent: str) -> tuple[int, int]:
    """How many keys the producer has, and how many bytes under them; with what the transaction has written."""
    rader = Lagerskuff.select(Lagerskuff.antall, Lagerskuff.byte).where(Lagerskuff.produsent == produsent)
    tall = list(rader.tuples())
    return sum(antall for antall, _ in tall), sum(byte for _, byte in tall)


def vekk(produsent: str, noekler: Collection[str], naa: dt.datetime) -> int:
    """Let events that are parked for these keys be mapped anew, now; how many."""
    if not noekler:
        return 0
    vekket = list(
        Hendelse.update(venter_paa=None, neste_forsoek=naa)
        .where(Hendelse.produsent == produsent, Hendelse.venter_paa.in_(sorted(noekler)))
        .returning(Hendelse.noekkel)
        .execute()
    )
    deres = sorted({rad.noekkel for rad in vekket})
    if deres:
        Hendelsesnoekkel.update(klar_tidspunkt=naa).where(
            Hendelsesnoekkel.produsent == produsent,
            Hendelsesnoekkel.noekkel.in_(deres),
            Hendelsesnoekkel.klar_tidspunkt > naa,
        ).execute()
    return len(vekket)


def toem(objekter: Sequence[UUID], naa: dt.datetime) -> None:
    """Empty at once what is deleted with these objects; its rows are removed when those that have run out are."""
    Lagret.update(verdi=TOMT, utloeper_tidspunkt=naa, objekt_id=None).where(blant(Lagret.objekt_id, objekter)).execute()


def fjern_utloepte(naa: dt.datetime, hoeyst: int) -> Counter[str | None]:
    """Remove what has run out, at most `hoeyst`; how many of each producer."""
    rader = Lagret.select(Lagret.produsent, Lagret.noekkel).where(Lagret.utloeper_tidspunkt <= naa)
    per_produsent: defaultdict[str, list[str]] = defaultdict(list)
    for produsent, noekkel in rader.order_by(Lagret.utloeper_tidspunkt).limit(hoeyst).tuples():
        per_produsent[produsent].append(noekkel)
    fjernet: Counter[str | None] = Counter()
    for produsent, noekler in sorted(per_produsent.items()):
        hold(produsent, noekler)
        borte = (
            Lagret.delete()
            .where(_blant_noekler(produsent, noekler), Lagret.utloeper_tidspunkt <= naa)
            .returning(Lagret.noekkel, Lagret.stoerrelse)
            .execute()
        )
        endring: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])
        for rad in borte:
            _tell(endring, rad.noekkel, -1, -(rad.stoerrelse or 0))
            fjernet[produsent] += 1
        _foer_opp(produsent, endring)
    return fjernet


def _skuff(noekkel: str) -> int:
    return int(noekkel[:2], 16)


def _laaste(produsent: str, skuffer: Sequence[int]) -> list[Lagerskuff]:
    rader = Lagerskuff.select(Lagerskuff.skuff).where(Lagerskuff.produsent == produsent, Lagerskuff.skuff.in_(skuffer))
    return list(laas(rader.order_by(Lagerskuff.skuff)))


def _blant_noekler(produsent: str, noekler: Collection[str]) -> Any:
    return par_blant((Lagret.produsent, Lagret.noekkel), [(produsent, noekkel) for noekkel in sorted(noekler)])


def _stoerrelser(produsent: str, noekler: Collection[str]) -> Mapping[str, int]:
    rader = Lagret.select(Lagret.noekkel, Lagret.stoerrelse).where(_blant_noekler(produsent, noekler))
    return {noekkel: stoerrelse or 0 for noekkel, stoerrelse in rader.tuples()}


def _tell(endring: dict[int, list[int]], noekkel: str, antall: int, byte: int) -> None:
    skuff = endring[_skuff(noekkel)]
    skuff[0] += antall
    skuff[1] += byte


def _foer_opp(produsent: str, endring: Mapping[int, Sequence[int]]) -> None:
    for skuff, (antall, byte) in sorted(endring.items()):
        if antall or byte:
            Lagerskuff.update(antall=Lagerskuff.antall + antall, byte=Lagerskuff.byte + byte).where(
                Lagerskuff.produsent == produsent, Lagerskuff.skuff == skuff
            ).execute()


def _rad(produsent: str, ett: Skriving) -> dict[str, Any]:
    return {
        "produsent": produsent,
        "noekkel": ett.noekkel,
        "verdi": ett.verdi,
        "skjemaversjon": ett.skjemaversjon,
        "versjon": ett.versjon,
        "utloeper_tidspunkt": ett.utloeper_tidspunkt,
        "objekt_id": ett.objekt_id,
        "stoerrelse": ett.stoerrelse,
    }
