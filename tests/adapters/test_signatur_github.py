"""GitHub's signature: X-Hub-Signature-256."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.signaturer.github import GitHubSignatur, signer
from gateway.plugin import Anmodning, UgyldigSignatur

NAA = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
HODE = "x-hub-signature-256"

# From GitHub's page "Validating webhook deliveries".
FASIT = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
FASIT_HEMMELIGHET = "It's a Secret to Everybody"
FASIT_KROPP = b"Hello, World!"


def verifiser(signatur: str | None, kropp: bytes = FASIT_KROPP, hemmeligheter=(FASIT_HEMMELIGHET,)) -> None:
    hoder = {} if signatur is None else {HODE: signatur}
    GitHubSignatur().verifiser(Anmodning(hoder=hoder, kropp=kropp), hemmeligheter, NAA)


def test_stemmer_med_eksempelet_fra_github() -> None:
    assert signer(FASIT_HEMMELIGHET, FASIT_KROPP) == FASIT
    verifiser(FASIT)


@pytest.mark.parametrize("nr", [0, 1, 2])
def test_hvilken_som_helst_av_flere_hemmeligheter_gjelder_mens_de_roteres(nr: int) -> None:
    hemmeligheter = ["gammel", "ny", "nyest"]
    verifiser(signer(hemmeligheter[nr], b"{}"), b"{}", hemmeligheter)


def test_bytene_signeres_og_ikke_teksten() -> None:
    kropp = bytes(range(256))
    verifiser(signer("æøå-hemmelig", kropp), kropp, ["æøå-hemmelig"])


@pytest.mark.parametrize(
    ("signatur", "grunn"),
    [
        (None, "missing"),
        ("", "must be"),
        ("sha256=", "must be"),
        (FASIT.removeprefix("sha256="), "must be"),
        (FASIT.upper(), "must be"),
        (FASIT.replace("sha256", "sha1"), "must be"),
        (FASIT + "0", "must be"),
        (FASIT + "\n", "must be"),
        (FASIT[:-1], "must be"),
        (FASIT[:-1] + "æ", "must be"),
        (FASIT[:-1] + "٣", "must be"),
        ("\ud800", "must be"),
        ("sha256=" + "0" * 64, "does not match"),
    ],
)
def test_det_som_ikke_er_signaturen_avvises_med_grunnen(signatur: str | None, grunn: str) -> None:
    with pytest.raises(UgyldigSignatur, match=grunn):
        verifiser(signatur)


def test_en_annen_hemmelighet_avvises_og_ingen_hemmelighet_gjentas() -> None:
    with pytest.raises(UgyldigSignatur) as feil:
        verifiser(FASIT, hemmeligheter=["en-annen"])
    assert "en-annen" not in str(feil.value)


def test_en_kilde_uten_hemmeligheter_slipper_ingenting_gjennom() -> None:
    with pytest.raises(UgyldigSignatur, match="no hemmelighet"):
        verifiser(FASIT, hemmeligheter=[])


def test_en_tom_hemmelighet_er_en_feil_i_oppsettet_og_slipper_ingenting_gjennom() -> None:
    with pytest.raises(ValueError, match="empty"):
        verifiser(FASIT, hemmeligheter=[""])


@given(kropp=st.binary(min_size=1, max_size=200), data=st.data())
def test_enhver_vendt_bit_i_kropp_eller_hode_avvises(kropp: bytes, data: st.DataObject) -> None:
    signatur = signer("hemmelig", kropp)
    if data.draw(st.booleans()):
        kropp = vend_bit(kropp, data)
    else:
        signatur = vend_bit(signatur.encode(), data).decode("latin-1")
    with pytest.raises(UgyldigSignatur):
        verifiser(signatur, kropp, ["hemmelig"])


def vend_bit(tekst: bytes, data: st.DataObject) -> bytes:
    bit = data.draw(st.integers(0, len(tekst) * 8 - 1))
    vendt = bytearray(tekst)
    vendt[bit // 8] ^= 1 << bit % 8
    return bytes(vendt)


@pytest.mark.parametrize("hemmelighet", ["", "kort", "\udc80" * 20])
def test_en_hemmelighet_som_er_svak_eller_ubrukelig_avvises_ved_start(hemmelighet: str) -> None:
    with pytest.raises(ValueError, match=r"at least 8 characters; make one with|not UTF-8"):
        GitHubSignatur().kontroller(hemmelighet)
    GitHubSignatur().kontroller("hemmelig")
