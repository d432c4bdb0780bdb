"""Signing in as a test person, signing out, and forms that others try to send."""

from __future__ import annotations

import base64

import pytest
from flask import Flask

from gateway.tokens import Tokenkontroll
from gateway.web.innlogging import Tokeninnlogging
from gateway.web.sider import lag_sider
from tests.web.conftest import KARI, ROLF, Minnekilde, Nettleser, les


def test_the_test_persons_are_listed_by_name_with_masked_numbers(nettleser: Nettleser) -> None:
    svar = nettleser.klient.get("/logg-inn")
    assert [knapp.tekst for knapp in les(svar).alle("button")] == [
        "Kari Leder Fødselsnummer 154885 •••••",
        "Rolf Regnskapsfører Fødselsnummer 074483 •••••",
    ]
    assert KARI.fnr not in svar.text


def test_choosing_a_person_signs_them_in_for_a_while(nettleser: Nettleser) -> None:
    svar = nettleser.logg_inn(ROLF)
    assert (svar.status_code, svar.headers["Location"]) == (303, "/min-side")
    kake = svar.headers["Set-Cookie"]
    assert all(del_ in kake for del_ in ("HttpOnly", "SameSite=Lax", "Expires="))
    assert "Rolf Regnskapsfører" in nettleser.aapne("/min-side").tekst


def test_the_cookie_holds_no_fodselsnummer(nettleser: Nettleser) -> None:
    nettleser.logg_inn()
    kake = nettleser.klient.get_cookie("session")
    assert kake is not None
    innhold = base64.urlsafe_b64decode(kake.value.lstrip(".").split(".")[0] + "==")
    assert b"person" in innhold
    assert KARI.fnr.encode() not in innhold


def test_signing_out_ends_the_session(kari: Nettleser) -> None:
    skjema = next(skjema for skjema in kari.aapne("/min-side").alle("form") if skjema.tekst == "Logg ut")
    svar = kari.send(skjema)
    assert (svar.status_code, svar.headers["Location"]) == (303, "/logg-inn")
    assert kari.klient.get("/min-side").status_code == 303


@pytest.mark.parametrize(
    ("metode", "sti"),
    [
        ("GET", "/min-side"),
        ("POST", "/min-side/bjelle"),
        ("GET", "/min-side/notifikasjon/018f0000-0000-7000-8000-000000000000"),
    ],
)
def test_who_is_not_signed_in_is_sent_to_sign_in(nettleser: Nettleser, metode: str, sti: str) -> None:
    svar = nettleser.klient.open(sti, method=metode)
    assert (svar.status_code, svar.headers["Location"]) == (303, "/logg-inn")


def test_a_cookie_that_was_made_up_signs_nobody_in(nettleser: Nettleser) -> None:
    nettleser.klient.set_cookie("session", "eyJwZXJzb24iOiJLYXJpIn0.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb")
    assert nettleser.klient.get("/min-side").status_code == 303


def test_after_signing_in_nothing_in_the_address_decides_where_to_go(nettleser: Nettleser) -> None:
    skjema = nettleser.aapne("/logg-inn?neste=https://example.com").alle("form")[0]
    svar = nettleser.send(skjema, skjema.en("button"), neste="https://example.com")
    assert svar.headers["Location"] == "/min-side"


def test_an_unknown_person_is_refused(nettleser: Nettleser) -> None:
    skjema = nettleser.aapne("/logg-inn").alle("form")[0]
    assert nettleser.send(skjema, person=KARI.fnr).status_code == 400


# --- forms from elsewhere ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", [None, "", "feil", "æøå"])
@pytest.mark.parametrize("sti", ["/min-side/bjelle", "/logg-ut", "/logg-inn"])
def test_a_form_without_our_token_is_refused_and_changes_nothing(
    kilde: Minnekilde, kari: Nettleser, sti: str, token: str | None
) -> None:
    svar = kari.klient.post(sti, data={} if token is None else {"csrf": token})
    assert (svar.status_code, les(svar).en("h1").tekst) == (403, "Siden er for gammel")
    assert kilde.sist_lest == {}
    assert kari.klient.get("/min-side").status_code == 200


def test_the_token_of_another_person_or_session_is_refused(kilde: Minnekilde, nettleser: Nettleser) -> None:
    nettleser.logg_inn(ROLF)
    skjema = nettleser.bjelleskjema()
    nettleser.logg_inn(KARI)
    assert nettleser.send(skjema).status_code == 403
    assert kilde.sist_lest == {}


# --- where the platform signs people in ----------------------------------------------------------------------------


@pytest.mark.parametrize("hoder", [{}, {"Authorization": "Bearer tull"}])
def test_without_a_valid_token_from_the_platform_the_page_says_that_one_must_sign_in(hoder: dict[str, str]) -> None:
    app = Flask("gateway.web")
    app.secret_key = "en hemmelighet som bare testene har"
    app.register_blueprint(lag_sider(Minnekilde(), innlogging=Tokeninnlogging(Tokenkontroll([]))))
    svar = app.test_client().get("/min-side", headers=hoder)
    assert (svar.status_code, les(svar).en("h1").tekst) == (401, "Du er ikke logget inn")
