"""Taking in: what identifies an event, within what every index holds; and what a repeat is."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest

from gateway.domain.feil import Avslag, Konflikt, Valideringsfeil
from gateway.domain.hendelsesdata import UgyldigJson, les_json
from gateway.inbox.format import (
    SATSVIS,
    STRUKTURERT,
    LestHendelse,
    les_cloudevents,
    les_strukturert,
)
from gateway.inbox.inntak import Avsender, ta_imot
from gateway.plugin.uttrykk import Uttrykk, Uttrykksfeil
from gateway.store.database import Database
from gateway.store.tabeller import Hendelse
from tests.inbox.innboks import Innboks
from tests.verden import FastKlokke, lag_kjerne

CE = {"specversion": "1.0", "id": "1", "source": "/a", "type": "BESKJED", "data": {"tall": 1, "navn": "Å"}}
BINAER = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/a", "ce-type": "BESKJED"}
LENGST = "æ" * 500


def strukturert(**felter: Any) -> LestHendelse:
    (lest,) = les_cloudevents(STRUKTURERT, {}, json.dumps({**CE, **felter}).encode())
    assert isinstance(lest, LestHendelse)
    return lest


def binaer(**hoder: str) -> LestHendelse:
    alle = {**BINAER, **{f"ce-{navn}": verdi for navn, verdi in hoder.items()}}
    (lest,) = les_cloudevents("Application/JSON", alle, json.dumps(CE["data"]).encode())
    assert isinstance(lest, LestHendelse)
    return lest


# --- limits ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("felt", ["id", "source", "type", "subject"])
@pytest.mark.parametrize("verdi", ["a\x00b", "a\nb", "", "x" * 501, "æ" * 501, "😀" * 300, "x" * 100_000])
def test_det_som_ikke_kan_staa_i_en_indeks_avvises_foer_databasen(felt: str, verdi: str) -> None:
    with pytest.raises(Valideringsfeil):
        strukturert(**{felt: verdi})


@pytest.mark.parametrize("verdi", [LENGST, "a\u00a0b", "a\u00adb", "\u200b", "😀" * 250])
def test_det_lengste_og_det_rareste_som_tillates_kan_lagres_og_behandles(innboks: Innboks, verdi: str) -> None:
    lest = strukturert(id=verdi, source=verdi, subject=verdi, data={})
    mottak = ta_imot(innboks.kjerne, lest, innboks.avsender)
    assert not ta_imot(innboks.kjerne, lest, innboks.avsender).ny
    innboks.runde()
    assert innboks.les(mottak).tilstand in ("BEHANDLET", "KARANTENE")
    assert innboks.les(mottak).noekkel != "koe"


@pytest.mark.parametrize(("felt", "verdi"), [("id", False), ("id", True), ("id", 1.5), ("id", ["a"]), ("type", None)])
def test_bare_tekst_og_hele_tall_er_en_id(felt: str, verdi: Any) -> None:
    with pytest.raises(Valideringsfeil):
        strukturert(**{felt: verdi})


@pytest.mark.parametrize("felt", ["id", "source", "type"])
def test_en_cloudevent_uten_et_paakrevd_felt_er_ingen(felt: str) -> None:
    with pytest.raises(Valideringsfeil):
        les_cloudevents(STRUKTURERT, {}, json.dumps({navn: ett for navn, ett in CE.items() if navn != felt}).encode())


def test_id_er_som_er_like_i_unicode_er_samme_hendelse(innboks: Innboks) -> None:
    assert strukturert(id="a\u030a").id == strukturert(id="å").id


# --- the same event, in every form -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hode", "verdi"),
    [
        ("Euro%20%E2%82%AC%20%F0%9F%98%80", "Euro € 😀"),
        ("100%25%32", "100%2"),
        ('"i hermetegn \\" med"', 'i hermetegn " med'),
        ("uten", "uten"),
        ("+pluss", "+pluss"),
        ("%zz", "%zz"),
    ],
)
def test_ce_hoder_avkodes_en_gang(hode: str, verdi: str) -> None:
    assert binaer(id=hode).id == verdi


@pytest.mark.parametrize("hode", ["%FF", "a%C3", "\xe6", "%00", "%0A"])
def test_ce_hoder_som_ikke_er_utf_8_avvises(hode: str) -> None:
    with pytest.raises(Valideringsfeil):
        binaer(id=hode)


def test_samme_hendelse_sendt_paa_alle_maater_er_en_gjentakelse(innboks: Innboks) -> None:
    annerledes = json.dumps({"data": {"navn": "Å", "tall": 1}, **CE}, indent=1).encode()
    former = [strukturert(), binaer(time="2026-01-01T00:00:00Z"), strukturert(time="2026-02-02T00:00:00Z")]
    for type_, kropp in (
        (SATSVIS, b"[" + annerledes + b"]"),
        ("application/CloudEvents+JSON", b"\xef\xbb\xbf" + annerledes),
    ):
        (lest,) = les_cloudevents(type_, {}, kropp)
        assert isinstance(lest, LestHendelse)
        former.append(lest)
    assert [ta_imot(innboks.kjerne, form, innboks.avsender).ny for form in former] == [True, *[False] * 4]


def _feil(ett: LestHendelse | Avslag) -> bool:
    return isinstance(ett, Avslag)


@pytest.mark.parametrize(
    "felter", [{"data": {"tall": 2, "navn": "Å"}}, {"data": None}, {"type": "FEILER"}, {"subject": "en annen"}]
)
def test_samme_kilde_og_id_med_annet_innhold_er_en_konflikt(innboks: Innboks, felter: dict[str, Any]) -> None:
    foerst = ta_imot(innboks.kjerne, strukturert(), innboks.avsender)
    with pytest.raises(Konflikt) as konflikt:
        ta_imot(innboks.kjerne, strukturert(**felter), innboks.avsender)
    assert konflikt.value.id_til_eksisterende == foerst.id


def test_det_en_tidligere_versjon_tok_imot_gjentas_som_foer(innboks: Innboks) -> None:
    """It kept no hash of the content, so all that is known is source and id."""
    foerst = ta_imot(innboks.kjerne, strukturert(), innboks.avsender)
    innboks.kjerne.database.i_transaksjon(lambda: Hendelse.update(innhold_hash=None).execute())
    assert ta_imot(innboks.kjerne, strukturert(data=None), innboks.avsender).id == foerst.id


def test_innholdet_er_ikke_til_aa_lese_i_avtrykket(innboks: Innboks) -> None:
    rad = innboks.les(ta_imot(innboks.kjerne, strukturert(), innboks.avsender))
    assert len(rad.innhold_hash) == 64


# --- batches --------------------------------------------------------------------------------------------------------


def test_et_galt_tall_i_en_sats_er_den_hendelsens_egen_feil() -> None:
    element = json.dumps(CE).encode()
    galt = element.replace(b'"tall": 1', b'"tall": 1e400')
    dypt = element.replace(b'"tall": 1', b'"tall": ' + b"[" * 70 + b"]" * 70)
    langt = element.replace(b'"tall": 1', b'"tall": ' + b"9" * 5_000)
    svar = les_cloudevents(SATSVIS, {}, b"[" + b",".join((element, galt, dypt, langt, b"7", element)) + b"]")
    assert [_feil(ett) for ett in svar] == [False, True, True, True, True, False]


def test_en_tom_sats_avvises_med_et_ord_om_hvorfor() -> None:
    with pytest.raises(Valideringsfeil, match="The batch is empty"):
        les_cloudevents(SATSVIS, {}, b" [ ] ")


@pytest.mark.parametrize("kropp", [b"{}", b"1", b"null"])
def test_en_sats_som_ikke_er_en_liste_avvises(kropp: bytes) -> None:
    with pytest.raises(Valideringsfeil, match="is a JSON array of events"):
        les_cloudevents(SATSVIS, {}, kropp)


@pytest.mark.parametrize("kropp", [b"", b"[", b"[1,]", b"[" * 100_000, b'[{"a":tru}]'])
def test_en_sats_som_ikke_er_json_avvises(kropp: bytes) -> None:
    with pytest.raises(UgyldigJson):
        les_cloudevents(SATSVIS, {}, kropp)


@pytest.mark.parametrize("kropp", [b"9" * 5_000, b"1e400", b"NaN", b"\xff", b'"\\ud800"', b"[" * 100_000, b""])
def test_det_som_ikke_er_json_sies_aa_vaere_det(kropp: bytes) -> None:
    with pytest.raises(UgyldigJson):
        les_json(kropp)


# --- expressions -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("uttrykk", "data"),
    [
        ("join('-', [a, b])", {"a": None, "b": "x"}),
        ("avg(a)", {"a": []}),
        ("sort_by(@, &a)", [{"a": 1}, {"a": "x"}]),
        ("to_number(a) > `1` && length(a)", {"a": 7}),
        ("max_by(@, &a)", [{"a": None}]),
        ("ukjent(a)", {}),
        ("sum(a)", {"a": ["x"]}),
        ("a" + "[]" * 400 + ".b", {"a": [1]}),
        ("map(&map(&map(&@, $), $), $)", [1] * 200),
    ],
)
def test_et_uttrykk_velter_aldri_en_foresporsel(uttrykk: str, data: Any) -> None:
    with suppress(Uttrykksfeil):
        Uttrykk(uttrykk).finn(data)


@pytest.mark.parametrize("uttrykk", ["a[", "", "(" * 900, "a" * 1_001, "`"])
def test_et_uttrykk_som_ikke_er_ett_avvises(uttrykk: str) -> None:
    with pytest.raises(Uttrykksfeil):
        Uttrykk(uttrykk)


def _svar(nr: int, **konvolutt: Any) -> bytes:
    data = {"@event_name": "FORESPOERSEL_BESVART", "@id": str(nr), "forespoersel_id": "f-1"}
    felles = {"specversion": "1.0", "source": "im", "type": "FORESPOERSEL_BESVART", "id": str(nr)}
    return json.dumps({**felles, "data": data, **konvolutt}).encode()


def test_noekkelen_som_typen_erklaerer_gjelder_der_hendelsen_ikke_har_noen(database: Database) -> None:
    kjerne = lag_kjerne(database, FastKlokke())
    avsender = Avsender(produsent="inntektsmelding", applikasjon="test", korrelasjonsid="k")
    for kropp in (_svar(1), _svar(2), _svar(3, subject="en annen"), _svar(4, subject="f-1")):
        ta_imot(kjerne, les_strukturert(kropp), avsender)
    with database.tilkobling():
        rader = {rad.ekstern_id: rad for rad in Hendelse.select()}
    assert rader["1"].noekkel == rader["2"].noekkel == rader["4"].noekkel
    assert rader["3"].noekkel != rader["1"].noekkel
    assert [rader[nr].loepenummer for nr in ("1", "2", "4")] == [1, 2, 3]


def test_den_samme_hendelsen_er_den_samme_ogsaa_naar_typen_erklaerer_en_noekkel(database: Database) -> None:
    kjerne = lag_kjerne(database, FastKlokke())
    avsender = Avsender(produsent="inntektsmelding", applikasjon="test", korrelasjonsid="k")
    foerst, igjen = (ta_imot(kjerne, les_strukturert(_svar(1)), avsender) for _ in range(2))
    assert (foerst.ny, igjen.ny, igjen.id) == (True, False, foerst.id)
