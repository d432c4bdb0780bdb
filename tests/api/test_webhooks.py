"""Webhooks: what a signature covers, what is kept that nobody understands, and what senders in the wild send."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from adapters.registrer import Adaptere
from adapters.signaturer import github, standard_webhooks
from gateway.http.tokens import DevUtsteder
from gateway.inbox.kilder import les_kilder
from gateway.kjerne import Kjerne
from gateway.klokke import sann_tid
from gateway.oppsett.innstillinger import Innstillingsfeil
from gateway.plugin.uttrykk import FLEST_STEG
from gateway.store.database import aapne
from gateway.store.tabeller import Hendelse
from tests.api.conftest import lag_app
from tests.conftest import toem
from tests.verden import ROT, START, FastKlokke, lag_kjerne, melding

WHSEC = "whsec_aW5udGVrdHNtZWxkaW5nLWRldi1oZW1tZWxpZ2hldA=="
HEMMELIG = "hemmelig"
KILDER = f"""
- {{navn: vanlig, produsent: permittering, adapter: github, hemmeligheter: [{HEMMELIG}], type: type, id: id,
   noekkel: bedriftsnummer, ignorer: ignorer}}
- {{navn: streng, produsent: permittering, adapter: github, hemmeligheter: [{HEMMELIG}], type: type, id: id,
   uforstaatt: avvis, annet_innhold: avvis}}
- {{navn: skjoer, produsent: permittering, adapter: github, hemmeligheter: [{HEMMELIG}], type: type,
   id: "join('-', [id, del])", ignorer: "contains(bare, 'x')"}}
- {{navn: dyr, produsent: permittering, adapter: github, hemmeligheter: [{HEMMELIG}], type: type,
   id: id, noekkel: "a[].a[].[a, a, a, a]"}}
- {{navn: standard, produsent: permittering, adapter: standard-webhooks, hemmeligheter: ["{WHSEC}"], type: type}}
- {{navn: standard-med-id, produsent: permittering, adapter: standard-webhooks, hemmeligheter: ["{WHSEC}"], type: type,
   id: id}}
"""
MELDING = {**melding("permittering/masseoppsigelse"), "id": "m-1"}
CE = {
    "specversion": "1.0",
    "id": "ce-1",
    "source": "/avsenderens/egen",
    "type": "MASSEOPPSIGELSE",
    "subject": "s",
    "data": MELDING,
}
STRUKTURERT = "Application/CloudEvents+JSON; charset=utf-8"


@pytest.fixture(scope="module")
def _applikasjon(database_url: str, utsteder: DevUtsteder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    fil = tmp_path_factory.mktemp("kilder") / "kilder.yaml"
    fil.write_text(KILDER, encoding="utf-8")
    database = aapne(database_url, traader=40)
    yield lag_app(lag_kjerne(database, FastKlokke()), utsteder, fil)
    database.lukk()


def post(klient: FlaskClient, kilde: str, kropp: Any, **hoder: str) -> TestResponse:
    """Signed as the source's scheme says."""
    raa = kropp if isinstance(kropp, bytes) else json.dumps(kropp).encode()
    signert = {"Content-Type": "application/json"}
    if kilde.startswith("standard"):
        naa, id_ = sann_tid(), hoder.pop("webhook_id", "msg_1")
        signert["webhook-id"] = id_
        signert["webhook-timestamp"] = str(int(naa.timestamp()))
        signert["webhook-signature"] = standard_webhooks.signer(WHSEC, id_, naa, raa)
    else:
        signert[github.HODE] = github.signer(HEMMELIG, raa)
    signert.update({navn.replace("_", "-"): verdi for navn, verdi in hoder.items()})
    return klient.post(f"/webhooks/{kilde}", data=raa, headers=signert)


def lagret(kjerne: Kjerne) -> list[Any]:
    with kjerne.database.tilkobling():
        return list(Hendelse.select().order_by(Hendelse.id))


# --- what the signature covers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kilde", ["vanlig", "standard"])
def test_ce_hoder_som_ingen_signatur_dekker_avvises_og_sier_hvorfor(
    klient: FlaskClient, kjerne: Kjerne, kilde: str
) -> None:
    for navn in ("ce_id", "ce_specversion", "ce_subject", "ce_utvidelse"):
        svar = post(klient, kilde, MELDING, **{navn: "1.0"})
        assert (svar.status_code, svar.get_json()["kode"]) == (422, "Valideringsfeil"), navn
        assert "does not cover ce- headers" in svar.get_json()["detail"]
    assert lagret(kjerne) == []


