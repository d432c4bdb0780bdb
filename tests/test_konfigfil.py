"""What is wrong in a file of the configuration is told by file, line and entry, with the value and what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from adapters.registrer import Adaptere
from gateway.inbox.kilder import les_kilder
from gateway.oppsett.innstillinger import Innstillingsfeil
from gateway.oppsett.produsentregister import les_register
from tests.verden import ROT, registeret

KILDER = """\
# The sources.
- navn: permittering
  produsent: permittering
  adapter: github
  hemmeligheter: ["permittering-dev-hemmelighet"]
  type: type
  id: id
  noekkel: id

- navn: inntektsmelding
  produsent: inntektsmelding
  adapter: standard-webhooks
  hemmeligheter:
    - "whsec_aW5udGVrdHNtZWxkaW5nLWRldi1oZW1tZWxpZ2hldA=="
    - "whsec_aW5udGVrdHNtZWxkaW5nLWRldi1oZW1tZWxpZ2hldB=="
  type: type
  id: id
"""
PRODUSENTER = """\
# The register.
- id: permittering
  applikasjoner: ["dev-gcp:permittering:permittering-api"]
  merkelapper: [Nedbemanning]
  mottakere: {ressurser: [nav_x], naermesteLeder: false}
  vilkaarGodkjent: {versjon: "2026-01", dato: 2026-01-15}
- id: fager
  applikasjoner:
    - "dev-gcp:fager:fager-demo"
  merkelapper: [Demo, Fager]
  mottakere: {ressurser: [nav_y]}
  plugin:
    navn: fager
    innstillinger: {noekkel: hemmelig-verdi}
