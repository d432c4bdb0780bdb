"""The change feed: every entry of what is the producer's own, once, in an order that never changes."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from gateway.domain import feil
from gateway.domain.kommandoer import NyStatus, OppgaveUtfoert, SlettNotifikasjon
from gateway.domain.produsent import Produsent
from gateway.domain.tilstand import Saksstatus
from gateway.kjerne import Kjerne
from gateway.reading.endringer import endringer
from gateway.store import logg
from gateway.store.tabeller import Logg
from tests.handling.gjoer import OPPGAVEN, SAKEN, SWEEP, gjoer
from tests.verden import en_beskjed, en_oppgave, en_sak


@pytest.fixture
def fager(kjerne: Kjerne) -> Produsent:
    return kjerne.produsenter.hent("fager")


def _les(kjerne: Kjerne, produsent: Produsent, etter: str | None = None, antall: int = 2) -> Iterator[Logg]:
    """Page by page to the end."""
    while True:
        side = endringer(kjerne, produsent, merkelapper=(), antall=antall, etter=etter)
        if side.neste is None:
            return
        yield from side.elementer
        etter = side.neste


def test_alt_kommer_en_gang_og_eldst_foerst(kjerne: Kjerne, fager: Produsent) -> None:
    gjoer(kjerne, en_sak())
    gjoer(kjerne, en_oppgave())
    gjoer(kjerne, NyStatus(sak=SAKEN, status=Saksstatus.FERDIG))
    gjoer(kjerne, OppgaveUtfoert(oppgave=OPPGAVEN))
    gjoer(kjerne, SlettNotifikasjon(notifikasjon=OPPGAVEN))
    for antall in (1, 2, 500):
        lest = list(_les(kjerne, fager, antall=antall))
        assert [rad.hva for rad in lest] == ["NySak", "NyOppgave", "NyStatus", "OppgaveUtfoert", "SlettNotifikasjon"]


def test_den_som_har_lest_alt_gaar_videre_derfra(kjerne: Kjerne, fager: Produsent) -> None:
    gjoer(kjerne, en_sak())
    side = endringer(kjerne, fager, merkelapper=(), antall=50, etter=None)
    assert side.neste is not None
    tom = endringer(kjerne, fager, merkelapper=(), antall=50, etter=side.neste)
    assert (tom.elementer, tom.neste) == ([], None)
    gjoer(kjerne, en_beskjed())
    assert [rad.hva for rad in _les(kjerne, fager, side.neste)] == ["NyBeskjed"]


def test_bare_det_som_er_ens_eget(kjerne: Kjerne, fager: Produsent) -> None:
    gjoer(kjerne, en_beskjed())
    annen = kjerne.produsenter.hent("permittering")
    assert list(_les(kjerne, annen)) == []
    with pytest.raises(feil.UgyldigMerkelapp):
        endringer(kjerne, annen, merkelapper=["Fager"], antall=50, etter=None)
    assert endringer(kjerne, fager, merkelapper=["Fager"], antall=50, etter=None).elementer


@pytest.mark.parametrize("etter", ["x", "1", "1-2-3", "-1-2", "1-x", "٣-١", "1-99999999999999999999"])
def test_det_som_ikke_er_en_cursor_avvises(kjerne: Kjerne, fager: Produsent, etter: str) -> None:
    with pytest.raises(feil.Valideringsfeil):
        endringer(kjerne, fager, merkelapper=(), antall=50, etter=etter)


def test_det_som_committes_sent_blir_aldri_hoppet_over(
    kjerne: Kjerne, fager: Produsent, request: pytest.FixtureRequest
) -> None:
    """A transaction that began first, and drew the lower id, commits last; a reader that resumes still sees it."""
    skrevet, fortsett = threading.Event(), threading.Event()

    def langsom() -> None:
        def arbeid() -> None:
            innslag = logg.Innslag(hva="Langsom", merkelapp="Fager")
            logg.skriv(SWEEP, kjerne.klokke.naa(), [innslag])
            skrevet.set()
            assert fortsett.wait(30)

        kjerne.database.i_transaksjon(arbeid)

    traad = threading.Thread(target=langsom)
    traad.start()
    assert skrevet.wait(30)
    rask = threading.Thread(target=lambda: gjoer(kjerne, en_beskjed()))
    rask.start()
    if "postgresql" in request.node.name:  # SQLite's second writer waits for the first
        rask.join(30)
    foerst = list(_les(kjerne, fager))
    fortsett.set()
    traad.join(30)
    rask.join(30)
    etter = f"{foerst[-1].transaksjon}-{foerst[-1].id}" if foerst else None
    lest = [*foerst, *_les(kjerne, fager, etter)]
    assert [rad.hva for rad in lest] == ["Langsom", "NyBeskjed"]
    assert lest == list(_les(kjerne, fager, antall=500)), "read anew it is the same"