@pytest.mark.parametrize("kilde", ["vanlig", "standard"])
def test_en_strukturert_cloudevent_er_kildens_og_foelger_kildens_noekkel(
    klient: FlaskClient, kjerne: Kjerne, kilde: str
) -> None:
    assert post(klient, kilde, CE, Content_Type=STRUKTURERT).status_code == 202
    assert post(klient, kilde, {**CE, "data": {**MELDING}}, Content_Type=STRUKTURERT.lower()).status_code == 200
    post(klient, kilde, {**MELDING, "id": "ikke-ce"}, webhook_id="m2") if kilde == "standard" else post(
        klient, kilde, {**MELDING, "id": "ikke-ce"}
    )
    ce, annen = lagret(kjerne)
    assert (ce.kilde, ce.ekstern_id, ce.type, ce.tilstand) == (kilde, "ce-1", "MASSEOPPSIGELSE", "MOTTATT")
    assert (ce.noekkel == annen.noekkel) is (kilde == "vanlig"), "by bedriftsnummer, which is in the data"


def test_innholdstypen_som_ingen_har_signert_gjoer_ingen_ny_hendelse(klient: FlaskClient, kjerne: Kjerne) -> None:
    for foerst, saa in (("application/json", STRUKTURERT), (STRUKTURERT, "text/plain")):
        toem(kjerne.database)
        for kropp in (CE, MELDING):
            assert post(klient, "vanlig", kropp, Content_Type=foerst).status_code == 202
            assert post(klient, "vanlig", kropp, Content_Type=saa).status_code == 200
        assert [rad.ekstern_id for rad in lagret(kjerne)] == ["ce-1", "m-1"]


def test_id_som_standard_webhooks_signerer_er_hendelsens_med_mindre_kilden_sier_noe_annet(
    klient: FlaskClient, kjerne: Kjerne
) -> None:
    assert post(klient, "standard", MELDING, webhook_id="msg_7").status_code == 202
    assert post(klient, "standard", MELDING, webhook_id="msg_7").status_code == 200
    assert post(klient, "standard-med-id", MELDING, webhook_id="msg_8").status_code == 202
    assert post(klient, "standard-med-id", MELDING, webhook_id="msg_9").status_code == 200
    assert [rad.ekstern_id for rad in lagret(kjerne)] == ["msg_7", "m-1"]


@pytest.mark.parametrize(
    ("felt", "sagt"),
    [
        ("uforstaatt: kanskje", "uforstaatt"),
        ("annet_innhold: behold", "annet_innhold"),
        ("noekkel: 'a['", "is not JMESPath"),
        (f"noekkel: {'a' * 1_001}", "must be at most 1000 characters"),
        ("format: svix", "format: is not known; use one of cloudevents, csv, json, ndjson, rapid, skjema, soap, xml"),
        ("formatvalg: {hendelse: a}", "formatvalg, hendelse: is no option of json"),
        ("formatvalg: {hendelser: 'a['}", "formatvalg, hendelser: is not JMESPath"),
        ("format: csv, formatvalg: {tegnsett: utf-7}", "formatvalg, tegnsett: must be one of utf-8, windows-1252"),
        ("format: csv, formatvalg: {kolonner: [a, b]}", "id: is no column; kolonner has a, b"),
        ("format: xml, noekkel: //a//b", "noekkel: uses `//` twice in a path"),
        ("format: soap, formatvalg: {kvittering: a b}", "formatvalg, kvittering: must be an element such as"),
        ("format: skjema, formatvalg: {innhold: felter, felt: a}", "formatvalg, felt: must be left out"),
        ("nett: [10.0.0.1/8]", "nett no. 1: must be a network such as 10.1.0.0/16"),
        ("svar: {status: 500}", "svar, status: Must be one of: 200, 201, 202, 204"),
        ("maks_hendelser: 0", "maks_hendelser: Must be greater than or equal to 1"),
        ("etter_karantene: stopp", "etter_karantene"),
    ],
)
def test_en_kilde_som_ikke_kan_brukes_stopper_starten(kjerne: Kjerne, tmp_path: Path, felt: str, sagt: str) -> None:
    fil = tmp_path / "kilder.yaml"
    fil.write_text(
        f"- {{navn: a, produsent: permittering, adapter: github, hemmeligheter: [x], type: type, id: id, {felt}}}"
    )
    adaptere = Adaptere()
    with pytest.raises(Innstillingsfeil, match=re.escape(sagt)):
        les_kilder(fil, adaptere.signaturordninger(), kjerne.produsenter, formater=adaptere.formater(), dev=True)


