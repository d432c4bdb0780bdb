"""An employer sees an object only while having the access that it names."""

from __future__ import annotations

import datetime as dt

import pytest

from gateway.domain.mottaker import AltinnRessurs, Mottaker, NaermesteLeder
from gateway.handling.arbeidsgiver import bjelle_aapnet, klikket
from gateway.handling.utfoer import utfoer
from gateway.kjerne import Kjerne
from gateway.plugin import Lederforhold, Tilganger, Virksomhetstilgang
from gateway.reading import arbeidsgiver
from tests.verden import (
    ANSATT,
    BIFF_OG_BULJONG,
    GLAD_TORSK,
    LEDER,
    RESSURS,
    START,
    SYKEPENGER,
    FastKlokke,
    aktoer,
    en_beskjed,
    en_oppgave,
    en_sak,
    ser_glad_torsk,
)

ANNEN_RESSURS = "nav_permittering-og-nedbemmaning_innsyn-i-alle-innsendte-meldinger"
SOM_LEDER = Mottaker(naermeste_leder=NaermesteLeder(naermeste_leder_fnr=LEDER, ansatt_fnr=ANSATT))


def _tilgang(virksomhet: str, *ressurser: str) -> Tilganger:
    return Tilganger(
        virksomheter=(Virksomhetstilgang(virksomhetsnummer=virksomhet, navn="NAVN", ressurser=frozenset(ressurser)),)
    )


def _leder(virksomhet: str, ansatt: str) -> Tilganger:
    return Tilganger(leder_for=(Lederforhold(virksomhetsnummer=virksomhet, ansatt_fnr=ansatt),))


@pytest.mark.parametrize(
    ("mottaker", "fnr", "tilganger", "ser"),
    [
        (SYKEPENGER, LEDER, _tilgang(GLAD_TORSK, RESSURS), True),
        (SYKEPENGER, LEDER, _tilgang(GLAD_TORSK, ANNEN_RESSURS), False),
        (SYKEPENGER, LEDER, _tilgang(BIFF_OG_BULJONG, RESSURS), False),
        (SYKEPENGER, LEDER, Tilganger(), False),
        (SYKEPENGER, LEDER, Tilganger(feil_altinn=True), False),
        (SOM_LEDER, LEDER, _leder(GLAD_TORSK, ANSATT), True),
        (SOM_LEDER, LEDER, _leder(BIFF_OG_BULJONG, ANSATT), False),
        (SOM_LEDER, LEDER, _leder(GLAD_TORSK, LEDER), False),
        (SOM_LEDER, ANSATT, _leder(GLAD_TORSK, ANSATT), False),  # leader now, but not the one it names
        (SOM_LEDER, LEDER, _tilgang(GLAD_TORSK, RESSURS), False),
    ],
)
def test_tilgangen_avgjoer_hva_som_sees(
    kjerne: Kjerne, mottaker: Mottaker, fnr: str, tilganger: Tilganger, ser: bool
) -> None:
    oppgave = utfoer(kjerne, en_oppgave(mottakere=(mottaker,)), aktoer(kjerne))
    utfoer(kjerne, en_sak(mottakere=(mottaker,)), aktoer(kjerne))
    bjelle = arbeidsgiver.bjelle(kjerne, fnr, tilganger)
    assert len(bjelle.notifikasjoner) == bjelle.antall_uleste == int(ser)
    assert len(arbeidsgiver.saker(kjerne, fnr, tilganger, 10).saker) == int(ser)
    assert (arbeidsgiver.kan_se(kjerne, fnr, tilganger, oppgave.id) is not None) == ser
    assert bjelle.feil_altinn == tilganger.feil_altinn


def test_det_nyeste_staar_foerst_paa_tvers_av_virksomheter_og_bare_en_gang(kjerne: Kjerne, klokke: FastKlokke) -> None:
    begge = (SYKEPENGER, Mottaker(altinn_ressurs=AltinnRessurs(ressurs_id=ANNEN_RESSURS)))
    for nr, virksomhet in enumerate((GLAD_TORSK, BIFF_OG_BULJONG, GLAD_TORSK)):
        beskjed = en_beskjed(ekstern_id=str(nr), tekst=str(nr), virksomhetsnummer=virksomhet, mottakere=begge)
        utfoer(kjerne, beskjed, aktoer(kjerne))
        utfoer(
            kjerne,
            en_sak(grupperingsid=str(nr), tittel=str(nr), virksomhetsnummer=virksomhet, mottakere=begge),
            aktoer(kjerne),
        )
        klokke.gaa(hours=1)
    tilganger = Tilganger(
        virksomheter=tuple(
            Virksomhetstilgang(virksomhetsnummer=virksomhet, navn=navn, ressurser=frozenset({RESSURS, ANNEN_RESSURS}))
            for virksomhet, navn in ((GLAD_TORSK, "TORSK"), (BIFF_OG_BULJONG, "BIFF"))
        )
    )
    bjelle = arbeidsgiver.bjelle(kjerne, LEDER, tilganger)
    assert [(n.tekst, n.virksomhet.navn) for n in bjelle.notifikasjoner] == [
        ("2", "TORSK"),
        ("1", "BIFF"),
        ("0", "TORSK"),
    ]
    assert [sak.tittel for sak in arbeidsgiver.saker(kjerne, LEDER, tilganger, 2).saker] == ["2", "1"]


def test_bjella_teller_det_som_kom_etter_at_den_sist_ble_aapnet(kjerne: Kjerne, klokke: FastKlokke) -> None:
    utfoer(kjerne, en_beskjed(ekstern_id="1"), aktoer(kjerne))
    assert arbeidsgiver.bjelle(kjerne, LEDER, ser_glad_torsk()).antall_uleste == 1
    klokke.gaa(minutes=1)
    bjelle_aapnet(kjerne, LEDER)
    assert arbeidsgiver.bjelle(kjerne, LEDER, ser_glad_torsk()).antall_uleste == 0
    klokke.gaa(minutes=1)
    utfoer(kjerne, en_beskjed(ekstern_id="2"), aktoer(kjerne))
    bjelle = arbeidsgiver.bjelle(kjerne, LEDER, ser_glad_torsk())
    assert bjelle.antall_uleste == 1
    assert [n.ulest for n in bjelle.notifikasjoner] == [True, False]
    assert arbeidsgiver.bjelle(kjerne, ANSATT, ser_glad_torsk()).antall_uleste == 2, "each person has its own"


def test_en_notifikasjon_vises_med_saken_sin_og_om_den_er_klikket(kjerne: Kjerne) -> None:
    oppgave = utfoer(kjerne, en_oppgave(grupperingsid="sak-1", frist=dt.date(2026, 12, 1)), aktoer(kjerne))
    assert arbeidsgiver.bjelle(kjerne, LEDER, ser_glad_torsk()).notifikasjoner[0].sak is None
    utfoer(kjerne, en_sak(tilleggsinformasjon="Gjelder 2026"), aktoer(kjerne))
    for _ in range(2):
        klikket(kjerne, LEDER, oppgave.id)
    (visning,) = arbeidsgiver.bjelle(kjerne, LEDER, ser_glad_torsk()).notifikasjoner
    assert visning.sak is not None
    assert (visning.sak.tittel, visning.sak.tilleggsinformasjon) == ("Søknad om støtte", "Gjelder 2026")
    assert (visning.klikket_paa, visning.frist, visning.sortering_tidspunkt) == (True, dt.date(2026, 12, 1), START)
    (andres,) = arbeidsgiver.bjelle(kjerne, ANSATT, ser_glad_torsk()).notifikasjoner
    assert not andres.klikket_paa
