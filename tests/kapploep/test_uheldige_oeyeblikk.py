"""Held by hand: what an unlucky moment would do."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import peewee
import psycopg
import pytest

from gateway.domain.feil import Avslag, DuplikatGrupperingsidEtterDelete
from gateway.domain.kommandoer import KansellerVarsel, Kommando, NyStatus, OppgaveUtfoert, SlettNotifikasjon, SlettSak
from gateway.domain.tilstand import Saksstatus
from gateway.handling.utfoer import Steg, utfoer_alle
from gateway.kjerne import Kjerne
from gateway.klokke import Systemklokke
from gateway.plugin import MidlertidigFeil, Sendt, VarigFeil, VarselTilSending
from gateway.store.tabeller import Sak, SlettetSak, Varsel, VarselHistorikk
from gateway.varsling.utsending import Varselrunde
from tests.handling.gjoer import EPOST, OPPGAVEN, SAKEN, SWEEP, den_ene, gjoer, notifikasjonen, rader
from tests.kapploep.bane import I_MORGEN, Bane, saken_nummer
from tests.kapploep.loepere import Arbeid, Kvitterer, kommando, runde, sammen
from tests.kapploep.orden import antall_rader, krev_orden, loggfoert
from tests.verden import START, FastKlokke, aktoer, en_oppgave, en_sak


class Opptatt(Kvitterer):
    """A channel during whose sending something happens."""

    def __init__(self, imens: Callable[[], object], feil: Exception | None = None) -> None:
        super().__init__()
        self._imens, self._feil = imens, feil

    def send(self, varsel: VarselTilSending) -> Sendt:
        self._imens()
        if self._feil:
            raise self._feil
        return super().send(varsel)


@pytest.mark.parametrize("feil", [None, VarigFeil("550", "nei")], ids=["sendt", "feilet"])
@pytest.mark.parametrize("foerst_kansellert", [False, True], ids=["", "foerst kansellert"])
def test_en_notifikasjon_slettes_mens_varselet_er_underveis(
    kjerne: Kjerne, feil: Exception | None, foerst_kansellert: bool
) -> None:
    gjoer(kjerne, en_oppgave(eksterne_varsler=(EPOST,)))
    varsel = den_ene(kjerne, Varsel)

    def imens() -> None:
        if foerst_kansellert:
            gjoer(kjerne, KansellerVarsel(varsel_id=varsel.id))
        gjoer(kjerne, SlettNotifikasjon(notifikasjon=OPPGAVEN))
        krev_orden(kjerne)

    sann_tid = Systemklokke()
    kanal = Opptatt(imens, feil)
    assert Varselrunde(kjerne, [kanal], sann_tid, SWEEP).kjoer() == 1
    assert antall_rader(kjerne, Varsel, VarselHistorikk) == (0, 0)
    krev_orden(kjerne)


def test_et_varsel_som_maa_sendes_igjen_overlever_slettingen_men_ikke_utfallet(
    kjerne: Kjerne, klokke: FastKlokke
) -> None:
    gjoer(kjerne, en_oppgave(eksterne_varsler=(EPOST,)))
    slett = Opptatt(lambda: gjoer(kjerne, SlettNotifikasjon(notifikasjon=OPPGAVEN)), MidlertidigFeil("450", "senere"))
    sann_tid = Systemklokke()
    Varselrunde(kjerne, [slett], sann_tid, SWEEP).kjoer()
    assert den_ene(kjerne, Varsel).status == "NY"
    krev_orden(kjerne)
    klokke.gaa(hours=1)
    kanal = Kvitterer()
    assert Varselrunde(kjerne, [kanal], sann_tid, SWEEP).kjoer() == 1
    assert antall_rader(kjerne, Varsel, VarselHistorikk) == (0, 0)


def test_en_kansellering_underveis_gjoer_ikke_noe_usendt(kjerne: Kjerne) -> None:
    gjoer(kjerne, en_oppgave(eksterne_varsler=(EPOST,)))
    varsel = den_ene(kjerne, Varsel)
    sann_tid = Systemklokke()
    kanal = Opptatt(lambda: gjoer(kjerne, KansellerVarsel(varsel_id=varsel.id)))
    Varselrunde(kjerne, [kanal], sann_tid, SWEEP).kjoer()
    assert den_ene(kjerne, Varsel).status == "SENDT"
    assert [rad.hendelse for rad in rader(kjerne, VarselHistorikk)] == ["BESTILT", "KANSELLERT", "SENDT"]


class Stans:
    """Stops every INSERT into a table at its end, until it is let go."""

    def __init__(self, vakt: psycopg.Connection[Any]) -> None:
        self._vakt = vakt

    def vent_paa_den_som_stoppes(self) -> None:
        sporring = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        while self._vakt.execute(sporring).fetchone() == (0,):
            pass


@contextmanager
def stans(url: str, tabell: str) -> Iterator[Stans]:
    with psycopg.connect(url, autocommit=True) as vakt:
        vakt.execute(
            "CREATE FUNCTION stans() RETURNS trigger LANGUAGE plpgsql AS "
            "'BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NULL; END'"
        )
        vakt.execute(f"CREATE TRIGGER stans AFTER INSERT ON {tabell} FOR EACH STATEMENT EXECUTE FUNCTION stans()")
        vakt.execute("SELECT pg_advisory_lock(1)")
        try:
            yield Stans(vakt)
        finally:
            vakt.execute("SELECT pg_advisory_unlock(1)")
            vakt.execute("DROP FUNCTION stans CASCADE")


def _gjoer_eller_avslag(kjerne: Kjerne, en: Kommando) -> Any:
    try:
        return gjoer(kjerne, en)
    except Avslag as avslag:
        return avslag


@pytest.mark.parametrize(
    ("tabell", "ny", "slett"),
    [
        ("sak", en_sak(), SlettSak(sak=SAKEN)),
        ("notifikasjon", en_oppgave(eksterne_varsler=(EPOST,)), SlettNotifikasjon(notifikasjon=OPPGAVEN)),
    ],
)
def test_den_som_finnes_slettes_foer_den_er_lest(pg: Kjerne, tabell: str, ny: Kommando, slett: Kommando) -> None:
    """A creation finds that the key is taken; before it can read by whom, the one that took it is gone."""
    foerst = gjoer(pg, ny)
    with ThreadPoolExecutor(1) as traad:
        with stans(pg.database.url, tabell) as stansen:
            svar = traad.submit(_gjoer_eller_avslag, pg, ny)
            stansen.vent_paa_den_som_stoppes()
            gjoer(pg, slett)
        utfall = svar.result()
    if tabell == "sak":
        assert isinstance(utfall, DuplikatGrupperingsidEtterDelete)
    else:
        assert utfall.ny
        assert utfall.id != foerst.id
    krev_orden(pg)


def test_en_vranglaas_tas_om_igjen_og_merkes_ikke(pg: Kjerne) -> None:
    """Two transactions that each hold what the other wants: one is given up by the database, and done again."""
    gjoer(pg, en_sak())
    gjoer(pg, en_oppgave(grupperingsid="sak-1"))
    moetes = threading.Barrier(2)

    def i_rekkefoelge(*kommandoer: Kommando) -> int:
        forsoek = 0

        def arbeid() -> None:
            nonlocal forsoek
            forsoek += 1
            for en in kommandoer:
                utfoer_alle(pg, [Steg(kommando=en)], aktoer(pg), START)
                if forsoek == 1 and en is kommandoer[0]:
                    moetes.wait(30)

        pg.database.i_transaksjon(arbeid)
        return forsoek

    utfoert, status = OppgaveUtfoert(oppgave=OPPGAVEN), NyStatus(sak=SAKEN, status=Saksstatus.FERDIG)
    with ThreadPoolExecutor(2) as traader:
        forsoek = list(traader.map(lambda to: i_rekkefoelge(*to), [(utfoert, status), (status, utfoert)]))
    assert sorted(forsoek) == [1, 2]
    assert loggfoert(pg) == {"NySak": 1, "NyOppgave": 1, "OppgaveUtfoert": 2, "NyStatus": 2}
    krev_orden(pg)


def test_en_forbindelse_som_tjeneren_lukket_merkes_ikke(pg: Kjerne) -> None:
    gjoer(pg, en_sak())
    with psycopg.connect(pg.database.url, autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    gjoer(pg, en_oppgave())
    krev_orden(pg)


def test_en_setning_som_er_gal_er_ikke_at_databasen_er_borte(kjerne: Kjerne) -> None:
    with pytest.raises(peewee.DatabaseError, match="finnes_ikke"):
        kjerne.database.i_transaksjon(lambda: kjerne.database.motor.execute_sql("SELECT 1 FROM finnes_ikke"))


def test_kommandoer_paa_kryss_og_tvers_gir_ingen_feil(bane: Bane) -> None:
    """Events that take their objects in opposite orders, and deletions across them."""
    for nr in range(3):
        bane.gjoer(
            en_sak(grupperingsid=str(nr)),
            *(en_oppgave(grupperingsid=str(nr), ekstern_id=f"{nr}-{to}", paaminnelse=I_MORGEN) for to in "ab"),
        )
    bane.klokke.gaa(days=1)
    arbeid: list[Arbeid] = []
    for nr in range(3):
        status = NyStatus(sak=saken_nummer(nr), status=Saksstatus.FERDIG)
        utfoert = [OppgaveUtfoert(oppgave=notifikasjonen(f"{nr}-{to}")) for to in "ab"]
        igjen = en_oppgave(grupperingsid=str(nr), ekstern_id=f"{nr}-a", paaminnelse=I_MORGEN)
        arbeid += [
            sammen(*utfoert, status),
            sammen(status, *reversed(utfoert)),
            sammen(igjen, status),
            sammen(en_sak(grupperingsid=str(nr)), igjen),
            kommando(SlettSak(sak=saken_nummer(nr))),
        ]
    bane.loep(*arbeid, runde("paaminnelser"))
    assert antall_rader(bane.kjerne, Sak, SlettetSak) == (0, 3)