def test_en_kilde_sier_hvor_typen_staar_med_mindre_formatet_gjoer_det(kjerne: Kjerne, tmp_path: Path) -> None:
    fil = tmp_path / "kilder.yaml"
    fil.write_text("- {navn: a, produsent: permittering, adapter: github, hemmeligheter: [x]}")
    with pytest.raises(Innstillingsfeil, match="type: is missing; add where a message has its type"):
        les_kilder(fil, Adaptere().signaturordninger(), kjerne.produsenter, dev=True)
    for format_ in ("cloudevents", "rapid"):
        fil.write_text(
            f"- {{navn: a, produsent: permittering, adapter: github, hemmeligheter: [hemmelighet], format: {format_}}}"
        )
        adaptere = Adaptere()
        assert les_kilder(
            fil, adaptere.signaturordninger(), kjerne.produsenter, formater=adaptere.formater(), dev=True
        ).hent("a")


# --- what cannot be understood --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kilde", "kropp", "grunn"),
    [
        ("skjoer", {"type": "MASSEOPPSIGELSE", "bare": []}, "id (`join('-', [id, del])`) failed on this message"),
        ("skjoer", {"id": "1", "del": "2"}, "ignorer (`contains(bare, 'x')`) failed on this message"),
        ("vanlig", {"type": "MASSEOPPSIGELSE"}, "id (`id`) is missing."),
        ("vanlig", {"type": "MASSEOPPSIGELSE", "id": False}, "id (`id`) must be text or a whole number."),
        ("vanlig", {"type": ["a"], "id": 1.5}, "type (`type`) must be text or a whole number."),
        ("vanlig", {"type": "a" * 501, "id": 1}, "type (`type`) must be at most 500 characters"),
        ("vanlig", {"type": "MASSEOPPSIGELSE", "id": "a\x00b"}, "id (`id`) must not hold control characters"),
        ("vanlig", {"type": "a", "id": 1, "bedriftsnummer": "æ" * 501}, "key (`bedriftsnummer`) must be at most 500"),
        ("vanlig", 1, "id (`id`) is missing."),
        ("standard", {}, "type (`type`) is missing."),
    ],
)
def test_en_verifisert_melding_som_ikke_kan_identifiseres_beholdes_og_besvares(
    klient: FlaskClient, kjerne: Kjerne, kilde: str, kropp: Any, grunn: str
) -> None:
    svar = post(klient, kilde, kropp)
    assert (svar.status_code, svar.get_json()["tilstand"]) == (202, "KARANTENE"), svar.text
    assert post(klient, kilde, kropp).status_code == 200, "the sender's repeat is a repeat"
    (rad,) = lagret(kjerne)
    assert (rad.tilstand, rad.feilkode, rad.kilde) == ("KARANTENE", "Uidentifisert", kilde)
    assert json.loads(bytes(rad.raa)) == kropp
    assert f"The source {kilde} cannot identify the message: " in rad.feilmelding
    assert grunn in rad.feilmelding


def test_en_cloudevent_uten_id_beholdes_ogsaa(klient: FlaskClient, kjerne: Kjerne) -> None:
    kropp = {navn: verdi for navn, verdi in CE.items() if navn != "id"}
    assert post(klient, "vanlig", kropp, Content_Type=STRUKTURERT).status_code == 202
    (rad,) = lagret(kjerne)
    assert (rad.feilkode, rad.format) == ("Uidentifisert", "cloudevent")


def test_et_uttrykk_som_aldri_blir_ferdig_stoppes(klient: FlaskClient, kjerne: Kjerne) -> None:
    kropp = {"type": "MASSEOPPSIGELSE", "id": "1", "a": [{"a": [{"a": 1}] * 400}] * 250}
    assert post(klient, "dyr", kropp).status_code == 202
    (rad,) = lagret(kjerne)
    assert f"took more than {FLEST_STEG} steps" in rad.feilmelding


