"""The produsentregister says only what it says, what can have one owner only, and what may be shared."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from gateway.domain.bevaring import Bevaring
from gateway.oppsett.innstillinger import Innstillingsfeil
from gateway.oppsett.produsentregister import les_register


def _med(tmp_path: Path, *oppfoeringer: str) -> Path:
    fil = tmp_path / "produsenter.yaml"
    fil.write_text("".join(oppfoeringer), encoding="utf-8")
    return fil


def _oppfoering(id_: str, applikasjon: str, lenke: str) -> str:
    return (
        f"- id: {id_}\n"
        f"  applikasjoner: [{applikasjon}]\n"
        "  merkelapper: [Tiltak]\n"
        "  mottakere: {ressurser: [nav_tiltak_avtale], naermesteLeder: false}\n"
        f'  plugin: {{navn: felles, innstillinger: {{lenke: "{lenke}"}}}}\n'
    )


def test_en_plugin_kan_staa_hos_flere_produsenter_hver_med_sine_innstillinger(tmp_path: Path) -> None:
    register = les_register(
        _med(tmp_path, _oppfoering("a", "app-a", "https://a"), _oppfoering("b", "app-b", "https://b"))
    )
    valgt = {navn: ett.plugin for navn, ett in register.oppfoeringer.items()}
    assert {navn: (ett.navn, ett.innstillinger) for navn, ett in valgt.items() if ett} == {
        "a": ("felles", {"lenke": "https://a"}),
        "b": ("felles", {"lenke": "https://b"}),
    }


@pytest.mark.parametrize(
    ("andre", "hva"),
    [(("a", "app-b", "https://b"), "id: 'a'"), (("b", "app-a", "https://b"), "applikasjoner no. 1: 'app-a'")],
)
def test_en_id_og_en_applikasjon_har_en_eier(tmp_path: Path, andre: tuple[str, str, str], hva: str) -> None:
    with pytest.raises(Innstillingsfeil, match=rf"{hva} stands on line \d too, under produsent 'a'"):
        les_register(_med(tmp_path, _oppfoering("a", "app-a", "https://a"), _oppfoering(*andre)))


REGISTER = """
- id: fager
  applikasjoner: [dev-gcp:fager:fager-demo]
  merkelapper: [{merkelapp}]
  mottakere: {{naermesteLeder: {leder}}}
"""


def _register(mappe: Path, *, merkelapp: str = "Fager", leder: str = "true") -> Path:
    fil = mappe / "produsenter.yaml"
    fil.write_text(REGISTER.format(merkelapp=merkelapp, leder=leder), encoding="utf-8")
    return fil


@pytest.mark.parametrize("leder", ["1", "1.0", "0", "'true'", "[]"])
def test_naermeste_leder_er_true_eller_false_og_ikke_noe_annet(tmp_path: Path, leder: str) -> None:
    with pytest.raises(Innstillingsfeil, match="naermesteLeder"):
        les_register(_register(tmp_path, leder=leder))


@pytest.mark.parametrize(("leder", "ventet"), [("true", True), ("false", False)])
def test_naermeste_leder_er_det_som_staar(tmp_path: Path, leder: str, ventet: bool) -> None:
    assert les_register(_register(tmp_path, leder=leder)).hent("fager").naermeste_leder is ventet


def test_en_merkelapp_er_den_samme_i_hver_unicode_form(tmp_path: Path) -> None:
    produsent = les_register(_register(tmp_path, merkelapp=unicodedata.normalize("NFD", "Blåbær"))).hent("fager")
    produsent.krev_merkelapp("Blåbær")


@pytest.mark.parametrize(
    ("linje", "ventet"),
    [
        ("", Bevaring(hendelser="P90D", ignorerte="P7D")),
        ("  bevaring: {hendelser: P30D}\n", Bevaring(hendelser="P30D", ignorerte="P7D")),
        ("  bevaring: {hendelser: P1Y, ignorerte: PT12H}\n", Bevaring(hendelser="P1Y", ignorerte="PT12H")),
    ],
)
def test_en_produsent_kan_ha_sine_egne_bevaringstider(tmp_path: Path, linje: str, ventet: Bevaring) -> None:
    register = les_register(_med(tmp_path, _oppfoering("a", "app-a", "https://a"), linje))
    assert register.hent("a").bevaring == register.bevaring("a") == ventet
    assert register.bevaring("borte") == Bevaring(), "one that has left has events still"


@pytest.mark.parametrize(
    ("verdi", "raad"),
    [
        ("P3Y", "must be from PT1H to P2Y"),
        ("0", "must be"),
        ("90 dager", "must be an ISO 8601 duration"),
        ("PT1M", "must be from PT1H"),
    ],
)
def test_en_bevaringstid_som_ikke_kan_brukes_sies_med_linje_og_raad(tmp_path: Path, verdi: str, raad: str) -> None:
    fil = _med(tmp_path, _oppfoering("a", "app-a", "https://a"), f"  bevaring: {{hendelser: {verdi}}}\n")
    with pytest.raises(Innstillingsfeil, match=rf"produsenter.yaml:6: .*hendelser.*{raad}"):
        les_register(fil)
