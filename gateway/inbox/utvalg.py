"""Which events are meant: by their state, where they are from, why they wait; found in bounded steps, page by page.

Each question walks along an index of what it asks for, and looks through VINDU events at most for each walk. So a page
may be short although more follows; then its cursor says how far was looked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import peewee

from gateway.domain.feil import Valideringsfeil
from gateway.domain.hendelse import Feilklasse, Hendelsestilstand
from gateway.domain.noekkel import normalisert
from gateway.inbox.identitet import glemte_ider
from gateway.inbox.rekkefoelge import noekkelens_hasher
from gateway.kjerne import Kjerne
from gateway.klokke import Systemklokke
from gateway.store.dialekt import blant, inneholder
from gateway.store.hendelsessoek import kilder_hos
from gateway.store.tabeller import GLEMT, I_KARANTENE, PAA_VENT, Hendelse

# So many are looked through by one walk of one question.
VINDU = 10_000
# Of one ordering key, so many are looked among.
FLEST_I_EN_NOEKKEL = 100_000
# A producer whose events come from more sources than this has to say which, to find one by its own id.
FLEST_KILDER = 200
# As literals, so that each walk across producers has its partial index.
UFERDIG = {Hendelsestilstand.KARANTENE: I_KARANTENE, Hendelsestilstand.PAA_VENT: PAA_VENT}
# An id tells when it was made; clocks of different machines may differ by this.
SKJEVHET = dt.timedelta(minutes=5)
SISTE_ID = UUID(int=(1 << 128) - 1)


@dataclass(frozen=True, kw_only=True)
class Utvalg:
    """None is any. `merke` is the beginning of a key's hash, as it is shown; `noekkel` the key itself.

    `fra` and `til` (instants, the latter not included) are of when it came in. `tekst` stands in why it is not
    through; `plugin` is the name of one, or with its version (`navn==1.0`).
    """

    tilstander: tuple[Hendelsestilstand, ...] = tuple(Hendelsestilstand)
    produsent: str | None = None
    kilde: str | None = None
    type: str | None = None
    kode: str | None = None
    klasse: Feilklasse | None = None
    plugin: str | None = None
    ekstern_id: str | None = None
    noekkel: str | None = None
    merke: str | None = None
    tekst: str | None = None
    fra: dt.datetime | None = None
    til: dt.datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Side:
    """Events in the order of arrival. `neste`: go on after this one; there may be more even if there are few here."""

    rader: Sequence[Hendelse]
    neste: UUID | None


@dataclass(frozen=True, kw_only=True)
class Antall:
    """`minst`: so many were counted, and there are more."""

    antall: int = 0
    minst: bool = False


def finn(
    kjerne: Kjerne, utvalg: Utvalg, felter: Sequence[peewee.Field], *, antall: int, etter: UUID | None = None
) -> Side:
    """A page of the selection, on a connection that is held. `felter` hold the id. Raises Valideringsfeil."""
    funnet: list[Hendelse] = []
    sett_til = SISTE_ID
    gjelder = vilkaar(utvalg)
    for vei in _veier(kjerne, utvalg):
        rader, sett = _gaa(vei, gjelder, felter, antall, etter)
        funnet += rader
        sett_til = min(sett_til, sett)
    funnet = sorted((rad for rad in funnet if rad.id <= sett_til), key=lambda rad: rad.id)
    if len(funnet) > antall:
        return Side(rader=funnet[:antall], neste=funnet[antall - 1].id)
    return Side(rader=funnet, neste=None if sett_til == SISTE_ID else sett_til)


def tell(kjerne: Kjerne, utvalg: Utvalg, *, etter: UUID | None = None) -> Antall:
    """How many of the selection come after the cursor, as far as VINDU reaches; on a connection that is held."""
    antall, minst = 0, False
    gjelder = vilkaar(utvalg)
    for vei in _veier(kjerne, utvalg):
        vindu = _vindu(vei, etter)
        antall += _treff(vindu, gjelder, [Hendelse.id]).count() if gjelder else vindu.count()
        minst = minst or _slutt(vindu) is not None
    return Antall(antall=antall, minst=minst)


def _gaa(
    vei: peewee.Select, gjelder: Sequence[Any], felter: Sequence[peewee.Field], antall: int, etter: UUID | None
) -> tuple[list[Hendelse], UUID]:
    """One walk: what it found, and the id up to which it has seen all."""
    if not gjelder:
        return list(_etter(vei, etter).select(*felter).order_by(Hendelse.id).limit(antall + 1)), SISTE_ID
    vindu = _vindu(vei, etter)
    rader = list(_treff(vindu, gjelder, felter).order_by(Hendelse.id).limit(antall + 1))
    if len(rader) > antall:
        return rader, SISTE_ID
    return rader, _slutt(vindu) or SISTE_ID


def _etter(vei: peewee.Select, etter: UUID | None) -> peewee.Select:
    return vei if etter is None else vei.where(Hendelse.id > etter)


def _vindu(vei: peewee.Select, etter: UUID | None) -> peewee.Select:
    return _etter(vei, etter).order_by(Hendelse.id).limit(VINDU)


def _treff(vindu: peewee.Select, gjelder: Sequence[Any], felter: Sequence[peewee.Field]) -> peewee.Select:
    innenfor = vindu.alias("vindu")
    return Hendelse.select(*felter).join(innenfor, on=(Hendelse.id == innenfor.c.id)).where(*gjelder)


def _slutt(vindu: peewee.Select) -> UUID | None:
    """The last id of a window that is full: more may follow it."""
    siste: UUID | None = vindu.clone().limit(1).offset(VINDU - 1).scalar()
    return siste


def _veier(kjerne: Kjerne, utvalg: Utvalg) -> Iterator[peewee.Select]:
    """The walks that together pass by all that can be meant, each along an index. Raises Valideringsfeil."""
    hos = [utvalg.produsent] if utvalg.produsent is not None else list(kjerne.produsenter.oppfoeringer)
    tid = _tidsrom(kjerne, utvalg)
    if smal := [vei for produsent in hos for vei in _smale(kjerne, utvalg, produsent)]:
        for hvor in smal:
            # Found first, so that no planner walks along all ids and hopes to meet one of these soon.
            noen = Hendelse.select(Hendelse.id).where(hvor, Hendelse.tilstand.in_(utvalg.tilstander))
            ider = [id_ for (id_,) in noen.limit(FLEST_I_EN_NOEKKEL).tuples()]
            yield Hendelse.select(Hendelse.id).where(blant(Hendelse.id, ider), *tid)
        return
    if _er_smal(utvalg):
        return
    for tilstand in utvalg.tilstander:
        if utvalg.produsent is None and tilstand in UFERDIG:
            yield Hendelse.select(Hendelse.id).where(UFERDIG[tilstand], *tid)
            continue
        for produsent in hos:
            yield Hendelse.select(Hendelse.id).where(
                Hendelse.produsent == produsent, Hendelse.tilstand == tilstand, *tid
            )


def _er_smal(utvalg: Utvalg) -> bool:
    return any(ett is not None for ett in (utvalg.ekstern_id, utvalg.noekkel, utvalg.merke))


def _smale(kjerne: Kjerne, utvalg: Utvalg, produsent: str) -> Iterator[Any]:
    """Where the few events of an id or of a key are to be found. Raises Valideringsfeil."""
    if utvalg.ekstern_id is not None:
        kilder = [utvalg.kilde] if utvalg.kilde is not None else kilder_hos(produsent, FLEST_KILDER + 1)
        if len(kilder) > FLEST_KILDER:
            feil = f"must be given with eksternId: the events of {produsent} come from more than {FLEST_KILDER}."
            raise Valideringsfeil(f"kilde {feil}", felter={"query": {"kilde": [feil]}})
        for kilde in kilder:
            hos = (Hendelse.produsent == produsent) & (Hendelse.kilde == kilde)
            glemte = glemte_ider(kjerne.noekkelring, produsent, kilde, utvalg.ekstern_id)
            yield hos & (Hendelse.ekstern_id == utvalg.ekstern_id)
            yield hos & GLEMT & Hendelse.glemt_id.in_(glemte) & (Hendelse.ekstern_id != utvalg.ekstern_id)
    elif utvalg.noekkel is not None:
        hasher = noekkelens_hasher(kjerne, produsent, normalisert(utvalg.noekkel))
        yield (Hendelse.produsent == produsent) & Hendelse.noekkel.in_(hasher)
    elif utvalg.merke is not None:
        # Hashes are lower-case hexadecimal, and end before "g".
        yield (
            (Hendelse.produsent == produsent)
            & (Hendelse.noekkel >= utvalg.merke)
            & (Hendelse.noekkel < f"{utvalg.merke}g")
        )


def _tidsrom(kjerne: Kjerne, utvalg: Utvalg) -> list[Any]:
    """Bounds of the ids, where they tell the same time as the gateway's clock: the walk begins and ends there."""
    if not isinstance(kjerne.klokke, Systemklokke):
        return []
    grenser: list[Any] = []
    if utvalg.fra is not None:
        grenser.append(Hendelse.id >= _id_fra(utvalg.fra - SKJEVHET))
    if utvalg.til is not None:
        grenser.append(Hendelse.id < _id_fra(utvalg.til + SKJEVHET))
    return grenser


