"""Bad input: the contract's error, nothing stored, and nothing logged that identifies a person."""

from __future__ import annotations

import base64
import datetime as dt
import gzip
import hmac
import json
import logging
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import RSAKey

from adapters.signaturer import github, standard_webhooks
from gateway.http.tokens import DEV_AUDIENCE, DEV_UTSTEDER, DevUtsteder
from gateway.kjerne import Kjerne
from gateway.klokke import sann_tid
from gateway.oppsett.tokenoppsett import Rolle
from gateway.store.tabeller import TABELLER
from tests.api.conftest import FAGER
from tests.verden import GLAD_TORSK, RESSURS, melding

FNR, NAVN, EPOST = "15488510042", "Ola Nordmann", "ola.nordmann@example.com"
OPPGAVE: dict[str, Any] = {
    "merkelapp": "Fager",
    "eksternId": "1",
    "virksomhetsnummer": GLAD_TORSK,
    "mottakere": [{"altinnRessurs": {"ressursId": RESSURS}}],
    "tekst": "Svar",
    "lenke": "https://nav.no",
}
WHSEC = "whsec_aW5udGVrdHNtZWxkaW5nLWRldi1oZW1tZWxpZ2hldA=="


@dataclass(frozen=True)
class Feil:
    """A request that must be refused."""

    hva: str
    status: int
    kode: str
    kropp: bytes
    sti: str = "/api/v1/oppgaver"
    hoder: dict[str, str] = field(default_factory=dict)
    felt: str | None = None


def _oppgave(**annet: Any) -> bytes:
    return json.dumps({**OPPGAVE, **annet}).encode()


def _standard(alder: dt.timedelta, data: dict[str, Any]) -> dict[str, str]:
    naar = sann_tid() - alder
    signatur = standard_webhooks.signer(WHSEC, "m-1", naar, json.dumps(data).encode())
    return {
        "webhook-id": "m-1",
        "webhook-timestamp": str(int(naar.timestamp())),
        "webhook-signature": signatur,
        "Content-Type": "application/json",
    }


def _github(kropp: bytes, hemmelighet: str = "permittering-dev-hemmelighet") -> dict[str, str]:
    return {"X-Hub-Signature-256": github.signer(hemmelighet, kropp), "Content-Type": "application/json"}


IM = melding("inntektsmelding/1_opprett")
IM_KROPP = json.dumps(IM).encode()
UKJENT_TYPE = json.dumps({"specversion": "1.0", "id": "1", "source": "x", "type": "UKJENT", "data": {}}).encode()
CE = {"Content-Type": "application/cloudevents+json"}
FEIL = [
    Feil("not JSON", 400, "UgyldigJson", f'{{"tekst": "{NAVN}'.encode()),
    Feil("NaN", 400, "UgyldigJson", b'{"tekst": NaN}'),
    Feil("deep nesting", 400, "UgyldigJson", b"[" * 100_000),
    Feil("not UTF-8", 400, "UgyldigJson", b'{"tekst": "\xff"}'),
    Feil("10 MB", 413, "ForStor", b" " * 10_000_000),
    Feil("another content type", 415, "UkjentInnholdstype", _oppgave(), hoder={"Content-Type": "text/plain"}),
    Feil("no body", 422, "Valideringsfeil", b""),
    Feil("not an object", 422, "Valideringsfeil", b"[]"),
    Feil("a missing field", 422, "Valideringsfeil", _oppgave()[:-1].replace(b'"lenke"', b'"x"') + b"}", felt="lenke"),
    Feil("an unknown field", 422, "Valideringsfeil", _oppgave(ukjent=NAVN), felt="ukjent"),
    Feil("a wrong type", 422, "Valideringsfeil", _oppgave(tekst=7), felt="tekst"),
    Feil("a wrong type within", 422, "Valideringsfeil", _oppgave(mottakere=[FNR]), felt="mottakere"),
    Feil("a fødselsnummer in the text", 422, "Valideringsfeil", _oppgave(tekst=f"{NAVN} {FNR}"), felt="tekst"),
    Feil("a NUL", 422, "Valideringsfeil", _oppgave(tekst="a\x00b"), felt="tekst"),
    Feil("a date that is none", 422, "Valideringsfeil", _oppgave(frist="2026-02-30"), felt="frist"),
    Feil("an unknown merkelapp", 403, "UgyldigMerkelapp", _oppgave(merkelapp="Permittering")),
    Feil("another's mottaker", 403, "UgyldigMottaker", _oppgave(mottakere=[{"altinnRessurs": {"ressursId": "nav_x"}}])),
    Feil(
        "no signature",
        401,
        "IkkeInnlogget",
        IM_KROPP,
        "/webhooks/inntektsmelding",
        {"Content-Type": "application/json"},
    ),
    Feil(
        "an old signature",
        401,
        "IkkeInnlogget",
        IM_KROPP,
        "/webhooks/inntektsmelding",
        _standard(dt.timedelta(minutes=6), IM),
    ),
    Feil(
        "a signature from the future",
        401,
        "IkkeInnlogget",
        IM_KROPP,
        "/webhooks/inntektsmelding",
        _standard(dt.timedelta(hours=-2), IM),
    ),
    Feil(
        "a signature of another body",
        401,
        "IkkeInnlogget",
        IM_KROPP,
        "/webhooks/inntektsmelding",
        _standard(dt.timedelta(), {"a": 1}),
    ),
    Feil("another's secret", 401, "IkkeInnlogget", IM_KROPP, "/webhooks/permittering", _github(IM_KROPP, "feil")),
    Feil("an unknown kilde", 404, "KildeFinnesIkke", IM_KROPP, "/webhooks/ukjent", _github(IM_KROPP)),
    Feil("signed, but not JSON", 400, "UgyldigJson", b"{", "/webhooks/permittering", _github(b"{")),
    Feil("an unknown type", 422, "UkjentHendelsestype", UKJENT_TYPE, hoder=CE, sti="/api/v1/hendelser"),
    Feil("packed", 415, "UkjentInnholdstype", gzip.compress(_oppgave()), hoder={"Content-Encoding": "gzip"}),
    Feil(
        "a packed event", 415, "UkjentInnholdstype", b"{}", "/api/v1/hendelser", {**CE, "Content-Encoding": "deflate"}
    ),
    Feil(
        "a packed webhook",
        415,
        "UkjentInnholdstype",
        IM_KROPP,
        "/webhooks/permittering",
        {**_github(IM_KROPP), "Content-Encoding": "gzip"},
    ),
    Feil("no CloudEvent", 422, "Valideringsfeil", b'{"specversion": "1.0"}', "/api/v1/hendelser", CE),
    Feil("a CloudEvent of old", 422, "Valideringsfeil", b'{"specversion": "0.3", "id": "1"}', "/api/v1/hendelser", CE),
    Feil("not said to be a CloudEvent", 415, "UkjentInnholdstype", b"{}", "/api/v1/hendelser"),
]


