"""Every scheme over HTTP: what it lets in, what the rest is answered, and that a secret in a path is seen nowhere."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask import Flask
from flask.testing import FlaskClient
from joserfc.jwk import KeySet
from prometheus_client import generate_latest
from werkzeug.test import TestResponse

from adapters.registrer import Adaptere
from gateway.api.doer import api
from gateway.domain.takt import Takt
from gateway.drift.doer import drift
from gateway.http import maalinger
from gateway.http.anrop import KJERNE
from gateway.http.applikasjon import lag_applikasjon
from gateway.http.jwks import JwksNoekler
from gateway.http.tokens import DevUtsteder, Tokenkontroll
from gateway.inbox.kilder import Kilder, les_kilder
from gateway.kjerne import Kjerne
from gateway.klokke import sann_tid
from gateway.oppsett.innstillinger import Innstillingsfeil
from gateway.store.database import aapne
from gateway.store.tabeller import Hendelse
from tests.fuzz.ordningene import ID, OPPSETT, UTSTEDERNOEKKEL, Oppsett, claims, utsted
from tests.jwkstjener import Jwkstjener, http_svar, jwkstjener
from tests.verden import FastKlokke, lag_kjerne, melding

STI = "3vXvYb0Jr1Jw3rXo2F3m9Q"
MELDING = {**melding("permittering/masseoppsigelse"), "id": "m-1"}
KROPP = json.dumps(MELDING).encode()
ALLE = pytest.mark.parametrize("nr", range(len(OPPSETT)), ids=[f"{ett.navn}-{nr}" for nr, ett in enumerate(OPPSETT)])
NEDE = "jwt-nede"


@pytest.fixture(scope="module")
def utstederen() -> Iterator[Jwkstjener]:
    with jwkstjener() as tjener:
        offentlig = KeySet([UTSTEDERNOEKKEL]).as_dict(private=False)
        tjener.svar = http_svar(json.dumps(offentlig).encode())
        yield tjener


def _kilde(navn: str, oppsett: Oppsett, **valg: Any) -> dict[str, Any]:
    kilde = {
        "navn": navn,
        "produsent": "permittering",
        "adapter": oppsett.navn,
        "hemmeligheter": list(oppsett.hemmeligheter),
        "signatur": {**oppsett.valg, **valg},
        "type": "type",
        "id": "id",
    }
    return {felt: verdi for felt, verdi in kilde.items() if verdi not in ([], {})}


@pytest.fixture(scope="module")
def _applikasjon(
    database_url: str, utsteder: DevUtsteder, utstederen: Jwkstjener, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    database = aapne(database_url, traader=40)
    kjerne = lag_kjerne(database, FastKlokke())
    kilder = [
        _kilde(f"kilde-{nr}", ett, **({"jwks": utstederen.url} if ett.navn == "jwt" else {}))
        for nr, ett in enumerate(OPPSETT)
    ]
    kilder.append(_kilde(NEDE, OPPSETT[-1], jwks="http://127.0.0.1:9/jwks"))
    lest = _les(tmp_path_factory.mktemp("kilder"), kjerne, kilder)
    tokens = Tokenkontroll([utsteder.som_utsteder()])
    yield lag_applikasjon(kjerne, tokens=tokens, doerer=(api(lest), drift))
    database.lukk()


def _les(mappe: Path, kjerne: Kjerne, kilder: list[dict[str, Any]]) -> Kilder:
    fil = mappe / "kilder.yaml"
    fil.write_text(yaml.safe_dump(kilder, sort_keys=False), encoding="utf-8")
    return les_kilder(fil, Adaptere(noekler=JwksNoekler).signaturordninger(), kjerne.produsenter, dev=True)


def _token() -> str:
    return utsted(json.dumps(claims(sann_tid())).encode())


def post(klient: FlaskClient, nr: int, kropp: bytes = KROPP, **andre: str) -> TestResponse:
    """As the source would send it, now."""
    oppsett, sti = OPPSETT[nr], ""
    if oppsett.navn == "jwt":
        hoder = {"authorization": f"Bearer {_token()}"}
    else:
        hemmelighet = oppsett.signerer_med or oppsett.hemmeligheter[-1]
        signert = oppsett.ordning.signert(kropp, hemmelighet, ID, sann_tid())
        hoder, sti = dict(signert.hoder), f"/{signert.hemmelig_sti}" if signert.hemmelig_sti else ""
    hoder = {"content-type": "application/json", **hoder, **andre}
    return klient.post(f"/webhooks/kilde-{nr}{sti}", data=kropp, headers=hoder)


def lagret(kjerne: Kjerne) -> list[Hendelse]:
    with kjerne.database.tilkobling():
        return list(Hendelse.select())


# --- what comes in ---------------------------------------------------------------------------------------------------


@ALLE
def test_det_kilden_sender_lagres_en_gang(klient: FlaskClient, kjerne: Kjerne, nr: int) -> None:
    svar = [post(klient, nr) for _ in range(2)]
    assert [ett.status_code for ett in svar] == [202, 200], svar[0].get_json()
    (rad,) = lagret(kjerne)
    assert (rad.kilde, rad.ekstern_id, bytes(rad.raa)) == (f"kilde-{nr}", "m-1", KROPP)


@ALLE
def test_det_andre_sender_avvises_og_ingenting_lagres(klient: FlaskClient, kjerne: Kjerne, nr: int) -> None:
    svar = klient.post(f"/webhooks/kilde-{nr}", data=KROPP, headers={"content-type": "application/json"})
    assert (svar.status_code, svar.content_type) == (401, "application/problem+json")
    assert svar.get_json()["kode"] == "IkkeInnlogget"
    assert svar.get_json()["detail"].endswith(". Prove it as the source's adapter says.")
    # RFC 9110: what HTTP knows as authentication is asked for; old clients send a password only then.
    ventet = {"basic": "Basic", "jwt": "Bearer"}.get(OPPSETT[nr].navn)
    assert svar.headers.get("WWW-Authenticate", "").split(" ")[0] == (ventet or "")
    assert lagret(kjerne) == []


def test_en_tom_eller_uleselig_kropp_er_verifisert_foer_den_leses(klient: FlaskClient, kjerne: Kjerne) -> None:
    for nr in range(len(OPPSETT)):
        assert post(klient, nr, b"{").status_code == 400
        usignert = klient.post(f"/webhooks/kilde-{nr}", data=b"{", headers={"content-type": "application/json"})
        assert usignert.status_code == 401, "nothing is parsed on behalf of anybody"
    assert lagret(kjerne) == []


def test_slack_faar_sin_utfordring_tilbake_og_ingenting_lagres(klient: FlaskClient, kjerne: Kjerne) -> None:
    nr = next(nr for nr, ett in enumerate(OPPSETT) if ett.navn == "slack")
    proeve = json.dumps({"type": "url_verification", "challenge": "3eZbrw1aB"}).encode()
    svar = post(klient, nr, proeve)
    assert (svar.status_code, svar.get_json()) == (200, {"challenge": "3eZbrw1aB"})
    svar = klient.post(f"/webhooks/kilde-{nr}", data=proeve)
    assert svar.status_code == 401, "it is answered for whoever signs it"
    assert lagret(kjerne) == []


def test_en_utsteder_som_ikke_svarer_gir_503_og_avsenderen_sender_igjen(klient: FlaskClient, kjerne: Kjerne) -> None:
    hoder = {"content-type": "application/json", "authorization": f"Bearer {_token()}"}
    svar = klient.post(f"/webhooks/{NEDE}", data=KROPP, headers=hoder)
    assert (svar.status_code, svar.get_json()["kode"]) == (503, "Utilgjengelig")
    assert int(svar.headers["Retry-After"]) > 0
    svar = klient.post(f"/webhooks/{NEDE}", data=KROPP, headers={**hoder, "authorization": "Bearer a.b.c"})
    assert svar.status_code == 401, "what can never succeed is not told as temporary"
    assert lagret(kjerne) == []


# --- a secret in the path --------------------------------------------------------------------------------------------

STI_NR = next(nr for nr, ett in enumerate(OPPSETT) if ett.navn == "hemmelig-sti")
STI_KILDE = f"/webhooks/kilde-{STI_NR}"


@pytest.mark.parametrize(
    ("sti", "status"),
    [
        (f"{STI_KILDE}/{STI}", 202),
        (STI_KILDE, 401),
        (f"{STI_KILDE}/", 401),
        (f"{STI_KILDE}/{STI[:-1]}", 401),
        (f"{STI_KILDE}/{STI}x", 401),
        (f"{STI_KILDE}/{STI}/", 202),  # as everywhere
        (f"{STI_KILDE}/{STI}/mer", 404),
        (f"{STI_KILDE}/%00", 401),
        (f"{STI_KILDE}/%ED%A0%80", 401),
        (f"/webhooks/kilde-0/{STI}", 404),  # known in another way
        (f"/webhooks/ukjent/{STI}", 404),
    ],
)
def test_en_hemmelig_sti_er_kildens_og_gjelder_bare_der(
    klient: FlaskClient, kjerne: Kjerne, sti: str, status: int
) -> None:
    svar = klient.post(sti, data=KROPP, headers={"content-type": "application/json"})
    assert svar.status_code == status
    assert len(lagret(kjerne)) == (status == 202)


def test_haandtrykket_for_en_hemmelig_sti_er_for_den_som_kjenner_den(klient: FlaskClient) -> None:
    hoder = {"WebHook-Request-Origin": "avsender.example"}
    svar = klient.options(f"{STI_KILDE}/{STI}", headers=hoder)
    assert (svar.status_code, svar.headers["WebHook-Allowed-Origin"]) == (200, "avsender.example")
    svar = klient.options(f"{STI_KILDE}/{STI[:-1]}x", headers=hoder)
    assert (svar.status_code, "WebHook-Allowed-Origin" in svar.headers) == (401, False)
    assert klient.options(f"/webhooks/kilde-0/{STI}", headers=hoder).status_code == 404


def test_en_hemmelig_sti_ses_verken_i_svar_logg_maalinger_drift_eller_database(
    klient: FlaskClient,
    kjerne: Kjerne,
    som: Callable[[str], dict[str, str]],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever is answered to it, slowly or at once."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(maalinger, "TREG_SEKUNDER", -1.0)  # each is told of as slow
    sti = f"{STI_KILDE}/{STI}"
    json_ = {"content-type": "application/json"}
    svar = [
        klient.post(sti, data=KROPP, headers=json_),
        klient.post(sti, data=KROPP, headers=json_),
        klient.post(f"{sti}x", data=KROPP, headers=json_),
        klient.post(f"{sti}/", data=KROPP, headers=json_),
        klient.post(sti, data=b"{", headers=json_),
        klient.post(sti, data=b"{}", headers={"content-type": "application/x-www-form-urlencoded"}),
        klient.post(sti, data=b"{}", headers={**json_, "content-encoding": "gzip"}),
        klient.post(sti, data=b"{}", headers=json_),
        klient.get(sti),
        klient.put(sti),
        klient.options(sti, headers={"WebHook-Request-Origin": "a.example"}),
        klient.post(f"/webhooks/kilde-0/{STI}", data=KROPP, headers=json_),
        klient.post(f"/webhooks/ukjent/{STI}", data=KROPP, headers=json_),
        klient.post(f"/webhooks//{STI}", data=KROPP, headers=json_),
        klient.post(sti, data=b"x" * (kjerne.innstillinger.maks_kropp + 1), headers=json_),
    ]
    assert {ett.status_code for ett in svar} >= {200, 202, 400, 401, 404, 405, 413, 415}
    sett = [f"{ett.get_data(as_text=True)} {ett.headers}" for ett in svar]
    sett += [json.dumps(post_.__dict__, default=str) for post_ in caplog.records]
    assert len(caplog.records) >= len(svar), "the log tells of each"
    sett.append(generate_latest(maalinger.REGISTER).decode())
    assert "/webhooks/<kilde>/<hemmelig_sti>" in sett[-1]
    for side in ("/drift", "/drift/hendelser"):
        for form in ("text/html", "application/json"):
            svaret = klient.get(side, headers={"accept": form})
            assert svaret.status_code == 200
            sett.append(svaret.get_data(as_text=True))
    sett.append(klient.get("/api/v1/hendelser", headers=som("dev-gcp:permittering:permittering-api")).get_data(True))
    sett += [json.dumps(rad.__data__, default=str) for rad in lagret(kjerne)]
    assert len(lagret(kjerne)) == 2
    assert not [ett for ett in sett if STI[:12] in ett]


def test_en_feil_hos_oss_viser_heller_ikke_stien(
    klient: FlaskClient, kjerne: Kjerne, caplog: pytest.LogCaptureFixture
) -> None:
    """A fault's frames are logged, and its text is not."""
    innstillinger = replace(kjerne.innstillinger, grense_kilde=Takt(1, 3600))
    klient.application.extensions[KJERNE] = replace(kjerne, innstillinger=innstillinger, database=None)
    try:
        svar = klient.post(f"{STI_KILDE}/{STI}", data=KROPP, headers={"content-type": "application/json"})
    finally:
        klient.application.extensions[KJERNE] = kjerne
    assert svar.status_code == 500
    assert STI[:12] not in svar.get_data(as_text=True)
    assert not [ett for ett in caplog.records if STI[:12] in json.dumps(ett.__dict__, default=str)]


