"""What a person decides, also while a worker is at it; and what a retry carries out."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.feil import Konflikt
from gateway.domain.kommandoer import Notifikasjonsreferanse, SlettNotifikasjon
from gateway.handling.utfoer import UTFOERERE, utfoer
from gateway.inbox.oppfoelging import Leser, forkast, paa_nytt
from gateway.inbox.utfoering import Utfoering
from gateway.plugin import NyBeskjed
from gateway.store.tabeller import Hendelse, Notifikasjon
from tests.inbox.innboks import Innboks
from tests.verden import aktoer

UTEN_KILDE: Leser = lambda rad: None  # noqa: E731 - said as what it is


def fager(innboks: Innboks) -> str:
    return "fager"


def beskjeder(innboks: Innboks) -> list[str]:
    with innboks.kjerne.database.tilkobling():
        return [rad.ekstern_id for rad in Notifikasjon.select().order_by(Notifikasjon.id)]


class Avbrudd:
    """A mapper that does something else first: what happens while an event is being mapped."""

    def __init__(self, innboks: Innboks, imens: Any) -> None:
        self._innboks, self._imens = innboks.oversetter, imens

    def noekler(self, *args: Any, **valg: Any) -> Any:
        return self._innboks.noekler(*args, **valg)

    def lukk(self) -> None:
        self._innboks.lukk()

    def oversett_alle(self, produsent: str, oppdrag: Any, *args: Any, **valg: Any) -> list[Any]:
        svar = self._innboks.oversett_alle(produsent, oppdrag, *args, **valg)
        for ett in oppdrag:
            self._imens(ett)
        return svar


def test_en_hendelse_i_karantene_kan_proeves_paa_nytt_eller_forkastes(innboks: Innboks) -> None:
    mottak = innboks.hendelse("FEILER", "1")
    frisk = innboks.hendelse("BESKJED", "2")
    innboks.runde()
    paa_nytt(innboks.kjerne, fager(innboks), mottak.id, UTEN_KILDE)
    assert innboks.runde() == 1
    assert innboks.les(mottak).tilstand == "KARANTENE"
    forkast(innboks.kjerne, fager(innboks), mottak.id, "sendt ved en feil")
    assert (innboks.les(mottak).tilstand, innboks.les(mottak).feilmelding) == ("FORKASTET", "sendt ved en feil")
    with pytest.raises(Konflikt):
        paa_nytt(innboks.kjerne, fager(innboks), frisk.id, UTEN_KILDE)


@pytest.mark.parametrize("flere", [False, True])
def test_en_hendelse_som_forkastes_mens_den_oversettes_utfoeres_ikke(innboks: Innboks, flere: bool) -> None:
    mottak = innboks.hendelse("BESKJED", "1", noekkel="n")
    if flere:
        innboks.hendelse("BESKJED", "2", noekkel="n")

    def imens(oppdrag: Any) -> None:
        if oppdrag.id == "1":
            forkast(innboks.kjerne, fager(innboks), mottak.id, "sendt ved en feil")

    innboks.oversetter = Avbrudd(innboks, imens)  # type: ignore[assignment]
    innboks.runde()
    assert innboks.les(mottak).tilstand == "FORKASTET"
    assert beskjeder(innboks) == (["2"] if flere else [])


def test_en_hendelse_som_forkastes_mens_oversettelsen_feiler_forblir_forkastet(innboks: Innboks) -> None:
    mottak = innboks.hendelse("TO_TING", "1")
    innboks.oversetter = Avbrudd(  # type: ignore[assignment]
        innboks, lambda oppdrag: forkast(innboks.kjerne, fager(innboks), mottak.id, "feil")
    )
    innboks.runde()
    assert (innboks.les(mottak).tilstand, innboks.les(mottak).feilmelding) == ("FORKASTET", "feil")


def test_en_hendelse_som_forkastes_etter_at_den_er_oversatt_utfoeres_ikke(
    innboks: Innboks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the mapping and the carrying out: the state is asked again in the transaction that does it."""
    mottak = innboks.hendelse("BESKJED", "1")
    gjoer = Utfoering.gjoer

    def forkast_og_gjoer(self: Utfoering, stykker: Any, lager: Any) -> Any:
        forkast(innboks.kjerne, fager(innboks), mottak.id, "sendt ved en feil")
        return gjoer(self, stykker, lager)

    monkeypatch.setattr(Utfoering, "gjoer", forkast_og_gjoer)
    innboks.runde()
    assert innboks.les(mottak).tilstand == "FORKASTET"
    assert beskjeder(innboks) == []