"""
HEMMELIG = ("permittering-dev", "hemmelig-verdi", "aW5udG", "ZWxpZ2")


def les(fil: Path, innhold: str) -> None:
    fil.write_text(innhold, encoding="utf-8")
    if fil.name == "kilder.yaml":
        les_kilder(fil, Adaptere().signaturordninger(), registeret(), dev=True)
    else:
        les_register(fil)


@pytest.mark.parametrize(
    ("navn", "fra", "til", "linje", "melding"),
    [
        # What an entry's own rules refuse, whichever entry it is.
        (
            "kilder",
            "produsent: inntektsmelding",
            "produsent: inntekt",
            11,
            "kilde 'inntektsmelding', produsent: is not in the produsentregister; it knows permittering, "
            "inntektsmelding, fager, dialogmoete, refusjon, kurs; it says 'inntekt'",
        ),
        (
            "kilder",
            "standard-webhooks",
            "svix",
            12,
            "kilde 'inntektsmelding', adapter: is not known; use one of api-noekkel, basic, github, hemmelig-sti, "
            "hmac, slack, standard-webhooks, stripe; it says 'svix'",
        ),
        ("kilder", "ZWxpZ2hldB==", "!!", 15, "kilde 'inntektsmelding', hemmeligheter no. 2: "),
        (
            "kilder",
            '"permittering-dev-hemmelighet"',
            '"env:MANGLER_HER"',
            5,
            "kilde 'permittering', hemmeligheter no. 1: names the environment variable MANGLER_HER, which is not set",
        ),
        (
            "kilder",
            '"permittering-dev-hemmelighet"',
            '"file:/finnes/ikke"',
            5,
            "kilde 'permittering', hemmeligheter no. 1: names a file that cannot be read (No such file or",
        ),
        ("kilder", "  id: id\n  noekkel", "  id: 'a['\n  noekkel", 7, "kilde 'permittering', id: is not JMESPath: "),
        # What is missing, unknown, empty.
        ("kilder", "  adapter: standard-webhooks\n", "", 10, "kilde 'inntektsmelding', adapter: is missing; add it"),
        (
            "kilder",
            "adapter: github",
            "adapter:",
            4,
            "kilde 'permittering', adapter: is empty; give a value, or remove",
        ),
        (
            "kilder",
            "noekkel: id",
            "nokkel: id",
            8,
            "kilde 'permittering', nokkel: is not a field here; did you mean noe",
        ),
        (
            "kilder",
            "noekkel: id",
            "xyz: hemmelig-verdi",
            8,
            "kilde 'permittering', xyz: is not a field here; these are: navn, produsent, adapter, hemmeligheter, ",
        ),
        (
            "kilder",
            "hemmeligheter:\n",
            "hemmelighet:\n",
            13,
            "kilde 'inntektsmelding', hemmelighet: is not a field here",
        ),
        (
            "produsenter",
            "ressurser: [nav_y]",
            "ressurs: [nav_y]",
            11,
            "produsent 'fager', mottakere, ressurs: is not a field here; did you mean ressurser?",
        ),
        ("produsenter", "[Demo, Fager]", "[]", 10, "produsent 'fager', merkelapper: must not be empty"),
        ("produsenter", "- id: fager", "- id:", 7, "produsent no. 2, id: is empty"),
        ("produsenter", "- id: fager", "- id: Fager 2", 7, "produsent 'Fager 2', id: must be lower-case letters"),
        # What has the wrong type, and what YAML takes a value for.
        (
            "kilder",
            "navn: permittering",
            "navn: no",
            2,
            "kilde 'no', navn: must be a text; YAML reads it as true or fa",
        ),
        (
            "kilder",
            "navn: permittering",
            "navn: 0123",
            2,
            "kilde '0123', navn: must be a text; YAML reads it as a number",
        ),
        (
            "kilder",
            "type: type\n  id: id\n  noe",
            "type: 12:30\n  id: id\n  noe",
            6,
            "kilde 'permittering', type: must be a",
        ),
        (
            "kilder",
            '["permittering-dev-hemmelighet"]',
            "permittering-dev",
            5,
            "kilde 'permittering', hemmeligheter: must",
        ),
        (
            "kilder",
            '["permittering-dev-hemmelighet"]',
            "[123]",
            5,
            "kilde 'permittering', hemmeligheter no. 1: must be",
        ),
        (
            "produsenter",
            '"2026-01"',
            "2026-01-15",
            6,
            "produsent 'permittering', vilkaarGodkjent, versjon: must be a text; YAML reads it as a date, so put it in "
            "quotes; it says '2026-01-15'",
        ),
        (
            "produsenter",
            '"2026-01"',
            "1.0",
            6,
            "produsent 'permittering', vilkaarGodkjent, versjon: must be a text; YAML",
        ),
        (
            "produsenter",
            "dato: 2026-01-15",
            "dato: i januar",
            6,
            "produsent 'permittering', vilkaarGodkjent, dato: must be a date, such as 2026-01-15; it says 'i januar'",
        ),
        (
            "produsenter",
            "2026-01-15}",
            "2026-01-15 10:00:00}",
            6,
            "produsent 'permittering', vilkaarGodkjent, dato: must",
        ),
        (
            "produsenter",
            "2026-01-15}",
            "20260115}",
            6,
            "produsent 'permittering', vilkaarGodkjent, dato: must be a date",
        ),
        (
            "produsenter",
            "2026-01-15}",
            "2026-13-45}",
            6,
            "has the form of a date and is none; correct it, or put it in ",
        ),
        (
            "produsenter",
            "Leder: false",
            "Leder: 1",
            5,
            "produsent 'permittering', mottakere, naermesteLeder: must be tru",
        ),
        (
            "produsenter",
            "Leder: false",
            'Leder: "no"',
            5,
            "produsent 'permittering', mottakere, naermesteLeder: must be ",
        ),
        (
            "produsenter",
            "[Demo, Fager]",
            "[Demo, off]",
            10,
            "produsent 'fager', merkelapper no. 2: must be a text; YAML",
        ),
        ("produsenter", "[Demo, Fager]", "Demo", 10, "produsent 'fager', merkelapper: must be a list"),
        ("produsenter", "{ressurser: [nav_y]}", "[nav_y]", 11, "produsent 'fager', mottakere: must be a mapping"),
        (
            "produsenter",
            "navn: fager",
            "nav: hemmelig-verdi",
            13,
            "produsent 'fager', plugin, nav: is not a field here; d",
        ),
        (
            "produsenter",
            "innstillinger: {noekkel: ",
            "innstillinger: {1: ",
            14,
            "produsent 'fager', plugin, innstillinger",
        ),
        (
            "kilder",
            "noekkel: id",
            "grense: mye",
            8,
            "kilde 'permittering', grense: must be such as 100/sekund, ",
        ),
        (
            "produsenter",
            "  merkelapper: [Demo",
            "  grense: 5\n  merkelapper: [Demo",
            10,
            "produsent 'fager', grense: must be",
        ),
        # What stands twice.
        (
            "kilder",
            "navn: inntektsmelding",
            "navn: permittering",
            10,
            "kilde 'permittering', navn: 'permittering' stands on line 2 too, under kilde 'permittering'; it can stand",
        ),
        (
            "produsenter",
            "dev-gcp:fager:fager-demo",
            "dev-gcp:permittering:permittering-api",
            9,
            "produsent 'fager', applikasjoner no. 1: 'dev-gcp:permittering:permittering-api' stands on line 3 too, "
            "under produsent 'permittering'; it can stand once only",
        ),
        (
            "produsenter",
            "id: fager",
            "id: permittering",
            7,
            "produsent 'permittering', id: 'permittering' stands on line 2",
        ),
        ("kilder", "noekkel: id", "type: hemmelig-verdi", 8, "'type' stands here and on line 6; remove one of them"),
        ("produsenter", "{noekkel: ", "{a: 1, a: ", 14, "'a' stands here and on line 14; remove one of them"),
        # What is no list of mappings, and what is no YAML.
        ("kilder", "- navn: permittering", "- permittering\n- navn: x", 2, "kilde no. 1: must be a mapping"),
        ("kilder", "noekkel: id", "noekkel: [id", 10, "is not YAML: "),
        (
            "kilder",
            '["permittering-dev-hemmelighet"]',
            "[*permittering-dev]",
            5,
            "is not YAML: found undefined alias; a te",
        ),
        (
            "kilder",
            '["permittering-dev-hemmelighet"]',
            "[!permittering-dev x]",
            5,
            "is not YAML: could not determine a c",
        ),
        ("kilder", "type: type", "type: ty\x07pe", 6, "holds a control character; remove it"),
    ],
)
def test_en_feil_sies_med_fil_linje_oppfoering_verdi_og_raad(
    tmp_path: Path, navn: str, fra: str, til: str, linje: int, melding: str
) -> None:
    riktig = KILDER if navn == "kilder" else PRODUSENTER
    assert fra in riktig
    fil = tmp_path / f"{navn}.yaml"
    with pytest.raises(Innstillingsfeil) as feil:
        les(fil, riktig.replace(fra, til, 1))
    assert f"{fil}:{linje}: {melding}" in str(feil.value)
    assert [hemmelig for hemmelig in HEMMELIG if hemmelig in str(feil.value)] == []


@pytest.mark.parametrize(("navn", "riktig"), [("kilder", KILDER), ("produsenter", PRODUSENTER)])
def test_det_som_er_riktig_leses(tmp_path: Path, navn: str, riktig: str) -> None:
    les(tmp_path / f"{navn}.yaml", riktig)
    les(tmp_path / f"{navn}.yaml", f"\ufeff{riktig}")


@pytest.mark.parametrize("innhold", ["navn: permittering", "tekst", "1", "no"])
def test_en_fil_som_ikke_er_en_liste_sier_hva_den_skal_vaere(tmp_path: Path, innhold: str) -> None:
    with pytest.raises(
        Innstillingsfeil, match=re.escape("kilder.yaml:1: must be a list, each kilde beginning with `- `")
    ):
        les(tmp_path / "kilder.yaml", innhold)


def test_alle_oppfoeringer_med_feil_sies_paa_en_gang_og_i_filens_rekkefoelge(tmp_path: Path) -> None:
    galt = KILDER.replace("produsent: ", "produsent: x-").replace("id: id", "id: 1").replace("github", "svix")
    with pytest.raises(Innstillingsfeil) as feil:
        les(tmp_path / "kilder.yaml", galt)
    assert [int(linje.split(":")[1]) for linje in str(feil.value).splitlines()] == [7, 17]
    with pytest.raises(Innstillingsfeil) as feil:
        les(tmp_path / "kilder.yaml", KILDER.replace("produsent: ", "produsent: x-").replace("github", "svix"))
    assert [int(linje.split(":")[1]) for linje in str(feil.value).splitlines()] == [3, 4, 11]


def test_en_fil_som_ikke_er_utf_8_sies_med_linjen(tmp_path: Path) -> None:
    (tmp_path / "kilder.yaml").write_bytes("# ok\n- navn: søknad\n".encode("latin-1"))
    with pytest.raises(Innstillingsfeil, match=r"kilder\.yaml:2: is not UTF-8; save the file as UTF-8"):
        les_kilder(tmp_path / "kilder.yaml", [], registeret(), dev=True)


@pytest.mark.parametrize("sti", ["finnes-ikke.yaml", "."])
def test_en_fil_som_ikke_kan_leses_navngis(tmp_path: Path, sti: str) -> None:
    with pytest.raises(Innstillingsfeil, match=r"cannot be read .*; check the path and its permissions"):
        les_register(tmp_path / sti)


def test_filene_som_foelger_med_leses() -> None:
    les_kilder(ROT / "config" / "kilder.yaml", Adaptere().signaturordninger(), registeret(), dev=True)


def test_hemmeligheten_til_en_kilde_kan_staa_i_en_fil_ogsaa_i_prod(tmp_path: Path) -> None:
    (tmp_path / "hemmelighet").write_text("fra filen\n")
    fil = tmp_path / "kilder.yaml"
    foerste = KILDER.split("\n\n")[0]
    fil.write_text(foerste.replace("permittering-dev-hemmelighet", f"file:{tmp_path / 'hemmelighet'}"))
    kilder = les_kilder(fil, Adaptere().signaturordninger(), registeret(), dev=False)
    assert kilder.hent("permittering").hemmeligheter == ("fra filen",)
    fil.write_text(foerste)
    with pytest.raises(Innstillingsfeil, match="must be env:NAME or file:/path in prod"):
        les_kilder(fil, Adaptere().signaturordninger(), registeret(), dev=False)
