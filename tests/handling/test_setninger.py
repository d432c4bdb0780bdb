"""What the promised number of statements is: a creation with everything is one transaction of few round trips."""

from __future__ import annotations

import logging

import pytest

from gateway.domain.feil import UgyldigMottaker
from gateway.domain.kommandoer import Kommando
from gateway.domain.mottaker import AltinnRessurs, Mottaker, NaermesteLeder
from gateway.domain.paaminnelse import Paaminnelse, Paaminnelsestidspunkt
from gateway.domain.produsent import Krets, krev_innenfor
from gateway.kjerne import Kjerne
from gateway.store.tabeller import Notifikasjon
from tests.handling.gjoer import EPOST, SMS_I_AAPNINGSTID, gjoer
from tests.verden import ANSATT, BIFF_OG_BULJONG, GLAD_TORSK, LEDER, SYKEPENGER, en_oppgave, en_sak

FLEST = 12


def test_en_oppgave_med_paaminnelse_og_to_varsler_er_hoeyst_tolv_setninger_i_en_transaksjon(
    kjerne: Kjerne, caplog: pytest.LogCaptureFixture
) -> None:
    gjoer(kjerne, en_sak())
    paaminnelse = Paaminnelse(
        tidspunkt=Paaminnelsestidspunkt(etter_opprettelse="P5D"), eksterne_varsler=(EPOST, SMS_I_AAPNINGSTID)
    )
    oppgave = en_oppgave(grupperingsid="sak-1", eksterne_varsler=(EPOST, SMS_I_AAPNINGSTID), paaminnelse=paaminnelse)
    setninger = _setninger(kjerne, caplog, oppgave)
    # peewee does not tell of BEGIN and COMMIT.
    assert 0 < len(setninger) <= FLEST - 2, setninger


PERMITTERING = Mottaker(
    altinn_ressurs=AltinnRessurs(ressurs_id="nav_permittering-og-nedbemmaning_innsyn-i-alle-innsendte-meldinger")
)


@pytest.mark.parametrize("med_sak", [False, True])
def test_en_oppgave_for_de_samme_som_saken_er_en_setning(
    kjerne: Kjerne, caplog: pytest.LogCaptureFixture, med_sak: bool
) -> None:
    if med_sak:
        gjoer(kjerne, en_sak())
    antall = len(_setninger(kjerne, caplog, en_oppgave(grupperingsid="sak-1")))
    assert antall == (1 if kjerne.database.er_postgres else 3)


def test_bare_den_som_er_for_de_samme_slipper_domenets_dom(kjerne: Kjerne) -> None:
    """Within the sak's circle, though not the same: stored. Outside: refused by the domain, and nothing is stored."""
    gjoer(kjerne, en_sak(mottakere=(SYKEPENGER, PERMITTERING)))
    innenfor = en_oppgave(grupperingsid="sak-1", mottakere=(PERMITTERING,))
    assert gjoer(kjerne, innenfor).ny
    assert not gjoer(kjerne, innenfor).ny
    utenfor = Mottaker(naermeste_leder=NaermesteLeder(naermeste_leder_fnr=LEDER, ansatt_fnr=ANSATT))
    for annen in (
        en_oppgave(ekstern_id="2", grupperingsid="sak-1", mottakere=(utenfor,)),
        en_oppgave(ekstern_id="2", grupperingsid="sak-1", virksomhetsnummer=BIFF_OG_BULJONG),
    ):
        with pytest.raises(UgyldigMottaker):
            gjoer(kjerne, annen)
    with kjerne.database.tilkobling():
        assert Notifikasjon.select().count() == 1


def test_de_samme_er_innenfor_seg_selv_ogsaa_for_domenet() -> None:
    """What the one statement takes for granted."""
    for mottakere in ((SYKEPENGER,), (SYKEPENGER, PERMITTERING), ()):
        krets = Krets(virksomhetsnummer=GLAD_TORSK, mottakere=mottakere)
        krev_innenfor(krets, krets)


def _setninger(kjerne: Kjerne, caplog: pytest.LogCaptureFixture, kommando: Kommando) -> list[str]:
    caplog.clear()
    with caplog.at_level(logging.DEBUG, logger="peewee"):
        gjoer(kjerne, kommando)
    return [ett.msg[0] for ett in caplog.records if ett.name == "peewee"]
