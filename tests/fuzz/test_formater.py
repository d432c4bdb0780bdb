"""Whatever is sent, in whatever format: it is read, or refused with what is wrong, in bounded time and memory."""

from __future__ import annotations

import json
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from adapters.formater.xpath import Meldingstre, Soekested, XPath
from adapters.signaturer import github
from gateway.http.tokens import DevUtsteder
from gateway.plugin.formater import Uttrykksfeil
from gateway.store.database import aapne
from tests.api.conftest import lag_app
from tests.fuzz.meldinger import (
    EKSEMPLER,
    HEMMELIG,
    INNHOLDSTYPER,
    KILDER,
    KORPUS,
    SAERE,
    kildene,
    les_inngang,
    muter,
    proev,
)
from tests.verden import FastKlokke, lag_kjerne

FORSOEK = settings(max_examples=150, deadline=None)
INGEN_TID_SEKUNDER = 5.0
NOK_MINNE = 200 << 20
STOERST = 1_000_000
NAVN = sorted(EKSEMPLER)


@st.composite
def muterte(draw: st.DrawFn, navn: str) -> bytes:
    eksempel = draw(st.sampled_from(EKSEMPLER[navn]))
    return muter(lambda antall: draw(st.integers(0, antall - 1)), eksempel)


def test_eksemplene_leses() -> None:
    """Else the mutations would be of nothing."""
    for navn, alle in EKSEMPLER.items():
        hoder = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "s", "ce-type": "T"} if navn == "binaer" else {}
        type_ = "application/json" if navn == "binaer" else ""
        assert sum(proev(navn, type_, ett, hoder) for ett in alle if b"DOCTYPE" not in ett) >= 1, navn
    assert set(EKSEMPLER) == set(kildene())


@pytest.mark.parametrize("fil", sorted(KORPUS.iterdir()), ids=lambda fil: fil.name)
def test_det_fuzzeren_har_funnet_leses_eller_avvises(fil: Path) -> None:
    navn, kropp = les_inngang(fil.read_bytes())
    proev(navn, "", kropp)


@pytest.mark.parametrize("navn", NAVN)
@given(data=st.data())
@FORSOEK
def test_en_mutert_melding_leses_eller_avvises(navn: str, data: st.DataObject) -> None:
    proev(navn, data.draw(st.sampled_from(INNHOLDSTYPER)), data.draw(muterte(navn)))


@pytest.mark.parametrize("navn", NAVN)
@given(kropp=st.binary(max_size=300), type_=st.text(max_size=60))
@settings(max_examples=60, deadline=None)
def test_hva_som_helst_leses_eller_avvises(navn: str, kropp: bytes, type_: str) -> None:
    proev(navn, type_, kropp)


@given(
    hoder=st.dictionaries(
        st.sampled_from(["ce-id", "ce-type", "ce-source", "ce-specversion", "ce-subject", "ce-time", "ce-data", "ce-"]),
        st.one_of(st.sampled_from(["1.0", "T", '"a\\"b"', "%C3%A6", "%FF", "%", "2026-11-23T08:00:00z"]), st.text()),
    ),
    kropp=st.sampled_from([b"{}", b"", b"[", b'"a"']),
)  # fmt: skip
@FORSOEK
def test_hva_som_helst_i_hodene_leses_eller_avvises(hoder: dict[str, str], kropp: bytes) -> None:
    proev("binaer", "application/json", kropp, hoder)


@given(
    st.lists(
        st.sampled_from([*"abo/@*.[]()|=<>!+-,'\"$1 ", "//", "..", "::", "o:", "text()", "count(", "ancestor::"]),
        max_size=25,
    ).map("".join)
)  # fmt: skip
@settings(max_examples=400, deadline=None)
def test_et_uttrykk_i_xpath_kan_brukes_eller_avvises(tekst: str) -> None:
    try:
        funnet = XPath(tekst, {"o": "urn:o"}).finn(Soekested(rot := etree.Element("a"), Meldingstre(rot, noder=1)))
    except Uttrykksfeil:
        return
    assert funnet is None or isinstance(funnet, str | bool | int | float)


# --- large, and made to be slow ------------------------------------------------------------------------------------

