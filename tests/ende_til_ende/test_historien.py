"""The main job, end to end, on the real processes: an event comes in, the employer sees it, the deadline passes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import subprocess
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.chromium import chromium
from tests.ende_til_ende.kjoerende import Kjoerende, Svar, kjoerende_gateway, vent_til
from tests.verden import GLAD_TORSK, RESSURS, melding

IM_HEMMELIGHET = b"inntektsmelding-dev-hemmelighet"
INNEN = 20.0


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def gateway(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kjoerende]:
    data = tmp_path_factory.mktemp("historien") / "data"
    url = request.getfixturevalue("egen_postgres_url") if request.param == "postgresql" else ""
    with kjoerende_gateway(data, url) as kjoerende:
        yield kjoerende


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as startet:
        yield startet


def test_en_hendelse_kommer_inn_arbeidsgiveren_ser_den_og_fristen_gaar_ut(gateway: Kjoerende, browser: Browser) -> None:
    _permittering_som_webhook(gateway)
    im = _token(gateway, "dev-gcp:helsearbeidsgiver:im-notifikasjon")
    _inntektsmelding_paa_alle_vis(gateway, im)
    fager = _token(gateway, "dev-gcp:fager:fager-demo")
    oppgave_id = _for_haand_i_swagger(gateway, browser, fager)
    _arbeidsgiveren_ser_det(gateway, browser)
    _fristen_gaar_ut(gateway, browser, fager, oppgave_id)
    _det_slettede_er_borte(gateway, fager, oppgave_id)
    _loggen_kjenner_ingen(gateway)


# --- 1: a legacy system posts a webhook ------------------------------------------------------------------------------


def _permittering_som_webhook(gateway: Kjoerende) -> None:
    kropp = json.dumps(melding("permittering/masseoppsigelse")).encode()
    signatur = hmac.new(b"permittering-dev-hemmelighet", kropp, hashlib.sha256).hexdigest()
    hoder = {"X-Hub-Signature-256": f"sha256={signatur}", "Content-Type": "application/json"}
    svar = gateway.kall("POST", "/webhooks/permittering", kropp, hoder)
    assert svar.status == 202, svar
    for_stor = iter([b" " * 65536] * 17)  # over 1 MiB in chunks, whose length nobody was told
    assert gateway.kall("POST", "/webhooks/permittering", for_stor, hoder).status == 413
    igjen = gateway.kall("POST", "/webhooks/permittering", iter([kropp[:100], kropp[100:]]), hoder)
    assert (igjen.status, igjen.json["id"]) == (200, svar.json["id"])
    token = _token(gateway, "dev-gcp:permittering:permittering-api")
    sak = vent_til(
        lambda: _sak(gateway, token, "Nedbemanning", melding("permittering/masseoppsigelse")["id"]),
        sekunder=INNEN,
        hva="the sak of the webhook",
    )
    assert (sak["tittel"], sak["sisteStatus"]["status"]) == ("Melding om oppsigelse", "MOTTATT")
    assert sak["sisteStatus"]["tidspunkt"] == "2026-11-02T10:19:30Z"


# --- 2: a producer posts its events, by webhook and as CloudEvents, in order, again, and all at once ------------------


def _inntektsmelding_paa_alle_vis(gateway: Kjoerende, token: str) -> None:
    forespoersel = melding("inntektsmelding/1_opprett")["data"]["forespoersel_id"]
    meldinger = [melding(f"inntektsmelding/{navn}") for navn in ("1_opprett", "2_fjern_paaminnelse", "3_besvart")]
    assert _webhook(gateway, meldinger[0]).status == 202
    oppgave = vent_til(lambda: _oppgave(gateway, token, forespoersel), sekunder=INNEN, hva="the oppgave")
    assert oppgave["tilstand"] == "NY"
    assert oppgave["paaminnelse"] is not None
    # What is not sent when the oppgave is done is sent no more.
    vent_til(
        lambda: "SENDT" in {ett["status"] for ett in (_oppgave(gateway, token, forespoersel) or {})["eksterneVarsler"]},
        sekunder=INNEN,
        hva="the varsel by e-mail",
    )

    _samtidig([lambda: _webhook(gateway, meldinger[0])] * 8 + [lambda: _cloudevent(gateway, token, meldinger[0])] * 8)
    for ett in meldinger[1:]:
        assert _webhook(gateway, ett).status == 202
        assert _cloudevent(gateway, token, ett).status == 202
        assert _webhook(gateway, ett).status == 200
    vent_til(
        lambda: (_oppgave(gateway, token, forespoersel) or {}).get("tilstand") == "UTFOERT",
        sekunder=INNEN,
        hva="the oppgave UTFOERT",
    )
    vent_til(lambda: _alle_behandlet(gateway, token), sekunder=INNEN, hva="all events handled")

    sak = _sak(gateway, token, "Inntektsmelding sykepenger", forespoersel)
    assert sak is not None
    assert [status["status"] for status in sak["statuser"]] == ["FERDIG", "UNDER_BEHANDLING"]
    assert sak["lenke"].endswith(f"/kvittering/{forespoersel}")
    liste = gateway.kall("GET", "/api/v1/notifikasjoner", hoder=_bearer(token)).json["elementer"]
    assert len(liste) == 1
    varsler = {varsel["type"]: varsel for varsel in liste[0]["eksterneVarsler"]}
    assert varsler["EPOST"]["status"] == "SENDT"
    assert (varsler["ALTINNRESSURS"]["status"], varsler["ALTINNRESSURS"]["feilkode"]) == ("FEILET", "KanalMangler")
    (post,) = _fanget_epost(gateway)
    assert "Nav trenger inntektsmelding" in json.dumps(post, ensure_ascii=False)


def _alle_behandlet(gateway: Kjoerende, token: str) -> bool:
    alle = gateway.kall("GET", "/api/v1/hendelser", hoder=_bearer(token)).json["elementer"]
    assert "KARANTENE" not in {ett["tilstand"] for ett in alle}, alle
    return {ett["tilstand"] for ett in alle} == {"BEHANDLET"}


# --- 3: someone at Swagger UI ----------------------------------------------------------------------------------------


def _for_haand_i_swagger(gateway: Kjoerende, browser: Browser, token: str) -> str:
    side = browser.new_page()
    fremmede: list[str] = []
    side.on("request", lambda request: fremmede.append(request.url) if _er_fremmed(request.url) else None)
    klager: list[str] = []
    side.on("console", lambda melding: klager.append(melding.text) if melding.type == "error" else None)
    side.on("pageerror", lambda feil: klager.append(str(feil)))
    side.goto(f"http://127.0.0.1:{gateway.port}/swagger-ui/")
    side.locator("button.authorize").first.click()
    side.locator(".modal-ux input[type=text]").fill(token)
    side.locator(".modal-ux button.authorize").click()
    side.locator(".modal-ux button.btn-done").click()
    felles = {
        "merkelapp": "Fager",
        "virksomhetsnummer": GLAD_TORSK,
        "mottakere": [{"altinnRessurs": {"ressursId": RESSURS}}],
    }
    notifikasjon = {**felles, "lenke": "https://arbeidsgiver.nav.no/demo", "grupperingsid": "demo-sak"}
    frist = (date.today() + timedelta(days=2)).isoformat()  # noqa: DTZ011 - two days on, on either side of midnight
    status, svar = _proev(
        side,
        "opprett_sak",
        {**felles, "grupperingsid": "demo-sak", "tittel": "Søknad om støtte", "initiellStatus": "MOTTATT"},
    )
    assert status == "201", svar
    status, svar = _proev(
        side, "opprett_beskjed", {**notifikasjon, "eksternId": "demo-beskjed", "tekst": "Du har fått svar"}
    )
    assert status == "201", svar
    oppgave = {**notifikasjon, "eksternId": "demo-oppgave", "tekst": "Svar på spørsmålet", "frist": frist}
    status, svar = _proev(side, "opprett_oppgave", oppgave)
    assert status == "201", svar
    oppgave_id = str(json.loads(svar)["id"])
    status, svar = _proev(side, "opprett_oppgave", {**oppgave, "tekst": "Fnr 15488510042", "mottakere": []})
    assert status == "422"
    assert set(json.loads(svar)["felter"]["json"]) == {"tekst", "mottakere"}
    assert "15488510042" not in svar
    assert not fremmede, "Swagger UI must work offline"
    # The 422 was asked for, and the browser tells of it; the policy of the page stops nothing that the page needs.
    assert [klage for klage in klager if "422" not in klage] == []
    side.close()
    return oppgave_id


def _proev(side: Page, operasjon: str, kropp: dict[str, Any]) -> tuple[str, str]:
    """Try an operation out as a person does; return the status and the body that Swagger UI shows."""
    blokk = side.locator(f"[id$='-{operasjon}']")
    if "is-open" not in (blokk.get_attribute("class") or ""):
        blokk.locator(".opblock-summary-control").click()
        blokk.get_by_role("button", name="Try it out").click()
    blokk.locator("textarea.body-param__text").fill(json.dumps(kropp))
    with side.expect_response(lambda svar: svar.request.method == "POST") as svar:
        blokk.get_by_role("button", name="Execute").click()
    status = str(svar.value.status)
    live = blokk.locator(".live-responses-table tbody .response-col_status").first
    live.filter(has_text=status).wait_for()
    return status, svar.value.text()


def _er_fremmed(url: str) -> bool:
    return not url.startswith(("http://127.0.0.1", "data:", "blob:"))


# --- 5: the employer -------------------------------------------------------------------------------------------------


def _arbeidsgiveren_ser_det(gateway: Kjoerende, browser: Browser) -> None:
    side = _logg_inn(gateway, browser, "Kari Leder")
    assert side.locator(".bjelle").get_attribute("aria-label") == "Varsler, 2 nye"  # what is done is not new
    assert side.locator(".bjelle__antall").inner_text() == "2"
    farge = side.locator(".bjelle__antall").evaluate("e => getComputedStyle(e).backgroundColor")
    assert farge == "rgb(195, 0, 0)", "the number stands in a red circle"
    side.locator(".bjelle").click()
    linjer = side.locator(".notifikasjon").all_inner_texts()
    assert [next(t for t in TEKSTER if t in linje) for linje in linjer] == list(TEKSTER), "newest first"
    assert "Frist" in linjer[0]
    assert "Utført" in linjer[2]
    assert side.locator(".bjelle__antall").count() == 0
    saker = side.locator(".sak").all_inner_texts()
    assert "Søknad om støtte" in saker[0]
    assert "Mottatt – Se kvittering eller korriger inntektsmelding" in saker[1]
    assert not any("Melding om oppsigelse" in sak for sak in saker), "BIFF OG BULJONG is not hers to see"
    side.goto(f"http://127.0.0.1:{gateway.port}/min-side")
    assert side.locator(".bjelle__antall").count() == 0, "opened once, nothing is new"
    side.context.close()

    regnskapsfoerer = _logg_inn(gateway, browser, "Rolf Regnskapsfører")
    assert any("Melding om oppsigelse" in sak for sak in regnskapsfoerer.locator(".sak").all_inner_texts())
    regnskapsfoerer.context.close()

    uten = gateway.kall("GET", "/min-side")
    assert (uten.status, uten.hoder["location"]) == (303, "/logg-inn")


TEKSTER = ("Svar på spørsmålet", "Du har fått svar", "Innsending av inntektsmelding for sykepenger")


def _logg_inn(gateway: Kjoerende, browser: Browser, navn: str) -> Page:
    side = browser.new_context(locale="nb-NO").new_page()
    side.goto(f"http://127.0.0.1:{gateway.port}/logg-inn")
    side.get_by_role("button", name=navn).click()
    side.wait_for_url("**/min-side")
    return side


# --- 4: the frist passes ---------------------------------------------------------------------------------------------


def _fristen_gaar_ut(gateway: Kjoerende, browser: Browser, token: str, oppgave_id: str) -> None:
    gateway.kommando("klokke", "+4d")
    try:
        oppgave = vent_til(
            lambda: next((ett for ett in [_notifikasjon(gateway, token, oppgave_id)] if ett["tilstand"] != "NY"), None),
            sekunder=INNEN,
            hva="the oppgave expired by the sweep",
        )
        assert oppgave["tilstand"] == "UTGAATT"
        assert oppgave["utgaattTidspunkt"].endswith(("22:00:00Z", "23:00:00Z")), "the end of the frist's day in Oslo"
        side = _logg_inn(gateway, browser, "Kari Leder")
        side.locator(".bjelle").click()
        assert "Utgått" in side.locator(".notifikasjon").first.inner_text()
        side.context.close()
    finally:
        gateway.kommando("klokke", "naa")


def _det_slettede_er_borte(gateway: Kjoerende, token: str, oppgave_id: str) -> None:
    spor = ("spor", oppgave_id, "--tekst", "Svar på spørsmålet")
    with pytest.raises(subprocess.CalledProcessError) as funnet:
        gateway.kommando(*spor)
    assert "notifikasjon.tekst, by text: 1 with content" in funnet.value.stdout
    slettet = gateway.kall("DELETE", f"/api/v1/oppgaver/{oppgave_id}", None, {"Authorization": f"Bearer {token}"})
    assert slettet.status == 204, slettet
    assert gateway.kommando(*spor).splitlines()[-1] == "no content is left"


def _loggen_kjenner_ingen(gateway: Kjoerende) -> None:
    personlig = (
        "Ola Nordmann",
        "21459310093",
        "15488510042",
        "Kari Leder",
        "Tore",
        "66778899",
        "varsler-inntektsmelding@",
    )
    assert "round done" in gateway.utskrift
    assert [ett for ett in (*personlig, *TEKSTER) if ett in gateway.utskrift] == []


# --- how to talk to it -----------------------------------------------------------------------------------------------


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _token(gateway: Kjoerende, applikasjon: str) -> str:
    return gateway.kommando("token", "produsent", applikasjon)


def _webhook(gateway: Kjoerende, data: dict[str, Any]) -> Svar:
    """Signed as Standard Webhooks wants it."""
    kropp, naa = json.dumps(data).encode(), str(int(time.time()))
    signert = f"{data['@id']}.{naa}.".encode() + kropp
    signatur = base64.b64encode(hmac.digest(IM_HEMMELIGHET, signert, "sha256")).decode()
    hoder = {
        "webhook-id": data["@id"],
        "webhook-timestamp": naa,
        "webhook-signature": f"v1,{signatur}",
        "Content-Type": "application/json",
    }
    return gateway.kall("POST", "/webhooks/inntektsmelding", kropp, hoder)


def _cloudevent(gateway: Kjoerende, token: str, data: dict[str, Any]) -> Svar:
    hendelse = {
        "specversion": "1.0",
        "type": data["@event_name"],
        "source": "im-notifikasjon",
        "id": data["@id"],
        "data": data,
    }
    hoder = {**_bearer(token), "Content-Type": "application/cloudevents+json"}
    return gateway.kall("POST", "/api/v1/hendelser", json.dumps(hendelse).encode(), hoder)


def _samtidig(kall: Sequence[Any]) -> None:
    svar: list[Svar] = []
    traader = [threading.Thread(target=lambda ett=ett: svar.append(ett())) for ett in kall]
    for traad in traader:
        traad.start()
    for traad in traader:
        traad.join(30)
    assert {ett.status for ett in svar} <= {200, 202}, svar
    assert len(svar) == len(kall)


def _sak(gateway: Kjoerende, token: str, merkelapp: str, grupperingsid: str) -> dict[str, Any] | None:
    spoersmaal = urllib.parse.urlencode({"merkelapp": merkelapp, "grupperingsid": grupperingsid})
    svar = gateway.kall("GET", f"/api/v1/saker/med-grupperingsid?{spoersmaal}", hoder=_bearer(token))
    return svar.json if svar.status == 200 else None


def _oppgave(gateway: Kjoerende, token: str, ekstern_id: str) -> dict[str, Any] | None:
    spoersmaal = urllib.parse.urlencode({"merkelapp": "Inntektsmelding sykepenger", "eksternId": ekstern_id})
    svar = gateway.kall("GET", f"/api/v1/notifikasjoner/med-ekstern-id?{spoersmaal}", hoder=_bearer(token))
    return svar.json if svar.status == 200 else None


def _notifikasjon(gateway: Kjoerende, token: str, notifikasjon_id: str) -> dict[str, Any]:
    svar: dict[str, Any] = gateway.kall("GET", f"/api/v1/notifikasjoner/{notifikasjon_id}", hoder=_bearer(token)).json
    return svar


def _fanget_epost(gateway: Kjoerende) -> list[dict[str, Any]]:
    with urllib.request.urlopen(gateway.epost_url.replace("/?", "/epost.json?")) as svar:
        post: Any = json.loads(svar.read())
    return list(post["epost"] if isinstance(post, dict) else post)
