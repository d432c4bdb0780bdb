"""The formats as the fuzzers drive them: sources of each, examples of what they read, and what may come of anything."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

from adapters.registrer import Adaptere
from gateway.domain.feil import Valideringsfeil
from gateway.domain.hendelsesdata import Format, Uleselig, data_av
from gateway.inbox.format import LestHendelse, Uidentifisert
from gateway.inbox.kilder import Kilde, les_kilder
from gateway.plugin.formater import ForMangeHendelser, UkjentInnholdstype
from gateway.vertskap.erklaering import Plugins
from tests.verden import registeret

HEMMELIG = "hemmelighet"
F = f"produsent: permittering, adapter: github, hemmeligheter: [{HEMMELIG}]"
N = "produsent: permittering, adapter: api-noekkel, hemmeligheter: [en-api-noekkel-som-er-lang]"
KILDER = f"""
- {{navn: json, {F}, type: type, id: id, noekkel: "noekler[0].a", tid: tid, ignorer: "contains(type, 'X')"}}
- {{navn: json-inne, {F}, type: type, id: id, formatvalg: {{hendelser: "rader[].deler[]"}}}}
- {{navn: ndjson, {F}, format: ndjson, type: type, id: id}}
- {{navn: cloudevents, {F}, format: cloudevents, noekkel: a}}
- {{navn: binaer, {N}, format: cloudevents}}
- {{navn: rapid, {F}, format: rapid}}
- {{navn: skjema, {F}, format: skjema, type: type, id: id}}
- {{navn: felter, {F}, format: skjema, formatvalg: {{innhold: felter}}, type: type, id: id}}
- {{navn: xml, {F}, format: xml, type: local-name(.), id: "@id", noekkel: "concat(//a, b[1]/@c)", tid: tid}}
- {{navn: xml-mange, {F}, format: xml, formatvalg: {{hendelser: "//a[b or @id]", lister: [b]}}, type: "'T'",
   id: "concat(/*/@id, '-', @id)", noekkel: "count(b)", ignorer: "not(b)"}}
