"""An HMAC of any make: which hash, of what, written how, in which header."""

from __future__ import annotations

import base64
import datetime as dt
import hmac
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.signaturer.valgfri_hmac import HmacSignatur
from gateway.plugin import Anmodning, UgyldigSignatur, UgyldigValg

NAA = dt.datetime(2026, 11, 27, 9, 30, tzinfo=dt.UTC)
SEKUNDER = str(int(NAA.timestamp()))
HEMMELIGHET = "en-hemmelighet-som-er-lang-nok"
KROPP = b'{"id": 1}'

# RFC 4231, section 4: key, data, HMAC-SHA-256, HMAC-SHA-512.
RFC_4231 = {
    "1": (
        "0b" * 20,
        b"Hi There",
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
        "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854",
    ),
    "3": (
        "aa" * 20,
        b"\xdd" * 50,
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
        "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39"
        "bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb",
    ),
    "6": (
        "aa" * 131,
        b"Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
        "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598",
    ),
}


def ordning(**valg: Any) -> HmacSignatur:
    return HmacSignatur().med({"hode": "X-Signatur", **valg})


def verifiser(
    ordning: HmacSignatur, hoder: dict[str, str], kropp: bytes = KROPP, hemmelighet: str = HEMMELIGHET
) -> None:
    ordning.verifiser(Anmodning(hoder=hoder, kropp=kropp), [hemmelighet], NAA)


def hmac_av(signert: bytes, hemmelighet: str = HEMMELIGHET, hash_: str = "sha256") -> bytes:
    return hmac.digest(hemmelighet.encode(), signert, hash_)


@pytest.mark.parametrize("nr", RFC_4231)
def test_stemmer_med_rfc_4231(nr: str) -> None:
    noekkel, kropp, sha256, sha512 = RFC_4231[nr]
    for algoritme, fasit in (("sha256", sha256), ("sha512", sha512)):
        for koding, skrevet in (("hex", fasit), ("base64", base64.b64encode(bytes.fromhex(fasit)).decode())):
            valgt = ordning(algoritme=algoritme, koding=koding, noekkel="hex")
            verifiser(valgt, {"x-signatur": skrevet}, kropp, noekkel)
            with pytest.raises(UgyldigSignatur, match="X-Signatur does not match"):
                verifiser(valgt, {"x-signatur": skrevet}, kropp + b"!", noekkel)


@pytest.mark.parametrize("skrevet", [str.lower, str.upper])
def test_hex_kan_skrives_med_store_og_smaa_bokstaver(skrevet: Any) -> None:
    verifiser(ordning(), {"x-signatur": skrevet(hmac_av(KROPP).hex())})


def test_det_som_staar_foran_er_en_del_av_verdien() -> None:
    valgt = ordning(prefiks="sha256=")
    verifiser(valgt, {"x-signatur": f"sha256={hmac_av(KROPP).hex()}"})
    with pytest.raises(UgyldigSignatur, match="must be `sha256=` and 32 bytes in hex"):
        verifiser(valgt, {"x-signatur": hmac_av(KROPP).hex()})


@pytest.mark.parametrize(
    ("noekkel", "hemmelighet"),
    [("base64", base64.b64encode(b"x" * 16).decode()), ("hex", "78" * 16), ("tekst", "x" * 16)],
)
def test_hemmeligheten_er_teksten_eller_det_den_staar_for(noekkel: str, hemmelighet: str) -> None:
    valgt = ordning(noekkel=noekkel)
    valgt.kontroller(hemmelighet)
    verifiser(valgt, {"x-signatur": hmac_av(KROPP, "x" * 16).hex()}, hemmelighet=hemmelighet)


@pytest.mark.parametrize(
    ("noekkel", "hemmelighet", "grunn"),
    [
        ("tekst", "x" * 15, "at least 16 characters"),
        ("hex", "78" * 15, "at least 16 bytes"),
        ("hex", "ikke hex", "is not hex, as `noekkel: hex` says"),
        ("base64", base64.b64encode(b"x" * 15).decode(), "at least 16 bytes"),
        ("base64", "!!", "is not base64"),
        ("base64", "æ", "is not base64"),
        ("tekst", "\udc80" * 20, "not UTF-8"),
    ],
)
def test_en_hemmelighet_som_er_svak_eller_ubrukelig_avvises_og_gjentas_ikke(
    noekkel: str, hemmelighet: str, grunn: str
) -> None:
    with pytest.raises(ValueError, match=grunn) as feil:
        ordning(noekkel=noekkel).kontroller(hemmelighet)
    assert hemmelighet not in str(feil.value)


