"""Keys from a JWKS server: whose tokens wait for it, what it may answer, and what happens when it hangs."""

from __future__ import annotations

import base64
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey, RSAKey

from gateway.http.jwks import (
    GIS_OPP_SEKUNDER,
    HENT_TIDLIGST_IGJEN_SEKUNDER,
    HENTES_PAA_NYTT_SEKUNDER,
    HOLDER_SEKUNDER,
    STOERSTE_SVAR,
    UTEN_NOEKLER_IGJEN_SEKUNDER,
    VENT_SEKUNDER,
    JwksNoekler,
    UgyldigJwks,
    UtstederUtilgjengelig,
    les_jwks,
)
from tests.ende_til_ende.kjoerende import vent_til
from tests.jwkstjener import Jwkstjener, http_svar, jwkstjener
from tests.sertifikat import lag_sertifikat

RSA = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"})
EC = ECKey.generate_key("P-256", {"kid": "ec"})
SVAK = {"kty": "RSA", "kid": "svak", "e": "AQAB", "n": base64.urlsafe_b64encode(b"\xc1" * 128).decode().rstrip("=")}
STRAKS = VENT_SEKUNDER / 2  # as long as a loaded machine may take over what waits for nothing


class Tid:
    """Seconds that a test moves on."""

    def __init__(self) -> None:
        self.naa = time.monotonic()

    def __call__(self) -> float:
        return self.naa


@pytest.fixture
def tjener() -> Iterator[Jwkstjener]:
    with jwkstjener() as tjener:
        tjener.svar = _sett(RSA)
        yield tjener


@pytest.fixture
def tid() -> Tid:
    return Tid()


@pytest.fixture
def noekler(tjener: Jwkstjener, tid: Tid) -> JwksNoekler:
    return JwksNoekler(tjener.url, tid, frist=0.3)


def _sett(*noekler: Any) -> bytes:
    hver = [ett.as_dict(private=isinstance(ett, OctKey) or None) for ett in noekler]
    return http_svar(json.dumps({"keys": hver}).encode())


def _kider(noekler: KeySet) -> set[str | None]:
    return {ett.kid for ett in noekler.keys}


def _tatt_tid(gjoer: Callable[[], object]) -> float:
    foer = time.monotonic()
    gjoer()
    return time.monotonic() - foer


def _hentet(noekler: JwksNoekler) -> None:
    """Wait until the fetch that is under way has ended."""
    henting = noekler._henting
    assert henting is not None
    assert henting.ferdig.wait(10)


def test_den_foerste_som_spoer_faar_noeklene_og_de_huskes(tjener: Jwkstjener, noekler: JwksNoekler) -> None:
    assert _kider(noekler.for_kid("rsa")) == {"rsa"}
    for _ in range(3):
        noekler.for_kid("rsa")
    assert tjener.spurt == 1


def test_en_ny_noekkel_hentes_naar_et_token_nevner_den_men_ikke_oftere_enn_hvert_halve_minutt(
    tjener: Jwkstjener, noekler: JwksNoekler, tid: Tid
) -> None:
    noekler.for_kid("rsa")
    tjener.svar = _sett(RSA, EC)
    assert _kider(noekler.for_kid("ec")) == {"rsa"}
    tid.naa += HENT_TIDLIGST_IGJEN_SEKUNDER
    assert _kider(noekler.for_kid("ec")) == {"rsa", "ec"}
    for nummer in range(20):
        noekler.for_kid(f"oppdiktet-{nummer}")
    assert tjener.spurt == 2


def test_kjente_noekler_venter_aldri_paa_en_utsteder_som_henger(
    tjener: Jwkstjener, noekler: JwksNoekler, tid: Tid
) -> None:
    noekler.for_kid("rsa")
    tjener.svar = None
    noekler._frist = 30
    tid.naa += HENT_TIDLIGST_IGJEN_SEKUNDER
    with ThreadPoolExecutor(20) as traader:
        oppdiktet = [traader.submit(noekler.for_kid, f"oppdiktet-{nummer}") for nummer in range(8)]
        vent_til(lambda: tjener.spurt == 2, sekunder=10, hva="the made-up key is asked for")
        kjente = [traader.submit(_tatt_tid, lambda: noekler.for_kid("rsa")) for _ in range(12)]
        assert max(ett.result() for ett in kjente) < STRAKS
        for ett in oppdiktet:
            assert _kider(ett.result()) == {"rsa"}
    tid.naa += HENTES_PAA_NYTT_SEKUNDER + 1
    assert _tatt_tid(lambda: noekler.for_kid("rsa")) < STRAKS
    assert tjener.spurt == 2, "one fetch at a time"


