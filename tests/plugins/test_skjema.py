"""The formats that a schema may ask for are really checked, and nothing of a schema leaves the process."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from gateway.vertskap.skjema import FORMATER, brudd, eksempelfeil, skjemafeil, validator

RIKTIG_OG_GALT: dict[str, tuple[list[Any], list[str]]] = {
    "date": (["2026-11-26", "2028-02-29", 7, None], ["2026-02-29", "26.11.2026", "20261126", "2026-W01-1", ""]),
    "time": (
        ["12:00:00Z", "12:00:00.123+01:00", "12:00:00z"],
        ["12:00", "12:00:00", "25:00:00Z", "12:00:61Z", "T12:00:00Z"],
    ),
    "date-time": (
        ["2026-11-26T12:00:00Z", "2026-11-26T12:00:00.5+01:00", "2026-11-26t12:00:00z", "2026-11-26 12:00:00Z"],
        ["2026-11-26", "2026-11-26T12:00:00", "2026-13-26T12:00:00Z", "2026-11-26X12:00:00Z", "i dag"],
    ),
    "email": (["ola@nav.no", "ola@faß.de"], ["ola", "@nav.no", "ola@", "ola nordmann@nav.no", "a@b@c"]),
    "ipv4": (["10.0.0.1"], ["10.0.0", "10.0.0.256", "::1"]),
    "ipv6": (["::1", "2001:db8::1"], ["10.0.0.1", ":::"]),
    "uri": (
        ["https://nav.no/a?b=c#d", "urn:a:b"],
        ["nav.no", "/a", "https://nav.no/æ", "https://nav.no/a b", "http://[::"],
    ),
    "uuid": (
        ["5f6027bf-0604-4acf-8168-0c1611f33c0d", "5F6027BF-0604-4ACF-8168-0C1611F33C0D"],
        ["5f6027bf06044acf81680c1611f33c0d", "{5f6027bf-0604-4acf-8168-0c1611f33c0d}", "5f6027bf"],
    ),
    "regex": (["^a+$", ""], ["(", "[", "*"]),
}


def test_hvert_format_har_en_proeve_her() -> None:
    assert set(RIKTIG_OG_GALT) == set(FORMATER)


@pytest.mark.parametrize("format_", FORMATER)
def test_et_format_slipper_bare_det_riktige_gjennom(format_: str) -> None:
    kontroll = validator({"format": format_})
    riktige, gale = RIKTIG_OG_GALT[format_]
    assert {str(verdi): brudd(kontroll, verdi) for verdi in riktige} == {str(verdi): None for verdi in riktige}
    assert {verdi: brudd(kontroll, verdi) for verdi in gale} == dict.fromkeys(gale, "at $, the rule 'format' is broken")


@pytest.mark.parametrize(
    "skjema",
    [
        {"properties": {"format": {"type": "string"}, "$ref": {"type": "string"}}},
        {"$defs": {"id": {"type": "string"}}, "properties": {"id": {"$ref": "#/$defs/id"}}},
        {"$defs": {"id": {"$anchor": "ide", "type": "string"}}, "properties": {"id": {"$ref": "#ide"}}},
        {"$schema": "https://json-schema.org/draft/2020-12/schema"},
        {"const": {"$ref": "http://127.0.0.1/", "format": "iri"}},
        {"patternProperties": {"^x": {"format": "date"}}, "allOf": [{"not": {"required": ["a"]}}]},
        {},
    ],
)
def test_et_skjema_som_staar_paa_egne_bein_kan_brukes(skjema: dict[str, Any]) -> None:
    assert list(skjemafeil(skjema)) == []
    assert eksempelfeil(skjema, {}) == [] or "const" in skjema


@pytest.mark.parametrize("hvor", ["$ref", "$dynamicRef"])
@pytest.mark.parametrize("dypt", [False, True])
def test_et_skjema_henter_aldri_noe(hvor: str, dypt: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as tjener:
        tjener.settimeout(0)
        adresse = f"http://127.0.0.1:{tjener.getsockname()[1]}/skjema.json"
        ledd = {hvor: adresse}
        skjema = {"properties": {"a": {"items": {"anyOf": [ledd]}}}} if dypt else ledd
        (feil,) = skjemafeil(skjema)
        assert feil == f"it refers to {adresse!r}, and nothing is fetched; put it under $defs, and refer to #/$defs/…"
        with pytest.raises(BlockingIOError):
            tjener.accept()


def test_et_brudd_sier_hvor_og_hvilken_regel_og_ikke_hva_som_staar_der() -> None:
    kontroll = validator({"properties": {"navn": {"format": "email"}}})
    assert brudd(kontroll, {"navn": "Ola Nordmann"}) == "at $.navn, the rule 'format' is broken"
