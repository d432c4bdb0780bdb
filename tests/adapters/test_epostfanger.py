"""The mail catcher: what it stores, what it shows, and to whom."""

from __future__ import annotations

import json
import os
import signal
import smtplib
import socket
import stat
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import EmailMessage
from http.client import HTTPResponse
from pathlib import Path

import pytest

from adapters.epostfanger import Epostfanger, kjoer

NOEKKEL = "hemmelig-nøkkel"
MED_NOEKKEL = "?noekkel=hemmelig-n%C3%B8kkel"


@pytest.fixture
def fanger(tmp_path: Path) -> Iterator[Epostfanger]:
    with Epostfanger(tmp_path / "epost", NOEKKEL) as fanger:
        yield fanger


def post(
    fanger: Epostfanger, meldings_id: str | None = "<1@test>", emne: str = "Hei", html: str = "<p>Hei</p>"
) -> None:
    melding = EmailMessage()
    melding["From"], melding["To"], melding["Subject"] = "fra@example.no", "til@example.no", emne
    if meldings_id:
        melding["Message-ID"] = meldings_id
    melding.set_content("Hei")
    melding.add_alternative(html, subtype="html")
    with smtplib.SMTP(*adresse(fanger), timeout=5, local_hostname="test") as smtp:
        smtp.send_message(melding)


def adresse(fanger: Epostfanger) -> tuple[str, int]:
    vert, port = fanger.smtp_url.removeprefix("smtp://").split(":")
    return vert, int(port)


def hent(fanger: Epostfanger, sti: str, kake: str = "") -> HTTPResponse:
    foresporsel = urllib.request.Request(fanger.side_url + sti, headers={"Cookie": kake} if kake else {})
    return urllib.request.urlopen(foresporsel, timeout=5)


def test_en_melding_lagres_en_gang_for_hver_message_id_og_hver_levering_telles(fanger: Epostfanger) -> None:
    for meldings_id in ("<1@test>", "<2@test>", "<1@test>", "<1@test>"):
        post(fanger, meldings_id)
    assert {epost.meldings_id: epost.leveringer for epost in fanger.postkasse.nyeste()} == {
        "<1@test>": 3,
        "<2@test>": 1,
    }
    assert (len(fanger.postkasse), fanger.postkasse.leveringer) == (2, 4)


def test_meldinger_uten_message_id_lagres_alle(fanger: Epostfanger) -> None:
    post(fanger, None)
    post(fanger, None)
    assert len(fanger.postkasse) == 2


def test_den_nyeste_kommer_foerst_ogsaa_av_dem_som_kom_tett(fanger: Epostfanger) -> None:
    for nr in range(10):
        post(fanger, f"<{nr}@test>", emne=str(nr))
    assert [epost.emne for epost in fanger.postkasse.nyeste()] == list("9876543210")


