"""Which fødselsnummer are accepted: real ones, D-numbers and the two kinds of synthetic numbers."""

from __future__ import annotations

import pytest

from gateway.domain.personnummer import er_gyldig

GYLDIGE = {
    "fødselsnummer": "15088500188",
    "D-nummer": "55088500171",
    "month + 40": "15488500160",
    "month + 80": "15888500143",
    "D-nummer, month + 40": "55488500154",
    "D-nummer, month + 80": "55888500137",
    "first day of a year": "01018000136",
    "last day of a year": "31129900183",
    "first D-nummer day": "41018000200",
    "last D-nummer day": "71129900177",
}
UGYLDIGE = {
    "first check digit wrong": "15088500178",
    "second check digit wrong": "15088500189",
    "two digits changed places": "51088500188",
    "10 digits": "1508850018",
    "12 digits": "150885001880",
    "empty": "",
    "letters": "1508850018x",
    "a space within": "150885 00188",
    "a space before": " 15088500188",
    "a line break after": "15088500188\n",
    "digits of another script": "١٥٠٨٨٥٠٠١٨٨",
    "all zeros": "00000000000",
    "day 0": "00018000288",
    "day 32": "32018000198",
    "day 40": "40018000190",
    "day 72": "72018000181",
    "month 0": "15008500158",
    "month 13": "15138500176",
    "month 40": "15408500130",
    "month 53": "15538500159",
    "month 60": "15608500127",
    "month 80": "15808500113",
    "month 93": "15938500131",
}


@pytest.mark.parametrize("nummer", GYLDIGE.values(), ids=GYLDIGE)
def test_gyldige_numre_godtas(nummer: str) -> None:
    assert er_gyldig(nummer)


@pytest.mark.parametrize("nummer", UGYLDIGE.values(), ids=UGYLDIGE)
def test_alt_annet_avvises(nummer: str) -> None:
    assert not er_gyldig(nummer)


@pytest.mark.parametrize("siffer", range(11))
def test_ett_siffer_feil_oppdages_alltid(siffer: int) -> None:
    riktig = GYLDIGE["month + 80"]
    for annet in set("0123456789") - {riktig[siffer]}:
        assert not er_gyldig(riktig[:siffer] + annet + riktig[siffer + 1 :])
