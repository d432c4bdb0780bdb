"""What holds whoever wins."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from gateway.kjerne import Kjerne
from gateway.store.tabeller import (
    TABELLER,
    Hendelsesobjekt,
    Idempotens,
    Logg,
    Notifikasjon,
    NotifikasjonTilgang,
    Paaminnelsesrad,
    Sak,
    SakStatus,
    SakTilgang,
    SlettetSak,
    Varsel,
    VarselHistorikk,
)
from tests.handling.gjoer import rader
from tests.kapploep.loepere import Svar

SLETTINGER = ("SlettSak", "SlettNotifikasjon", "Slettet")
OPPRETTINGER = ("NySak", "NyBeskjed", "NyOppgave", "NyKalenderavtale")


def krev_orden(kjerne: Kjerne) -> None:
    """Hold the tables against each other: what must be true of them after any race."""
    saker = {rad.id: rad for rad in rader(kjerne, Sak)}
    notifikasjoner = {rad.id: rad for rad in rader(kjerne, Notifikasjon)}
    _krev_hele_objekter(kjerne, saker, notifikasjoner)
    _krev_hele_varsler(kjerne, notifikasjoner)
    _krev_hel_logg(kjerne, {*saker, *notifikasjoner})


def _krev_hele_objekter(kjerne: Kjerne, saker: dict[UUID, Any], notifikasjoner: dict[UUID, Any]) -> None:
    statuser = defaultdict(list)
    for rad in rader(kjerne, SakStatus):
        statuser[rad.sak_id].append(rad)
    assert set(statuser) == set(saker), "each sak has a status, and no status is left over"
    for id_, sak in saker.items():
        siste = max(rad.tidspunkt for rad in statuser[id_])
        assert (sak.siste_status, siste) in {(rad.status, rad.tidspunkt) for rad in statuser[id_]}
        assert sak.siste_status_tidspunkt == siste
    assert {rad.sak_id for rad in rader(kjerne, SakTilgang)} == set(saker)
    assert {rad.notifikasjon_id for rad in rader(kjerne, NotifikasjonTilgang)} == set(notifikasjoner)
    for rad in rader(kjerne, NotifikasjonTilgang):
        assert rad.sortering_tidspunkt == notifikasjoner[rad.notifikasjon_id].sortering_tidspunkt
    noekler = {(sak.merkelapp, sak.grupperingsid) for sak in saker.values()}
    avtaler = [rad for rad in notifikasjoner.values() if rad.type == "KALENDERAVTALE"]
    assert all((rad.merkelapp, rad.grupperingsid) in noekler for rad in avtaler), "no appointment without a sak"
    for rad in rader(kjerne, Paaminnelsesrad):
        assert rad.notifikasjon_id in notifikasjoner
        if rad.sendt_tidspunkt is None:
            assert notifikasjoner[rad.notifikasjon_id].tilstand not in ("UTFOERT", "AVLYST")
    hasher = {rad.noekkel_hash for rad in rader(kjerne, SlettetSak)}
    levende = {kjerne.noekkel_hash(f"sak\0{merkelapp}\0{noekkel}") for merkelapp, noekkel in noekler}
    assert not hasher & levende, "a tombstone wins"
    for rad in rader(kjerne, Hendelsesobjekt):
        assert rad.objekt_id in saker or rad.objekt_id in notifikasjoner
    for rad in rader(kjerne, Idempotens):
        eier = UUID(rad.svar["id"])
        assert eier == rad.objekt_id or eier not in {*saker, *notifikasjoner}, "an answer is kept with what it is of"


def _krev_hele_varsler(kjerne: Kjerne, notifikasjoner: dict[UUID, Any]) -> None:
    venter = {rad.notifikasjon_id for rad in rader(kjerne, Paaminnelsesrad) if rad.sendt_tidspunkt is None}
    historikk = defaultdict(Counter)
    for rad in rader(kjerne, VarselHistorikk):
        historikk[rad.varsel_id][rad.hendelse] += 1
    for rad in rader(kjerne, Varsel):
        assert (rad.neste_forsoek is not None) == (rad.status == "NY" and rad.klar_tidspunkt is not None)
        hendt = historikk[rad.id]
        assert hendt["BESTILT"] == (rad.klar_tidspunkt is not None), "ordered once, or not at all"
        assert hendt["SENDT"] == (rad.status == "SENDT")
        assert hendt["KANSELLERT"] <= 1
        if rad.status == "KANSELLERT":
            assert hendt["KANSELLERT"] == 1
        if rad.notifikasjon_id not in notifikasjoner:
            assert rad.eier_slettet_tidspunkt is not None
            assert (rad.status, rad.klar_tidspunkt is None) == ("NY", False), "what is left is still to be sent"
        else:
            assert rad.eier_slettet_tidspunkt is None
            if rad.status == "NY" and rad.klar_tidspunkt is None:
                assert rad.notifikasjon_id in venter, "what waits has something to wait for"


def _krev_hel_logg(kjerne: Kjerne, finnes: set[UUID]) -> None:
    hendt = defaultdict(list)
    for rad in rader(kjerne, Logg):
        hendt[rad.sak_id or rad.notifikasjon_id].append(rad)
    assert finnes <= set(hendt)
    slettede_saker = 0
    for objekt_id, innslag in hendt.items():
        hva = Counter(rad.hva for rad in innslag)
        assert sum(hva[navn] for navn in OPPRETTINGER) == 1
        assert sum(hva[navn] for navn in SLETTINGER) == (objekt_id not in finnes), "deleted once, and then gone"
        assert hva["KalenderavtaleAvholdt"] <= 1
        if objekt_id not in finnes:
            assert all(rad.innhold is None for rad in innslag)
            slettede_saker += innslag[0].sak_id is not None
    assert len(rader(kjerne, SlettetSak)) == slettede_saker


def antall_rader(kjerne: Kjerne, *tabeller: Any) -> tuple[int, ...]:
    return tuple(len(rader(kjerne, tabell)) for tabell in tabeller)


def loggfoert(kjerne: Kjerne) -> Counter[str]:
    """How often each thing stands in the log."""
    return Counter(rad.hva for rad in rader(kjerne, Logg))


def avslagene(svar: Sequence[Svar]) -> Counter[str]:
    return Counter(ett["avslag"] for ett in svar if "avslag" in ett)


def godtatte(svar: Sequence[Svar]) -> list[Svar]:
    return [ett for ett in svar if "avslag" not in ett]


def alt_som_er_lagret(kjerne: Kjerne) -> list[list[dict[str, Any]]]:
    return [[rad.__data__ for rad in rader(kjerne, tabell)] for tabell in TABELLER]
