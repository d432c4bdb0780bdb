"""Signing in as a test person, signing out, and forms that others try to send."""

from __future__ import annotations

import base64

import pytest
from flask import Flask

from gateway.http.tokens import Tokenkontroll
from gateway.web.innlogging import Tokeninnlogging
from gateway.web.sider import lag_sider
from tests.noekkelbytte import RINGER, Trinn
from tests.web.conftest import KARI, ROLF, Minnekilde, Nettleser, lag_app, les


def test_testpersonene_listes_med_navn_og_skjulte_numre(nettleser: Nettleser) -> None:
    svar = nettleser.klient.get("/logg-inn")
    assert [knapp.tekst for knapp in les(svar).alle("button")] == [
        "Kari Leder Fødselsnummer 154885 •••••",
        "Rolf Regnskapsfører Fødselsnummer 074483 •••••",
    ]
    assert KARI.fnr not in svar.text


def test_den_som_velges_er_innlogget_en_stund(nettleser: Nettleser) -> None:
    svar = nettleser.logg_inn(ROLF)
    assert (svar.status_code, svar.headers["Location"]) == (303, "/min-side")
    kake = svar.headers["Set-Cookie"]
    assert all(del_ in kake for del_ in ("HttpOnly", "SameSite=Lax", "Expires="))
    assert "Rolf Regnskapsfører" in nettleser.aapne("/min-side").tekst


def test_informasjonskapselen_har_intet_foedselsnummer(nettleser: Nettleser) -> None:
    nettleser.logg_inn()
    kake = nettleser.klient.get_cookie("session")
    assert kake is not None
    innhold = base64.urlsafe_b64decode(kake.value.lstrip(".").split(".")[0] + "==")
    assert b"person" in innhold
    assert KARI.fnr.encode() not in innhold


def test_aa_logge_ut_avslutter_oekten(kari: Nettleser) -> None:
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
def test_den_som_ikke_er_innlogget_sendes_til_innloggingen(nettleser: Nettleser, metode: str, sti: str) -> None:
    svar = nettleser.klient.open(sti, method=metode)
    assert (svar.status_code, svar.headers["Location"]) == (303, "/logg-inn")


def test_en_oppdiktet_informasjonskapsel_logger_ingen_inn(nettleser: Nettleser) -> None:
    nettleser.klient.set_cookie("session", "eyJwZXJzb24iOiJLYXJpIn0.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb")
    assert nettleser.klient.get("/min-side").status_code == 303


def test_etter_innlogging_bestemmer_ingenting_i_adressen_hvor_det_gaar(nettleser: Nettleser) -> None:
    skjema = nettleser.aapne("/logg-inn?neste=https://example.com").alle("form")[0]
    svar = nettleser.send(skjema, skjema.en("button"), neste="https://example.com")
    assert svar.headers["Location"] == "/min-side"


def test_en_ukjent_person_avvises(nettleser: Nettleser) -> None:
    skjema = nettleser.aapne("/logg-inn").alle("form")[0]
    assert nettleser.send(skjema, person=KARI.fnr).status_code == 400


# --- forms from elsewhere ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", [None, "", "feil", "æøå"])
@pytest.mark.parametrize("sti", ["/min-side/bjelle", "/logg-ut", "/logg-inn"])
def test_et_skjema_uten_vaart_token_avvises_og_endrer_ingenting(
    kilde: Minnekilde, kari: Nettleser, sti: str, token: str | None
) -> None:
    svar = kari.klient.post(sti, data={} if token is None else {"csrf": token})
    assert (svar.status_code, les(svar).en("h1").tekst) == (403, "Siden er for gammel")
    assert kilde.sist_lest == {}
    assert kari.klient.get("/min-side").status_code == 200


def test_en_annen_persons_eller_oekts_token_avvises(kilde: Minnekilde, nettleser: Nettleser) -> None:
    nettleser.logg_inn(ROLF)
    skjema = nettleser.bjelleskjema()
    nettleser.logg_inn(KARI)
    assert nettleser.send(skjema).status_code == 403
    assert kilde.sist_lest == {}


# --- while the key of the cookies is changed ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("foerst", "saa", "gjelder"),
    [
        (Trinn.FOER, Trinn.VARSLET, True),
        (Trinn.VARSLET, Trinn.BYTTET, True),
        (Trinn.BYTTET, Trinn.VARSLET, True),
        (Trinn.BYTTET, Trinn.ETTER, True),
        (Trinn.FOER, Trinn.ETTER, False),
    ],
)
def test_en_oekt_og_et_skjema_gjelder_mens_noekkelen_byttes_og_ikke_lenger(
    kilde: Minnekilde, foerst: Trinn, saa: Trinn, gjelder: bool
) -> None:
    noekler, app = (RINGER[foerst], RINGER[saa]), lag_app(kilde)
    app.secret_key = noekler[0].gjeldende
    nettleser = Nettleser(app.test_client())
    nettleser.logg_inn(KARI)
    skjema = nettleser.bjelleskjema()
    app.secret_key = noekler[1].gjeldende
    app.config["SECRET_KEY_FALLBACKS"] = list(noekler[1].oektnoekler)
    assert (nettleser.klient.get("/min-side").status_code == 200) is gjelder
    if gjelder:
        assert nettleser.send(skjema).headers["Location"].startswith("/min-side")
        assert KARI.fnr in kilde.sist_lest


# --- where the platform signs people in ----------------------------------------------------------------------------


@pytest.mark.parametrize("hoder", [{}, {"Authorization": "Bearer tull"}])
def test_uten_gyldig_token_fra_plattformen_sier_siden_at_en_maa_logge_inn(hoder: dict[str, str]) -> None:
    app = Flask("gateway.web")
    app.secret_key = "en hemmelighet som bare testene har"
    app.register_blueprint(lag_sider(Minnekilde(), innlogging=Tokeninnlogging(Tokenkontroll([]))))
    svar = app.test_client().get("/min-side", headers=hoder)
    assert (svar.status_code, les(svar).en("h1").tekst) == (401, "Du er ikke logget inn")
