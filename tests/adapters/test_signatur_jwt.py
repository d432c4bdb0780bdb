"""A token of an issuer: whose it is, for whom, how long, and what it must claim."""

from __future__ import annotations

import base64
import datetime as dt
import hmac
import json
from collections.abc import Mapping
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from adapters.signaturer.jwt_bearer import ALGORITMER, LENGSTE_TOKEN, JwtOrdning
from gateway.http.jwks import FasteNoekler, JwksNoekler, UtstederUtilgjengelig
from gateway.plugin import Anmodning, Bevis, KanIkkeSignere, KanIkkeVerifiseres, UgyldigSignatur, UgyldigValg
from tests.jwkstjener import http_svar, jwkstjener

NAA = dt.datetime(2026, 11, 27, 9, 30, tzinfo=dt.UTC)
SEKUND = int(NAA.timestamp())
JWKS = "https://maskinporten.example/jwk"
UTSTEDER = "https://maskinporten.example/"
AUDIENCE = "https://gateway.example.no"
RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
EC = ECKey.generate_key("P-256", {"kid": "ec"})
ANNEN = RSAKey.generate_key(2048, {"kid": "rsa"})
KONSUMENT = {"authority": "iso6523-actorid-upis", "ID": "0192:889640782"}
VALG = {"utsteder": UTSTEDER, "jwks": JWKS, "audience": AUDIENCE, "krav": {"consumer.ID": "0192:889640782"}}
CLAIMS: dict[str, Any] = {
    "iss": UTSTEDER,
    "aud": AUDIENCE,
    "iat": SEKUND,
    "exp": SEKUND + 120,
    "consumer": KONSUMENT,
    "scope": "nav:a nav:b",
    "client_id": "1f2e",
}


def faste(url: str) -> FasteNoekler:
    return FasteNoekler(KeySet([RSA, EC]))


def token(claims: Mapping[str, Any] = CLAIMS, noekkel: Any = RSA, alg: str = "RS256", **hode: Any) -> str:
    return jwt.encode({"alg": alg, "kid": noekkel.kid, **hode}, dict(claims), noekkel, algorithms=[alg])


def verifiser(hode: str | None, naa: dt.datetime = NAA, **valg: Any) -> None:
    hoder = {} if hode is None else {"authorization": hode}
    JwtOrdning(faste).med({**VALG, **valg}).verifiser(Anmodning(hoder=hoder, kropp=b"{}"), [], naa)


@pytest.mark.parametrize(
    ("claims", "krav"),
    [
        # Maskinporten: https://docs.digdir.no/docs/Maskinporten/maskinporten_protocol_token
        ({}, {"consumer.ID": "0192:889640782"}),
        ({}, {"consumer.ID": ["0192:1", "0192:889640782"], "scope": "nav:b"}),
        ({}, {"scope": ["nav:x", "nav:a"]}),
        # Entra ID, version 1 and 2: https://learn.microsoft.com/en-us/entra/identity-platform/access-token-claims-reference
        ({"appid": "6731de76"}, {"appid": "6731de76"}),
        ({"azp": "6731de76", "roles": ["les", "access_as_application"]}, {"azp": "6731de76", "roles": "les"}),
        ({"scp": "a b"}, {"scp": "b"}),
        ({"https://example.no/claim": "x"}, {"https://example.no/claim": "x"}),
    ],
)
def test_et_gyldig_token_med_det_som_kreves_slipper_inn(claims: dict[str, Any], krav: dict[str, Any]) -> None:
    verifiser(f"Bearer {token({**CLAIMS, **claims})}", krav=krav)