# --- what a person wrote in kilder.yaml ------------------------------------------------------------------------------

GITHUB = {"navn": "k", "produsent": "permittering", "adapter": "github", "hemmeligheter": ["hemmelig"], "type": "t"}
JWT = {"utsteder": "u", "jwks": "https://u.example/jwks", "audience": "a", "krav": {"scope": "s"}}
HMAC = {**GITHUB, "adapter": "hmac", "hemmeligheter": ["en-hemmelighet-som-er-lang-nok"]}


@pytest.mark.parametrize(
    ("kilde", "sagt"),
    [
        (
            {**GITHUB, "id": "i", "signatur": {"hode": "X"}},
            "signatur, hode: is no option: github has none; remove it",
        ),
        ({**HMAC, "id": "i"}, "1: kilde 'k', signatur, hode: is missing; add it"),
        ({**HMAC, "id": "i", "signatur": {"hode": "X Y"}}, "signatur, hode: must be the name of a header"),
        ({**HMAC, "id": "i", "signatur": ["X"]}, "signatur: must be a mapping"),
        (
            {**GITHUB, "id": "i", "hemmeligheter": []},
            "hemmeligheter: must name one at least, for github",
        ),
        (
            {**GITHUB, "id": "i", "hemmeligheter": ["kort"]},
            "hemmeligheter no. 1: a hemmelighet for github must be at",
        ),
        (
            {**GITHUB, "id": "i", "adapter": "jwt", "signatur": JWT},
            "hemmeligheter: must be left out: jwt verifies by the keys of an issuer",
        ),
        (
            {
                **{k: v for k, v in GITHUB.items() if k != "hemmeligheter"},
                "id": "i",
                "adapter": "jwt",
                "signatur": {**JWT, "krav": {"scope": 1}},
            },
            "signatur, krav: scope: must be a text, or a list of texts",
        ),
    ],
)
def test_det_som_ikke_passer_til_ordningen_stopper_starten_og_sies_med_linjen(
    kjerne: Kjerne, tmp_path: Path, kilde: dict[str, Any], sagt: str
) -> None:
    with pytest.raises(Innstillingsfeil) as feil:
        _les(tmp_path, kjerne, [kilde])
    assert sagt in str(feil.value)
    assert "kort" not in str(feil.value)


def test_en_id_som_ordningen_signerer_trenger_ingen_annen(kjerne: Kjerne, tmp_path: Path) -> None:
    signert = {"hode": "X-S", "signert": "{id}.{body}", "id_hode": "X-Id"}
    kilde = _les(tmp_path, kjerne, [{**HMAC, "signatur": signert}]).hent("k")
    assert kilde.ordning.dekker.id_hode == "x-id"
