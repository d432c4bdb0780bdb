"""GitHub's signature: X-Hub-Signature-256."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.signaturer.github import GitHubSignatur, signer
from gateway.plugin import UgyldigSignatur

NAA = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
HODE = "x-hub-signature-256"

# From GitHub's page "Validating webhook deliveries".
FASIT = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
FASIT_HEMMELIGHET = "It's a Secret to Everybody"
FASIT_KROPP = b"Hello, World!"


def verifiser(signatur: str | None, kropp: bytes = FASIT_KROPP, hemmeligheter=(FASIT_HEMMELIGHET,)) -> None:
    hoder = {} if signatur is None else {HODE: signatur}
    GitHubSignatur().verifiser(hoder, kropp, hemmeligheter, NAA)


def test_agrees_with_the_example_that_github_gives() -> None:
    assert signer(FASIT_HEMMELIGHET, FASIT_KROPP) == FASIT
    verifiser(FASIT)


@pytest.mark.parametrize("nr", [0, 1, 2])
def test_any_of_several_secrets_will_do_while_they_are_rotated(nr: int) -> None:
    hemmeligheter = ["gammel", "ny", "nyest"]
    verifiser(signer(hemmeligheter[nr], b"{}"), b"{}", hemmeligheter)


def test_bytes_are_signed_not_text() -> None:
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
def test_what_is_not_the_signature_is_refused_with_the_reason(signatur: str | None, grunn: str) -> None:
    with pytest.raises(UgyldigSignatur, match=grunn):
        verifiser(signatur)


def test_another_secret_is_refused_and_no_secret_is_told() -> None:
    with pytest.raises(UgyldigSignatur) as feil:
        verifiser(FASIT, hemmeligheter=["en-annen"])
    assert "en-annen" not in str(feil.value)


def test_a_source_without_secrets_lets_nothing_through() -> None:
    with pytest.raises(UgyldigSignatur, match="no hemmelighet"):
        verifiser(FASIT, hemmeligheter=[])


def test_an_empty_secret_is_a_fault_of_the_configuration_and_lets_nothing_through() -> None:
    with pytest.raises(ValueError, match="empty"):
        verifiser(FASIT, hemmeligheter=[""])


@given(kropp=st.binary(min_size=1, max_size=200), data=st.data())
def test_any_flipped_bit_of_body_or_header_is_refused(kropp: bytes, data: st.DataObject) -> None:
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