@pytest.mark.parametrize(
    ("claims", "krav"),
    [
        ({}, {"consumer.ID": "0192:1"}),
        ({}, {"consumer": "0192:889640782"}),
        ({}, {"consumer.ID.mer": "0192:889640782"}),
        ({}, {"scope": "nav:a nav:b"}),  # words, each for itself
        ({}, {"scope": "nav"}),
        ({}, {"client_id": "1f2"}),
        ({}, {"azp": "6731de76"}),
        ({"client_id": "1f2e og mer"}, {"client_id": "1f2e"}),  # words are for scopes alone
        ({"azp": 7}, {"azp": "7"}),
        ({"roles": [7, None]}, {"roles": "7"}),
        ({"consumer": [KONSUMENT]}, {"consumer.ID": "0192:889640782"}),
        ({}, {"consumer.ID": "0192:889640782", "client_id": "en annen"}),
    ],
)
def test_et_token_uten_det_som_kreves_avvises(claims: dict[str, Any], krav: dict[str, Any]) -> None:
    with pytest.raises(UgyldigSignatur, match="is not what the source is set to take"):
        verifiser(f"Bearer {token({**CLAIMS, **claims})}", krav=krav)


def test_en_av_flere_audience_og_flere_algoritmer_er_nok() -> None:
    verifiser(f"bearer {token({**CLAIMS, 'aud': ['x', AUDIENCE]})}", audience=["annen", AUDIENCE])
    verifiser(f"BEARER {token(noekkel=EC, alg='ES256')}")


@pytest.mark.parametrize("alg", ALGORITMER)
def test_hver_algoritme_som_er_lovet(alg: str) -> None:
    kurver = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}
    noekkel = ECKey.generate_key(kurver[alg], {"kid": "x"}) if alg in kurver else RSA
    ordning = JwtOrdning(lambda url: FasteNoekler(KeySet([noekkel]))).med(VALG)
    ordning.verifiser(
        Anmodning(hoder={"authorization": f"Bearer {token(noekkel=noekkel, alg=alg)}"}, kropp=b""), [], NAA
    )


@pytest.mark.parametrize(
    ("endring", "grunn"),
    [
        ({"iss": "https://annen.example/"}, "issuer .iss. is not that of the source"),
        ({"iss": None}, "issuer .iss. is not"),
        ({"aud": "https://annen.example.no"}, r"invalid_claim \(aud\)"),
        ({"aud": None}, "missing_claim"),
        ({"aud": {}}, "invalid_claim|missing_claim"),
        ({"exp": SEKUND - 10}, r"expired_token \(exp\)"),
        ({"exp": None}, "missing_claim"),
        ({"exp": "nå"}, r"invalid_claim \(exp\)"),
        ({"exp": float("nan")}, r"invalid_claim \(exp\)"),
        ({"nbf": SEKUND + 11}, r"invalid_claim \(nbf\)"),
        ({"iat": SEKUND + 11}, r"invalid_claim \(iat\)"),
    ],
)
def test_et_token_som_ikke_er_for_oss_naa_avvises_med_grunnen(endring: dict[str, Any], grunn: str) -> None:
    claims = {navn: verdi for navn, verdi in {**CLAIMS, **endring}.items() if verdi is not None}
    with pytest.raises(UgyldigSignatur, match=grunn) as feil:
        verifiser(f"Bearer {token(claims)}")
    assert feil.value.utfordring == 'Bearer error="invalid_token"'


def test_tiden_er_den_som_gis_med_ti_sekunders_slark() -> None:
    verifiser(f"Bearer {token()}", NAA + dt.timedelta(seconds=129))
    with pytest.raises(UgyldigSignatur, match="expired_token"):
        verifiser(f"Bearer {token()}", NAA + dt.timedelta(seconds=130))


def _del(innhold: Any) -> str:
    raa = innhold if isinstance(innhold, bytes) else json.dumps(innhold).encode()
    return base64.urlsafe_b64encode(raa).decode().rstrip("=")


def _med_signatur(hode: Any, claims: Any = CLAIMS, signatur: bytes = b"x") -> str:
    return f"{_del(hode)}.{_del(claims)}.{_del(signatur)}"


def _med_offentlig_noekkel_som_hemmelighet() -> str:
    """The oldest trick against JWT: an HMAC by what everybody knows."""
    signert = f"{_del({'alg': 'HS256', 'kid': 'rsa'})}.{_del(CLAIMS)}"
    return f"{signert}.{_del(hmac.digest(RSA.as_pem(private=False), signert.encode(), 'sha256'))}"


