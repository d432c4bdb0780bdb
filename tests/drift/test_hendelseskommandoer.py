"""`gateway hendelser`: what operators ask and decide from a terminal, on the same core as the pages."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import CliRunner, Result

from gateway.cli import cli
from gateway.inbox import driftsinngrep
from gateway.inbox.inntak import Avsender, ta_imot
from gateway.inbox.kilder import Kilder
from gateway.inbox.proevested import Proevested
from gateway.kjerne import Kjerne
from gateway.oppsett.innstillinger import Innstillinger
from gateway.store.produsentnoekkel import Produsentnoekler
from gateway.store.tabeller import Hendelse, Logg, Sak
from gateway.vertskap.erklaering import Pluginsted
from gateway.vertskap.oversetter import Oversetter
from tests.handling.gjoer import rader
from tests.inbox.innboks import Innboks
from tests.verden import FastKlokke, lest, melding

AVSENDER = Avsender(produsent="inntektsmelding", applikasjon="test", korrelasjonsid="k")


@dataclass
class Hus:
    """The house of one core, as `app.py` gives it to the commands."""

    kjerne: Kjerne

    @property
    def innstillinger(self) -> Innstillinger:
        return replace(self.kjerne.innstillinger, database_url=self.kjerne.database.url)

    @property
    def kilder(self) -> Kilder:
        return Kilder(())

    @cached_property
    def proevested(self) -> Proevested:
        return Proevested(self.oversetter)

    def oversetter(self, steder: Sequence[Pluginsted]) -> Oversetter:
        hemmelighet = Produsentnoekler(self.kjerne.database, self.kjerne.noekkelring)
        return Oversetter(steder, sekunder=10, hemmelighet=hemmelighet)


@pytest.fixture
def hus(kjerne: Kjerne) -> Iterator[Hus]:
    nytt = Hus(kjerne)
    yield nytt
    nytt.proevested.lukk()


def kjoer(hus: Hus, *argumenter: str) -> Result:
    svar = CliRunner().invoke(cli, ["hendelser", *argumenter], obj=hus)
    if svar.exception and not isinstance(svar.exception, SystemExit):
        raise svar.exception
    return svar


def inn(kjerne: Kjerne, navn: str, tilstand: str = "KARANTENE", **felter: object) -> UUID:
    """A true event, as a round has left it."""
    id_ = ta_imot(
        kjerne, lest(melding(f"inntektsmelding/{navn}"), id=f"{navn}-{len(rader(kjerne, Hendelse))}"), AVSENDER
    ).id
    with kjerne.database.tilkobling():
        Hendelse.update(tilstand=tilstand, **felter).where(Hendelse.id == id_).execute()
    return id_


def tilstander(kjerne: Kjerne) -> dict[UUID, str]:
    return {rad.id: rad.tilstand for rad in rader(kjerne, Hendelse)}


def test_lista_viser_det_som_er_valgt_og_ikke_hva_det_sier(hus: Hus, kjerne: Kjerne) -> None:
    en = inn(kjerne, "1_opprett", feilkode="Oversettelsesfeil", feilklasse="VARIG", feilmelding="Kari Leder")
    to = inn(kjerne, "3_besvart", tilstand="BEHANDLET")
    svar = kjoer(hus)
    assert (svar.exit_code, str(en) in svar.stdout, str(to) in svar.stdout) == (0, True, False)
    assert "VARIG Oversettelsesfeil" in svar.stdout
    assert "Kari Leder" not in svar.stdout
    linjer = [json.loads(linje) for linje in kjoer(hus, "--tilstand", "ALLE", "--json").stdout.splitlines()]
    assert [ett["id"] for ett in linjer] == [str(en), str(to)]
    avkortet = kjoer(hus, "--tilstand", "ALLE", "--antall", "1")
    assert f"--etter {en.hex}" in avkortet.stderr
    assert str(to) in kjoer(hus, "--tilstand", "ALLE", "--etter", en.hex).stdout
    assert kjoer(hus, "--etter", "tull").exit_code == 1
    vist = json.loads(kjoer(hus, "vis", str(en)).stdout)
    assert (vist["feilmelding"], json.loads(vist["payload"])["@id"]) == (
        "Kari Leder",
        melding("inntektsmelding/1_opprett")["@id"],
    )


def test_en_proeve_og_saa_et_nytt_forsoek_for_hele_utvalget(
    hus: Hus, kjerne: Kjerne, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driftsinngrep.neste_bunke, "__defaults__", (2,))
    ider = [inn(kjerne, "1_opprett", feilkode="X") for _ in range(5)]
    annen = inn(kjerne, "1_opprett", feilkode="Y")
    proevd = kjoer(hus, "paa-nytt", "--alle", "--kode", "X", "--proev")
    assert proevd.exit_code == 0
    assert [json.loads(linje)["forskjell"] for linje in proevd.stdout.splitlines()] == ["LYKKES_NAA"] * 5
    assert "nothing was done" in proevd.stderr
    assert "diff" not in proevd.stdout
    assert set(tilstander(kjerne).values()) == {"KARANTENE"}
    assert rader(kjerne, Sak) == []
    gjort = kjoer(hus, "paa-nytt", "--alle", "--kode", "X", "--grunn", "Pluginen er rettet")
    assert (gjort.exit_code, gjort.stdout) == (0, "paa-nytt: 5\n")
    assert "2 done, 3 left" in gjort.stderr
    assert tilstander(kjerne) == {**dict.fromkeys(ider, "MOTTATT"), annen: "KARANTENE"}
    assert {ett.applikasjon for ett in rader(kjerne, Logg)} == {"gateway hendelser"}


def test_forkast_med_grunn_og_det_som_ikke_kan_gjoeres_sies(hus: Hus, kjerne: Kjerne) -> None:
    en, ferdig = inn(kjerne, "1_opprett"), inn(kjerne, "3_besvart", tilstand="BEHANDLET")
    for argumenter in (
        ["--grunn", "x"],
        [str(en)],
        [str(en), "--grunn", "ola@nav.no"],
        [str(en), "--alle", "--grunn", "x"],
    ):
        assert kjoer(hus, "forkast", *argumenter).exit_code != 0
    assert tilstander(kjerne)[en] == "KARANTENE"
    svar = kjoer(hus, "forkast", str(en), str(ferdig), "--grunn", "Sendt ved en feil")
    assert (svar.exit_code, svar.stdout) == (1, "forkast: 1\nnot done, Konflikt: 1\n")
    assert tilstander(kjerne) == {en: "FORKASTET", ferdig: "BEHANDLET"}
    svar = kjoer(hus, "paa-nytt", "--alle", "--tilstand", "BEHANDLET", "--grunn", "igjen")
    assert svar.exit_code == 1
    assert "has had its effects" in svar.stderr


def en_annen_utgave(mappe: Path, *, feiler: bool = False) -> Path:
    """Another version of inntektsmelding, that calls each sak something else; or does not know one type any more."""
    pakke = mappe / "im_ny"
    pakke.mkdir()
    glemmer = "raise KeyError('orgnr')" if feiler else "return svar"
    (pakke / "__init__.py").write_text(f"""
