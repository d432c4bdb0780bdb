"""The page about the schemes is held against the code: each scheme, each option, each example as it stands."""

from __future__ import annotations

import base64
import http.server
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from marshmallow import fields, missing, validate

from adapters.signaturer.ordning import Ordning
from adapters.signaturer.valg import Hodenavn, KortTekst
from gateway.inbox.kilder import Kilder, les_kilder
from gateway.klokke import sann_tid
from gateway.plugin import Anmodning, Bevis, UgyldigSignatur
from tests.fuzz.ordningene import ORDNINGER
from tests.verden import ROT, registeret

SIDEN = (ROT / "adapters" / "README.md").read_text(encoding="utf-8")
MAA_GIS, INGENTING = "must be given", "nothing"
# By the words of the table, what is the least that a hemmelighet may be, and what is too little.
STYRKE: dict[str, tuple[str, str]] = {
    "github": ("x" * 8, "x" * 7),
    "standard-webhooks": (
        "whsec_" + base64.b64encode(b"x" * 24).decode(),
        "whsec_" + base64.b64encode(b"x" * 23).decode(),
    ),
    "stripe": ("x" * 16, "x" * 15),
    "slack": ("x" * 16, "x" * 15),
    "hmac": ("x" * 16, "x" * 15),
    "basic": ("u:" + "x" * 16, "u:" + "x" * 15),
    "api-noekkel": ("x" * 16, "x" * 15),
    "hemmelig-sti": ("x" * 22, "x" * 21),
}


def _rader(overskrift: str) -> list[list[str]]:
    """The cells of the table under a heading."""
    (deltekst,) = re.findall(rf"^### {overskrift}\n(.*?)(?=^###? )", SIDEN, flags=re.M | re.S)
    rader = [linje.strip("|").split(" | ") for linje in deltekst.splitlines() if linje.startswith("| `")]
    return [[celle.strip(" |") for celle in rad] for rad in rader[1:]]


def _navn(celle: str) -> str:
    (navn,) = re.findall(r"^`([^`]+)`$", celle)
    return str(navn)


ORDNINGSRADER = {_navn(rad[0]): rad for rad in _rader("The schemes")}
VALGRADER = {(_navn(rad[0]), _navn(rad[1])): rad for rad in _rader("The options")}


def _valg(ordning: Any) -> dict[str, fields.Field[Any]]:
    assert isinstance(ordning, Ordning)
    return dict(ordning.skjema().fields) if ordning.skjema else {}


def test_hver_ordning_og_hvert_valg_staar_paa_siden_og_ingen_andre() -> None:
    assert list(ORDNINGSRADER) == [*list(ORDNINGER)[:-2], "jwt", "hemmelig-sti"]
    assert set(VALGRADER) == {(navn, valg) for navn, ett in ORDNINGER.items() for valg in _valg(ett)}
    for navn in ORDNINGER:
        assert f"\n### `{navn}`\n" in SIDEN, "each has a part of its own"


@pytest.mark.parametrize("navn", ORDNINGER)
def test_det_ordningen_beviser_er_det_siden_sier(navn: str) -> None:
    dekker = ORDNINGER[navn].dekker
    sagt = ORDNINGSRADER[navn][2]
    if navn == "hmac":
        assert sagt == "body; time and id where they are signed"
        dekker = (
            ORDNINGER[navn]
            .med({"hode": "X", "signert": "{id}.{timestamp}.{body}", "tidspunkt_hode": "X-T", "id_hode": "X-I"})
            .dekker
        )
        assert (dekker.id_hode, dekker.dekker_tid, dekker.dekker_hoder) == ("x-i", True, False)
        return
    ventet = [
        *(["headers"] if dekker.dekker_hoder else ["body"]),
        *(["time"] if dekker.dekker_tid else []),
        *(["id"] if dekker.id_hode else []),
    ]
    assert sagt == ", ".join(ventet)


@pytest.mark.parametrize("navn", ORDNINGER)
def test_hvor_sterk_en_hemmelighet_maa_vaere_er_det_siden_sier(navn: str) -> None:
    sagt = ORDNINGSRADER[navn][4] if len(ORDNINGSRADER[navn]) > 4 else ""
    if ORDNINGER[navn].dekker.bevis is Bevis.UTSTEDER:
        assert (sagt, ORDNINGSRADER[navn][3]) == ("", "none: the keys of an issuer are fetched")
        return
    sterk, svak = STYRKE[navn]
    antall = len(base64.b64decode(sterk[6:])) if navn == "standard-webhooks" else len(sterk.removeprefix("u:"))
    assert sagt.startswith(f"{antall} ")
    ORDNINGER[navn].kontroller(sterk)
    with pytest.raises(ValueError, match=r"at least|must be 22"):
        ORDNINGER[navn].kontroller(svak)


@pytest.mark.parametrize(("navn", "valg"), VALGRADER)
def test_det_et_valg_kan_vaere_er_det_siden_sier(navn: str, valg: str) -> None:
    felt = _valg(ORDNINGER[navn])[valg]
    _, _, kan_vaere, ellers, _ = VALGRADER[navn, valg]
    if felt.required:
        assert ellers == MAA_GIS
    else:
        assert felt.load_default is not missing
        assert ellers == (f"`{felt.load_default}`" if felt.load_default else INGENTING)
    for regel in felt.validators:
        if isinstance(regel, validate.OneOf):
            assert kan_vaere == ", ".join(f"`{ett}`" for ett in regel.choices)
        elif isinstance(regel, validate.Range):
            assert kan_vaere == f"{regel.min} to {regel.max}"
        elif isinstance(regel, validate.Length) and regel.max:
            assert kan_vaere.startswith(f"a text of {regel.max} characters of ASCII")
    assert isinstance(felt, Hodenavn) == (kan_vaere == "a header")
    assert isinstance(felt, KortTekst) == ("ASCII" in kan_vaere)