def test_en_henting_som_henger_koster_ett_sekund_og_faa_av_gangen(tjener: Jwkstjener, noekler: JwksNoekler) -> None:
    tjener.svar = None
    noekler._frist = 30
    noekler._naa = time.monotonic

    def spoer() -> float:
        def uten_svar() -> None:
            with pytest.raises(UtstederUtilgjengelig):
                noekler.for_kid("rsa")

        return _tatt_tid(uten_svar)

    with ThreadPoolExecutor(20) as traader:
        tider = [ett.result() for ett in [traader.submit(spoer) for _ in range(20)]]
    assert sum(ett > STRAKS for ett in tider) <= 2
    assert max(tider) < VENT_SEKUNDER * 3
    assert spoer() < STRAKS, "the first second of the fetch is over"
    assert tjener.spurt == 1


@pytest.mark.parametrize("drypp", ["the head", "the body"])
def test_et_svar_som_drypper_kuttes(tjener: Jwkstjener, noekler: JwksNoekler, tid: Tid, drypp: str) -> None:
    tjener.drypp = True
    tjener.svar = b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * 10_000 if drypp == "the head" else http_svar(b" " * 10_000)
    with pytest.raises(UtstederUtilgjengelig):
        noekler.for_kid("rsa")
    _hentet(noekler)
    assert not [ett for ett in threading.enumerate() if ett.name == "jwks"][1:]
    tjener.drypp, tjener.svar = False, _sett(RSA)
    tid.naa += UTEN_NOEKLER_IGJEN_SEKUNDER
    assert _kider(noekler.for_kid("rsa")) == {"rsa"}


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """What a server needs for TLS that this process trusts."""
    fil = lag_sertifikat(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(fil))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(fil)
    return server


def test_over_tls_kuttes_det_som_drypper_og_det_som_aldri_haandhilser(tls: ssl.SSLContext, tid: Tid) -> None:
    with jwkstjener("https", tls) as tjener:
        noekler = JwksNoekler(tjener.url, tid, frist=0.5)
        tjener.svar, tjener.drypp = http_svar(b" " * 10_000), True
        with pytest.raises(UtstederUtilgjengelig):
            noekler.for_kid("rsa")
        _hentet(noekler)
        tjener.svar, tjener.drypp = _sett(RSA), False
        tid.naa += UTEN_NOEKLER_IGJEN_SEKUNDER
        assert _kider(noekler.for_kid("rsa")) == {"rsa"}
    with jwkstjener("https") as tjener:
        tjener.svar = None
        noekler = JwksNoekler(tjener.url, tid, frist=0.5)
        with pytest.raises(UtstederUtilgjengelig):
            noekler.for_kid("rsa")
        _hentet(noekler)