def _id_fra(tidspunkt: dt.datetime) -> UUID:
    """The first UUIDv7 of the instant."""
    return UUID(int=(max(0, int(tidspunkt.timestamp() * 1000)) & ((1 << 48) - 1)) << 80)


def vilkaar(utvalg: Utvalg) -> list[Any]:
    """What a walk along an index does not see to."""
    like = (
        (Hendelse.kilde, utvalg.kilde),
        (Hendelse.type, utvalg.type),
        (Hendelse.feilkode, utvalg.kode),
        (Hendelse.feilklasse, utvalg.klasse),
    )
    gjelder: list[Any] = [felt == verdi for felt, verdi in like if verdi is not None]
    if utvalg.plugin is not None:
        navn = utvalg.plugin
        # As text, in which no character of it has a meaning of its own.
        gjelder.append(
            Hendelse.plugin == navn
            if "==" in navn
            else (Hendelse.plugin >= f"{navn}==") & (Hendelse.plugin < f"{navn}=>")
        )
    if utvalg.tekst is not None:
        gjelder.append(inneholder(Hendelse.feilmelding, utvalg.tekst))
    if utvalg.fra is not None:
        gjelder.append(Hendelse.mottatt_tidspunkt >= utvalg.fra)
    if utvalg.til is not None:
        gjelder.append(Hendelse.mottatt_tidspunkt < utvalg.til)
    return gjelder