- {{navn: soap, {F}, format: soap, type: "'T'", id: /Envelope/Header/MessageID, noekkel: .//id}}
- {{navn: csv, {F}, format: csv, formatvalg: {{tegnsett: windows-1252, tall: [b]}}, type: "'T'", id: a, noekkel: b}}
- {{navn: csv-komma, {F}, format: csv, formatvalg: {{skilletegn: ',', kolonner: [a, b], tall: [b], desimaltegn: .}},
   type: a, id: b}}
"""
CE = {"specversion": "1.0", "id": "1", "source": "/s", "type": "T", "time": "2026-11-23T08:00:00Z", "data": {"a": 1}}
S11, S12 = "http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"
SOAP = """<?xml version="1.0"?><s:Envelope xmlns:s="{}"><s:Header><w:MessageID xmlns:w="urn:w" s:mustUnderstand="0">1
</w:MessageID></s:Header><s:Body><a><id>1</id></a></s:Body></s:Envelope>"""
EKSEMPLER: dict[str, list[bytes]] = {
    "json": [b'{"type":"T","id":1,"noekler":[{"a":"k"}],"tid":1795420800}', json.dumps([{"type": "T"}, CE]).encode()],
    "json-inne": [b'{"rader":[{"deler":[{"type":"T","id":1}]}]}'],
    "ndjson": [b'{"type":"T","id":1}\r\n{"type":"T","id":"2"}\n'],
    "cloudevents": [json.dumps(CE).encode(), json.dumps([CE, {**CE, "data_base64": "e30="}]).encode()],
    "binaer": [b'{"a": 1}'],
    "rapid": [b'{"@event_name":"T","@id":"1","@opprettet":"2026-11-23T09:30:00.123456789","@behov":["A"]}'],
    "skjema": [urlencode({"payload": '{"type":"T","id":"\u00e6"}'}).encode()],
    "felter": [b"type=T&id=%C3%A6&a=1&a=2"],
    "xml": [
        '<?xml version="1.0" encoding="ISO-8859-1"?><!--c--><T id="å"><b c="1">x</b></T>'.encode("latin-1"),
        '<?xml version="1.0" encoding="UTF-16"?><T id="1"/>'.encode("utf-16"),
        b"<!DOCTYPE a [<!ENTITY b 'c'>]><a id='1'>&b;</a>",
    ],
    "xml-mange": [b'<x id="d"><a id="1"><b/></a><q:a xmlns:q="urn:q" id="2"><b>1</b><b>2</b></q:a></x>'],
    "soap": [SOAP.format(S11).encode(), SOAP.format(S12).encode()],
    "csv": ['a;b\r\n1;"1 234,50"\r\n"to\nlinjer";\r\nx;"\r\n'.encode("windows-1252"), b"\xef\xbb\xbfa;b\n1;2\n"],
    "csv-komma": [b'T,"1,234.5"\nT,2\n'],
}
NAVN = sorted(EKSEMPLER)
KORPUS = Path(__file__).parent / "korpus" / "formater"
INNHOLDSTYPER = ("", "application/json", "text/xml; charset=iso-8859-1", "application/soap+xml", "text/csv")
FORUTSETTE = (Uleselig, UkjentInnholdstype, ForMangeHendelser, Valideringsfeil)
INGEN_PLUGINS = Plugins()


@cache
def kildene() -> dict[str, Kilde]:
    adaptere = Adaptere()
    with TemporaryDirectory() as mappe:
        fil = Path(mappe) / "kilder.yaml"
        fil.write_text(KILDER, encoding="utf-8")
        kilder = les_kilder(fil, adaptere.signaturordninger(), registeret(), formater=adaptere.formater(), dev=True)
    return {ett.navn: ett for ett in kilder}


def proev(navn: str, innholdstype: str, kropp: bytes, hoder: dict[str, str] | None = None) -> int:
    """Have a source read anything; return how many events it found. Nothing but what is foreseen is raised.

    What it finds can be kept, and what is kept of it be read by the plugin's process.
    """
    kilde = kildene()[navn]
    try:
        lest = kilde.les(innholdstype, hoder or {}, kropp, INGEN_PLUGINS)
    except FORUTSETTE:
        return 0
    assert len(lest.alle) == len(lest.steder)
    assert lest.flere or len(lest.alle) == 1
    for lesning in lest.alle:
        hendelse = lesning.hendelse
        if isinstance(hendelse, LestHendelse):
            assert hendelse.format is not Format.ORIGINAL
            assert data_av(hendelse.format, hendelse.raa) == hendelse.data
        else:
            assert isinstance(hendelse, Uidentifisert)
            assert hendelse.grunn
            assert len(hendelse.grunn) < 2_000
    return len(lest.alle)


def les_inngang(data: bytes) -> tuple[str, bytes]:
    """The source that an input of the fuzzer is for, by its first byte, and what it sends."""
    return NAVN[data[0] % len(NAVN)] if data else NAVN[0], data[1:]


def skriv_froe() -> None:
    """What the fuzzer begins with."""
    KORPUS.mkdir(parents=True, exist_ok=True)
    for nr, navn in enumerate(NAVN):
        for i, kropp in enumerate(EKSEMPLER[navn]):
            (KORPUS / f"froe-{navn}-{i}").write_bytes(bytes([nr]) + kropp)


def muter(velg: Callable[[int], int], kropp: bytes) -> bytes:
    """A real message with a few of its bytes changed, dropped, doubled, or moved; `velg(n)` draws one of n."""
    for _ in range(velg(4) + 1):
        sted, lengde = velg(len(kropp) + 1), velg(12)
        bit = kropp[sted : sted + lengde]
        hva = velg(5)
        if hva == 0:
            kropp = kropp[:sted] + kropp[sted + lengde :]
        elif hva == 1:
            kropp = kropp[:sted] + bit * (velg(50) + 2) + kropp[sted + lengde :]
        elif hva == 2:
            kropp = kropp[:sted] + bytes([velg(256)]) + kropp[sted + 1 :]
        elif hva == 3:
            til = velg(len(kropp) + 1)
            kropp = kropp[:til] + bit + kropp[til:]
        else:
            kropp = kropp[:sted] + SAERE[velg(len(SAERE))] + kropp[sted:]
    return kropp


SAERE = (
    *(b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b'"', b"'", b"<", b"&", b"]]>", b"<![CDATA[", b"<!--"),
    *(b"<!DOCTYPE a>", b"&#0;", b"&#xD800;", b"&lol;", b"\\ud800", b"1e400", b"9" * 400, b"[" * 70, b"{" * 70),
    *(b"<a>" * 70, b";" * 600, b"%00", b"%ED%A0%80", b"=", b"&", b"\r", b"\n", b"\xc2\x85", b"\xe2\x80\xa8", b"null"),
    *(b'{"specversion":"1.0"}', b'xmlns:s="urn:x"', b'xsi:nil="true"', b"encoding='utf-7'", b"NaN", b"-0", b"0x1"),
)
