"""The schemes over the wire, in a process as in production: what the server itself does with headers and addresses."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator

import pytest
import yaml
from joserfc.jwk import KeySet

from gateway.klokke import sann_tid
from tests.ende_til_ende.kjoerende import vent_til
from tests.fuzz.ordningene import ID, OPPSETT, UTSTEDERNOEKKEL, Oppsett, claims, utsted
from tests.http.server import VERT, Web, kjoerende_web, raa
from tests.jwkstjener import http_svar, jwkstjener
from tests.verden import melding

STI = "3vXvYb0Jr1Jw3rXo2F3m9Q"
ALLE = pytest.mark.parametrize("nr", range(len(OPPSETT)), ids=[f"{ett.navn}-{nr}" for nr, ett in enumerate(OPPSETT)])


def _kilde(nr: int, oppsett: Oppsett, jwks: str) -> dict[str, object]:
    kilde = {
        "navn": f"kilde-{nr}",
        "produsent": "permittering",
        "adapter": oppsett.navn,
        "hemmeligheter": list(oppsett.hemmeligheter),
        "signatur": {**oppsett.valg, **({"jwks": jwks} if oppsett.navn == "jwt" else {})},
        "type": "type",
        "id": "id",
    }
    return {felt: verdi for felt, verdi in kilde.items() if verdi not in ([], {})}


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    mappe = tmp_path_factory.mktemp("web")
    with jwkstjener() as utsteder:
        utsteder.svar = http_svar(json.dumps(KeySet([UTSTEDERNOEKKEL]).as_dict(private=False)).encode())
        kilder = mappe / "kilder.yaml"
        kilder.write_text(yaml.safe_dump([_kilde(nr, ett, utsteder.url) for nr, ett in enumerate(OPPSETT)]))
        with kjoerende_web(mappe / "data", KILDER=str(kilder)) as web:
            yield web


def _melding() -> bytes:
    return json.dumps({**melding("permittering/masseoppsigelse"), "id": str(uuid.uuid4())}).encode()


def _bevist(nr: int, kropp: bytes) -> tuple[str, dict[str, str]]:
    """The path and the headers of the source, now."""
    oppsett = OPPSETT[nr]
    if oppsett.navn == "jwt":
        token = utsted(json.dumps(claims(sann_tid())).encode())
        return f"/webhooks/kilde-{nr}", {"authorization": f"Bearer {token}"}
    signert = oppsett.ordning.signert(kropp, oppsett.signerer_med or oppsett.hemmeligheter[-1], ID, sann_tid())
    return f"/webhooks/kilde-{nr}" + (f"/{signert.hemmelig_sti}" if signert.hemmelig_sti else ""), dict(signert.hoder)


def _post(web: Web, sti: str, kropp: bytes, hoder: list[tuple[str, str]]) -> int:
    """With each header as it is given, as often as it is."""
    linjer = [
        f"POST {sti} HTTP/1.1",
        f"Host: {VERT}",
        "Connection: close",
        "Content-Type: application/json",
        f"Content-Length: {len(kropp)}",
        *(f"{navn}: {verdi}" for navn, verdi in hoder),
    ]
    return int(raa(web.port, "\r\n".join(linjer).encode() + b"\r\n\r\n" + kropp).split(b" ", 2)[1])


@ALLE
def test_kilden_slipper_inn_over_nettet_og_med_et_hode_to_ganger_ikke(web: Web, nr: int) -> None:
    kropp = _melding()
    sti, hoder = _bevist(nr, kropp)
    assert _post(web, sti, kropp, list(hoder.items())) == 202
    for navn, verdi in hoder.items():
        assert _post(web, sti, kropp, [*hoder.items(), (navn, verdi)]) == 401
        if "-" in navn:  # with `_` it is no such header, and takes nothing from the one that is
            assert _post(web, sti, kropp, [(navn.replace("-", "_"), "x"), *hoder.items()]) == 200


def test_en_hemmelig_sti_staar_ikke_i_det_prosessen_skriver_eller_maaler(web: Web) -> None:
    nr = next(nr for nr, ett in enumerate(OPPSETT) if ett.navn == "hemmelig-sti")
    sti = f"/webhooks/kilde-{nr}/{STI}"
    for forsoek, status in (
        (f"POST {sti} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n{{", 400),
        (f"POST {sti}x HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{{}}", 401),
        (f"POST {sti} HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n{{}}", 413),
        (f"DELETE {sti} HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        (f"POST {sti}/mer HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{{}}", 404),
    ):
        svar = raa(web.port, forsoek.replace("Host: x", "Host: x\r\nConnection: close").encode())
        assert svar.startswith(f"HTTP/1.1 {status} ".encode()), svar
        assert STI.encode() not in svar
    vent_til(lambda: web.utskrift.count("/webhooks/<kilde>/<hemmelig_sti>") >= 2, sekunder=20, hva="the log")
    assert STI not in web.utskrift
    maalinger = web.kall("GET", "/internal/metrics").kropp.decode()
    assert 'rute="/webhooks/<kilde>/<hemmelig_sti>"' in maalinger
    assert STI not in maalinger
