"""A user and a password: HTTP Basic."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Sequence

import pytest

from adapters.signaturer.basic import UTFORDRING, BasicOrdning
from gateway.plugin import Anmodning, UgyldigSignatur

NAA = dt.datetime(2026, 11, 27, tzinfo=dt.UTC)


def verifiser(hode: str | None, hemmeligheter: Sequence[str] = ("Aladdin:open sesame",)) -> None:
    hoder = {} if hode is None else {"authorization": hode}
    BasicOrdning().verifiser(Anmodning(hoder=hoder, kropp=b"{}"), hemmeligheter, NAA)


def basic(tekst: bytes) -> str:
    return f"Basic {base64.b64encode(tekst).decode()}"


# The examples of RFC 7617: section 2, and with a letter that is not ASCII section 2.1.
@pytest.mark.parametrize(
    ("hode", "hemmelighet"),
    [("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin:open sesame"), ("Basic dGVzdDoxMjPCow==", "test:123£")],
)
def test_stemmer_med_rfc_7617(hode: str, hemmelighet: str) -> None:
    verifiser(hode, [hemmelighet])
    (skrevet,) = BasicOrdning().signert(b"", hemmelighet, "1", NAA).hoder.values()
    assert skrevet == hode


def test_ordet_basic_kan_skrives_paa_alle_maater_og_passordet_kan_ha_kolon() -> None:
    for ord_ in ("basic", "BASIC", "bAsIc"):
        verifiser(basic(b"a:b:c").replace("Basic", ord_), ["a:b:c"])


def test_bokstaver_kan_komme_som_utf_8_eller_iso_8859_1() -> None:
    for tegnsett in ("utf-8", "iso-8859-1"):
        verifiser(basic("søker:blåbærsyltetøy".encode(tegnsett)), ["søker:blåbærsyltetøy"])


@pytest.mark.parametrize(
    ("hode", "grunn"),
    [
        (None, "no user and password"),
        ("", "no user and password"),
        ("Bearer abc", "must be `Basic"),
        ("Basic", "must be `Basic"),
        ("Basic !!!!", "must be `Basic"),
        ("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ", "must be `Basic"),  # half a group of base64
        ("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==,Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "must be `Basic"),
        ("Basic \ud800", "must be `Basic"),
        (basic(b"Aladdin:open sesam"), "is wrong"),
        (basic(b"aladdin:open sesame"), "is wrong"),
        (basic(b"Aladdin"), "is wrong"),
        (basic(b"\xff\x00"), "is wrong"),
        (basic(b"Aladdin:open sesame\n"), "is wrong"),
    ],
)
def test_det_som_ikke_er_bruker_og_passord_avvises_og_det_spoerres_etter_dem(hode: str | None, grunn: str) -> None:
    with pytest.raises(UgyldigSignatur, match=grunn) as feil:
        verifiser(hode)
    assert feil.value.utfordring == UTFORDRING
    assert "sesame" not in str(feil.value)


@pytest.mark.parametrize(
    "hemmelighet",
    ["", "bruker", "bruker:", ":" + "p" * 16, "bruker:" + "p" * 15, "br\x00uker:" + "p" * 16, "b:\udc80" + "p" * 16],
)
def test_en_hemmelighet_som_er_svak_eller_ubrukelig_avvises_og_gjentas_ikke(hemmelighet: str) -> None:
    with pytest.raises(ValueError, match=r"must be `user:password`|not UTF-8") as feil:
        BasicOrdning().kontroller(hemmelighet)
    assert "pppp" not in str(feil.value)
    BasicOrdning().kontroller("bruker:" + "p" * 16)
