"""Formats: what one request in each of them becomes, what is kept of it, and what its sender is answered."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree
from werkzeug.test import TestResponse

from adapters.signaturer import github
from gateway.http.tokens import DevUtsteder
from gateway.kjerne import Kjerne
from gateway.store.database import aapne
from gateway.store.tabeller import Hendelse
from tests.api.conftest import lag_app
from tests.verden import FastKlokke, lag_kjerne

HEMMELIG, NOEKKEL = "hemmelighet", "en-api-noekkel-som-er-lang"
SIGNERT = f"produsent: permittering, adapter: github, hemmeligheter: [{HEMMELIG}]"
MED_HODER = f"produsent: permittering, adapter: api-noekkel, hemmeligheter: [{NOEKKEL}]"
T = "MASSEOPPSIGELSE"
KILDER = f"""
- {{navn: json, {SIGNERT}, type: type, id: id, tid: tid}}
- {{navn: json-inne, {SIGNERT}, type: "'{T}'", id: nr, formatvalg: {{hendelser: data.rader}}}}
- {{navn: faa, {SIGNERT}, type: type, id: id, maks_hendelser: 2, maks_bytes: 200}}
- {{navn: streng, {SIGNERT}, type: type, id: id, uforstaatt: avvis, annet_innhold: avvis}}
- {{navn: ndjson, {SIGNERT}, format: ndjson, type: type, id: id}}
- {{navn: ce, {SIGNERT}, format: cloudevents}}
- {{navn: ce-hoder, {MED_HODER}, format: cloudevents}}
- {{navn: json-hoder, {MED_HODER}, type: type, id: id}}
- {{navn: rapid, {SIGNERT}, format: rapid, noekkel: sak}}
- {{navn: skjema, {SIGNERT}, format: skjema, type: type, id: id}}
- {{navn: felter, {SIGNERT}, format: skjema, formatvalg: {{innhold: felter}}, type: "'{T}'", id: nr}}
- {{navn: xml, {SIGNERT}, format: xml, type: "'{T}'", id: "@id"}}
- {{navn: xml-mange, {SIGNERT}, format: xml, formatvalg: {{hendelser: //ordre, lister: [linje]}},
   type: "concat(/ordrer/@slag, '')", id: "concat(/ordrer/@dag, '-', @nr)", tid: naar}}
- {{navn: xml-rom, {SIGNERT}, format: xml, formatvalg: {{navnerom: {{o: 'urn:o'}}, hendelser: 'o:ordre'}},
   type: "'{T}'", id: 'o:id'}}
- {{navn: soap, {SIGNERT}, format: soap, type: "'{T}'", id: /Envelope/Header/MessageID, uforstaatt: avvis,
   annet_innhold: avvis,
   formatvalg: {{kvittering: '{{urn:avsender}}Mottatt', forstaar: ['urn:kjent']}}}}
- {{navn: soap-gammel, {SIGNERT}, format: soap, type: "'{T}'", id: id, svar: {{status: 200, feil: 500}}}}
- {{navn: csv, {SIGNERT}, format: csv, formatvalg: {{tegnsett: windows-1252, tall: [beloep]}}, type: slag, id: nr}}
- {{navn: csv-streng, {SIGNERT}, format: csv, formatvalg: {{skilletegn: ',', desimaltegn: '.', tall: [beloep],
   kolonner: [nr, beloep]}}, type: "'{T}'", id: nr, uforstaatt: avvis}}
- {{navn: to-hundre, {SIGNERT}, type: type, id: id, svar: {{status: 200}}}}
- {{navn: to-hundre-og-fire, {SIGNERT}, type: type, id: id, svar: {{status: 204}}}}
- {{navn: venter, {SIGNERT}, type: type, id: id, etter_karantene: vent}}
- {{navn: innenfra, {SIGNERT}, type: type, id: id, nett: [10.1.0.0/16, '2001:db8::/32']}}
"""


@pytest.fixture(scope="module")
def _applikasjon(database_url: str, utsteder: DevUtsteder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    fil = tmp_path_factory.mktemp("kilder") / "kilder.yaml"
    fil.write_text(KILDER, encoding="utf-8")
    database = aapne(database_url, traader=40)
    yield lag_app(lag_kjerne(database, FastKlokke()), utsteder, fil)
    database.lukk()


def post(klient: FlaskClient, kilde: str, kropp: bytes | str, type_: str = "", **annet: Any) -> TestResponse:
    raa = kropp.encode() if isinstance(kropp, str) else kropp
    hoder = {github.HODE: github.signer(HEMMELIG, raa), "X-API-Key": NOEKKEL, **annet.pop("hoder", {})}
    return klient.post(f"/webhooks/{kilde}", data=raa, content_type=type_ or None, headers=hoder, **annet)


def lagret(kjerne: Kjerne) -> list[Any]:
    with kjerne.database.tilkobling():
        return list(Hendelse.select().order_by(Hendelse.id))


def en(**felter: Any) -> dict[str, Any]:
    return {"type": T, "id": "1", **felter}


def ce(**felter: Any) -> dict[str, Any]:
    return {"specversion": "1.0", "id": "ce-1", "source": "/s", "type": T, "data": {"a": 1}, **felter}


def j(verdi: Any) -> str:
    return json.dumps(verdi)


ORDRER = """<?xml version="1.0" encoding="ISO-8859-1"?>
<!-- fra gammelt system --><x:ordrer xmlns:x="urn:x" slag="MASSEOPPSIGELSE" dag="2026-11-23">
<x:ordre nr="1"><navn>Bjørnøya</navn><linje>a</linje><naar>2026-11-23T08:00:00</naar></x:ordre>
<ordre nr="2"><linje>a</linje><linje antall="2">b</linje><tom/></ordre></x:ordrer>""".encode("latin-1")
ROM = b'<o:ordrer xmlns:o="urn:o"><o:ordre><o:id>7</o:id></o:ordre><ordre><id>8</id></ordre></o:ordrer>'
TABELL = 'slag;nr;navn;beloep\r\nMASSEOPPSIGELSE;1;"Bjørn; ""AS""";1 234,50\r\nMASSEOPPSIGELSE;2;å;\r\n'


@pytest.mark.parametrize(
    ("kilde", "type_", "kropp", "ventet"),
    [
        pytest.param("json", "application/json", j(en(a=1)), [("1", T, en(a=1))], id="json"),
        pytest.param("json", "", j([en(), en(id=2)]), [("1", T, en()), ("2", T, en(id=2))], id="json: an array"),
        pytest.param(
            "json",
            "application/json",
            " \n" + j([ce(), en()]),
            [("ce-1", T, {"a": 1}), ("1", T, en())],
            id="json: a CloudEvent among others",
        ),
        pytest.param("json-inne", "", j({"data": {"rader": [{"nr": 5}]}}), [("5", T, {"nr": 5})], id="json: within"),
        pytest.param("ndjson", "", f"{j(en())}\r\n\n{j(en(id=2))}", [("1", T, en()), ("2", T, en(id=2))], id="ndjson"),
        pytest.param("ce", "application/json", j(ce()), [("ce-1", T, {"a": 1})], id="cloudevents: as plain JSON"),
        pytest.param(
            "ce",
            "application/cloudevents-batch+json",
            j([ce(), ce(id="ce-2", data_base64=base64.b64encode(b'{"b":2}').decode(), data=None)]),
            [("ce-1", T, {"a": 1}), ("ce-2", T, {"b": 2})],
            id="cloudevents: a batch",
        ),
        pytest.param(
            "rapid",
            "",
            j({"@event_name": T, "@id": "r-1", "@opprettet": "2026-11-23T09:30:00.123456789", "sak": "s"}),
            [("r-1", T, {"@event_name": T, "@id": "r-1", "@opprettet": "2026-11-23T09:30:00.123456789", "sak": "s"})],
            id="rapid",
        ),
        pytest.param(
            "skjema", "application/x-www-form-urlencoded", urlencode({"payload": j(en(a="æ& +"))}),
            [("1", T, en(a="æ& +"))], id="skjema: JSON inside",
        ),
        pytest.param(
            "felter", "application/x-www-form-urlencoded; charset=utf-8", "nr=5&navn=%C3%85+s&a=1&a=2",
            [("5", T, {"nr": "5", "navn": "Å s", "a": ["1", "2"]})], id="skjema: the fields",
        ),
        pytest.param(
            "xml", "text/xml", '<a id="9" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><b i:nil="true"/>t</a>',
            [("9", T, {"@id": "9", "b": None, "#text": "t"})], id="xml",
        ),
        pytest.param(
            "xml", "application/xml", '<?xml version="1.0" encoding="UTF-16"?><a id="å"/>'.encode("utf-16"),
            [("å", T, {"@id": "å"})], id="xml: UTF-16",
        ),
        pytest.param(
            "xml-mange", "text/xml; charset=utf-8", ORDRER,
            [
                ("2026-11-23-1", T, {"@nr": "1", "navn": "Bjørnøya", "linje": ["a"], "naar": "2026-11-23T08:00:00"}),
                ("2026-11-23-2", T, {"@nr": "2", "linje": ["a", {"@antall": "2", "#text": "b"}], "tom": ""}),
            ],
            id="xml: many, in ISO-8859-1, with namespaces",
        ),
        pytest.param("xml-rom", "text/xml", ROM, [("7", T, {"id": "7"})], id="xml: by namespaces"),
        pytest.param(
            "csv", "text/csv", TABELL.encode("windows-1252"),
            [
                ("1", T, {"slag": T, "nr": "1", "navn": 'Bjørn; "AS"', "beloep": 1234.5}),
                ("2", T, {"slag": T, "nr": "2", "navn": "å", "beloep": None}),
            ],
            id="csv: as Excel writes it",
        ),
        pytest.param(
            "csv", "", b"\xef\xbb\xbf" + TABELL.replace("\r\n", "\r").encode(),
            [
                ("1", T, {"slag": T, "nr": "1", "navn": 'Bjørn; "AS"', "beloep": 1234.5}),
                ("2", T, {"slag": T, "nr": "2", "navn": "å", "beloep": None}),
            ],
            id="csv: UTF-8 with a mark, and the ends of old Macs",
        ),
        pytest.param(
            "csv-streng", "text/csv", '1,"1,234.5"\n2,-7\n',
            [("1", T, {"nr": "1", "beloep": 1234.5}), ("2", T, {"nr": "2", "beloep": -7})], id="csv: the English way",
        ),
    ],
)  # fmt: skip
def test_hvert_format_blir_hendelser_med_hver_sine_data(
    klient: FlaskClient, kjerne: Kjerne, kilde: str, type_: str, kropp: bytes | str, ventet: list[tuple[str, str, Any]]
) -> None:
    svar = post(klient, kilde, kropp, type_)
    assert svar.status_code == 202, svar.text
    rader = lagret(kjerne)
    assert [(rad.ekstern_id, rad.type, _data(rad)) for rad in rader] == ventet
    assert {rad.tilstand for rad in rader} == {"MOTTATT"}
    igjen = post(klient, kilde, kropp, type_)
    assert igjen.status_code == 200, "a repeat is a repeat"
    assert len(lagret(kjerne)) == len(ventet)
    ider = [str(rad.id) for rad in rader]
    for ett in (svar.get_json(), igjen.get_json()):
        assert [del_["id"] for del_ in ett.get("elementer", [ett])] == ider


def _data(rad: Any) -> Any:
    """As the plugin's process reads it: the bytes of one event, by their stored format."""
    verdi = json.loads(bytes(rad.raa))
    if rad.format != "cloudevent":
        return verdi
    return json.loads(base64.b64decode(verdi["data_base64"])) if "data_base64" in verdi else verdi["data"]


def test_det_som_er_json_beholdes_som_det_ble_sendt(klient: FlaskClient, kjerne: Kjerne) -> None:
    post(klient, "json", b'[ {"id" : "1","type":"MASSEOPPSIGELSE"}\n, {"type":"MASSEOPPSIGELSE","id":2.0e0,"id":"2"}]')
    assert [bytes(rad.raa) for rad in lagret(kjerne)] == [
        b'{"id" : "1","type":"MASSEOPPSIGELSE"}',
        b'{"type":"MASSEOPPSIGELSE","id":2.0e0,"id":"2"}',
    ]


# --- CloudEvents ------------------------------------------------------------------------------------------------------

BINAER = {"ce-specversion": "1.0", "ce-id": "b-1", "ce-source": "/s", "ce-type": T}


@pytest.mark.parametrize("kilde", ["ce-hoder", "json-hoder"])
def test_en_binaer_cloudevent_tas_imot_der_beviset_dekker_hodene(
    klient: FlaskClient, kjerne: Kjerne, kilde: str
) -> None:
    hoder = {**BINAER, "ce-subject": "%C3%A5%20%22%25", "ce-time": "2026-11-23t08:00:00z"}
    svar = post(klient, kilde, j({"a": 1}), "application/json", hoder=hoder)
    assert svar.status_code == 202, svar.text
    (rad,) = lagret(kjerne)
    assert (rad.ekstern_id, rad.type, rad.format, _data(rad)) == ("b-1", T, "json", {"a": 1})
    assert rad.kilde == kilde, "and not the source that the event names"
    assert rad.tid.isoformat() == "2026-11-23T08:00:00+00:00"
    uten = post(klient, kilde, j({"a": 1}), "application/json", hoder={**hoder, "ce-subject": "annen"})
    assert uten.status_code == 200
    assert lagret(kjerne)[0].annet_innhold == 1, "its key is part of what it says"


@pytest.mark.parametrize(
    ("hoder", "status"),
    [
        ({"ce-id": ""}, 422),
        ({"ce-specversion": "0.3"}, 422),
        ({"ce-subject": "%FF"}, 422),
        ({"Content-Type": "text/plain"}, 415),
        ({"ce-time": "i morgen"}, 422),
    ],
)
def test_en_binaer_cloudevent_som_ikke_er_det_avvises(
    klient: FlaskClient, kjerne: Kjerne, hoder: Mapping[str, str], status: int
) -> None:
    svar = post(klient, "ce-hoder", j({}), hoder={"Content-Type": "application/json", **BINAER, **hoder})
    assert svar.status_code == status, svar.text
    assert lagret(kjerne) == []


def test_hoder_som_signaturen_ikke_dekker_blir_ingen_cloudevent(klient: FlaskClient, kjerne: Kjerne) -> None:
    assert post(klient, "ce", j({}), "application/json", hoder=BINAER).status_code == 422
    assert lagret(kjerne) == []


def test_det_som_ikke_er_cloudevents_er_i_karantene_i_en_kilde_av_bare_dem(klient: FlaskClient, kjerne: Kjerne) -> None:
    svar = post(klient, "ce", j([ce(), en(), ce(id="")]))
    assert svar.status_code == 202
    assert [ett["tilstand"] for ett in svar.get_json()["elementer"]] == ["MOTTATT", "KARANTENE", "KARANTENE"]
    assert "must be" in svar.get_json()["elementer"][1]["detail"]
    assert [rad.feilkode for rad in lagret(kjerne)] == [None, "Uidentifisert", "Uidentifisert"]


# --- many in one, and some of them wrong ------------------------------------------------------------------------------


def test_en_rad_som_ikke_kan_leses_sies_med_sin_linje_og_de_andre_tas_imot(klient: FlaskClient, kjerne: Kjerne) -> None:
    rader = [
        "slag;nr;navn;beloep",
        f"{T};1;a;1",
        f"{T};2",
        "",
        f'{T};3;"aldri lukket;2',
        f"{T};4;b;to",
        f'{T};5;"to\nlinjer";3',
        f"{T};;c;4",
        "UKJENT;7;\x9d;5".replace("\x9d", "d"),
    ]
    svar = post(klient, "csv", "\n".join(rader).encode("windows-1252"), "text/csv")
    assert svar.status_code == 202
    sagt = [(ett["sted"], ett["tilstand"], ett.get("detail", "")) for ett in svar.get_json()["elementer"]]
    assert [(sted, tilstand) for sted, tilstand, _ in sagt] == [
        ("line 2", "MOTTATT"),
        ("line 3", "KARANTENE"),
        ("line 5", "KARANTENE"),
        ("line 6", "KARANTENE"),
        ("line 7", "MOTTATT"),
        ("line 9", "KARANTENE"),
        ("line 10", "KARANTENE"),
    ]
    assert "line 3: The row cannot be read: it has 2 cells, and there are 4 columns" in sagt[1][2]
    assert "its quotation marks do not go together" in sagt[2][2]
    assert "beloep is no number with , before its decimals" in sagt[3][2]
    assert "id (`nr`) is missing" in sagt[5][2]
    assert not any(hemmelig in tekst for _, _, tekst in sagt for hemmelig in ("aldri", "to;"))
    ulest = lagret(kjerne)[2]
    assert bytes(ulest.raa) == f'slag;nr;navn;beloep\n{T};3;"aldri lukket;2\n'.encode()
    assert post(klient, "csv", "\n".join(rader).encode("windows-1252"), "text/csv").status_code == 200


def test_en_streng_kilde_avviser_raden_i_dens_sted_og_tar_de_andre(klient: FlaskClient, kjerne: Kjerne) -> None:
    svar = post(klient, "csv-streng", "1,2\n2,x\n3,4\n", "text/csv")
    assert svar.status_code == 202
    assert [ett.get("kode") for ett in svar.get_json()["elementer"]] == [None, "Valideringsfeil", None]
    assert [rad.ekstern_id for rad in lagret(kjerne)] == ["1", "3"]
    svar = post(klient, "csv-streng", "9,x\n", "text/csv")
    assert (svar.status_code, svar.get_json()["elementer"][0]["kode"]) == (422, "Valideringsfeil")


def test_gjentatte_og_motstridende_hendelser_i_en_sats_svares_hver_for_seg(klient: FlaskClient, kjerne: Kjerne) -> None:
    svar = post(klient, "streng", j([en(), en(a=2), en(id="2"), en(id="2"), en(type="UKJENT", id="3"), {"id": "4"}]))
    assert svar.status_code == 202
    elementer = svar.get_json()["elementer"]
    assert [ett.get("kode", ett.get("tilstand")) for ett in elementer] == [
        "MOTTATT",
        "Konflikt",
        "MOTTATT",
        "MOTTATT",
        "UkjentHendelsestype",
        "Valideringsfeil",
    ]
    assert elementer[1]["idTilEksisterende"] == elementer[0]["id"]
    assert [ett["indeks"] for ett in elementer] == list(range(6))
    assert len(lagret(kjerne)) == 2


def test_en_linje_som_ikke_er_json_er_dens_egen_feil(klient: FlaskClient, kjerne: Kjerne) -> None:
    svar = post(klient, "ndjson", f'{j(en())}\n{{"id": \n{j(en(id="3"))}\n\xff'.encode("latin-1"))
    assert [ett["tilstand"] for ett in svar.get_json()["elementer"]] == ["MOTTATT", "KARANTENE", "MOTTATT", "KARANTENE"]
    assert "line 2: It is not JSON" in svar.get_json()["elementer"][1]["detail"]


def test_en_melding_uten_hendelser_besvares_og_lagrer_ingenting(klient: FlaskClient, kjerne: Kjerne) -> None:
    for kilde, kropp in (("json", "[]"), ("ndjson", "\n"), ("csv", "slag;nr\n"), ("xml-mange", "<ordrer/>")):
        svar = post(klient, kilde, kropp)
        assert (svar.status_code, svar.get_json()) == (200, {"elementer": []}), kilde
    assert lagret(kjerne) == []


# --- what cannot be read at all -----------------------------------------------------------------------------------

LATTER = "".join(f'<!ENTITY l{nr} "{f"&l{nr - 1};" * 10}">' for nr in range(1, 10))


@pytest.mark.parametrize(
    ("kilde", "type_", "kropp", "status", "kode", "sagt"),
    [
        ("json", "", "{", 400, "UgyldigJson", "The body is not JSON"),
        ("json", "", "[" * 100_000, 400, "UgyldigJson", "The body is not JSON"),
        ("json", "text/xml", "<a/>", 415, "UkjentInnholdstype", "format: xml"),
        ("json", "", "[1,]", 400, "UgyldigJson", "The body is not JSON"),
        ("faa", "", j([1, 2, 3]), 413, "ForStor", "carries 3 events; this source may send 2 at once"),
        ("faa", "", j("a" * 300), 413, "ForStor", "larger than the 200 bytes"),
        ("rapid", "", "[]", 400, "UgyldigJson", "is not a message of a rapid"),
        ("skjema", "application/json", "{}", 415, "UkjentInnholdstype", "read as a form"),
        ("skjema", "", "payload=1&payload=2", 422, "Valideringsfeil", "must have one, with JSON"),
        ("skjema", "", "annet=1", 422, "Valideringsfeil", "has 0 fields with the name payload"),
        ("skjema", "", "payload=%7B", 400, "UgyldigJson", "The field payload is not JSON"),
        ("skjema", "", "payload=%FF", 422, "Valideringsfeil", "must be percent-encoded UTF-8"),
        ("felter", "", "&".join("a=1" for _ in range(1_001)), 422, "Valideringsfeil", "more than 1000 fields"),
        ("xml", "application/json", "{}", 415, "UkjentInnholdstype", "read as XML"),
        ("xml", "", "<a><b></a>", 422, "Valideringsfeil", "not well-formed XML: line 1, column"),
        ("xml", "", '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', 422, "Valideringsfeil", "DOCTYPE"),
        ("xml", "", f"<?a?><!DOCTYPE a [<!ENTITY l0 'ha'>{LATTER}]><a>&l9;</a>", 422, "Valideringsfeil", "DOCTYPE"),
        ("xml", "", "<a id='1'>&ukjent;</a>", 422, "Valideringsfeil", "not well-formed"),
        ("xml", "", "<a>" * 70 + "</a>" * 70, 422, "Valideringsfeil", "deeper than 64 levels"),
        ("xml", "", "<a>" * 300 + "</a>" * 300, 422, "Valideringsfeil", "not well-formed"),
        ("xml", "", "<a>" + "<b/>" * 200_001 + "</a>", 422, "Valideringsfeil", "more than 200000 elements"),
        ("xml", "", b"<?xml version='1.0' encoding='ebcdic-cp-no'?><a/>", 422, "Valideringsfeil", "encoding"),
        ("xml", "", b"<a id='\xe5'/>", 422, "Valideringsfeil", "The document is not utf-8 at byte 8"),
        ("csv", "application/json", "{}", 415, "UkjentInnholdstype", "read as CSV"),
        ("csv", "", "", 422, "Valideringsfeil", "The file is empty"),
        ("csv", "", "a;a\n", 422, "Valideringsfeil", "the same name of a column twice"),
        ("csv", "", ";\n", 422, "Valideringsfeil", "no names of columns"),
        ("csv", "", "a;b".encode("utf-16"), 422, "Valideringsfeil", "UTF-16"),
    ],
)
def test_det_som_ikke_kan_leses_avvises_og_sier_hva_som_er_galt(
    klient: FlaskClient, kjerne: Kjerne, kilde: str, type_: str, kropp: bytes | str, status: int, kode: str, sagt: str
) -> None:
    svar = post(klient, kilde, kropp, type_)
    assert (svar.status_code, svar.content_type) == (status, "application/problem+json"), svar.text
    assert svar.get_json()["kode"] == kode
    assert sagt in svar.get_json()["detail"]
    assert lagret(kjerne) == []


def test_en_signatur_proeves_foer_noe_leses(klient: FlaskClient) -> None:
    for kilde in ("xml", "csv", "skjema", "json"):
        assert post(klient, kilde, "<", hoder={github.HODE: "sha256=" + "0" * 64}).status_code == 401


# --- SOAP -------------------------------------------------------------------------------------------------------------

S11, S12 = "http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"
VERSJONER = [
    pytest.param(S11, "text/xml; charset=utf-8", id="1.1"),
    pytest.param(S12, "application/soap+xml; charset=utf-8", id="1.2"),
]


def konvolutt(versjon: str, kropp: str = "<o:ordre xmlns:o='urn:o'><id>1</id></o:ordre>", hoder: str = "") -> str:
    return (
        f'<s:Envelope xmlns:s="{versjon}"><s:Header><w:MessageID xmlns:w="urn:w">m-1</w:MessageID>{hoder}</s:Header>'
        f"<s:Body>{kropp}</s:Body></s:Envelope>"
    )


def feil_i(svar: TestResponse, versjon: str) -> tuple[str, str]:
    """The code and the reason of a fault, read as its version says."""
    rot = etree.fromstring(svar.data)
    assert rot.tag == f"{{{versjon}}}Envelope"
    feil = rot.find(f"{{{versjon}}}Body/{{{versjon}}}Fault")
    assert feil is not None, svar.text
    if versjon == S11:
        return feil.findtext("faultcode") or "", feil.findtext("faultstring") or ""
    return (
        feil.findtext(f"{{{versjon}}}Code/{{{versjon}}}Value") or "",
        feil.findtext(f"{{{versjon}}}Reason/{{{versjon}}}Text") or "",
    )


@pytest.mark.parametrize(("versjon", "type_"), VERSJONER)
def test_soap_besvares_med_en_konvolutt_i_samme_versjon(
    klient: FlaskClient, kjerne: Kjerne, versjon: str, type_: str
) -> None:
    svar = post(klient, "soap", konvolutt(versjon), type_)
    assert (svar.status_code, svar.content_type) == (202, type_), svar.text
    (rad,) = lagret(kjerne)
    assert (rad.ekstern_id, _data(rad)) == ("m-1", {"id": "1"}), "its id stands in a header"
    kvittering = etree.fromstring(svar.data).find(f"{{{versjon}}}Body/{{urn:avsender}}Mottatt")
    assert kvittering is not None
    assert [dict(ett.attrib) for ett in kvittering] == [{"id": str(rad.id), "tilstand": "MOTTATT"}]
    assert post(klient, "soap", konvolutt(versjon), type_).status_code == 200


@pytest.mark.parametrize(("versjon", "type_"), VERSJONER)
@pytest.mark.parametrize(
    ("hva", "status", "kode", "sagt"),
    [
        ({"kropp": ""}, 422, "C", "nothing in its Body"),
        ({"hoder": "<b:c xmlns:b='urn:b' s:mustUnderstand='1'/>"}, 422, "MustUnderstand", "must be understood"),
        ({"hoder": "<MessageID/><&"}, 422, "C", "not well-formed"),
    ],
)
def test_soap_som_ikke_kan_tas_imot_besvares_med_en_feil_i_samme_versjon(
    klient: FlaskClient, versjon: str, type_: str, hva: dict[str, str], status: int, kode: str, sagt: str
) -> None:
    svar = post(klient, "soap", konvolutt(versjon, **hva), type_)
    assert (svar.status_code, svar.content_type) == (status, type_)
    feilkode, tekst = feil_i(svar, versjon)
    ventet = {"C": "Client" if versjon == S11 else "Sender"}.get(kode, kode)
    assert feilkode == f"soap:{ventet}"
    assert sagt in tekst


@pytest.mark.parametrize(("versjon", "type_"), VERSJONER)
def test_ogsaa_det_som_avvises_foer_det_leses_er_en_soap_feil(klient: FlaskClient, versjon: str, type_: str) -> None:
    svar = post(klient, "soap", konvolutt(versjon), type_, hoder={github.HODE: "sha256=" + "0" * 64})
    assert svar.status_code == 401
    assert feil_i(svar, versjon)[0] == ("soap:Client" if versjon == S11 else "soap:Sender")
    post(klient, "soap", konvolutt(versjon), type_)
    svar = post(klient, "soap", konvolutt(versjon, kropp="<annet/>"), type_)
    assert svar.status_code == 409
    assert "other content" in feil_i(svar, versjon)[1]


def test_en_konvolutt_av_en_ukjent_versjon_er_en_versjonsfeil(klient: FlaskClient) -> None:
    for kropp in (konvolutt("urn:soap:2.0"), "<a/>"):
        svar = post(klient, "soap", kropp, "text/xml")
        assert (svar.status_code, feil_i(svar, S11)[0]) == (422, "soap:VersionMismatch")


@pytest.mark.parametrize("hode", [
    "<k:h xmlns:k='urn:kjent' s:mustUnderstand='1'/>",
    "<k:h xmlns:k='urn:b' s:mustUnderstand='0'/>",
    "<k:h xmlns:k='urn:b' s:mustUnderstand='1' s:actor='urn:en-annen' s:role='urn:en-annen'/>",
])  # fmt: skip
@pytest.mark.parametrize(("versjon", "type_"), VERSJONER)
def test_hoder_som_er_kjent_eller_andres_er_ingen_hindring(
    klient: FlaskClient, kjerne: Kjerne, versjon: str, type_: str, hode: str
) -> None:
    assert post(klient, "soap", konvolutt(versjon, hoder=hode), type_).status_code == 202


def test_en_avsender_som_bare_leser_feil_ved_500_faar_det_saa(klient: FlaskClient, kjerne: Kjerne) -> None:
    svar = post(klient, "soap-gammel", konvolutt(S11), "text/xml")
    assert svar.status_code == 200, "instead of 202"
    svar = post(klient, "soap-gammel", "<", "text/xml")
    assert (svar.status_code, feil_i(svar, S11)[0]) == (500, "soap:Client")


# --- answers, networks and rules of a source -----------------------------------------------------------------------


def test_en_avsender_som_krever_200_faar_det_og_feil_er_fortsatt_feil(klient: FlaskClient, kjerne: Kjerne) -> None:
    svar = post(klient, "to-hundre", j(en()))
    assert (svar.status_code, svar.get_json()["tilstand"]) == (200, "MOTTATT")
    assert post(klient, "to-hundre", "{").status_code == 400
    svar = post(klient, "to-hundre-og-fire", j(en()))
    assert (svar.status_code, svar.data) == (204, b"")


def test_tid_er_naar_det_hendte_i_norsk_tid_uten_forskyvning(klient: FlaskClient, kjerne: Kjerne) -> None:
    for nr, tid in enumerate(("2026-11-23T09:00:00", "2026-11-23T08:00:00Z", 1795420800, 1795420800000, "1795420800")):
        assert post(klient, "json", j(en(id=nr, tid=tid))).status_code == 202
    assert {rad.tid.isoformat() for rad in lagret(kjerne)} == {"2026-11-23T08:00:00+00:00"}
    svar = post(klient, "json", j(en(id="x", tid="i går")))
    assert svar.get_json()["tilstand"] == "KARANTENE"
    assert "time (`tid`) must be" in lagret(kjerne)[-1].feilmelding


def test_en_kilde_der_noekkelen_venter_etter_karantene_sier_det_paa_hendelsen(
    klient: FlaskClient, kjerne: Kjerne
) -> None:
    post(klient, "venter", j(en()))
    post(klient, "json", j(en()))
    assert [rad.stopper_noekkelen for rad in lagret(kjerne)] == [True, None]


@pytest.mark.parametrize(
    ("direkte", "videresendt", "slipper"),
    [
        ("10.1.2.3", "", True),
        ("::ffff:10.1.2.3", "", True),
        ("2001:db8::5", "", True),
        ("10.2.0.1", "", False),
        ("10.2.0.1", "10.1.2.3", False),
        ("192.0.2.10", "10.1.2.3", True),
        ("192.0.2.10", "10.1.2.3, 203.0.113.9", False),
        ("192.0.2.10", "203.0.113.9, 10.1.2.3, 192.0.2.11", True),
        ("192.0.2.10", "tull", False),
        ("192.0.2.10", "", False),
    ],
)
def test_bare_kildens_egne_nett_slipper_inn_ogsaa_bak_en_betrodd_proxy(
    klient: FlaskClient, kjerne: Kjerne, monkeypatch: pytest.MonkeyPatch, direkte: str, videresendt: str, slipper: bool
) -> None:
    innstillinger = kjerne.innstillinger
    monkeypatch.setitem(innstillinger.__dict__, "betrodde_proxyer", ("192.0.2.0/24",))
    innstillinger.__dict__.pop("proxynett", None)
    try:
        hoder = {"X-Forwarded-For": videresendt} if videresendt else {}
        svar = post(klient, "innenfra", j(en()), hoder=hoder, environ_base={"REMOTE_ADDR": direkte})
    finally:
        innstillinger.__dict__.pop("proxynett", None)
    assert svar.status_code == (202 if slipper else 403), svar.text
    assert slipper or svar.get_json()["kode"] == "IngenTilgang"


# --- read again ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kilde", "kropp", "fra", "til", "id_", "data"),
    [
        ("xml", "<a x='å'><b/></a>", b"<a", b"<a id='7'", "7", {"@id": "7", "@x": "å", "b": ""}),
        (
            "xml-mange",
            ORDRER.replace(b'slag="MASSEOPPSIGELSE"', b""),
            b'dag="',
            b'slag="MASSEOPPSIGELSE" dag="',
            "2026-11-23-1",
            {"@nr": "1", "navn": "Bjørnøya", "linje": ["a"], "naar": "2026-11-23T08:00:00"},
        ),
        (
            "csv",
            "slag;nr;navn;beloep\nMASSEOPPSIGELSE;;ø;1\n".encode("windows-1252"),
            b";;",
            b";7;",
            "7",
            {"slag": T, "nr": "7", "navn": "ø", "beloep": 1},
        ),
        ("ndjson", '{"id": "7", "type": "MASSEOPPSIGELSE"', b'SE"', b'SE"}', "7", {"id": "7", "type": T}),
        ("skjema", urlencode({"payload": j({"type": T})}), b"{", b'{"id": "7", ', "7", {"id": "7", "type": T}),
    ],
)
def test_det_som_ikke_kunne_identifiseres_leses_igjen_i_sitt_eget_format(
    klient: FlaskClient,
    kjerne: Kjerne,
    som: Any,
    kilde: str,
    kropp: bytes | str,
    fra: bytes,
    til: bytes,
    id_: str,
    data: Any,
) -> None:
    assert post(klient, kilde, kropp).status_code == 202
    rad = lagret(kjerne)[0]
    assert (rad.tilstand, rad.feilkode) == ("KARANTENE", "Uidentifisert")
    sti = f"/api/v1/hendelser/{rad.id}/paa-nytt"
    hoder = som(kjerne.produsenter.hent("permittering").applikasjoner[0])
    assert klient.post(sti, headers=hoder).status_code == 409, "as before, by the same source"
    # As if its source had been mended: what it looks for is there.
    rettet = bytes(rad.raa).replace(fra, til, 1)
    kjerne.database.i_transaksjon(lambda: Hendelse.update(raa=rettet).where(Hendelse.id == rad.id).execute())
    svar = klient.post(sti, headers=hoder)
    assert (svar.status_code, svar.get_json()["tilstand"], svar.get_json()["eksternId"]) == (200, "MOTTATT", id_)
    rad = lagret(kjerne)[0]
    assert (rad.format, _data(rad)) == ("json", data), "what a plugin's process can read"