from dataclasses import replace
from gateway.plugin import NySak, Tillat, hookimpl
from plugins import inntektsmelding as gammel
VERSJON = "ny"

@hookimpl
def hendelsestyper():
    return gammel.hendelsestyper()

@hookimpl
def oversett(hendelse, kontekst):
    svar = gammel.oversett(hendelse, kontekst)
    if hendelse.type == "FORESPOERSEL_BESVART":
        {glemmer}
    return [med_ny_tittel(ett) for ett in svar]

def med_ny_tittel(ett):
    if isinstance(ett, Tillat):
        return replace(ett, kommando=med_ny_tittel(ett.kommando))
    return replace(ett, tittel="Ny tittel") if isinstance(ett, NySak) else ett
""")
    return pakke


@pytest.fixture
def behandlet(kjerne: Kjerne) -> Iterator[list[UUID]]:
    """A whole life that a round has handled, and one event that it could not."""
    innboks = Innboks(kjerne, "inntektsmelding", FastKlokke())
    innboks.oversetter = Oversetter(
        kjerne.plugins.steder, sekunder=10, hemmelighet=Produsentnoekler(kjerne.database, kjerne.noekkelring)
    )
    mottatt = [innboks.inn(melding(f"inntektsmelding/{navn}")).id for navn in ("1_opprett", "3_besvart")]
    innboks.runde()
    mottatt.append(innboks.inn({**melding("inntektsmelding/1_opprett"), "@id": "x"}, raa=b'{"feil": 1}').id)
    innboks.runde()
    yield mottatt
    innboks.oversetter.lukk()


def test_sandkassen_sier_hva_som_blir_annerledes_og_lagrer_ingenting(
    hus: Hus, kjerne: Kjerne, behandlet: list[UUID], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    foer = tilstander(kjerne)
    svar = kjoer(hus, "sandkasse", "test", "--plugin", str(en_annen_utgave(tmp_path)), "--innhold")
    assert svar.exit_code == 0, svar.stderr
    assert f"ENDRET  {behandlet[0]}" in svar.stdout
    assert any(linje.strip().startswith("+") and "Ny tittel" in linje for linje in svar.stdout.splitlines())
    assert f"FEILER_FORTSATT  {behandlet[2]}" in svar.stdout
    oppsummert = svar.stdout.split("test onto im_ny==ny (inntektsmelding):")[1].split()
    assert dict(zip(oppsummert[1::2], oppsummert[::2], strict=True)) == {
        "LIK": "1",
        "ENDRET": "1",
        "FEILER_FORTSATT": "1",
    }
    assert tilstander(kjerne) == foer
    uten = kjoer(hus, "sandkasse", "test", "--plugin", str(tmp_path / "im_ny"))
    assert "Ny tittel" not in uten.stdout
    fra = kjoer(hus, "sandkasse", "test", "--plugin", str(tmp_path / "im_ny"), "--etter", behandlet[0].hex)
    assert "ENDRET" not in fra.stdout


def test_det_som_feiler_i_den_nye_utgaven_gir_utgang_1(
    hus: Hus, behandlet: list[UUID], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    svar = kjoer(hus, "sandkasse", "test", "--plugin", str(en_annen_utgave(tmp_path, feiler=True)))
    assert svar.exit_code == 1
    assert f"FEILER_NAA  {behandlet[1]}" in svar.stdout
    assert "KeyError" in svar.stdout


@pytest.mark.parametrize(
    ("argumenter", "sies"),
    [
        (["ukjent", "--plugin", "plugins.permittering"], "none has"),
        (["test", "--plugin", "finnes_ikke"], "cannot be used"),
        (["test", "--plugin", "plugins.permittering", "--produsent", "ukjent"], "not in the produsentregister"),
    ],
)
def test_en_sandkasse_uten_det_den_trenger_sier_hva(
    hus: Hus, behandlet: list[UUID], argumenter: list[str], sies: str
) -> None:
    svar = kjoer(hus, "sandkasse", *argumenter)
    assert svar.exit_code == 1
    assert sies in svar.stderr
