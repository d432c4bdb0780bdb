"""Look-ups for plugins, of real servers: what is asked, what an answer means, and what a service that fails costs."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.hendelse import Feilklasse
from gateway.inbox.oppslag import FLEST_OM_GANGEN, FLEST_OPPSLAG, REGEL, OppslagFeilet, Oppslagstjeneste, sporring_av
from gateway.kjerne import Kjerne, StilleMaaler
from gateway.oppsett.oppslagsvalg import Oppslagsvalg
from gateway.oppsett.produsentregister import Pluginvalg, Produsentregister
from gateway.plugin import Oppslag
from gateway.store.database import Database
from tests.jwkstjener import Jwkstjener, http_svar, jwkstjener
from tests.verden import FastKlokke, lag_kjerne, registeret

KORT = 0.3


class Telt(StilleMaaler):
    def __init__(self) -> None:
        self.utfall: list[str] = []

    def oppslag(self, produsent: str, tjeneste: str, utfall: str, sekunder: float) -> None:
        assert (produsent, tjeneste) == ("fager", "personer")
        assert sekunder >= 0
        self.utfall.append(utfall)


@pytest.fixture
def tjener() -> Iterator[Jwkstjener]:
    with jwkstjener() as tjener:
        tjener.svar = _ok({"navn": "Ola"})
        yield tjener


def _ok(verdi: Any) -> bytes:
    return http_svar(json.dumps(verdi).encode())


def _kjerne(database: Database, tjener: Jwkstjener, **valg: Any) -> Kjerne:
    oppfoeringer = dict(registeret().oppfoeringer)
    tjenesten = Oppslagsvalg(url=tjener.url, **{"sekunder": KORT, "forsoek": 1, **valg})
    oppfoeringer["fager"] = replace(
        oppfoeringer["fager"], plugin=Pluginvalg(navn="fager", oppslag={"personer": tjenesten})
    )
    register = Produsentregister(oppfoeringer.values())
    return lag_kjerne(database, FastKlokke(), produsenter=register, maaler=Telt())


def _tjeneste(
    database: Database, tjener: Jwkstjener, klokke: FastKlokke | None = None, **valg: Any
) -> Oppslagstjeneste:
    return Oppslagstjeneste(_kjerne(database, tjener, **valg), (klokke or FastKlokke()).naa)


def _feil(tjeneste: Oppslagstjeneste, oppslag: Oppslag) -> OppslagFeilet:
    with pytest.raises(OppslagFeilet) as feil:
        tjeneste.svar("fager", [oppslag])
    return feil.value


PERSON = Oppslag(navn="person", tjeneste="personer", sti="person/1", parametre={"felt": "navn"})


def test_svaret_har_oppslagets_navn(database: Database, tjener: Jwkstjener) -> None:
    assert _tjeneste(database, tjener).svar("fager", [PERSON]) == {"person": {"navn": "Ola"}}
    assert tjener.sist.startswith(b"GET /jwks/person/1?felt=navn HTTP/1.1")


def test_hemmeligheten_gaar_i_hodet(database: Database, tjener: Jwkstjener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERSONER_NOEKKEL", "hysj")
    valg = {"hode": "Authorization: Bearer {hemmelighet}", "hemmelighet": "env:PERSONER_NOEKKEL"}
    tjeneste = _tjeneste(database, tjener, **valg)
    tjeneste.svar("fager", [PERSON])
    assert b"Authorization: Bearer hysj\r\n" in tjener.sist
    monkeypatch.delenv("PERSONER_NOEKKEL")
    feil = _feil(tjeneste, PERSON)
    assert (feil.kode, feil.klasse) == ("OppslagUtenHemmelighet", Feilklasse.KONFIGURASJON)
    assert "PERSONER_NOEKKEL" in str(feil)


@pytest.mark.parametrize(
    ("svar", "kode", "klasse"),
    [
        (http_svar(b"{}", b"HTTP/1.1 401 Unauthorized"), "OppslagUtenAdgang", Feilklasse.KONFIGURASJON),
        (http_svar(b"{}", b"HTTP/1.1 403 Forbidden"), "OppslagUtenAdgang", Feilklasse.KONFIGURASJON),
        (http_svar(b"{}", b"HTTP/1.1 400 Bad Request"), "OppslagAvvist", Feilklasse.VARIG),
        (http_svar(b"", b"HTTP/1.1 302 Found", b"Location: http://127.0.0.1/"), "OppslagAvvist", Feilklasse.VARIG),
        (http_svar(b"{}", b"HTTP/1.1 500 Error"), "OppslagSvarerIkke", Feilklasse.MIDLERTIDIG),
        (http_svar(b"{}", b"HTTP/1.1 429 Too Many"), "OppslagSvarerIkke", Feilklasse.MIDLERTIDIG),
        (http_svar(b"<html>"), "OppslagUlesbart", Feilklasse.MIDLERTIDIG),
        (http_svar(b"[" * 900), "OppslagUlesbart", Feilklasse.MIDLERTIDIG),
        (b"tull", "OppslagSvarerIkke", Feilklasse.MIDLERTIDIG),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}", "OppslagSvarerIkke", Feilklasse.MIDLERTIDIG),
        (b"", "OppslagSvarerIkke", Feilklasse.MIDLERTIDIG),
        (None, "OppslagSvarerIkke", Feilklasse.MIDLERTIDIG),
        (http_svar(b'"' + b"x" * 5000 + b'"'), "OppslagForStort", Feilklasse.VARIG),
    ],
)
def test_hva_et_svar_betyr(
    database: Database, tjener: Jwkstjener, svar: bytes | None, kode: str, klasse: Feilklasse
) -> None:
    tjener.svar = svar
    feil = _feil(_tjeneste(database, tjener, stoerst=1000), PERSON)
    assert (feil.kode, feil.klasse) == (kode, klasse)
    assert "person/1" not in str(feil)


@pytest.mark.parametrize("status", [b"404 Not Found", b"410 Gone"])
def test_det_som_ikke_finnes_er_et_svar(database: Database, tjener: Jwkstjener, status: bytes) -> None:
    tjener.svar = http_svar(b"borte", b"HTTP/1.1 " + status)
    assert _tjeneste(database, tjener).svar("fager", [PERSON]) == {"person": None}


def test_det_valgfrie_gaar_uten_svar_men_ikke_uten_oppsett(database: Database, tjener: Jwkstjener) -> None:
    valgfritt = replace(PERSON, valgfritt=True)
    tjener.svar = None
    tjeneste = _tjeneste(database, tjener)
    assert tjeneste.svar("fager", [valgfritt]) == {"person": None}
    feil = _feil(tjeneste, replace(valgfritt, tjeneste="ukjent"))
    assert (feil.kode, feil.klasse) == ("OppslagMangler", Feilklasse.KONFIGURASJON)


def test_svar_som_drypper_faar_en_ende(database: Database, tjener: Jwkstjener) -> None:
    tjener.drypp = True
    tjener.svar = http_svar(b" " * 2000 + b"{}")
    startet = time.monotonic()
    assert _feil(_tjeneste(database, tjener), PERSON).kode == "OppslagSvarerIkke"
    assert time.monotonic() - startet < KORT + 2


def test_det_proeves_saa_mange_ganger_som_oppsettet_sier(database: Database, tjener: Jwkstjener) -> None:
    tjener.svar = b""
    _feil(_tjeneste(database, tjener, forsoek=3), PERSON)
    assert tjener.spurt == 3
    tjener.svar = http_svar(b"", b"HTTP/1.1 503 Unavailable", b"Retry-After: 7")
    assert _feil(_tjeneste(database, tjener, forsoek=3), PERSON).vent == dt.timedelta(seconds=7)
    assert tjener.spurt == 4, "who says when is not asked again before"


def test_et_svar_brukes_igjen_saa_lenge_oppsettet_sier(database: Database, tjener: Jwkstjener) -> None:
    klokke = FastKlokke()
    kjerne = _kjerne(database, tjener, mellomlager=dt.timedelta(minutes=5))
    tjeneste = Oppslagstjeneste(kjerne, klokke.naa)
    tjeneste.svar("fager", [PERSON])
    tjener.svar = _ok({"navn": "Kari"})
    klokke.gaa(minutes=4)
    assert tjeneste.svar("fager", [PERSON]) == {"person": {"navn": "Ola"}}
    klokke.gaa(minutes=2)
    assert tjeneste.svar("fager", [PERSON]) == {"person": {"navn": "Kari"}}
    assert isinstance(kjerne.maaler, Telt)
    assert kjerne.maaler.utfall == ["SVAR", "MELLOMLAGER", "SVAR"]


def test_en_tjeneste_som_feiler_om_igjen_faar_vaere_i_fred_og_proeves_en_gang(
    database: Database, tjener: Jwkstjener
) -> None:
    klokke = FastKlokke()
    tjeneste = _tjeneste(database, tjener, klokke)
    tjener.svar = b""
    for _ in range(REGEL.taaler):
        assert _feil(tjeneste, PERSON).kode == "OppslagSvarerIkke"
    spurt = tjener.spurt
    pauset = _feil(tjeneste, PERSON)
    assert pauset.kode == "OppslagPauset"
    assert pauset.vent is not None
    assert tjener.spurt == spurt, "nobody asked"
    tjener.svar = _ok(1)
    klokke.gaa(minutes=5)
    assert tjeneste.svar("fager", [PERSON]) == {"person": 1}
    assert tjeneste.svar("fager", [PERSON]) == {"person": 1}


def test_en_tjeneste_som_henger_holder_faa(database: Database, tjener: Jwkstjener) -> None:
    tjener.svar = None
    tjeneste = _tjeneste(database, tjener, sekunder=1.0)
    with ThreadPoolExecutor(FLEST_OM_GANGEN * 2) as traader:
        koder = [ett.kode for ett in traader.map(lambda _: _feil(tjeneste, PERSON), range(FLEST_OM_GANGEN * 2))]
    assert tjener.spurt <= FLEST_OM_GANGEN * 2
    assert set(koder) <= {"OppslagSvarerIkke", "OppslagOpptatt", "OppslagPauset"}


def test_hva_som_ikke_kan_lagres_kommer_lagbart_tilbake(database: Database, tjener: Jwkstjener) -> None:
    tjener.svar = http_svar(b'{"a": "x\\u0000y"}')
    assert _tjeneste(database, tjener).svar("fager", [PERSON]) == {"person": {"a": "x\\x00y"}}


def test_det_som_ikke_skal_staa_i_en_adresse_gaar_i_et_hode(database: Database, tjener: Jwkstjener) -> None:
    tjeneste = _tjeneste(database, tjener, mellomlager=dt.timedelta(minutes=5))
    tjeneste.svar("fager", [replace(PERSON, hoder={"Nav-Personident": "21459310093"})])
    assert b"Nav-Personident: 21459310093\r\n" in tjener.sist
    tjeneste.svar("fager", [replace(PERSON, hoder={"Nav-Personident": "15488510042"})])
    assert tjener.spurt == 2, "another question"


@pytest.mark.parametrize("hode", ["Accept", "host", "a b", "", "Content-Length"])
def test_gatewayens_egne_hoder_settes_ikke_av_plugins(database: Database, tjener: Jwkstjener, hode: str) -> None:
    feil = _feil(_tjeneste(database, tjener), replace(PERSON, hoder={hode: "x"}))
    assert (feil.kode, feil.klasse) == ("UgyldigOppslag", Feilklasse.VARIG)


def test_for_mange_oppslag_er_pluginens_feil(database: Database, tjener: Jwkstjener) -> None:
    with pytest.raises(OppslagFeilet) as feil:
        _tjeneste(database, tjener).svar("fager", [PERSON] * (FLEST_OPPSLAG + 1))
    assert feil.value.klasse is Feilklasse.VARIG
    assert tjener.spurt == 0


VALG = Oppslagsvalg(url="https://personer.example.no/api")


@given(st.text(), st.dictionaries(st.text(), st.text()), st.dictionaries(st.text(), st.text()))
def test_ingen_plugin_kommer_utenfor_sin_tjeneste(sti: str, parametre: dict[str, str], hoder: dict[str, str]) -> None:
    try:
        sporring = sporring_av(VALG, Oppslag(navn="x", tjeneste="personer", sti=sti, parametre=parametre, hoder=hoder))
    except OppslagFeilet:
        return
    url = sporring.url
    assert all("\n" not in f"{navn}{verdi}" and "\r" not in f"{navn}{verdi}" for navn, verdi in sporring.hoder)
    assert url == VALG.url or url.startswith((f"{VALG.url}/", f"{VALG.url}?"))
    assert url.isascii()
    assert url.isprintable()
    assert " " not in url
    assert "/.." not in url
