"""The pages' source over a real database."""

from __future__ import annotations

from uuid import UUID

import pytest

from gateway.domain.kommandoer import Notifikasjonsreferanse, SlettNotifikasjon
from gateway.handling.arbeidsgiver import klikket
from gateway.handling.utfoer import utfoer
from gateway.kjerne import Kjerne
from gateway.plugin import Tilganger
from gateway.store.tabeller import Klikk
from gateway.web.kjernekilde import Kjernekilde
from tests.verden import LEDER, FastKlokke, aktoer, en_beskjed, en_sak, ser_glad_torsk


class Tilgang:
    """What the leader may see, and a test may take away."""

    def __init__(self) -> None:
        self.har = ser_glad_torsk()

    def tilganger(self, fnr: str) -> Tilganger:
        return self.har if fnr == LEDER else Tilganger()


@pytest.fixture
def tilgang() -> Tilgang:
    return Tilgang()


@pytest.fixture
def kilde(kjerne: Kjerne, tilgang: Tilgang) -> Kjernekilde:
    utfoer(kjerne, en_sak(), aktoer(kjerne))
    utfoer(kjerne, en_beskjed(), aktoer(kjerne))
    return Kjernekilde(kjerne, tilgang)


def test_aa_aapne_bjella_svarer_med_det_som_var_nytt_til_da(kilde: Kjernekilde, klokke: FastKlokke) -> None:
    klokke.gaa(minutes=1)
    assert kilde.bjelle_aapnet(LEDER).antall_uleste == 1
    assert kilde.bjelle(LEDER).antall_uleste == 0


def test_et_klikk_huskes_og_sier_hvor_det_foerer(kilde: Kjernekilde) -> None:
    (notifikasjon,) = kilde.bjelle(LEDER).notifikasjoner
    assert kilde.klikket(LEDER, notifikasjon.id) == notifikasjon.lenke
    assert kilde.bjelle(LEDER).notifikasjoner[0].klikket_paa


def test_et_klikk_paa_det_som_slettes_imens_noteres_ikke_og_feiler_ikke(kjerne: Kjerne, kilde: Kjernekilde) -> None:
    (notifikasjon,) = kilde.bjelle(LEDER).notifikasjoner
    utfoer(kjerne, SlettNotifikasjon(notifikasjon=Notifikasjonsreferanse(id=notifikasjon.id)), aktoer(kjerne))
    klikket(kjerne, LEDER, notifikasjon.id)
    with kjerne.database.tilkobling():
        assert Klikk.select().count() == 0


def test_tilgang_som_mistes_skjuler_alt_med_en_gang(kilde: Kjernekilde, tilgang: Tilgang) -> None:
    notifikasjon: UUID = kilde.bjelle(LEDER).notifikasjoner[0].id
    tilgang.har = Tilganger(feil_altinn=True)
    assert kilde.bjelle(LEDER).notifikasjoner == ()
    assert kilde.bjelle(LEDER).feil_altinn
    assert kilde.saker(LEDER, 10).saker == ()
    assert kilde.klikket(LEDER, notifikasjon) is None


def test_uten_en_kilde_til_tilganger_vises_ingenting_og_det_sies(kjerne: Kjerne) -> None:
    saksliste = Kjernekilde(kjerne, None).saker(LEDER, 10)
    assert (saksliste.saker, saksliste.feil_altinn, saksliste.feil_digisyfo) == ((), True, True)
