"""A client that a team generates from the document, used as the team would use it: no HTTP, only names and types."""

from __future__ import annotations

import datetime as dt
import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from flask.testing import FlaskClient

from tests.verden import GLAD_TORSK, RESSURS

PAKKE = "produsentgateway_klient"
OPERASJONER = {
    "saker": ("opprett_sak", "hent_sak", "hent_tidslinje", "ny_status", "slett_sak"),
    "oppgaver": (
        *("opprett_oppgave", "hent_oppgave", "hent_oppgave_med_ekstern_id", "oppgave_utfoert", "oppgave_utgaatt"),
        *("utsett_frist", "slett_oppgave_med_ekstern_id"),
    ),
    "notifikasjoner": ("list_notifikasjoner",),
    "varsler": ("hent_varsel",),
    "endringer": ("list_endringer",),
    "whoami": ("hvem_er_jeg",),
}


@pytest.fixture(scope="module")
def pakke(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the generated package is; it is made by the first test that asks."""
    mappe = tmp_path_factory.mktemp("generert")
    sys.path.insert(0, str(mappe))
    yield mappe / PAKKE
    sys.path.remove(str(mappe))
    for navn in [navn for navn in sys.modules if navn.split(".")[0] == PAKKE]:
        del sys.modules[navn]


@pytest.fixture
def generert(klient: FlaskClient, fager: dict[str, str], pakke: Path) -> SimpleNamespace:
    """The models, the operations, and a client of them that has its token."""
    if not pakke.exists():
        _generer(klient.get("/openapi.json?hendelsestyper=false").get_json(), pakke)
    modeller = importlib.import_module(f"{PAKKE}.models")
    forbindelse = importlib.import_module(PAKKE).AuthenticatedClient(
        base_url="http://gateway",
        token=fager["Authorization"].removeprefix("Bearer "),
        httpx_args={"transport": httpx.WSGITransport(app=klient.application)},
        raise_on_unexpected_status=True,
    )
    operasjoner = {
        navn: importlib.import_module(f"{PAKKE}.api.{tagg}.{navn}")
        for tagg, navnene in OPERASJONER.items()
        for navn in navnene
    }
    return SimpleNamespace(client=forbindelse, modeller=modeller, **operasjoner)


def _generer(dokument: dict[str, Any], til: Path) -> None:
    beskrivelse, oppsett = til.parent / "openapi.json", til.parent / "oppsett.json"
    beskrivelse.write_text(json.dumps(dokument), encoding="utf-8")
    oppsett.write_text(json.dumps({"post_hooks": []}), encoding="utf-8")
    program = Path(sys.executable).with_name("openapi-python-client")
    valg = ["--path", beskrivelse, "--config", oppsett, "--output-path", til, "--meta", "none", "--fail-on-warning"]
    kjoert = subprocess.run([program, "generate", *valg], capture_output=True, text=True, check=False)
    assert kjoert.returncode == 0, kjoert.stdout + kjoert.stderr


def test_modellene_og_operasjonene_har_navn_som_leses_godt(generert: SimpleNamespace, pakke: Path) -> None:
    navn = set(generert.modeller.__all__)
    assert {"NySak", "NyOppgave", "Oppgave", "Notifikasjon", "Sak", "Problem", "Mottaker", "Varsel"} - navn == {
        "Oppgave"
    }
    assert {"Saksstatus", "Sendevindu", "Varselstatus", "Notifikasjonstype", "Kalenderavtaletilstand"} <= navn
    # What is named by a number or by its place is an object that the gateway does not know the members of.
    frie = {
        *("EndringInnhold", "HendelseMedInnhold", "Mottak", "TaImotHendelser", "CloudEvent"),
        *("Kommandosvar", "ForhaandsvistHendelse"),
    }
    assert [ett for ett in navn if any(tegn.isdigit() for tegn in ett) and not ett.startswith(tuple(frie))] == []
    filer = {fil.stem for fil in (pakke / "api").rglob("*.py")} - {"__init__"}
    assert {"opprett_sak", "opprett_oppgave", "oppgave_utfoert", "hent_oppgave_med_ekstern_id"} <= filer


def test_en_sak_og_en_oppgave_fra_vugge_til_grav(generert: SimpleNamespace) -> None:
    m, client = generert.modeller, generert.client
    sak = generert.opprett_sak.sync(client=client, body=_sak(m))
    assert isinstance(sak, m.Idsvar)

    ny = generert.opprett_oppgave.sync_detailed(client=client, body=_oppgave(m, "oppgave-1"))
    assert ny.status_code == HTTPStatus.CREATED
    igjen = generert.opprett_oppgave.sync_detailed(client=client, body=_oppgave(m, "oppgave-1"))
    assert (igjen.status_code, igjen.parsed) == (HTTPStatus.OK, ny.parsed)

    lest = generert.hent_oppgave.sync(ny.parsed.id, client=client)
    med_egen = generert.hent_oppgave_med_ekstern_id.sync(client=client, merkelapp="Fager", ekstern_id="oppgave-1")
    assert lest == med_egen
    assert (lest.type_, lest.tilstand, lest.frist) == (m.Notifikasjonstype.OPPGAVE, "NY", dt.date(2026, 12, 18))
    assert lest.paaminnelse.tidspunkt.foer_frist == "P5D"
    assert lest.paaminnelse.paaminnelse_tidspunkt == dt.datetime(2026, 12, 13, 23, tzinfo=dt.UTC)
    assert [varsel.id for varsel in lest.eksterne_varsler] == [varsel.id for varsel in ny.parsed.eksterne_varsler]
    assert [(varsel.type_, varsel.status) for varsel in lest.eksterne_varsler] == [
        (m.Varseltype.SMS, m.Varselstatus.NY)
    ]
    varsel = generert.hent_varsel.sync(lest.eksterne_varsler[0].id, client=client)
    assert [linje.hendelse for linje in varsel.historikk] == ["BESTILT"]

    tidslinje = generert.hent_tidslinje.sync(sak.id, client=client)
    assert {ett.type_ for ett in tidslinje.elementer} >= {m.Tidslinjetype.OPPGAVE, m.Tidslinjetype.STATUS}

    generert.oppgave_utfoert.sync(ny.parsed.id, client=client, body=m.Utfoert())
    utfoert = generert.hent_oppgave.sync(ny.parsed.id, client=client)
    assert (utfoert.tilstand, utfoert.utfoert_tidspunkt) == ("UTFOERT", dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC))

    status = m.NyStatus(status=m.Saksstatus.FERDIG)
    statuser = generert.ny_status.sync(sak.id, client=client, body=status, idempotency_key="min-noekkel")
    assert [ett.status for ett in statuser.statuser] == [m.Saksstatus.FERDIG, m.Saksstatus.MOTTATT]
    assert generert.ny_status.sync(sak.id, client=client, body=status, idempotency_key="min-noekkel") == statuser

    endringer = generert.list_endringer.sync(client=client)
    assert [ett.hva for ett in endringer.elementer][:3] == ["NySak", "NyOppgave", "OppgaveUtfoert"]
    assert generert.list_endringer.sync(client=client, etter=endringer.neste).neste is None

    slettet = generert.slett_oppgave_med_ekstern_id.sync_detailed(
        client=client, merkelapp="Fager", ekstern_id="oppgave-1"
    )
    assert (slettet.status_code, slettet.parsed) == (HTTPStatus.NO_CONTENT, None)
    borte = generert.hent_oppgave.sync(ny.parsed.id, client=client)
    assert (borte.kode, borte.status) == ("NotifikasjonFinnesIkke", 404)
    assert generert.slett_sak.sync_detailed(sak.id, client=client).status_code == HTTPStatus.NO_CONTENT


def test_avslag_er_problemer_med_typer(generert: SimpleNamespace) -> None:
    m, client = generert.modeller, generert.client
    foerst = generert.opprett_oppgave.sync(client=client, body=_oppgave(m, "oppgave-1"))
    annet = _oppgave(m, "oppgave-1")
    annet.tekst = "Noe annet"
    problem = generert.opprett_oppgave.sync(client=client, body=annet)
    assert isinstance(problem, m.Problem)
    assert (problem.kode, problem.status) == ("DuplikatEksternIdOgMerkelapp", 409)
    assert problem.id_til_eksisterende == foerst.id

    annet.virksomhetsnummer = "123456789"
    problem = generert.opprett_oppgave.sync(client=client, body=annet)
    assert (problem.kode, problem.status) == ("Valideringsfeil", 422)
    assert set(problem.felter["json"]) == {"virksomhetsnummer"}

    generert.oppgave_utfoert.sync(foerst.id, client=client, body=m.Utfoert())
    problem = generert.oppgave_utgaatt.sync(foerst.id, client=client, body=m.Utgaatt())
    assert problem.kode == "OppgavenErAlleredeUtfoert"


def test_en_liste_leses_side_for_side(generert: SimpleNamespace) -> None:
    m, client = generert.modeller, generert.client
    for nr in range(7):
        generert.opprett_oppgave.sync(client=client, body=_oppgave(m, f"oppgave-{nr}"))
    sett: list[str] = []
    side = generert.list_notifikasjoner.sync(client=client, antall=3, merkelapp=["Fager", "Demo"])
    while True:
        assert len(side.elementer) <= 3
        sett += [ett.ekstern_id for ett in side.elementer]
        if side.neste is None:
            break
        side = generert.list_notifikasjoner.sync(client=client, antall=3, merkelapp=["Fager", "Demo"], etter=side.neste)
    assert sett == [f"oppgave-{nr}" for nr in range(7)]


def test_hvem_er_jeg(generert: SimpleNamespace) -> None:
    selv = generert.hvem_er_jeg.sync(client=generert.client)
    assert (selv.produsent, selv.merkelapper, selv.naermeste_leder) == ("fager", ["Demo", "Fager"], True)


def _sak(m: Any) -> Any:
    return m.NySak(
        grupperingsid="sak-1",
        merkelapp="Fager",
        virksomhetsnummer=GLAD_TORSK,
        mottakere=[_mottaker(m)],
        tittel="Søknad om støtte",
        initiell_status=m.Saksstatus.MOTTATT,
    )


def _oppgave(m: Any, ekstern_id: str) -> Any:
    telefon = m.SmsMottaker(kontaktinfo=m.Telefon(tlf="+4799999999"))
    sms = m.SmsVarsel(
        mottaker=telefon,
        sms_tekst="Du har en ny oppgave.",
        sendetidspunkt=m.Sendetidspunkt(sendevindu=m.Sendevindu.LOEPENDE),
    )
    paaminnelsens = m.PaaminnelseSms(
        mottaker=telefon, sms_tekst="Husk oppgaven.", sendevindu=m.Sendevindu.NKS_AAPNINGSTID
    )
    return m.NyOppgave(
        merkelapp="Fager",
        ekstern_id=ekstern_id,
        grupperingsid="sak-1",
        virksomhetsnummer=GLAD_TORSK,
        mottakere=[_mottaker(m)],
        tekst="Svar på spørsmålet",
        lenke="https://arbeidsgiver.nav.no/1",
        frist=dt.date(2026, 12, 18),
        eksterne_varsler=[m.EksterntVarsel(sms=sms)],
        paaminnelse=m.Paaminnelse(
            tidspunkt=m.Paaminnelsestidspunkt(foer_frist="P5D"),
            eksterne_varsler=[m.PaaminnelseEksterntVarsel(sms=paaminnelsens)],
        ),
    )


def _mottaker(m: Any) -> Any:
    return m.Mottaker(altinn_ressurs=m.AltinnRessurs(ressurs_id=RESSURS))