@pytest.mark.parametrize(
    ("form", "skrevet"),
    [
        ("sekunder", SEKUNDER),
        ("millisekunder", f"{SEKUNDER}123"),
        ("iso", "2026-11-27T09:30:00Z"),
        ("iso", "2026-11-27T10:29:59.123456+01:00"),
    ],
)
def test_tiden_signeres_med_og_holder_i_fem_minutter(form: str, skrevet: str) -> None:
    valgt = ordning(signert="{timestamp}.{body}", tidspunkt_hode="X-Tid", tidspunkt_form=form)
    assert valgt.dekker.dekker_tid
    hoder = {"x-signatur": hmac_av(skrevet.encode() + b"." + KROPP).hex(), "x-tid": skrevet}
    verifiser(valgt, hoder)
    for avvik, grunn in ((-302, "too far in the future"), (302, "too old")):
        naa = NAA + dt.timedelta(seconds=avvik)
        with pytest.raises(UgyldigSignatur, match=f"X-Tid is {grunn}; it must be within five minutes"):
            valgt.verifiser(Anmodning(hoder=hoder, kropp=KROPP), [HEMMELIGHET], naa)


def test_vinduet_kan_settes() -> None:
    valgt = ordning(signert="v0:{timestamp}:{body}", tidspunkt_hode="X-Tid", vindu=10)
    hoder = {"x-signatur": hmac_av(f"v0:{SEKUNDER}:".encode() + KROPP).hex(), "x-tid": SEKUNDER}
    anmodning = Anmodning(hoder=hoder, kropp=KROPP)
    valgt.verifiser(anmodning, [HEMMELIGHET], NAA + dt.timedelta(seconds=10))
    with pytest.raises(UgyldigSignatur, match="within 10 seconds of now"):
        valgt.verifiser(anmodning, [HEMMELIGHET], NAA + dt.timedelta(seconds=11))


@pytest.mark.parametrize(
    ("form", "skrevet", "grunn"),
    [
        ("sekunder", "", "X-Tid is missing"),
        ("sekunder", "nå", "whole seconds"),
        ("sekunder", "9" * 13, "whole seconds"),
        ("millisekunder", f"{SEKUNDER}.123", "whole milliseconds"),
        ("iso", "2026-11-27T09:30:00", "with its offset"),
        ("iso", "2026-13-45T09:30:00Z", "with its offset"),
        ("iso", "2026-11-27T09:30:00+99:99", "with its offset"),
        ("iso", "0001-01-01T00:00:00+23:59", "too old"),
        ("iso", "9999-12-31T23:59:59-23:59", "too far in the future"),
    ],
)
def test_en_tid_med_gal_form_avvises_med_grunnen(form: str, skrevet: str, grunn: str) -> None:
    valgt = ordning(signert="{timestamp}.{body}", tidspunkt_hode="X-Tid", tidspunkt_form=form)
    with pytest.raises(UgyldigSignatur, match=grunn):
        verifiser(valgt, {"x-signatur": "00" * 32, "x-tid": skrevet})


def test_en_id_som_er_signert_er_meldingens() -> None:
    valgt = ordning(
        signert="{id}.{timestamp}.{body}",
        tidspunkt_hode="X-Tid",
        id_hode="X-Melding-Id",
        koding="base64",
        algoritme="sha512",
    )
    assert valgt.dekker.id_hode == "x-melding-id"
    signert = hmac_av(f"m-1.{SEKUNDER}.".encode() + KROPP, hash_="sha512")
    hoder = {"x-signatur": base64.b64encode(signert).decode(), "x-tid": SEKUNDER, "x-melding-id": "m-1"}
    verifiser(valgt, hoder)
    with pytest.raises(UgyldigSignatur, match="does not match"):
        verifiser(valgt, {**hoder, "x-melding-id": "m-2"})
    for ikke in ("m.1", "m 1", "æ", "a" * 257, "m\n"):
        with pytest.raises(UgyldigSignatur, match=r"X-Melding-Id must be 1 to 256 .* of `\.`"):
            verifiser(valgt, {**hoder, "x-melding-id": ikke})


@given(
    mal=st.sampled_from(
        ["{timestamp}.{body}", "{body}.{timestamp}", "a{id}.{timestamp}|{body}", "{id}-{body}:{timestamp}"]
    ),
    kropp=st.binary(max_size=30),
    id_=st.text("0123456789abc", min_size=1, max_size=5),
    data=st.data(),
)
def test_en_signert_melding_kan_ikke_leses_som_en_annen(mal: str, kropp: bytes, id_: str, data: st.DataObject) -> None:
    """Whatever the header says, and wherever the body is cut: one text that is signed is one message."""
    valgt = ordning(signert=mal, tidspunkt_hode="X-Tid", **({"id_hode": "X-Id"} if "{id}" in mal else {}))
    signert = valgt.signert(kropp, HEMMELIGHET, id_, NAA)
    annen_tid = data.draw(st.sampled_from([SEKUNDER[:-1], SEKUNDER + "0", SEKUNDER[1:], "1", SEKUNDER]))
    annen_kropp = data.draw(
        st.sampled_from([kropp, kropp[1:], kropp[:-1], b"0." + kropp, kropp + b".1", SEKUNDER.encode() + b"." + kropp])
    )
    annen_id = data.draw(st.sampled_from([id_, id_[:-1] or "x", id_ + "0"]))
    andre = {**signert.hoder, "x-tid": annen_tid, **({"x-id": annen_id} if "{id}" in mal else {})}
    lik = annen_kropp == kropp and andre == signert.hoder
    try:
        valgt.verifiser(Anmodning(hoder=andre, kropp=annen_kropp), [HEMMELIGHET], NAA)
    except UgyldigSignatur:
        assert not lik
    else:
        assert lik


