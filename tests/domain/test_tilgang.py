"""What a producer may do: its own merkelapper, its own mottakere, and only once it has accepted the terms."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from gateway.domain.feil import UgyldigMerkelapp, UgyldigMottaker, VilkaarIkkeGodkjent
from gateway.domain.mottaker import AltinnRessurs, Mottaker, NaermesteLeder
from gateway.domain.produsent import Krets, Produsent, Vilkaar, krev_innenfor
from gateway.domain.vilkaar import Vilkaarsversjon
from tests.verden import ANSATT, BIFF_OG_BULJONG, GLAD_TORSK, LEDER

EGEN = Mottaker(altinn_ressurs=AltinnRessurs(ressurs_id="egen"))
ANNENS = Mottaker(altinn_ressurs=AltinnRessurs(ressurs_id="annens"))
LEDEREN = Mottaker(naermeste_leder=NaermesteLeder(naermeste_leder_fnr=LEDER, ansatt_fnr=ANSATT))
PRODUSENT = Produsent(
    id="fager",
    applikasjoner=("dev-gcp:fager:fager-demo",),
    merkelapper=("Demo", "Fager"),
    ressurser=("egen",),
    naermeste_leder=False,
    vilkaar_godkjent=None,
)


def test_en_produsent_bruker_bare_sine_egne_merkelapper() -> None:
    PRODUSENT.krev_merkelapp("Fager")
    for merkelapp in ("Permittering", "fager", ""):
        with pytest.raises(UgyldigMerkelapp, match="fager may use: Demo, Fager"):
            PRODUSENT.krev_merkelapp(merkelapp)


def test_en_produsent_naar_bare_sine_egne_mottakere() -> None:
    PRODUSENT.krev_mottakere([EGEN])
    with pytest.raises(UgyldigMottaker, match=r"mottakere\[1\]\.altinnRessurs\.ressursId .* fager may use: egen"):
        PRODUSENT.krev_mottakere([EGEN, ANNENS])


def test_naermeste_leder_naas_bare_av_den_som_registeret_gir_lov() -> None:
    replace(PRODUSENT, naermeste_leder=True).krev_mottakere([LEDEREN])
    with pytest.raises(UgyldigMottaker, match=r"mottakere\[0\] is a naermesteLeder") as feil:
        PRODUSENT.krev_mottakere([LEDEREN])
    assert LEDER not in str(feil.value)
    assert ANSATT not in str(feil.value)


VILKAAR = (
    Vilkaarsversjon(versjon="2026-01", frist=dt.date(2026, 1, 31)),
    Vilkaarsversjon(versjon="2027-01", frist=dt.date(2027, 3, 31)),
)


@pytest.mark.parametrize(
    ("godkjent", "i_dag", "svar"),
    [
        ("2026-01", dt.date(2026, 11, 23), None),
        ("2026-01", dt.date(2027, 3, 31), None),
        ("2026-01", dt.date(2027, 4, 1), "has accepted version 2026-01 .* read version 2027-01 at /kom-i-gang"),
        ("2027-01", dt.date(2026, 11, 23), None),
        ("2027-01", dt.date(2030, 1, 1), None),
        ("2025-01", dt.date(2026, 11, 23), "which has been replaced"),
        (None, dt.date(2026, 11, 23), "add vilkaarGodkjent with versjon 2027-01 and dato"),
    ],
)
def test_vilkaarene_maa_vaere_godkjent_i_den_versjonen_som_gjelder(
    godkjent: str | None, i_dag: dt.date, svar: str | None
) -> None:
    vilkaar = None if godkjent is None else Vilkaar(versjon=godkjent, dato=dt.date(2026, 1, 15))
    produsent = replace(PRODUSENT, vilkaar_godkjent=vilkaar)
    if svar is None:
        produsent.krev_vilkaar(i_dag, VILKAAR)
    else:
        with pytest.raises(VilkaarIkkeGodkjent, match=svar):
            produsent.krev_vilkaar(i_dag, VILKAAR)


def _krets(*mottakere: Mottaker, virksomhetsnummer: str = GLAD_TORSK) -> Krets:
    return Krets(virksomhetsnummer=virksomhetsnummer, mottakere=mottakere)


def test_en_notifikasjon_er_for_sakens_virksomhet() -> None:
    with pytest.raises(UgyldigMottaker, match="virksomhetsnummer is not that of the sak"):
        krev_innenfor(_krets(EGEN, virksomhetsnummer=BIFF_OG_BULJONG), _krets(EGEN))


@pytest.mark.parametrize("mottakere", [[EGEN], [LEDEREN], [LEDEREN, EGEN], []])
def test_en_notifikasjon_naar_noen_av_sakens_mottakere(mottakere: list[Mottaker]) -> None:
    krev_innenfor(_krets(*mottakere), _krets(EGEN, LEDEREN))


@pytest.mark.parametrize(
    "annen",
    [ANNENS, Mottaker(naermeste_leder=NaermesteLeder(naermeste_leder_fnr=ANSATT, ansatt_fnr=LEDER))],
    ids=["another resource", "leader and employee changed places"],
)
def test_en_notifikasjon_naar_ingen_andre_enn_sakens_mottakere(annen: Mottaker) -> None:
    with pytest.raises(UgyldigMottaker, match=r"mottakere\[1\] is not one of those of the sak") as feil:
        krev_innenfor(_krets(EGEN, annen), _krets(EGEN, LEDEREN))
    assert LEDER not in str(feil.value)


def test_tilgangen_sier_hvem_som_ser_og_bare_dem() -> None:
    assert EGEN.tilgang == "ressurs:egen"
    assert LEDEREN.tilgang == f"leder:{LEDER}:{ANSATT}"
    with pytest.raises(ValueError, match="exactly one of altinnRessurs and naermesteLeder"):
        _ = Mottaker().tilgang
