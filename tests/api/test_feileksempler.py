"""Every example of an error in the document is what the gateway answers, word for word."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from gateway.api.dokument import eksempel_paa
from gateway.api.feileksempler import DETALJER
from gateway.domain.feil import IngenTilgang, VilkaarIkkeGodkjent
from gateway.domain.nett import les_nett
from gateway.http.anrop import KILDER
from gateway.http.mengde import ForMange
from gateway.kjerne import Kjerne
from gateway.store.database import Utilgjengelig
from tests.api.conftest import FAGER
from tests.api.dokument import operasjoner
from tests.api.kommando_er_rest.kall import (
    Kall,
    paa_oppgaven,
    post_avtale,
    post_beskjed,
    post_oppgave,
    post_sak,
    put_sak,
    r_paaminnelse,
    slett_sak,
)

ID = "0198f3c2-a4b4-7c55-a3a1-c0ffee000001"
ANNENS = {"altinnRessurs": {"ressursId": "en_andres"}}
PROVOSERT: dict[str, tuple[Kall, ...]] = {
    "UgyldigMerkelapp": (post_beskjed(merkelapp="En annens"),),
    "UgyldigMottaker": (post_beskjed(mottakere=[ANNENS]),),
    "SakFinnesIkke": (Kall(metode="GET", sti=f"/saker/{ID}"),),
    "NotifikasjonFinnesIkke": (Kall(metode="GET", sti=f"/notifikasjoner/{ID}"),),
    "VarselFinnesIkke": (Kall(metode="GET", sti=f"/varsler/{ID}"),),
    "HendelseFinnesIkke": (Kall(metode="GET", sti=f"/hendelser/{ID}"),),
    "DuplikatEksternIdOgMerkelapp": (post_beskjed(), post_beskjed(tekst="Noe annet")),
    "DuplikatGrupperingsid": (post_sak(), post_sak(tittel="Noe annet")),
    "DuplikatGrupperingsidEtterDelete": (post_sak(), slett_sak(), post_sak()),
    "OppgavenErAlleredeUtfoert": (
        post_oppgave(),
        paa_oppgaven("POST", "utfoert"),
        paa_oppgaven("POST", "utgaatt"),
    ),
    "Konflikt": (
        post_sak(),
        put_sak("neste-steg", "k", nesteSteg="Vedtak"),
        put_sak("neste-steg", "k", nesteSteg="Noe annet"),
    ),
    "Valideringsfeil": (post_beskjed(tekst=" "),),
    "UgyldigPaaminnelseTidspunkt": (post_oppgave(paaminnelse=r_paaminnelse(foerFrist="P5D")),),
    "UgyldigKalenderavtale": (
        post_sak(),
        post_avtale(startTidspunkt="2030-12-02T10:00:00Z", sluttTidspunkt="2030-12-02T09:00:00Z"),
    ),
}
RAA: dict[str, dict[str, Any]] = {
    "UkjentProdusent": {"app": "dev-gcp:noen:andre"},
    "IkkeInnlogget": {"headers": {"Authorization": ""}},
    "UgyldigJson": {"data": b"{"},
    "UkjentInnholdstype": {"data": b"{}", "content_type": "text/plain"},
    "ForStor": {"data": b" " * 10_000_000},
    "UkjentHendelsestype": {
        "path": "/api/v1/hendelser",
        "data": json.dumps({"specversion": "1.0", "type": "UKJENT", "source": "s", "id": "1", "data": {}}),
        "content_type": "application/cloudevents+json",
    },
    "KildeFinnesIkke": {"path": "/webhooks/ukjent", "data": b"{}"},
}


def _bare_teksten(problem: dict[str, Any]) -> dict[str, Any]:
    """Without what names the request, and the object at hand."""
    return {navn: ett for navn, ett in problem.items() if navn not in ("korrelasjonsid", "idTilEksisterende")} | {
        "harId": "idTilEksisterende" in problem
    }


@pytest.mark.parametrize("kode", PROVOSERT)
def test_eksempelet_paa_et_avslag_er_det_som_svares(klient: FlaskClient, fager: dict[str, str], kode: str) -> None:
    for kall in PROVOSERT[kode]:
        hoder = {**fager, **({"Idempotency-Key": kall.noekkel} if kall.noekkel else {})}
        svar = klient.open(f"/api/v1{kall.sti}", method=kall.metode, json=kall.kropp, headers=hoder)
    assert svar.get_json()["kode"] == kode
    assert _bare_teksten(svar.get_json()) == _bare_teksten(eksempel_paa(svar.status_code, kode))


@pytest.mark.parametrize("kode", RAA)
def test_eksempelet_paa_det_som_ikke_slipper_inn_er_det_som_svares(
    klient: FlaskClient, som: Callable[[str], dict[str, str]], kode: str
) -> None:
    foresporsel = {"path": "/api/v1/saker", "content_type": "application/json", "data": b"{}", **RAA[kode]}
    hoder = {**som(foresporsel.pop("app", FAGER)), **foresporsel.pop("headers", {})}
    svar = klient.post(**foresporsel, headers=hoder)
    assert svar.get_json()["kode"] == kode
    assert _bare_teksten(svar.get_json()) == _bare_teksten(eksempel_paa(svar.status_code, kode))


def test_eksemplene_paa_det_som_ikke_lar_seg_sende_er_det_som_svares(klient: FlaskClient, kjerne: Kjerne) -> None:
    app = klient.application
    uten_vilkaar = replace(kjerne.produsenter.hent("fager"), vilkaar_godkjent=None)
    with pytest.raises(VilkaarIkkeGodkjent) as avslag:
        uten_vilkaar.krev_vilkaar(kjerne.klokke.naa().date())
    with pytest.raises(IngenTilgang) as utenfra:
        replace(next(iter(app.extensions[KILDER])), nett=(les_nett("10.0.0.0/8"),)).krev_nett("192.0.2.1")
    aarsaker: dict[str, Exception] = {
        "IngenTilgang": utenfra.value,
        "VilkaarIkkeGodkjent": avslag.value,
        "Utilgjengelig": Utilgjengelig("The database cannot take the write: OperationalError"),
        "UventetFeil": ValueError(),
        "ForMange": ForMange(2),
    }
    for kode, aarsak in aarsaker.items():
        with app.test_request_context():
            app.preprocess_request()
            svar = app.make_response(app.handle_user_exception(aarsak))
        assert _bare_teksten(svar.get_json()) == _bare_teksten(eksempel_paa(svar.status_code, kode))
    assert {*aarsaker, *RAA, *PROVOSERT} == set(DETALJER)


def test_hvert_avslag_i_dokumentet_har_sitt_eget_eksempel(klient: FlaskClient) -> None:
    dokument = klient.get("/openapi.json").get_json()
    for operasjon in operasjoner(dokument):
        for status, innhold in operasjon.innhold["responses"].items():
            for kode, ett in innhold.get("content", {}).get("application/problem+json", {}).get("examples", {}).items():
                assert ett["value"] == eksempel_paa(int(status), kode)