@pytest.mark.parametrize(
    ("kropp", "kode", "sagt"),
    [
        ({"type": "MASSEOPPSIGELSE"}, "Valideringsfeil", "The source streng cannot identify the message: id (`id`)"),
        ({"type": "UKJENT", "id": "1"}, "UkjentHendelsestype", "does not declare this event type"),
    ],
)
def test_en_kilde_som_vil_ha_beskjed_avviser_det_uforstaatte(
    klient: FlaskClient, kjerne: Kjerne, kropp: Any, kode: str, sagt: str
) -> None:
    svar = post(klient, "streng", kropp)
    assert (svar.status_code, svar.get_json()["kode"]) == (422, kode)
    assert sagt in svar.get_json()["detail"]
    assert lagret(kjerne) == []


def test_en_ukjent_type_beholdes_i_karantene(klient: FlaskClient, kjerne: Kjerne) -> None:
    svar = post(klient, "vanlig", {**MELDING, "type": "UKJENT"})
    assert (svar.status_code, svar.get_json()["tilstand"]) == (202, "KARANTENE")
    (rad,) = lagret(kjerne)
    assert (rad.feilkode, rad.type, rad.ekstern_id) == ("UkjentHendelsestype", "UKJENT", "m-1")


def test_det_kilden_ser_bort_fra_er_ikke_i_karantene_selv_om_det_ikke_kan_identifiseres(
    klient: FlaskClient, kjerne: Kjerne
) -> None:
    svar = post(klient, "vanlig", {"ignorer": True})
    assert (svar.status_code, svar.get_json()["tilstand"]) == (202, "FORKASTET")


def test_en_uidentifisert_melding_leses_igjen_med_kildens_uttrykk_slik_de_er_naa(
    klient: FlaskClient, kjerne: Kjerne, som: Any
) -> None:
    hoder = som(kjerne.produsenter.hent("permittering").applikasjoner[0])
    sti = f"/api/v1/hendelser/{post(klient, 'vanlig', {**MELDING, 'id': None}).get_json()['id']}/paa-nytt"
    svar = klient.post(sti, headers=hoder)
    assert (svar.status_code, svar.get_json()["kode"]) == (409, "Konflikt")
    assert "id (`id`) is missing" in svar.get_json()["detail"]
    # As if its source had been mended: what its expressions find now is all there.
    kjerne.database.i_transaksjon(lambda: Hendelse.update(raa=json.dumps(MELDING).encode()).execute())
    svar = klient.post(sti, headers=hoder)
    assert (svar.status_code, svar.get_json()["tilstand"], svar.get_json()["eksternId"]) == (200, "MOTTATT", "m-1")
    assert svar.get_json()["noekkel"] is None, "until a round has found it"


# --- the same id, other content -------------------------------------------------------------------------------------


def test_samme_id_med_annet_innhold_noteres_paa_den_foerste(
    klient: FlaskClient, internt: Callable[[str], str], kjerne: Kjerne
) -> None:
    foerst = post(klient, "vanlig", MELDING)
    for antall in (4, 5):
        svar = post(klient, "vanlig", {**MELDING, "antallBerorte": antall})
        assert (svar.status_code, svar.get_json()["id"]) == (200, foerst.get_json()["id"])
    assert post(klient, "vanlig", json.dumps(MELDING, indent=2).encode()).status_code == 200, "the same, laid out anew"
    (rad,) = lagret(kjerne)
    assert (rad.annet_innhold, rad.annet_innhold_tidspunkt) == (2, START)
    (venter,) = klient.get("/drift").get_json()["venter"]
    assert (venter["hva"], venter["produsent"], venter["kilde"], venter["antall"]) == (
        "annet_innhold",
        "permittering",
        "vanlig",
        1,
    )
    assert 'gateway_grunn_antall{forhold="annet_innhold"} 1.0' in internt("/internal/metrics")