@pytest.mark.parametrize(
    ("hode", "grunn"),
    [
        (None, "there is no token"),
        ("", "there is no token"),
        ("Basic YTpi", "must be `Bearer <JWT>`"),
        ("Bearer abc", "must be `Bearer <JWT>`"),
        ("Bearer a.b.c.d.e", "must be `Bearer <JWT>`"),  # encrypted
        (f"Bearer {token()},Bearer {token()}", "must be `Bearer <JWT>`"),  # as a header that was sent twice comes
        (f"Bearer {token()}" + "A" * LENGSTE_TOKEN, "at most 16384 characters"),
        ("Bearer \ud800.\ud800.\ud800", "must be `Bearer <JWT>`"),
        ("Bearer a.b.c", "is not a JWT"),
        (f"Bearer {_med_signatur([])}", "is not a JWT"),
        (f"Bearer {_med_signatur({}, b'[' * 3000)}", "is not a JWT"),
        (f"Bearer {_med_signatur({'alg': 'none'})}", "refused"),
        (f"Bearer {_med_signatur({'alg': 'RS256', 'kid': 'rsa'})}", "bad_signature"),
        (f"Bearer {_med_signatur({'alg': 'RS256', 'kid': {}})}", "refused"),
        (f"Bearer {_med_signatur({'alg': 7})}", "refused"),
        (f"Bearer {_med_signatur({})}", "refused"),
        (f"Bearer {_med_signatur({'alg': 'RS256', 'kid': 'ukjent'})}", "refused"),
        (f"Bearer {_med_signatur({'alg': 'ES256', 'kid': 'rsa'})}", "refused"),
        (f"Bearer {_med_offentlig_noekkel_som_hemmelighet()}", "refused"),
        (f"Bearer {token(noekkel=ANNEN)}", "bad_signature"),
        (f"Bearer {token()[:-4]}AAAA", "bad_signature"),
        (f"Bearer {_med_signatur({'alg': 'RS256', 'kid': 'rsa', 'crit': ['exp'], 'exp': 1})}", "refused"),
        (f"Bearer {_med_signatur({'alg': 'RS256', 'kid': 'rsa', 'b64': False, 'crit': ['b64']})}", "refused"),
    ],
)
def test_det_som_ikke_er_et_gyldig_token_avvises_og_gjentas_ikke(hode: str | None, grunn: str) -> None:
    with pytest.raises(UgyldigSignatur, match=grunn) as feil:
        verifiser(hode)
    assert feil.value.utfordring is not None
    assert feil.value.utfordring.startswith("Bearer")
    assert "0192" not in str(feil.value)


def test_eksempelet_i_rfc_7515_er_riktig_signert_og_likevel_ingens_for_oss() -> None:
    """Appendix A.2: the signature is right, and a token without an audience lets nobody in."""
    noekkel = RSAKey.import_key(
        {
            "kty": "RSA",
            "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-"
            "yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQ"
            "OS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2"
            "ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
            "e": "AQAB",
        }
    )
    eksempel = (
        "eyJhbGciOiJSUzI1NiJ9"
        ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
        ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9"
        "CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6"
        "_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0"
        "igcN_IoypGlUPQGe77Rw"
    )
    ordning = JwtOrdning(lambda url: FasteNoekler(KeySet([noekkel]))).med({**VALG, "utsteder": "joe"})
    with pytest.raises(UgyldigSignatur, match="missing_claim"):
        ordning.verifiser(Anmodning(hoder={"authorization": f"Bearer {eksempel}"}, kropp=b""), [], NAA)
    with pytest.raises(UgyldigSignatur, match="bad_signature"):
        ordning.verifiser(Anmodning(hoder={"authorization": f"Bearer {eksempel[:-4]}AAAA"}, kropp=b""), [], NAA)