@pytest.mark.parametrize("feil", FEIL, ids=lambda feil: feil.hva)
def test_det_som_er_galt_avvises_uten_spor(
    kjerne: Kjerne, klient: FlaskClient, fager: dict[str, str], caplog: pytest.LogCaptureFixture, feil: Feil
) -> None:
    caplog.set_level(logging.DEBUG)
    hoder = {"Content-Type": "application/json", "X-Request-ID": "min-id", **feil.hoder}
    if feil.sti.startswith("/api"):
        hoder.update(fager)
    svar = klient.post(feil.sti, data=feil.kropp, headers=hoder)
    problem = svar.get_json()
    assert (svar.status_code, problem["kode"], svar.mimetype) == (feil.status, feil.kode, "application/problem+json")
    assert problem["korrelasjonsid"] == svar.headers["X-Correlation-ID"] == "min-id"
    assert problem["detail"]
    if feil.felt:
        assert feil.felt in problem["felter"]["json"]
    _ingenting_lagret(kjerne)
    for personlig in (FNR, NAVN, EPOST):
        assert personlig not in svar.text
        assert personlig not in caplog.text


def _ingenting_lagret(kjerne: Kjerne) -> None:
    with kjerne.database.tilkobling():
        assert {tabell._meta.table_name: tabell.select().count() for tabell in TABELLER} == {
            tabell._meta.table_name: 0 for tabell in TABELLER
        }


def _token(noekkel: Any, alg: str, **claims: Any) -> str:
    naa = int(sann_tid().timestamp())
    (audience,) = DEV_AUDIENCE[Rolle.PRODUSENT]
    innhold = {"iss": DEV_UTSTEDER, "aud": audience, "exp": naa + 600, "nbf": naa, "azp_name": FAGER, **claims}
    return jwt.encode({"alg": alg}, {navn: verdi for navn, verdi in innhold.items() if verdi is not None}, noekkel)


@pytest.mark.parametrize(
    ("hva", "claims"),
    [
        ("expired", {"exp": 1_700_000_000}),
        ("no exp", {"exp": None}),
        ("not yet", {"nbf": 4_000_000_000}),
        ("another audience", {"aud": "noen-andre"}),
        ("another issuer", {"iss": "https://noen.andre"}),
        ("no application", {"azp_name": None}),
    ],
)
def test_et_token_med_gale_paastander_slipper_ikke_inn(
    klient: FlaskClient, utsteder: DevUtsteder, hva: str, claims: dict[str, Any]
) -> None:
    assert _spoer(klient, _token(utsteder._noekkel, "RS256", **claims)) == (401, "IkkeInnlogget"), hva


def test_et_forfalsket_token_slipper_ikke_inn(klient: FlaskClient, utsteder: DevUtsteder) -> None:
    offentlig = utsteder._noekkel.as_pem(private=False)
    ekte = _token(utsteder._noekkel, "RS256")
    hode, innhold, signatur = ekte.split(".")
    uten_alg = "eyJhbGciOiJub25lIn0"  # {"alg":"none"}
    for token in (
        "",
        "tull",
        "a.b.c",
        _token(RSAKey.generate_key(2048), "RS256"),
        _signert_med_det_offentlige(innhold, offentlig),
        f"{uten_alg}.{innhold}.",
        f"{uten_alg}.{innhold}.{signatur}",
        f"{hode}.{innhold}.{signatur[:-4]}AAAA",
    ):
        assert _spoer(klient, token) == (401, "IkkeInnlogget")
    assert klient.get("/api/v1/whoami").status_code == 401
    assert _spoer(klient, ekte) == (200, None)


def _signert_med_det_offentlige(innhold: str, noekkel: bytes) -> str:
    """HS256 with the issuer's public key as the secret, which anybody can have."""
    hode = _base64(b'{"alg":"HS256"}')
    signert = f"{hode}.{innhold}"
    return f"{signert}.{_base64(hmac.digest(noekkel, signert.encode(), 'sha256'))}"


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def test_en_ukjent_applikasjon_er_en_ukjent_produsent(klient: FlaskClient, utsteder: DevUtsteder) -> None:
    assert _spoer(klient, utsteder.produsent_token("dev-gcp:noen:andre")) == (403, "UkjentProdusent")


def _spoer(klient: FlaskClient, token: str) -> tuple[int, str | None]:
    svar = klient.get("/api/v1/whoami", headers={"Authorization": f"Bearer {token}"})
    return svar.status_code, svar.get_json().get("kode")
