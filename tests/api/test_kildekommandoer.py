"""`gateway webhook` posts to a real gateway over HTTP; `gateway kilde proev` says beforehand what that answers."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from werkzeug.serving import make_server

from gateway.cli import cli
from gateway.http.anrop import KILDER
from gateway.http.tokens import DevUtsteder
from gateway.inbox.kilder import Kilder
from gateway.kjerne import Kjerne
from gateway.oppsett.innstillinger import Innstillinger, Miljoe
from gateway.store.database import aapne
from gateway.store.tabeller import Hendelse
from gateway.vertskap.erklaering import Plugins
from tests.api.conftest import lag_app
from tests.verden import FastKlokke, lag_kjerne, melding

WHSEC = "whsec_aW5udGVrdHNtZWxkaW5nLWRldi1oZW1tZWxpZ2hldA=="
LANG = "en-hemmelighet-som-er-lang-nok"
T = "MASSEOPPSIGELSE"
P = "produsent: permittering"
KILDER_YAML = f"""
- {{navn: github, {P}, adapter: github, hemmeligheter: [{LANG}], type: type, id: id, noekkel: bedriftsnummer}}
- {{navn: standard, {P}, adapter: standard-webhooks, hemmeligheter: ["{WHSEC}"], type: type}}
- {{navn: stripe, {P}, adapter: stripe, hemmeligheter: [whsec_{LANG}], type: type, id: id}}
- {{navn: slack, {P}, adapter: slack, hemmeligheter: [{LANG}], type: type, id: id}}
- {{navn: hmac, {P}, adapter: hmac, signatur: {{hode: X-Sign}}, hemmeligheter: [{LANG}], type: type, id: id}}
- {{navn: basic, {P}, adapter: basic, hemmeligheter: ["bruker:{LANG}"], type: type, id: id}}
- {{navn: noekkel, {P}, adapter: api-noekkel, hemmeligheter: [{LANG}], type: type, id: id}}
- {{navn: sti, {P}, adapter: hemmelig-sti, hemmeligheter: [{LANG}{LANG}], type: type, id: id}}
- {{navn: csv, {P}, adapter: github, hemmeligheter: [{LANG}], format: csv, type: "'{T}'", id: nr}}
- {{navn: soap, {P}, adapter: github, hemmeligheter: [{LANG}], format: soap, type: "'{T}'", id: id,
   uforstaatt: avvis, svar: {{status: 200, feil: 500}}}}
- {{navn: streng, {P}, adapter: github, hemmeligheter: [{LANG}], type: type, id: id, uforstaatt: avvis,
   maks_bytes: 2000}}