@pytest.mark.parametrize(
    ("hode", "grunn"),
    [
        (None, "the header X-Signatur is missing or empty"),
        ("", "the header X-Signatur is missing or empty"),
        ("00" * 31, "X-Signatur must be 32 bytes in hex"),
        ("00" * 33, "must be 32 bytes"),
        ("zz" * 32, "must be 32 bytes"),
        ("٣" * 64, "must be 32 bytes"),
        ("\ud800", "must be 32 bytes"),
        ("00" * 32, "does not match; check the hemmelighet, and sign `{body}` with sha256"),
    ],
)
def test_det_som_ikke_er_signaturen_avvises_med_grunnen(hode: str | None, grunn: str) -> None:
    with pytest.raises(UgyldigSignatur, match=grunn):
        verifiser(ordning(), {} if hode is None else {"x-signatur": hode})


@pytest.mark.parametrize(
    ("valg", "feil"),
    [
        ({}, {"hode": "is missing; add it"}),
        ({"hode": "X-A", "hod": "X"}, {"hod": "is no option of hmac; did you mean hode?"}),
        ({"hode": "X A"}, {"hode": "must be the name of a header: letters, digits and `-`, and no `_`"}),
        ({"hode": "X_A"}, {"hode": "must be the name of a header: letters, digits and `-`, and no `_`"}),
        ({"hode": "X-A\n"}, {"hode": "must be the name of a header: letters, digits and `-`, and no `_`"}),
        ({"hode": 7}, {"hode": "must be a text"}),
        ({"hode": "X-A", "algoritme": "md5"}, {"algoritme": "must be one of sha256, sha512"}),
        ({"hode": "X-A", "koding": "base32"}, {"koding": "must be one of hex, base64"}),
        ({"hode": "X-A", "noekkel": "pem"}, {"noekkel": "must be one of tekst, hex, base64"}),
        ({"hode": "X-A", "prefiks": "\ud800"}, {"prefiks": "must be ASCII, on one line"}),
        ({"hode": "X-A", "prefiks": "x" * 51}, {"prefiks": "must be at most 50 characters"}),
        ({"hode": "X-A", "signert": "{body}\n"}, {"signert": "must be ASCII, on one line"}),
        ({"hode": "X-A", "vindu": 0}, {"vindu": "must be 1 to 3600 seconds"}),
        ({"hode": "X-A", "vindu": "ti"}, {"vindu": "must be a whole number of seconds"}),
        (
            {"hode": "X-A", "signert": "{timestamp}"},
            {"signert": "must hold {body} once: what is not signed can be anybody's"},
        ),
        (
            {"hode": "X-A", "signert": "{body}{body}"},
            {"signert": "must hold {body} once: what is not signed can be anybody's"},
        ),
        (
            {"hode": "X-A", "signert": "{url}.{body}"},
            {"signert": "may hold {body}, {timestamp} and {id}, and no other braces"},
        ),
        (
            {"hode": "X-A", "signert": "}{body}"},
            {"signert": "may hold {body}, {timestamp} and {id}, and no other braces"},
        ),
        (
            {"hode": "X-A", "signert": "{timestamp}{body}", "tidspunkt_hode": "X-T"},
            {"signert": "must have a text between its parts, as in {timestamp}.{body}"},
        ),
        (
            {"hode": "X-A", "signert": "{timestamp}.{timestamp}.{body}", "tidspunkt_hode": "X-T"},
            {"signert": "must hold {timestamp} and {id} once at most"},
        ),
        (
            {"hode": "X-A", "signert": "{timestamp}0{body}", "tidspunkt_hode": "X-T"},
            {"signert": "must part {timestamp} from the rest by what cannot be in a time"},
        ),
        (
            {"hode": "X-A", "signert": "{timestamp}.{body}"},
            {"tidspunkt_hode": "must name the header that {timestamp} of `signert` stands in"},
        ),
        (
            {"hode": "X-A", "tidspunkt_hode": "X-T", "id_hode": "X-I"},
            {
                "tidspunkt_hode": "must be left out: `signert` has no {timestamp}, so the header is not signed",
                "id_hode": "must be left out: `signert` has no {id}, so the header is not signed",
            },
        ),
    ],
)
def test_valg_som_ikke_henger_sammen_avvises_med_noekkel_og_raad(valg: dict[str, Any], feil: dict[str, str]) -> None:
    with pytest.raises(UgyldigValg) as ugyldig:
        HmacSignatur().med(valg)
    assert ugyldig.value.feil == feil