def test_noeklene_hentes_fra_utstederen_og_deles_av_kildene_til_samme_utsteder() -> None:
    with jwkstjener() as tjener:
        tjener.svar = http_svar(KeySet([RSA]).as_dict(private=False).__repr__().replace("'", '"').encode())
        ordning = JwtOrdning(JwksNoekler)
        kilder = [ordning.med({**VALG, "jwks": tjener.url, "krav": {"scope": ett}}) for ett in ("nav:a", "nav:b")]
        assert tjener.spurt == 0, "nothing is asked for before a token comes"
        anmodning = Anmodning(hoder={"authorization": f"Bearer {token()}"}, kropp=b"")
        for kilde in kilder:
            kilde.verifiser(anmodning, [], NAA)
        assert tjener.spurt == 1


def test_et_token_som_ikke_er_utstederens_spoer_ingen_om_noekler() -> None:
    with jwkstjener() as tjener:
        ordning = JwtOrdning(JwksNoekler).med({**VALG, "jwks": tjener.url})
        for claims in ({**CLAIMS, "iss": "annen"}, {}):
            with pytest.raises(UgyldigSignatur):
                ordning.verifiser(Anmodning(hoder={"authorization": f"Bearer {token(claims)}"}, kropp=b""), [], NAA)
        assert tjener.spurt == 0


def test_en_utsteder_som_ikke_svarer_gjoer_at_det_ikke_kan_verifiseres_naa() -> None:
    with jwkstjener() as tjener:
        tjener.svar = http_svar(b"", b"HTTP/1.1 500 Nei")
        ordning = JwtOrdning(JwksNoekler).med({**VALG, "jwks": tjener.url})
        with pytest.raises(KanIkkeVerifiseres) as feil:
            ordning.verifiser(Anmodning(hoder={"authorization": f"Bearer {token()}"}, kropp=b""), [], NAA)
    assert isinstance(feil.value, UtstederUtilgjengelig)


@pytest.mark.parametrize(
    ("valg", "feil"),
    [
        ({"utsteder": None}, {"utsteder": "is empty; give a value, or remove the line"}),
        ({"utsteder": ""}, {"utsteder": "must name the issuer (iss)"}),
        (
            {"jwks": "http://maskinporten.example/jwk"},
            {"jwks": "must be an address that starts with https://; http:// is for this machine itself"},
        ),
        (
            {"jwks": "ftp://x"},
            {"jwks": "must be an address that starts with https://; http:// is for this machine itself"},
        ),
        ({"audience": []}, {"audience": "must be a text, or a list of texts of which any will do"}),
        ({"audience": 7}, {"audience": "must be a text, or a list of texts of which any will do"}),
        ({"krav": {"scope": 7}}, {"krav": "scope: must be a text, or a list of texts of which any will do"}),
        ({"krav": {"sco\ud800pe": "a"}}, {"krav": "sco\ud800pe: must be ASCII, on one line"}),
        ({"krav": "scope"}, {"krav": "must be a mapping: lines of `name: value`"}),
        (
            {"krav": {}},
            {
                "krav": "must name at least one claim, such as consumer.ID, azp or scope: without it, whoever has a "
                "token of the issuer for the audience is the source"
            },
        ),
        ({"utstedr": "x"}, {"utstedr": "is no option of jwt; did you mean utsteder?"}),
    ],
)
def test_valg_som_ikke_kan_brukes_avvises_med_noekkel_og_raad(valg: dict[str, Any], feil: dict[str, str]) -> None:
    with pytest.raises(UgyldigValg) as ugyldig:
        JwtOrdning(faste).med({**VALG, **valg})
    assert ugyldig.value.feil == feil


def test_alt_som_mangler_sies_paa_en_gang() -> None:
    with pytest.raises(UgyldigValg) as ugyldig:
        JwtOrdning(faste).med({})
    assert ugyldig.value.feil == dict.fromkeys(("utsteder", "jwks", "audience", "krav"), "is missing; add it")


def test_en_kilde_med_token_har_ingen_hemmelighet_og_bare_utstederen_kan_lage_et() -> None:
    ordning = JwtOrdning(faste).med(VALG)
    assert ordning.dekker.bevis is Bevis.UTSTEDER
    with pytest.raises(ValueError, match="jwt has no hemmelighet"):
        ordning.kontroller("x" * 32)
    with pytest.raises(KanIkkeSignere, match=f"only {UTSTEDER} can make a token"):
        ordning.signert(b"", "", "1", NAA)