"""
S11 = "http://schemas.xmlsoap.org/soap/envelope/"
ORDNINGER = ("github", "standard", "stripe", "slack", "hmac", "basic", "noekkel", "sti")
MELDING = {**melding("permittering/masseoppsigelse"), "id": "m-1"}


@pytest.fixture(scope="module")
def _applikasjon(database_url: str, utsteder: DevUtsteder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    fil = tmp_path_factory.mktemp("kilder") / "kilder.yaml"
    fil.write_text(KILDER_YAML, encoding="utf-8")
    database = aapne(database_url, traader=40)
    yield lag_app(lag_kjerne(database, FastKlokke()), utsteder, fil)
    database.lukk()


@pytest.fixture(scope="module")
def adresse(_applikasjon: Flask) -> Iterator[str]:
    tjener = make_server("127.0.0.1", 0, _applikasjon, threaded=True)
    traad = threading.Thread(target=tjener.serve_forever)
    traad.start()
    yield f"http://127.0.0.1:{tjener.server_port}"
    tjener.shutdown()
    traad.join()
    tjener.server_close()


@dataclass
class Hus:
    innstillinger: Innstillinger
    kilder: Kilder
    plugins: Plugins


@pytest.fixture
def kjoer(kjerne: Kjerne, _applikasjon: Flask) -> Any:
    hus = Hus(kjerne.innstillinger, _applikasjon.extensions[KILDER], kjerne.plugins)

    def kjoer(*argumenter: str | Path, hus: Hus = hus) -> Result:
        return CliRunner().invoke(cli, [str(ett) for ett in argumenter], obj=hus)

    kjoer.hus = hus  # type: ignore[attr-defined]
    return kjoer


@pytest.fixture
def fil(tmp_path: Path) -> Path:
    fil = tmp_path / "melding.json"
    fil.write_text(json.dumps(MELDING), encoding="utf-8")
    return fil


def lagret(kjerne: Kjerne) -> list[Any]:
    with kjerne.database.tilkobling():
        return list(Hendelse.select().order_by(Hendelse.id))


@pytest.mark.parametrize("kilde", ORDNINGER)
def test_webhook_signerer_og_sender_som_kilden(kjoer: Any, kjerne: Kjerne, adresse: str, fil: Path, kilde: str) -> None:
    svar = kjoer("webhook", kilde, fil, "--adresse", adresse)
    assert svar.exit_code == 0, svar.output
    (rad,) = lagret(kjerne)
    assert f"{fil}: 202\n  MOTTATT {rad.id}  {adresse}/drift/hendelser/{rad.id}\n" == svar.output
    assert (rad.kilde, rad.type) == (kilde, T)
    assert kjoer("webhook", kilde, fil, "--adresse", adresse).exit_code == 0
    assert len(lagret(kjerne)) == (2 if kilde == "standard" else 1), (
        "its id is that of the message, a new one each time"
    )


def test_webhook_med_samme_id_er_en_gjentakelse(kjoer: Any, kjerne: Kjerne, adresse: str, fil: Path) -> None:
    for status in (202, 200):
        assert f": {status}\n" in kjoer("webhook", "standard", fil, "--id", "msg_1", "--adresse", adresse).output
    assert [rad.ekstern_id for rad in lagret(kjerne)] == ["msg_1"]


def test_webhook_forteller_om_hver_fil_og_det_som_avvises(
    kjoer: Any, kjerne: Kjerne, adresse: str, fil: Path, tmp_path: Path
) -> None:
    daarlig = tmp_path / "daarlig.json"
    daarlig.write_text('{"type": "UKJENT", "id": 1}')
    svar = kjoer("webhook", "streng", fil, daarlig, "--adresse", adresse)
    assert svar.exit_code == 1
    assert f"{fil}: 202" in svar.output
    assert f"{daarlig}: 422\n  UkjentHendelsestype: The plugin permittering does not declare" in svar.output
    tabell = tmp_path / "tabell.csv"
    tabell.write_text("nr;a\n1;b\n2\n")
    svar = kjoer("webhook", "csv", tabell, "--adresse", adresse)
    assert "  line 2: MOTTATT " in svar.output
    assert "  line 3: KARANTENE " in svar.output
    assert "it has 1 cells, and there are 2 columns" in svar.output


def test_webhook_sier_hva_som_mangler(kjoer: Any, fil: Path, tmp_path: Path) -> None:
    assert (
        "there is no kilde 'ukjent' in kilder.yaml; it has basic, csv, github" in kjoer("webhook", "ukjent", fil).output
    )
    hus = kjoer.hus
    for adresse, sagt in (
        ("http://127.0.0.1:1", "http://127.0.0.1:1 does not answer: Connection refused. Start `gateway dev`, or"),
        ("ftp://a", "it must begin with http:// or https://"),
    ):
        svar = kjoer("webhook", "github", fil, "--adresse", adresse)
        assert svar.exit_code == 1
        assert sagt in svar.output
    i_prod = replace(hus.innstillinger, miljoe=Miljoe.PROD)
    svar = kjoer("webhook", "github", fil, hus=Hus(i_prod, hus.kilder, hus.plugins))
    assert "this is for dev only" in svar.output
    svar = kjoer("webhook", "github", fil, "--hode", "tull", "--adresse", "http://127.0.0.1:1")
    assert "'tull' is no header; give `Name: value`." in svar.output


# --- what a source makes of a request -----------------------------------------------------------------------------

FORSOEK = [
    ("github", json.dumps(MELDING), []),
    ("github", json.dumps([MELDING, {"id": "x"}]), []),
    ("github", "{", []),
    ("github", "{}", ["--hode", "X-Hub-Signature-256: sha256=" + "0" * 64]),
    ("github", "{}", ["--usignert"]),
    ("github", '{"zen": "a"}', ["--hode", "X-GitHub-Event: ping"]),
    ("github", json.dumps({**MELDING, "type": "UKJENT"}), []),
    ("standard", json.dumps(MELDING), ["--id", "msg_7"]),
    ("basic", json.dumps(MELDING), []),
    ("sti", json.dumps(MELDING), []),
    ("csv", "nr;a\n1;b\n2\n", []),
    ("csv", "nr;nr\n", []),
    ("csv", "nr\n", []),
    ("soap", "<a/>", []),
    ("soap", f'<s:Envelope xmlns:s="{S11}"><s:Body><a><id>1</id></a></s:Body></s:Envelope>', []),
    ("streng", "{}", []),
    ("streng", "[{},{}]", []),
    ("streng", json.dumps({"type": "UKJENT", "id": "1"}), []),
    ("streng", json.dumps({"a": "b" * 2_000}), []),
    ("streng", "a=1", ["--innholdstype", "application/x-www-form-urlencoded"]),
]  # fmt: skip


@pytest.mark.parametrize(("kilde", "kropp", "valg"), FORSOEK)
def test_proeven_sier_det_som_siden_svares_og_lagrer_ingenting(
    kjoer: Any, kjerne: Kjerne, adresse: str, tmp_path: Path, kilde: str, kropp: str, valg: list[str]
) -> None:
    fil = tmp_path / "kropp"
    fil.write_text(kropp)
    proeve = kjoer("kilde", "proev", kilde, fil, *valg)
    assert lagret(kjerne) == []
    if "--usignert" in valg:
        assert (
            "verified: no (by the headers given, as github): the header X-Hub-Signature-256 is missing" in proeve.output
        )
        assert proeve.output.endswith("answer: 401\n")
        return
    svar = kjoer("webhook", kilde, fil, *valg, "--adresse", adresse)
    status = svar.output.splitlines()[0].rpartition(": ")[2]
    assert proeve.output.endswith(f"\nanswer: {status}\n"), (proeve.output, svar.output)
    rader = lagret(kjerne)
    sagt = [linje.rpartition(": ")[2] for linje in proeve.output.splitlines() if linje.startswith("event ")]
    assert [tilstand for tilstand in sagt if tilstand != "refused"] == [rad.tilstand for rad in rader]
    for rad in rader:
        if rad.feilkode != "Uidentifisert":
            assert f"  type: {rad.type}\n  id: {rad.ekstern_id}\n" in proeve.output
        if rad.feilmelding:
            assert f"  why: {rad.feilmelding}\n" in proeve.output
    assert (proeve.exit_code == 0) is (status.startswith("2") and "KARANTENE" not in sagt)


def test_proeven_viser_noekkel_og_data(kjoer: Any, fil: Path) -> None:
    svar = kjoer("kilde", "proev", "github", fil)
    assert "verified: yes (signed here as github)\nevent 1: MOTTATT\n" in svar.output
    assert f"  key: {MELDING['bedriftsnummer']}\n" in svar.output
    assert '  data: {\n    "id": "m-1",\n' in svar.output