@pytest.mark.parametrize("tilstand", ["MOTTATT", "PAA_VENT", "KARANTENE"])
def test_alt_som_ikke_er_ferdig_kan_forkastes_uansett_hva_det_sa(innboks: Innboks, tilstand: str) -> None:
    mottak = innboks.hendelse("NUL", "1")
    innboks.kjerne.database.i_transaksjon(lambda: Hendelse.update(tilstand=tilstand).execute())
    forkast(innboks.kjerne, fager(innboks), mottak.id, "a\x00b")
    assert (innboks.les(mottak).tilstand, innboks.les(mottak).feilmelding) == ("FORKASTET", "a\\x00b")
    with pytest.raises(Konflikt):
        forkast(innboks.kjerne, fager(innboks), mottak.id, "igjen")


def test_forkast_av_den_som_stenger_en_noekkel_vekker_den(innboks: Innboks) -> None:
    henger = innboks.hendelse("HENGER", "1", noekkel="n")
    innboks.hendelse("BESKJED", "2", noekkel="n")
    innboks.runde()
    assert innboks.tilstander() == {"1": "PAA_VENT", "2": "PAA_VENT"}
    ringt: list[str] = []
    forkast(innboks.kjerne_som_ringer(ringt), fager(innboks), henger.id, "den henger")
    assert ringt == ["innboks"]
    innboks.runde()
    assert innboks.tilstander() == {"1": "FORKASTET", "2": "BEHANDLET"}, "without waiting out the pause"


def test_forkast_samtidig_med_at_hendelsen_settes_paa_vent_vekker_noekkelen(innboks: Innboks) -> None:
    """The key is let go of in the transaction that sets the event PAA_VENT, so no wake-up is lost between the two."""
    henger = innboks.hendelse("HENGER", "1", noekkel="n")
    innboks.hendelse("BESKJED", "2", noekkel="n")
    traad = threading.Thread(target=innboks.runde)
    traad.start()
    i_gang = True
    while innboks.les(henger).tilstand != "PAA_VENT":
        assert i_gang, "the round ended without it"
        i_gang = traad.is_alive()
    forkast(innboks.kjerne, fager(innboks), henger.id, "den henger")
    traad.join(30)
    innboks.runde()
    assert innboks.tilstander() == {"1": "FORKASTET", "2": "BEHANDLET"}


def test_en_hendelse_som_har_mistet_innholdet_sitt_kan_bare_forkastes(innboks: Innboks) -> None:
    innboks.hendelse("BESKJED", "felles")
    avvist = innboks.inn({"type": "TO_TING", "id": "felles"}, kilde="annen")
    innboks.runde()
    referanse = Notifikasjonsreferanse(merkelapp="Fager", ekstern_id="felles")
    utfoer(innboks.kjerne, SlettNotifikasjon(notifikasjon=referanse), aktoer(innboks.kjerne))
    with pytest.raises(Konflikt, match="can only be dropped"):
        paa_nytt(innboks.kjerne, fager(innboks), avvist.id, UTEN_KILDE)
    forkast(innboks.kjerne, fager(innboks), avvist.id, "slettet")


# --- what was mapped is kept ----------------------------------------------------------------------------------------


