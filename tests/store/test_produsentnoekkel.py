"""A producer's own secret: the same for ever, through every change of HEMMELIG_NOEKKEL, and worth nothing by itself."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.domain.hendelse import Feilklasse
from gateway.domain.noekkelring import Noekkelring
from gateway.kjerne import Kjerne
from gateway.store.produsentnoekkel import Produsentnoekler
from gateway.store.tabeller import Produsentnoekkel
from gateway.vertskap.feil import Pluginfeil
from tests.noekkelbytte import GAMMEL, NY, RINGER, Trinn


def noekler(kjerne: Kjerne, ring: Noekkelring | None = None) -> Produsentnoekler:
    return Produsentnoekler(kjerne.database, ring or kjerne.noekkelring)


def innpakket(kjerne: Kjerne, produsent: str = "fager") -> str:
    with kjerne.database.tilkobling():
        tekst: str = Produsentnoekkel.get_by_id(produsent).innpakket
    return tekst


def test_hver_produsent_har_sin_egen_og_den_er_den_samme_i_alle_prosesser(kjerne: Kjerne) -> None:
    en, annen = noekler(kjerne), noekler(kjerne)
    assert en("fager") == en("fager") == annen("fager")
    assert en("permittering") != en("fager")
    assert len(en("fager")) == 32
    assert en("fager").hex() not in innpakket(kjerne), "the database alone says nothing of it"


def test_den_som_bare_har_databasen_kan_ikke_pakke_den_ut(kjerne: Kjerne) -> None:
    noekler(kjerne)("fager")
    with pytest.raises(Pluginfeil) as feil:
        noekler(kjerne, Noekkelring(gjeldende=b"noe helt annet enn det som gjelder"))("fager")
    assert feil.value.klasse is Feilklasse.KONFIGURASJON
    assert "name that among HEMMELIG_NOEKKEL_ELDRE" in str(feil.value)


def test_innpakningen_er_produsentens_egen(kjerne: Kjerne) -> None:
    """One wrapped key that is put in another's place is found out."""
    noekler(kjerne)("fager")
    fagers = innpakket(kjerne)
    noekler(kjerne)("permittering")
    kjerne.database.i_transaksjon(
        lambda: Produsentnoekkel.update(innpakket=fagers).where(Produsentnoekkel.produsent == "permittering").execute()
    )
    with pytest.raises(Pluginfeil):
        noekler(kjerne)("permittering")


def test_den_overlever_hvert_trinn_i_et_noekkelbytte_i_begge_retninger(kjerne: Kjerne) -> None:
    foer = noekler(kjerne, RINGER[Trinn.FOER])("fager")
    for trinn in (Trinn.VARSLET, Trinn.BYTTET, Trinn.VARSLET, Trinn.BYTTET, Trinn.ETTER):
        assert noekler(kjerne, RINGER[trinn])("fager") == foer, trinn
    uten_den_gamle = Noekkelring(gjeldende=NY)
    assert noekler(kjerne, uten_den_gamle)("fager") == foer, "it was wrapped anew, and needs the old one no more"
    with pytest.raises(Pluginfeil):
        noekler(kjerne, Noekkelring(gjeldende=GAMMEL))("fager")


def test_den_pakkes_om_en_gang_og_ikke_tilbake(kjerne: Kjerne) -> None:
    noekler(kjerne, RINGER[Trinn.FOER])("fager")
    foer = innpakket(kjerne)
    noekler(kjerne, RINGER[Trinn.VARSLET])("fager")
    assert innpakket(kjerne) == foer
    noekler(kjerne, RINGER[Trinn.BYTTET])("fager")
    etter = innpakket(kjerne)
    assert etter != foer
    for trinn in (Trinn.VARSLET, Trinn.BYTTET, Trinn.ETTER):
        noekler(kjerne, RINGER[trinn])("fager")
        assert innpakket(kjerne) == etter


def test_mange_som_spoer_foerst_samtidig_faar_den_samme(kjerne: Kjerne) -> None:
    klare = threading.Barrier(8)

    def hent(nr: int) -> bytes:
        ring = RINGER[Trinn.VARSLET if nr % 2 else Trinn.BYTTET]
        klare.wait(30)
        return noekler(kjerne, ring)("fager")

    with ThreadPoolExecutor(8) as traader:
        assert len(set(traader.map(hent, range(8)))) == 1


def test_en_rad_som_er_oedelagt_sies_som_det(kjerne: Kjerne) -> None:
    for tull in ("", "tull", "00" * 40):
        noekler(kjerne)("fager")
        kjerne.database.i_transaksjon(lambda tull=tull: Produsentnoekkel.update(innpakket=tull).execute())  # type: ignore[misc]
        with pytest.raises(Pluginfeil):
            noekler(kjerne)("fager")
        kjerne.database.i_transaksjon(lambda: Produsentnoekkel.delete().execute())