GROVE: dict[str, tuple[str, bytes]] = {
    "json: an array of small numbers": ("json", b"[" + b"1," * (STOERST // 2 - 2) + b"1]"),
    "json: objects in a row": ("json", b"[" + b'{"a":{}},' * 9_999 + b"{}]"),
    "json: a flat object": ("json", b"{" + b",".join(b'"%d":1' % nr for nr in range(90_000)) + b"}"),
    "ndjson: empty lines": ("ndjson", b"\n" * STOERST),
    "ndjson: bad lines": ("ndjson", b"{\n" * 9_999),
    "form: a field of percent signs": ("skjema", b"payload=" + b"%25" * (STOERST // 3)),
    "form: fields": ("felter", b"&".join(b"a%d=1" % nr for nr in range(1_000))),
    "xml: elements beside one another": ("xml", b"<T id='1'>" + b"<a/>" * 99_000 + b"</T>"),
    "xml: events that hold one another": ("xml-mange", b"<x>" + (b"<a id='1'>" * 60 + b"</a>" * 60) * 150 + b"</x>"),
    "xml: many events": ("xml-mange", b"<x id='1'>" + b"<a id='1'/>" * 9_999 + b"</x>"),
    "xml: attributes": ("xml", b"<T " + b" ".join(b'a%d="1"' % nr for nr in range(90_000)) + b"/>"),
    "xml: one text": ("xml", b"<T>" + b"a" * STOERST + b"</T>"),
    "xml: comments before the root": ("xml", b"<!---->" * (STOERST // 7) + b"<T/>"),
    "xml: a comment that never ends": ("xml", b"<!--" * (STOERST // 4)),
    "xml: references": ("xml", b"<T>" + b"&#65;" * (STOERST // 5) + b"</T>"),
    "xml: namespaces": ("xml", b"<T>" + b"".join(b"<p:a xmlns:p='u%d'/>" % nr for nr in range(40_000)) + b"</T>"),
    "soap: headers": ("soap", EKSEMPLER["soap"][0].replace(b"<s:Body>", b"<s:Body>" + b"<a/>" * 90_000)),
    "csv: rows": ("csv", b"a;b\n" + b"1;2\n" * 9_999),
    "csv: quotation marks that never close": ("csv", b"a;b\n" + b'"' + b'\n"a' * (STOERST // 4)),
    "csv: a header as long as the file": ("csv", b";".join(b"k%d" % nr for nr in range(100_000)) + b"\n1\n"),
    "csv: a wide header over bad rows": ("csv", b";".join(b"%04d" % nr for nr in range(500)) + b"\n" + b"x\n" * 9_999),
    "csv: one cell": ("csv", b"a;b\n" + b"x" * STOERST),
    "csv: cells without end": ("csv", b"a;b\n" + b";" * STOERST),
    "csv: blank lines": ("csv", b"a;b\n" + b"\n" * STOERST),
}


@pytest.mark.parametrize("hva", GROVE)
def test_det_som_er_laget_for_aa_vaere_tregt_er_lest_paa_kort_tid_og_i_lite_minne(hva: str) -> None:
    navn, kropp = GROVE[hva]
    assert len(kropp) <= STOERST * 1.1
    begynte = time.thread_time()
    proev(navn, "", kropp)
    brukt = time.thread_time() - begynte
    assert brukt < INGEN_TID_SEKUNDER
    tracemalloc.start()
    try:
        proev(navn, "", kropp)
        hoeyest = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert hoeyest < NOK_MINNE


# --- through the whole of the gateway -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def appen(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    fil = tmp_path_factory.mktemp("kilder") / "kilder.yaml"
    fil.write_text(KILDER, encoding="utf-8")
    database = aapne(database_url, traader=4)
    utsteder = DevUtsteder(tmp_path_factory.mktemp("utsteder"))
    yield lag_app(lag_kjerne(database, FastKlokke()), utsteder, fil)
    database.lukk()


@pytest.mark.parametrize("navn", sorted(set(NAVN) - {"binaer"}))
def test_ingen_melding_gir_en_feil_hos_oss(appen: Flask, navn: str) -> None:
    @given(data=st.data())
    @settings(max_examples=25, deadline=None)
    def proev_gjennom_alt(data: st.DataObject) -> None:
        kropp = data.draw(st.one_of(muterte(navn), st.lists(st.sampled_from(SAERE), max_size=6).map(b"".join)))
        hoder = {github.HODE: github.signer(HEMMELIG, kropp)}
        type_ = data.draw(st.sampled_from(INNHOLDSTYPER))
        svar = appen.test_client().post(f"/webhooks/{navn}", data=kropp, headers=hoder, content_type=type_ or None)
        assert svar.status_code < 500, (svar.status_code, kropp)
        assert "html" not in svar.content_type
        if navn != "soap":
            assert json.loads(svar.data).get("kode") is not None or svar.status_code < 300

    proev_gjennom_alt()
