"""`adapters/kilder.md` is held against the code: every key of a source, every format, every option, every example."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from typing import Any

import pytest
from marshmallow import missing

from adapters.formater import csv, soap, xml
from adapters.registrer import Adaptere
from gateway.cli import cli
from gateway.inbox import kilder as kildemodul
from gateway.inbox.formater import EGNE_FORMATER
from gateway.inbox.kilder import Kilder, KildeSkjema, SvarstilSkjema, les_kilder
from gateway.oppsett.innstillinger import Innstillinger
from gateway.plugin.formater import DYPESTE, Innhold, Melding, UgyldigValg
from tests.verden import ROT, registeret

SIDEN = (ROT / "adapters" / "kilder.md").read_text(encoding="utf-8")
FORMATER = {ett.navn: ett for ett in (*EGNE_FORMATER, *Adaptere().formater())}
BLOKKER = re.findall(r"```(\w+)\n(.*?)```", SIDEN, flags=re.S)


def rader(overskrift: str) -> list[list[str]]:
    """The rows of the table that begins so."""
    (tabell,) = re.findall(rf"^\| {re.escape(overskrift)} \|.*\n\| --- .*\n((?:\|.*\n)+)", SIDEN, flags=re.M)
    return [[celle.strip() for celle in re.split(r"(?<!\\)\|", rad)[1:-1]] for rad in tabell.splitlines()]


def navn_i(celle: str) -> list[str]:
    return re.findall(r"`([^`]+)`", celle)


def les(tmp_path: Path, yaml: str) -> Kilder:
    fil = tmp_path / "kilder.yaml"
    fil.write_text(yaml, encoding="utf-8")
    adaptere = Adaptere()
    return les_kilder(fil, adaptere.signaturordninger(), registeret(), formater=adaptere.formater(), dev=True)


def test_hver_noekkel_staar_der_og_ingen_andre() -> None:
    assert [navn_i(rad[0]) for rad in rader("key")] == [
        [navn]
        for navn in sorted(
            KildeSkjema._declared_fields, key=lambda navn: SIDEN.index(f"\n| `{navn}` |", SIDEN.index("## Every key"))
        )
    ]


def test_det_som_gjelder_uten_at_det_sies_staar_der() -> None:
    for noekkel, mening, ellers in rader("key"):
        (navn,) = navn_i(noekkel)
        felt = KildeSkjema._declared_fields[navn]
        if felt.required:
            assert ellers == "required", navn
        elif isinstance(felt.load_default, str | int) and felt.load_default is not missing:
            assert str(felt.load_default) in ellers, navn
        for ett in getattr(felt.validate, "choices", ()):
            assert f"`{ett}`" in mening, (navn, ett)
    assert str(kildemodul.HOEYEST_HENDELSER) in SIDEN
    svar = next(mening for noekkel, mening, _ in rader("key") if noekkel == "`svar`")
    assert set(SvarstilSkjema._declared_fields) <= set(navn_i(svar))
    status: Any = SvarstilSkjema._declared_fields["status"].validate
    assert ", ".join(map(str, status.choices)) in svar


def test_hvert_format_staar_der_og_ingen_andre() -> None:
    assert [navn for rad in rader("`format`") for navn in navn_i(rad[0])] == sorted(
        FORMATER, key=lambda navn: SIDEN.index(f"\n| `{navn}` |", SIDEN.index("## Formats"))
    )


def test_hver_opsjon_av_hvert_format_staar_der_og_ingen_andre() -> None:
    dokumentert = {(navn, rad[1].strip("`")) for rad in rader("format") for navn in navn_i(rad[0])}
    for navn, format_ in FORMATER.items():
        with pytest.raises(UgyldigValg) as feil:
            format_.med({"ukjent-x": 1})
        har = re.search(r"it has ([\w, ]+)$", feil.value.feil["ukjent-x"])
        opsjoner = set() if har is None or har[1].startswith("none") else set(har[1].split(", "))
        assert {opsjon for av, opsjon in dokumentert if av == navn} == opsjoner, navn


def test_det_en_opsjon_kan_vaere_staar_der() -> None:
    (xml_tegnsett,) = (rad for rad in rader("format") if rad[0] == "`xml`, `soap`" and rad[1] == "`tegnsett`")
    assert navn_i(xml_tegnsett[2]) == list(xml.TEGNSETT)
    for opsjon, mulige in (
        ("tegnsett", csv.TEGNSETT),
        ("desimaltegn", csv.DESIMALTEGN),
        ("skilletegn", csv.SKILLETEGN),
    ):
        (rad,) = (rad for rad in rader("format") if rad[0] == "`csv`" and rad[1] == f"`{opsjon}`")
        assert [ett.replace("\\|", "|") for ett in navn_i(rad[2])] == list(mulige)
    assert f"{DYPESTE} levels, and {xml.FLEST_NODER} elements" in " ".join(SIDEN.split())
    assert inspect.signature(soap.SoapFormat).parameters["kvittering"].default in SIDEN
    for standard in FORMATER["rapid"].standarder.values():
        assert f"`{standard.strip(chr(34))}`" in SIDEN


def test_innstillinger_og_kommandoer_som_nevnes_finnes() -> None:
    variabler = {felt.metadata["variabel"] for felt in Innstillinger.__dataclass_fields__.values()}
    assert {"GRENSE_KILDE", "MAKS_KROPP", "BETRODDE_PROXYER"} <= variabler
    nevnt = set(re.findall(r"bin/gateway (\w+)", SIDEN))
    assert nevnt == {"kilde", "webhook"} <= set(cli.commands)


@pytest.mark.parametrize("yaml", [blokk for spraak, blokk in BLOKKER if spraak == "yaml"])
def test_eksemplene_paa_kilder_kan_leses(tmp_path: Path, yaml: str) -> None:
    assert list(les(tmp_path, yaml))


@pytest.mark.parametrize(
    ("yaml", "kropp", "ventet"),
    [
        (BLOKKER[nr - 1][1], blokk, BLOKKER[nr + 1][1])
        for nr, (spraak, blokk) in enumerate(BLOKKER)
        if spraak in ("xml", "csv")
    ],
)
def test_eksemplene_paa_meldinger_blir_de_data_som_staar_der(
    tmp_path: Path, yaml: str, kropp: str, ventet: str
) -> None:
    (kilde,) = les(tmp_path, yaml)
    tegnsett = "latin-1" if "ISO-8859-1" in kropp else "windows-1252" if kilde.format.navn == "csv" else "utf-8"
    deler = kilde.format.les(Melding(kropp=kropp.encode(tegnsett))).deler
    assert [del_.data for del_ in deler if isinstance(del_, Innhold)] == json.loads(ventet)
    assert kilde.id is not None
    ider = [kilde.id.finn(del_.soekes) for del_ in deler if isinstance(del_, Innhold)]
    assert ider == {"xml": ["2026-11-23-1"], "soap": ["m-1"], "csv": ["1", "2"]}[kilde.format.navn]
