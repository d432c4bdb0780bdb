"""The test persons of `dev`: the file, its faults, and the access that comes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters import testpersoner
from gateway.oppsett.innstillinger import Innstillingsfeil
from gateway.plugin import Lederforhold, Tilganger, Virksomhetstilgang

PERSONER = Path(__file__).parents[2] / "config" / "personer.yaml"
KARI = "15488510042"
INNTEKTSMELDING = "nav_sykepenger_inntektsmelding"
PERMITTERING = "nav_permittering-og-nedbemmaning_innsyn-i-alle-innsendte-meldinger"

GYLDIG = """\
- fnr: "15488510042"
  navn: Kari Leder
  virksomheter:
    - orgnr: "312914174"
      navn: GLAD TORSK AS
      ressurser: [nav_sykepenger_inntektsmelding]
      underenheter:
        - orgnr: "910825526"
          navn: BIFF OG BULJONG
  leder_for:
    - {fnr: "21459310093", orgnr: "312914174"}
"""


@pytest.fixture
def fil(tmp_path: Path) -> Path:
    return tmp_path / "personer.yaml"


def les(fil: Path, innhold: str) -> testpersoner.Testpersoner:
    fil.write_text(innhold, encoding="utf-8")
    return testpersoner.Testpersoner(testpersoner.les_testpersoner(fil))


def test_hierarkiet_flates_ut_og_hver_virksomhet_beholder_sine_egne_ressurser(fil: Path) -> None:
    assert les(fil, GYLDIG).tilganger(KARI) == Tilganger(
        virksomheter=(
            Virksomhetstilgang(
                virksomhetsnummer="312914174", navn="GLAD TORSK AS", ressurser=frozenset({INNTEKTSMELDING})
            ),
            Virksomhetstilgang(virksomhetsnummer="910825526", navn="BIFF OG BULJONG", ressurser=frozenset()),
        ),
        leder_for=(Lederforhold(virksomhetsnummer="312914174", ansatt_fnr="21459310093"),),
    )


def test_den_som_ikke_er_blant_dem_har_ingen_tilgang(fil: Path) -> None:
    assert les(fil, GYLDIG).tilganger("21459310093") == Tilganger()


def test_en_tom_fil_har_ingen_personer(fil: Path) -> None:
    assert les(fil, "").personer == ()


@pytest.mark.parametrize(
    ("fra", "til", "linje", "melding"),
    [
        (
            '"15488510042"',
            "15488510042",
            1,
            "person no. 1, fnr: must be the fnr, 11 digits, in quotes; YAML reads it as a",
        ),
        ('"15488510042"', '"15488510043"', 1, "person no. 1, fnr: must be a synthetic"),
        ('"15488510042"', '"01010112377"', 1, "person no. 1, fnr: must be a synthetic"),
        ('"15488510042"', '"٣5488510042"', 1, "person no. 1, fnr: must be a synthetic"),
        ('"15488510042"', "", 1, "person no. 1, fnr: is empty; give the fnr"),
        ("  navn: Kari Leder", "  nvan: Kari Leder", 2, "person no. 1, nvan: is not a field here; did you mean navn?"),
        (
            "  navn: Kari",
            "  adresse: Kari",
            2,
            "person no. 1, adresse: is not a field here; these are: fnr, navn, virk",
        ),
        ("  navn: Kari", '  "15488510042": Kari', 2, "person no. 1, (11 characters): is not a field here"),
        ("  navn: Kari Leder\n", "", 1, "person no. 1, navn: is missing; give a name"),
        (
            "  navn: Kari Leder",
            "  navn: no",
            2,
            "person no. 1, navn: must be a name, in quotes; YAML reads it as true or",
        ),
        ("Kari Leder", '""', 2, "person no. 1, navn: must not be empty"),
        (
            '"312914174"\n',
            '"312914175"\n',
            4,
            "person no. 1, virksomheter no. 1, orgnr: must be 9 digits with a valid check digit (mod 11); "
            "it says '312914175'",
        ),
        ('"312914174"\n', '"312 914 174"\n', 4, "person no. 1, virksomheter no. 1, orgnr: must be 9 digits"),
        (
            '"910825526"',
            "910825526",
            8,
            "person no. 1, virksomheter no. 1, underenheter no. 1, orgnr: must be the orgnr, 9 digits, in quotes; "
            "YAML reads it as a number; it says '910825526'",
        ),
        (
            '"910825526"',
            '"312914174"',
            8,
            "person no. 1, virksomheter no. 1, underenheter no. 1, orgnr: stands here and on line 4; remove one of the",
        ),
        ("[nav_sykepenger_inntektsmelding]", "nav_x", 6, "person no. 1, virksomheter no. 1, ressurser: must be a list"),
        (
            "[nav_sykepenger_inntektsmelding]",
            "[1]",
            6,
            "person no. 1, virksomheter no. 1, ressurser no. 1: must be a ressursId, in quotes",
        ),
        ('{fnr: "21459310093", orgnr: "312914174"}', "Kari", 11, "person no. 1, leder_for no. 1: must be a mapping"),
        ('{fnr: "21459310093", ', "{", 11, "person no. 1, leder_for no. 1, fnr: is missing"),
        (
            "- fnr",
            GYLDIG + "- fnr",
            12,
            "person no. 2, fnr: stands on line 1 too, under person no. 1; it can stand once",
        ),
        ("  navn: Kari", "  navn: Ola\n  navn: Kari", 3, "'navn' stands here and on line 2; remove one of them"),
        ('"15488510042"', '"15488510042', 4, "is not YAML"),
    ],
)
def test_en_feil_sies_med_fil_linje_og_raad(fil: Path, fra: str, til: str, linje: int, melding: str) -> None:
    assert fra in GYLDIG
    with pytest.raises(Innstillingsfeil) as feil:
        les(fil, GYLDIG.replace(fra, til, 1))
    assert f"{fil}:{linje}: {melding}" in str(feil.value)
    for person in ("15488510042", "15488510043", "01010112377", "21459310093", "Kari", "Ola"):
        assert person not in str(feil.value), "no number and no name of anybody is told"


def test_alle_feil_sies_paa_en_gang(fil: Path) -> None:
    with pytest.raises(Innstillingsfeil) as feil:
        les(fil, GYLDIG.replace("15488510042", "1").replace("910825526", "2"))
    assert [int(linje.split(":")[1]) for linje in str(feil.value).splitlines()] == [1, 8]


def test_en_fil_som_ikke_finnes_navngis(fil: Path) -> None:
    with pytest.raises(Innstillingsfeil, match=r"personer\.yaml: cannot be read"):
        testpersoner.les_testpersoner(fil)


def test_personene_som_foelger_med_dekker_det_en_utvikler_vil_se() -> None:
    personer = testpersoner.les_testpersoner(PERSONER)
    kari, regnskapsfoerer, lagleder, ingen = (person.tilganger for person in personer)
    assert personer[0].fnr == KARI
    assert [(v.virksomhetsnummer, v.ressurser) for v in kari.virksomheter] == [("312914174", {INNTEKTSMELDING})]
    assert kari.leder_for == (Lederforhold(virksomhetsnummer="312914174", ansatt_fnr="21459310093"),)
    tilgang = {v.virksomhetsnummer: v.ressurser for v in regnskapsfoerer.virksomheter}
    assert len(tilgang) == 5
    assert tilgang["910825526"] == {PERMITTERING}
    assert tilgang["312914174"] == {PERMITTERING, INNTEKTSMELDING}
    assert (lagleder.virksomheter, len(lagleder.leder_for)) == ((), 1)
    assert ingen == Tilganger()