# --- the examples ----------------------------------------------------------------------------------------------------


def _eksempler(spraak: str) -> Iterator[tuple[str, str]]:
    """The examples of a language, by the scheme that each is of."""
    for navn, deltekst in re.findall(r"^### `([a-z-]+)`\n(.*?)(?=^###? )", SIDEN, flags=re.M | re.S):
        if navn in ORDNINGER:
            for blokk in re.findall(rf"```{spraak}\n(.*?)```", deltekst, flags=re.S):
                yield navn, blokk


SKALL = dict(_eksempler("sh"))
HEMMELIGHETER = {
    "standard-webhooks": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "basic": "arkiv:passord-som-er-langt-nok",
}
EN_HEMMELIGHET = "en-hemmelighet-som-er-lang-nok"


@pytest.fixture
def kildene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kilder:
    """Those that the page shows, as the gateway reads them in production, and the two that ship with it."""
    vist = [kilde for _, blokk in _eksempler("yaml") for kilde in yaml.safe_load(blokk)]
    assert {kilde["adapter"] for kilde in vist} | {"github", "standard-webhooks"} == set(ORDNINGER)
    vist += yaml.safe_load((ROT / "config" / "prod" / "kilder.yaml").read_text(encoding="utf-8"))
    for kilde in vist:
        for variabel in kilde.get("hemmeligheter", []):
            monkeypatch.setenv(variabel.removeprefix("env:"), HEMMELIGHETER.get(kilde["adapter"], EN_HEMMELIGHET))
    fil = tmp_path / "kilder.yaml"
    fil.write_text(yaml.safe_dump(vist), encoding="utf-8")
    return les_kilder(fil, list(ORDNINGER.values()), registeret(), dev=False)


@contextmanager
def _mottaker() -> Iterator[tuple[int, list[tuple[str, Anmodning]]]]:
    """A real HTTP server that keeps what it gets, with the path."""
    mottatt: list[tuple[str, Anmodning]] = []

    class Mottaker(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            kropp = self.rfile.read(int(self.headers["Content-Length"]))
            _, _, kilde, *sti = self.path.split("/")
            hoder = {navn.lower(): verdi for navn, verdi in self.headers.items()}
            mottatt.append((kilde, Anmodning(hoder=hoder, kropp=kropp, hemmelig_sti="/".join(sti) or None)))
            self.send_response(202)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            return

    tjener = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mottaker)
    threading.Thread(target=tjener.serve_forever, daemon=True).start()
    yield tjener.server_port, mottatt
    tjener.shutdown()
    tjener.server_close()


@pytest.mark.parametrize("navn", ORDNINGER)
def test_eksempelet_paa_kommandolinjen_er_signert_som_ordningen_vil(navn: str, kildene: Kilder, tmp_path: Path) -> None:
    for verktoey in ("bash", "curl", "openssl"):
        assert shutil.which(verktoey), f"the examples need {verktoey}"
    (tmp_path / "melding.json").write_bytes(b'{"id": "1",\n "type": "t\xc3\xa6"}\n')
    hemmelighet = HEMMELIGHETER.get(navn, EN_HEMMELIGHET)
    with _mottaker() as (port, mottatt):
        skall = SKALL[navn].replace("127.0.0.1:8080", f"127.0.0.1:{port}")
        miljoe = {"HEMMELIGHET": hemmelighet, "TOKEN": "a.b.c", "PATH": "/usr/bin:/bin", "LC_ALL": "C"}
        subprocess.run(["bash", "-euo", "pipefail", "-c", skall], cwd=tmp_path, env=miljoe, check=True, timeout=20)
    ((kilde, anmodning),) = mottatt
    oppsett = kildene.hent(kilde)
    assert oppsett.ordning.navn == navn
    if navn == "jwt":
        assert anmodning.hoder["authorization"] == "Bearer a.b.c", "the token is the issuer's to make"
        return
    oppsett.ordning.verifiser(anmodning, oppsett.hemmeligheter, sann_tid())
    assert hemmelighet in oppsett.hemmeligheter
    with pytest.raises(UgyldigSignatur):
        oppsett.ordning.verifiser(Anmodning(hoder={}, kropp=anmodning.kropp), oppsett.hemmeligheter, sann_tid())


@pytest.mark.parametrize(("navn", "blokk"), list(_eksempler("python")))
def test_eksemplene_i_python_virker_som_de_staar(navn: str, blokk: str) -> None:
    omraade: dict[str, Any] = {}
    exec(compile(blokk, "adapters/README.md", "exec"), omraade)
    hoder = omraade.get("hode") or omraade["hoder"]
    anmodning = Anmodning(hoder={n.lower(): v for n, v in hoder.items()}, kropp=b'{"id": 1}')
    ORDNINGER[navn].verifiser(anmodning, [HEMMELIGHETER.get(navn, "hemmelig")], sann_tid())