def test_en_utsteder_som_ingen_gaar_god_for_gir_ingen_noekler(
    tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with jwkstjener("https", tls) as tjener:
        tjener.svar = _sett(RSA)
        noekler = JwksNoekler(tjener.url, time.monotonic)
        with pytest.raises(UtstederUtilgjengelig):
            noekler.for_kid("rsa")
        _hentet(noekler)
    assert [ett.feil for ett in caplog.records] == ["no answer came (SSLCertVerificationError)"]


def test_en_henting_som_aldri_blir_ferdig_sperrer_ikke_for_den_neste(
    tjener: Jwkstjener, noekler: JwksNoekler, tid: Tid
) -> None:
    """As when the look-up of a name hangs, which no deadline of ours ends."""
    noekler._frist = 60
    tjener.svar = None
    with pytest.raises(UtstederUtilgjengelig):
        noekler.for_kid("rsa")
    tjener.svar = _sett(RSA)
    tid.naa += GIS_OPP_SEKUNDER
    assert _kider(noekler.for_kid("rsa")) == {"rsa"}


UBRUKELIGE = {
    "empty": http_svar(b""),
    "HTML": http_svar(b"<html>Logg inn</html>"),
    "no object": http_svar(b"[]"),
    "no keys": http_svar(b"{}"),
    "keys of a wrong type": http_svar(b'{"keys": {"kid": "x"}}'),
    "a key that is none": http_svar(b'{"keys": ["x"]}'),
    "an empty list": http_svar(b'{"keys": []}'),
    "of a kind that is not used": _sett(OKPKey.generate_key("Ed25519")),
    "a broken key": http_svar(b'{"keys": [{"kty": "RSA", "n": 1, "e": []}]}'),
    "deep": http_svar(b"[" * 100_000),
    "huge": http_svar(b" " * (STOERSTE_SVAR + 1)),
    "secret": http_svar(json.dumps({"keys": [RSA.as_dict(private=True)]}).encode()),
    "symmetric": _sett(RSA, OctKey.generate_key(256)),
    "weak": http_svar(json.dumps({"keys": [SVAK]}).encode()),
    "an error": http_svar(b"{}", b"HTTP/1.1 500 Oops"),
    "no HTTP": b"hei",
}


@pytest.mark.filterwarnings("ignore:Key size should be")
@pytest.mark.parametrize("svar", UBRUKELIGE)
def test_et_svar_som_ikke_er_noekler_avvises_og_de_gamle_beholdes(
    tjener: Jwkstjener, noekler: JwksNoekler, tid: Tid, svar: str, caplog: pytest.LogCaptureFixture
) -> None:
    noekler.for_kid("rsa")
    tjener.svar = UBRUKELIGE[svar]
    tid.naa += HENT_TIDLIGST_IGJEN_SEKUNDER
    assert _kider(noekler.for_kid("ukjent")) == {"rsa"}
    _hentet(noekler)
    assert _kider(noekler.for_kid("rsa")) == {"rsa"}
    assert tjener.spurt == 2
    assert "JWKS could not be fetched" in caplog.text
    tid.naa += HOLDER_SEKUNDER + HENT_TIDLIGST_IGJEN_SEKUNDER
    assert _kider(noekler.for_kid("rsa")) == {"rsa"}, "an issuer that is down locks nobody out"
    with pytest.raises(UtstederUtilgjengelig):
        noekler.for_kid("ukjent")


def test_ingen_foelger_en_omdirigering(tjener: Jwkstjener, noekler: JwksNoekler) -> None:
    with jwkstjener() as annen:
        annen.svar = _sett(RSA)
        tjener.svar = http_svar(b"", b"HTTP/1.1 302 Found", b"Location: " + annen.url.encode())
        with pytest.raises(UtstederUtilgjengelig):
            noekler.for_kid("rsa")
        _hentet(noekler)
        assert annen.spurt == 0


def test_en_noekkel_som_utstederen_har_trukket_er_ute_ogsaa_der_ingen_har_spurt_paa_lenge(
    tjener: Jwkstjener, noekler: JwksNoekler, tid: Tid
) -> None:
    noekler.for_kid("rsa")
    tjener.svar = _sett(EC)
    tid.naa += HOLDER_SEKUNDER + 1
    assert _kider(noekler.for_kid("rsa")) == {"ec"}


def test_noekler_som_ikke_forstaas_gaas_forbi() -> None:
    offentlige = [ett.as_dict(private=False) for ett in (RSA, EC, OKPKey.generate_key("Ed25519", {"kid": "okp"}))]
    til_annet = {**RSAKey.generate_key(2048, {"kid": "enc"}).as_dict(private=False), "use": "enc"}
    svar = json.dumps({"keys": [*offentlige, til_annet, {"kty": "KOMMER"}, {"kty": ["RSA"]}, {}]}).encode()
    assert _kider(les_jwks(svar)) == {"rsa", "ec"}
    with pytest.raises(UgyldigJwks, match="more than 100"):
        les_jwks(json.dumps({"keys": offentlige * 50}).encode())
