"""Every verifier, whatever is sent: it is verified or refused, in bounded time, and what nobody signed never passes."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.plugin import Anmodning, UgyldigValg
from tests.fuzz.innganger import KORPUS, les, skriv
from tests.fuzz.ordningene import KROPPER, NAA, OPPSETT, ORDNINGER, Oppsett, claims, ekte, proev, utsted

ALLE = pytest.mark.parametrize("oppsett", OPPSETT, ids=lambda ett: f"{ett.navn}-{OPPSETT.index(ett)}")
# Any text that Python can hold: lone surrogates, NUL, what no header can carry.
TEKST = st.text(st.characters(exclude_categories=()), max_size=300)
NAVN = st.sampled_from(
    [
        *{navn for oppsett in OPPSETT for navn in ekte(oppsett, b"").hoder},
        "x-github-event",
        "content-type",
        "",
    ]
)
NAAR = st.datetimes(timezones=st.just(dt.UTC))
STOR = 1 << 20
SEKUNDER_FOR_EN_STOR = 0.25  # of a processor; a request of 1 MB takes a hundredth of it


@st.composite
def naesten_ekte(draw: st.DrawFn, oppsett: Oppsett) -> Anmodning:
    """What the source would send, with something of it changed."""
    anmodning = ekte(oppsett, draw(st.sampled_from(KROPPER)))
    hoder = dict(anmodning.hoder)
    for navn in draw(st.lists(st.sampled_from([*hoder, "x-annet"]), max_size=2)):
        verdi = hoder.get(navn, "")
        kutt = draw(st.integers(0, len(verdi)))
        hoder[navn] = verdi[:kutt] + draw(TEKST) + verdi[kutt + draw(st.integers(0, 3)) :]
    kropp = anmodning.kropp if draw(st.booleans()) else draw(st.binary(max_size=100))
    sti = anmodning.hemmelig_sti if draw(st.booleans()) else draw(st.none() | TEKST)
    return Anmodning(hoder=hoder, kropp=kropp, hemmelig_sti=sti, metode=draw(st.sampled_from(["POST", "OPTIONS"])))


@ALLE
def test_det_kilden_ville_sendt_slipper_inn(oppsett: Oppsett) -> None:
    for kropp in KROPPER:
        assert proev(oppsett, ekte(oppsett, kropp))


@ALLE
@given(hoder=st.dictionaries(NAVN | TEKST, TEKST, max_size=6), kropp=st.binary(), sti=st.none() | TEKST, naa=NAAR)
def test_soeppel_avvises_og_velter_ingenting(
    oppsett: Oppsett, hoder: Mapping[str, str], kropp: bytes, sti: str | None, naa: dt.datetime
) -> None:
    assert not proev(oppsett, Anmodning(hoder=hoder, kropp=kropp, hemmelig_sti=sti), naa)


@ALLE
@given(data=st.data(), naa=st.just(NAA) | NAAR)
def test_det_som_nesten_er_ekte_er_ekte_eller_avvises(oppsett: Oppsett, data: st.DataObject, naa: dt.datetime) -> None:
    proev(oppsett, data.draw(naesten_ekte(oppsett)), naa)


@ALLE
@given(hemmelighet=TEKST, data=st.data())
@example(hemmelighet="\udcff" * 40, data=None)
def test_enhver_hemmelighet_avvises_ved_start_eller_kan_verifiseres_med(
    oppsett: Oppsett, hemmelighet: str, data: st.DataObject | None
) -> None:
    ubrukelig = _ubrukelig(oppsett, hemmelighet)
    if ubrukelig is not None:
        assert len(hemmelighet) < 5 or hemmelighet not in ubrukelig
        return
    med_den = replace(oppsett, hemmeligheter=[hemmelighet], signerer_med=None)
    proev(med_den, data.draw(naesten_ekte(oppsett)) if data else ekte(oppsett, b""))
    if not hemmelighet.strip().startswith("whpk_"):
        assert proev(med_den, ekte(med_den, b""))


def _ubrukelig(oppsett: Oppsett, hemmelighet: str) -> str | None:
    """What is said of a secret that cannot be used."""
    try:
        oppsett.ordning.kontroller(hemmelighet)
    except ValueError as feil:
        return str(feil)
    return None


@ALLE
def test_det_stoerste_som_kan_sendes_koster_litt_og_ikke_mer(oppsett: Oppsett) -> None:
    """A whole body, and each header as large as the server takes, of what makes the parsers work most."""
    hoder = ekte(oppsett, b"").hoder
    tider = []
    for ett in (
        hoder,
        {navn: f"{verdi},{verdi} " * (30_000 // len(verdi)) for navn, verdi in hoder.items()},
        *({**hoder, navn: tekst * (60_000 // len(tekst))} for navn in hoder for tekst in ("v1a,", "a.", "v1=a,", "{")),
    ):
        for kropp in (b"[" * STOR, b"x" * STOR):
            foer = time.process_time()
            godtatt = proev(oppsett, Anmodning(hoder=ett, kropp=kropp))
            tider.append(time.process_time() - foer)
            assert not (godtatt and oppsett.av_kroppen)
    assert max(tider) < SEKUNDER_FOR_EN_STOR


@given(nr=st.integers(0, len(OPPSETT) - 1), data=st.data())
def test_en_inngang_til_fuzzeren_er_anmodningen(nr: int, data: st.DataObject) -> None:
    anmodning = ekte(OPPSETT[nr], data.draw(st.sampled_from(KROPPER)))
    assert les(skriv(nr, anmodning)) == (nr, anmodning)


@pytest.mark.parametrize("fil", sorted(KORPUS.iterdir()), ids=lambda fil: fil.name)
def test_det_fuzzeren_har_funnet_holder_fortsatt(fil: Path) -> None:
    nr, anmodning = les(fil.read_bytes())
    godtatt = proev(OPPSETT[nr], anmodning)
    assert godtatt or not fil.name.startswith("froe-")


# What YAML can hold.
VERDIER = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEKST | st.dates(),
    lambda under: st.lists(under, max_size=3) | st.dictionaries(st.text(max_size=10), under, max_size=3),
    max_leaves=8,
)
VALGNAVN = st.sampled_from(
    sorted({valg for oppsett in OPPSETT if (skjema := oppsett.ordning.skjema) for valg in skjema().fields})
)


@pytest.mark.parametrize("navn", ORDNINGER)
@given(valg=st.dictionaries(VALGNAVN | TEKST, VERDIER, max_size=6), data=st.data())
def test_ethvert_valg_avvises_med_noekkel_eller_gir_en_ordning_som_kan_brukes(
    navn: str, valg: dict[str, object], data: st.DataObject
) -> None:
    forelegg = data.draw(st.sampled_from([ett.valg for ett in OPPSETT if ett.navn == navn]))
    valgt = {**forelegg, **valg}
    avvist = _ugyldig_valg(navn, valgt)
    if avvist is not None:
        assert set(avvist.feil)
        assert all(avvist.feil.values())
        return
    oppsett = Oppsett(navn=navn, valg=valgt, hemmeligheter=["eb" * 16], av_kroppen=False)
    proev(oppsett, data.draw(naesten_ekte(data.draw(st.sampled_from([ett for ett in OPPSETT if ett.navn == navn])))))


def _ugyldig_valg(navn: str, valg: Mapping[str, object]) -> UgyldigValg | None:
    try:
        ORDNINGER[navn].med(valg)
    except UgyldigValg as feil:
        return feil
    return None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEKST,
    lambda under: st.lists(under, max_size=3) | st.dictionaries(TEKST, under, max_size=3),
    max_leaves=8,
)
JWT = next(ett for ett in OPPSETT if ett.navn == "jwt")


@given(
    andre=st.dictionaries(
        st.sampled_from(["iss", "aud", "exp", "nbf", "iat", "jti", "sub", "consumer", "scope"]), JSON
    ),
    naa=st.just(NAA) | NAAR,
)
def test_det_utstederen_har_signert_av_enhver_form_slipper_bare_inn_det_som_kreves(
    andre: dict[str, object], naa: dt.datetime
) -> None:
    token = utsted(json.dumps({**claims(), **andre}).encode())
    godtatt = proev(JWT, Anmodning(hoder={"authorization": f"Bearer {token}"}, kropp=b""), naa)
    assert not godtatt or not andre.keys() & {"iss", "aud", "consumer"}
    assert not godtatt or naa - NAA < dt.timedelta(days=1) or "exp" in andre


@given(st.binary() | JSON.map(lambda ett: json.dumps(ett).encode()))
def test_det_utstederen_har_signert_som_ikke_er_claims_avvises(innhold: bytes) -> None:
    assert not proev(JWT, Anmodning(hoder={"authorization": f"Bearer {utsted(innhold)}"}, kropp=b""))