def test_ingen_andre_paa_maskinen_kan_lese_mappen(fanger: Epostfanger, tmp_path: Path) -> None:
    post(fanger)
    [fil] = (tmp_path / "epost").iterdir()
    assert stat.S_IMODE(fil.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(fil.stat().st_mode) == 0o600


def test_fangsten_og_idempotensen_overlever_en_omstart(tmp_path: Path) -> None:
    for _ in range(2):
        with Epostfanger(tmp_path, NOEKKEL) as fanger:
            post(fanger)
            [epost] = fanger.postkasse.nyeste()
    assert epost.leveringer == 2


def test_den_kan_bes_om_aa_avvise(tmp_path: Path) -> None:
    with Epostfanger(
        tmp_path, NOEKKEL, feilbryter=lambda til: "550 5.1.1 nei" if til == "til@example.no" else None
    ) as fanger:
        with pytest.raises(smtplib.SMTPRecipientsRefused) as feil:
            post(fanger)
        assert feil.value.recipients == {"til@example.no": (550, b"5.1.1 nei")}
        assert len(fanger.postkasse) == 0


def test_en_kan_vente_paa_epost(fanger: Epostfanger) -> None:
    threading.Thread(target=post, args=(fanger,)).start()
    [epost] = fanger.postkasse.vent_paa(1)
    assert epost.emne == "Hei"
    with pytest.raises(TimeoutError, match="1 of 2"):
        fanger.postkasse.vent_paa(2, sekunder=0.05)


@pytest.mark.parametrize(
    "sti", ["", "epost.json", "?noekkel=", "?noekkel=feil", "?noekkel=%FF", "epost.json?noekkel=feil", "x"]
)
def test_siden_er_stengt_for_den_som_mangler_noekkelen(fanger: Epostfanger, sti: str) -> None:
    for kake in ("", "epostfanger=feil", "epostfanger="):
        with pytest.raises(urllib.error.HTTPError) as feil:
            hent(fanger, sti, kake)
        assert feil.value.code == 401
        assert "Set-Cookie" not in feil.value.headers
        assert feil.value.read().decode().startswith("401")


def test_noekkelen_aapner_siden_og_en_informasjonskapsel_holder_den_aapen(fanger: Epostfanger) -> None:
    svar = hent(fanger, MED_NOEKKEL)
    kake = svar.headers["Set-Cookie"]
    assert "HttpOnly" in kake
    assert "SameSite=Strict" in kake
    assert NOEKKEL not in kake
    assert "Ingen e-post" in svar.read().decode()
    assert hent(fanger, "epost.json", kake.split(";")[0]).status == 200


def test_siden_viser_en_epost_uten_aa_la_den_gjoere_noe(fanger: Epostfanger) -> None:
    post(fanger, emne="<script>alert(1)</script>", html='<p onclick="x()">Hei</p><script>\'</script>')
    svar = hent(fanger, MED_NOEKKEL)
    side = svar.read().decode()
    assert "<script>" not in side
    assert "&lt;p onclick=" in side
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in side
    assert "default-src 'none'" in svar.headers["Content-Security-Policy"]
    assert svar.headers["Cache-Control"] == "no-store"
    assert svar.headers["Referrer-Policy"] == "no-referrer"


def test_fangsten_kan_faas_som_json(fanger: Epostfanger) -> None:
    for nr in (1, 2, 2):
        post(fanger, f"<{nr}@test>", emne=f"Nr {nr} æ")
    svar = json.load(hent(fanger, f"epost.json{MED_NOEKKEL}&antall=1"))
    assert (svar["antall"], svar["leveringer"], len(svar["epost"])) == (2, 3, 1)
    epost = svar["epost"][0]
    assert epost.pop("mottatt").endswith("+00:00")
    assert epost == {
        "meldingsId": "<2@test>",
        "til": "til@example.no",
        "fra": "fra@example.no",
        "emne": "Nr 2 æ",
        "html": "<p>Hei</p>\n",
        "tekst": "Hei\n",
        "leveringer": 2,
    }


def test_bare_denne_maskinen_betjenes(fanger: Epostfanger) -> None:
    assert fanger.smtp_url.startswith("smtp://127.0.0.1:")
    assert fanger.side_url.startswith("http://127.0.0.1:")


def test_en_port_i_bruk_navngis(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as opptatt:
        port = opptatt.getsockname()[1]
        with pytest.raises(OSError, match=f"port {port} on 127.0.0.1 cannot be used"):
            Epostfanger(tmp_path, NOEKKEL, smtp_port=port).start()


def test_den_starter_ikke_uten_en_noekkel(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="noekkel"):
        Epostfanger(tmp_path, "")


def test_den_kan_stoppes_og_startes_igjen(fanger: Epostfanger) -> None:
    post(fanger)
    fanger.stop()
    with pytest.raises(ConnectionRefusedError):
        post(fanger)
    fanger.start()
    post(fanger)
    assert fanger.postkasse.leveringer == 2


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_som_prosess_gaar_den_til_den_bes_om_aa_stoppe(tmp_path: Path, signum: signal.Signals) -> None:
    program = "import sys, pathlib; from adapters.epostfanger import kjoer; kjoer(pathlib.Path(sys.argv[1]), 0, 0, 'n')"
    prosess = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(sys.modules[kjoer.__module__].__file__).parents[1])},
    )
    with prosess:
        assert "epostfanger_klar" in prosess.stdout.readline()
        prosess.send_signal(signum)
        assert prosess.wait(10) == 0