def test_samme_id_med_annet_innhold_avvises_der_kilden_sier_det(klient: FlaskClient, kjerne: Kjerne) -> None:
    foerst = post(klient, "streng", MELDING)
    svar = post(klient, "streng", {**MELDING, "antallBerorte": 4})
    assert (svar.status_code, svar.get_json()["kode"]) == (409, "Konflikt")
    assert svar.get_json()["idTilEksisterende"] == foerst.get_json()["id"]
    assert lagret(kjerne)[0].annet_innhold is None


# --- senders in the wild --------------------------------------------------------------------------------------------


def test_githubs_ping_besvares_og_lagres_ikke(klient: FlaskClient, kjerne: Kjerne) -> None:
    svar = post(klient, "vanlig", {"zen": "Keep it logically awesome.", "hook_id": 1}, X_GitHub_Event="ping")
    assert (svar.status_code, svar.get_json()) == (200, {})
    assert lagret(kjerne) == []
    assert post(klient, "standard", MELDING, X_GitHub_Event="ping").status_code == 202, "it is GitHub's word only"


def test_et_ping_uten_signatur_slipper_ikke_inn(klient: FlaskClient) -> None:
    svar = klient.post("/webhooks/vanlig", json={}, headers={"X-GitHub-Event": "ping"})
    assert svar.status_code == 401


def test_et_skjema_avvises_ved_navn(klient: FlaskClient, kjerne: Kjerne) -> None:
    kropp = b"payload=%7B%22id%22%3A1%7D"
    svar = post(klient, "vanlig", kropp, Content_Type="application/x-www-form-urlencoded; charset=utf-8")
    assert (svar.status_code, svar.get_json()["kode"]) == (415, "UkjentInnholdstype")
    assert "choose the content type application/json" in svar.get_json()["detail"]
    assert lagret(kjerne) == []


def test_en_bom_foran_json_hoppes_over_ogsaa_naar_hendelsen_leses_igjen(klient: FlaskClient, kjerne: Kjerne) -> None:
    assert post(klient, "vanlig", b"\xef\xbb\xbf" + json.dumps(MELDING).encode()).status_code == 202
    assert post(klient, "vanlig", MELDING).status_code == 200


def test_en_ukjent_form_av_cloudevent_avvises(klient: FlaskClient) -> None:
    svar = post(klient, "vanlig", CE, Content_Type="application/cloudevents+avro")
    assert (svar.status_code, svar.get_json()["kode"]) == (415, "UkjentInnholdstype")


def test_haandtrykket_besvares_av_oss_og_ikke_av_flask(klient: FlaskClient) -> None:
    svar = klient.options("/webhooks/vanlig", headers={"WebHook-Request-Origin": "avsender.example"})
    assert svar.status_code == 200
    assert svar.headers["WebHook-Allowed-Origin"] == "avsender.example"
    assert svar.headers["WebHook-Allowed-Rate"] == "120000", "a minute"
    assert {ett.strip() for ett in svar.headers["Allow"].split(",")} == {"POST", "OPTIONS"}
    assert "WebHook-Allowed-Origin" not in klient.options("/webhooks/vanlig").headers
    svar = klient.options("/webhooks/ukjent", headers={"WebHook-Request-Origin": "avsender.example"})
    assert (svar.status_code, svar.get_json()["kode"]) == (404, "KildeFinnesIkke")


def test_ingen_annen_rute_svarer_paa_options_eller_head_i_en_annens_navn(klient: FlaskClient) -> None:
    """What a route declares by itself runs: Flask adds an OPTIONS of its own in front of it otherwise."""
    regler = list(klient.application.url_map.iter_rules())
    deklarert = {regel.rule for regel in regler if regel.methods == {"OPTIONS"}}
    assert deklarert == {"/webhooks/<kilde>", "/webhooks/<kilde>/<hemmelig_sti>"}
    automatiske = {regel.rule for regel in regler if "OPTIONS" in regel.methods and regel.methods != {"OPTIONS"}}
    assert not deklarert & automatiske
    assert not [regel.rule for regel in regler if regel.methods == {"HEAD"}]


def test_kildene_i_repoet_kan_leses(kjerne: Kjerne) -> None:
    kilder = les_kilder(ROT / "config" / "kilder.yaml", Adaptere().signaturordninger(), kjerne.produsenter, dev=True)
    assert [kilder.hent(navn).produsent for navn in ("permittering", "inntektsmelding")] == [
        "permittering",
        "inntektsmelding",
    ]