def test_det_oversettelsen_svarte_er_lagret_med_det_som_ble_av_det(
    innboks: Innboks, monkeypatch: pytest.MonkeyPatch
) -> None:
    def feiler(kommando: Any, sammenheng: Any) -> Any:
        raise ZeroDivisionError

    mottak = innboks.hendelse("BESKJED", "1")
    with monkeypatch.context() as en_gang:
        en_gang.setitem(UTFOERERE, NyBeskjed, feiler)
        innboks.runde()
    for tilstand, feilkode in (("PAA_VENT", "UkjentFeil"), ("BEHANDLET", None)):
        rad = innboks.les(mottak)
        assert (rad.tilstand, rad.feilkode, rad.plugin) == (tilstand, feilkode, "uskikkelig==1")
        assert [ett["kommando"] for ett in rad.kommandoer] == ["NyBeskjed"]
        innboks.kjerne.klokke.gaa(hours=1)  # type: ignore[attr-defined]
        innboks.runde()


def test_et_nytt_forsoek_utfoerer_det_som_ble_lagret_og_oversetter_ikke_igjen(
    innboks: Innboks, monkeypatch: pytest.MonkeyPatch
) -> None:
    mottak = innboks.hendelse("BESKJED", "1")

    def feiler(kommando: Any, sammenheng: Any) -> Any:
        raise ZeroDivisionError

    with monkeypatch.context() as en_gang:
        en_gang.setitem(UTFOERERE, NyBeskjed, feiler)
        innboks.runde()
    oversatt: list[str] = []
    innboks.oversetter = Avbrudd(innboks, lambda oppdrag: oversatt.append(oppdrag.id))  # type: ignore[assignment]
    innboks.kjerne.klokke.gaa(hours=1)  # type: ignore[attr-defined]
    innboks.runde()
    assert (innboks.les(mottak).tilstand, oversatt) == ("BEHANDLET", [])


def test_paa_nytt_oversetter_paa_nytt(innboks: Innboks) -> None:
    mottak = innboks.hendelse("TO_TING", "1")
    innboks.runde()
    oversatt: list[str] = []
    innboks.oversetter = Avbrudd(innboks, lambda oppdrag: oversatt.append(oppdrag.id))  # type: ignore[assignment]
    paa_nytt(innboks.kjerne, fager(innboks), mottak.id, UTEN_KILDE)
    innboks.runde()
    assert oversatt == ["1"]


def test_karantenen_sier_hvilken_kommando_som_ble_avvist_og_viser_alle(innboks: Innboks) -> None:
    mottak = innboks.hendelse("TO_TING", "1")
    innboks.runde()
    rad = innboks.les(mottak)
    assert (rad.tilstand, rad.feilkode, rad.plugin) == ("KARANTENE", "Valideringsfeil", "uskikkelig==1")
    assert rad.feilmelding.startswith("kommando 2 of 2, NyBeskjed: ")
    assert [ett["innhold"]["ekstern_id"] for ett in rad.kommandoer] == ["1", "annens"]


def test_en_hendelse_som_venter_paa_filen_sin_kan_forkastes_mens_den_oversettes(
    innboks: Innboks, tmp_path: Path
) -> None:
    """With a real child process that is at it: whoever drops the event does not wait for the mapping."""
    fil = tmp_path / "i_gang"
    innboks.hendelse("BESKJED", "varm")
    innboks.runde()
    mottak = innboks.hendelse("DROEYER", "1", fil=str(fil))
    traad = threading.Thread(target=innboks.runde)
    traad.start()
    while traad.is_alive() and not fil.exists():
        pass
    forkast(innboks.kjerne, fager(innboks), mottak.id, "sendt ved en feil")
    fil.unlink(missing_ok=True)
    traad.join(30)
    assert innboks.les(mottak).tilstand == "FORKASTET"
    assert beskjeder(innboks) == ["varm"]
