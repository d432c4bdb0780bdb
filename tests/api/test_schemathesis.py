"""Schemathesis against the served document: no fault of ours, and no answer that the document does not tell of.

Half of the cases are bent towards what exists: ids of real objects, keys of real objects, bodies that are right but for
one field. So they reach the domain and the database, and do not stop at the first check.

`GATEWAY_NATTLIG=1` makes it at least 20,000 cases, on both databases.
"""

from __future__ import annotations

import itertools
import os
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from gateway.api.skjema import EN_ID
from gateway.domain.tilstand import Notifikasjonstype
from gateway.handling.utfoer import utfoer
from gateway.http.problemer import PROBLEM
from gateway.http.tokens import DevUtsteder
from gateway.inbox.format import SATSVIS, STRUKTURERT
from gateway.kjerne import Kjerne
from gateway.store.database import Database, aapne
from gateway.store.migrering import migrer
from gateway.store.tabeller import Hendelse, Notifikasjon, Sak, Varsel
from tests.api.conftest import FAGER, lag_app
from tests.api.dokument import operasjoner
from tests.api.test_openapi import ANDRE, ventede
from tests.conftest import DATABASER, toem
from tests.verden import ANSATT, LEDER, RESSURS, FastKlokke, aktoer, en_sak, lag_kjerne

INNTEKTSMELDING = "dev-gcp:helsearbeidsgiver:im-notifikasjon"
NATTLIG = os.environ.get("GATEWAY_NATTLIG") == "1"
PROFIL = settings(
    max_examples=380 if NATTLIG else 6,
    derandomize=not NATTLIG,
    database=None,
    deadline=None,
    phases=(Phase.generate,),  # shrinking takes longer than all else; the case is told with a curl line
    suppress_health_check=list(HealthCheck),
)
FAERREST_OM_NATTEN = 20_000
# Nobody signs its messages, and no source has a secret in its path.
UTEN_UTFOERT = {"ta_imot_webhook", "ta_imot_webhook_med_hemmelig_sti", "samtykk_med_hemmelig_sti"}
KONTROLLER = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
    checks.allow_header_conformance,
]
TYPER = {
    "beskjeder": Notifikasjonstype.BESKJED,
    "oppgaver": Notifikasjonstype.OPPGAVE,
    "kalenderavtaler": Notifikasjonstype.KALENDERAVTALE,
}
ALLE_METODER = ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE")
# What the domain checks beyond what a schema can say.
VRIENE = ("merkelapp", "virksomhetsnummer", "mottakere", "lenke", "eksterneVarsler", "grupperingsid", "hardDelete")
EPOST = {"epostTittel": "Ny oppgave", "epostHtmlBody": "<p>Hei</p>"}
TELEFON = {"mottaker": {"kontaktinfo": {"tlf": "+4799999999"}}, "smsTekst": "Hei"}
RESSURSEN = {"mottaker": {"ressursId": RESSURS}, **EPOST, "smsTekst": "Hei"}
VEGGUR, LOEPENDE = {"tidspunkt": "2030-11-01T08:00"}, {"sendevindu": "LOEPENDE"}
# An example shows one form of what may have several: these are the others.
FORMER: dict[str, list[Any]] = {
    "mottakere": [[{"naermesteLeder": {"naermesteLederFnr": LEDER, "ansattFnr": ANSATT}}]],
    "eksterneVarsler": [
        [],
        [{"sms": {**TELEFON, "sendetidspunkt": VEGGUR}}, {"altinnressurs": {**RESSURSEN, "sendetidspunkt": LOEPENDE}}],
    ],
    "paaminnelse": [
        {"tidspunkt": {"konkret": "2030-11-20T09:00"}},
        {
            "tidspunkt": {"etterOpprettelse": "P1DT2H"},
            "eksterneVarsler": [{"altinnressurs": {**RESSURSEN, **LOEPENDE}}],
        },
        {"tidspunkt": {"foerStartTidspunkt": "P1M"}, "eksterneVarsler": [{"sms": {**TELEFON, **LOEPENDE}}]},
        {"tidspunkt": {"foerFrist": "PT3H"}},
        None,
    ],
    "hardDelete": [{"den": "2031-01-01T08:00"}, {"om": "P5M"}],
}
# Else random text would stand for a time, and nothing would come past its reading.
schemathesis.openapi.format("oslo-date-time", st.datetimes().map(lambda tid: tid.isoformat(timespec="minutes")))


@dataclass
class Proeve:
    """One API on one database, what is asked of it, and how it answers."""

    app: Flask
    kjerne: Kjerne
    hoder: dict[str, str]
    hendelseshoder: dict[str, str]
    dokument: dict[str, Any]
    svar: Counter[tuple[str, int]] = field(default_factory=Counter)
    nummer: Iterator[int] = field(default_factory=itertools.count)

    @property
    def antall(self) -> int:
        return sum(self.svar.values())

    def hoder_for(self, sti: str) -> dict[str, str]:
        """Of a producer that has a plugin, where events are asked for."""
        return self.hendelseshoder if sti.startswith("/api/v1/hendelser") else self.hoder

    def eksempel(self, metode: str, sti: str) -> dict[str, Any]:
        innhold = self.dokument["paths"][sti][metode]["requestBody"]["content"]
        foerste = next(iter(innhold.values()))
        eksempel: dict[str, Any] = foerste.get("example") or next(iter(foerste["examples"].values()))["value"]
        return eksempel

    def ny(self, ressurs: str) -> None:
        """Create one, of the document's own example."""
        noekkel = "grupperingsid" if ressurs == "saker" else "eksternId"
        kropp = {**self.eksempel("post", f"/api/v1/{ressurs}"), noekkel: f"n-{next(self.nummer)}"}
        svar = self.app.test_client().post(f"/api/v1/{ressurs}", json=kropp, headers=self.hoder)
        assert svar.status_code == 201, svar.text

    def ny_hendelse(self) -> None:
        type_ = {"Content-Type": STRUKTURERT}
        innhold = self.dokument["paths"]["/api/v1/hendelser"]["post"]["requestBody"]["content"][STRUKTURERT]
        alle = [ett["value"] for ett in innhold["examples"].values()]
        (eksempel,) = (ett for ett in alle if ett["type"] == "FORESPOERSEL_BESVART")
        kropp = {**eksempel, "id": f"n-{next(self.nummer)}"}
        svar = self.app.test_client().post("/api/v1/hendelser", json=kropp, headers={**self.hendelseshoder, **type_})
        assert svar.status_code == 202, svar.text

    def ny_i_karantene(self) -> None:
        """An event, as a round would leave it that could not handle it."""
        self.ny_hendelse()
        karantene = {"tilstand": "KARANTENE", "feilkode": "SakFinnesIkke", "forsoek": 1}
        nyeste = self._nyeste(Hendelse).id
        self.kjerne.database.i_transaksjon(lambda: Hendelse.update(**karantene).where(Hendelse.id == nyeste).execute())

    def finn(self, ressurs: str, *, aapen: bool) -> Any:
        """The newest object of a resource, or the newest oppgave or event with which something can be done (`aapen`).

        Made if there is none.
        """
        if ressurs == "hendelser" and aapen:
            return self._nyeste_eller(self.ny_i_karantene, Hendelse, tilstand="KARANTENE")
        if ressurs == "hendelser":
            return self._nyeste_eller(self.ny_hendelse, Hendelse)
        if ressurs == "saker":
            return self._nyeste_eller(lambda: self.ny("saker"), Sak, merkelapp="Fager")
        if ressurs == "varsler":
            return self._nyeste_eller(
                lambda: self.ny("oppgaver"), Varsel, merkelapp="Fager", eier_slettet_tidspunkt=None
            )
        hvor = {"merkelapp": "Fager"}
        if ressurs in TYPER:
            hvor["type"] = TYPER[ressurs]
        if ressurs == "oppgaver" and aapen:
            hvor["tilstand"] = "NY"
        return self._nyeste_eller(lambda: self.ny(ressurs if ressurs in TYPER else "beskjeder"), Notifikasjon, **hvor)

    def _nyeste_eller(self, lag: Callable[[], None], tabell: Any, **hvor: Any) -> Any:
        if (funnet := self._nyeste(tabell, **hvor)) is None:
            lag()
            funnet = self._nyeste(tabell, **hvor)
        return funnet

    def _nyeste(self, tabell: Any, **hvor: Any) -> Any:
        with self.kjerne.database.tilkobling():
            return tabell.select().filter(**hvor).order_by(tabell.id.desc()).first()


@pytest.fixture(scope="module", params=DATABASER if NATTLIG else DATABASER[:1])
def proeve(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, utsteder: DevUtsteder
) -> Iterator[Proeve]:
    if request.param == "postgresql":
        url = request.getfixturevalue("egen_postgres_url")
    else:
        url = f"sqlite:///{tmp_path_factory.mktemp('schemathesis') / 'gateway.db'}"
    database = aapne(url)
    migrer(database)
    toem(database)
    yield _proeve(database, utsteder)
    database.lukk()


def _proeve(database: Database, utsteder: DevUtsteder) -> Proeve:
    kjerne = lag_kjerne(database, FastKlokke())
    utfoer(kjerne, en_sak(), aktoer(kjerne))  # the sak of all examples
    app = lag_app(kjerne, utsteder)
    dokument: dict[str, Any] = app.test_client().get("/openapi.json").get_json()
    hoder = [{"Authorization": f"Bearer {utsteder.produsent_token(navn)}"} for navn in (FAGER, INNTEKTSMELDING)]
    return Proeve(app, kjerne, *hoder, dokument)


@pytest.fixture(scope="module")
def operasjon_for(proeve: Proeve) -> dict[str, Any]:
    api = schemathesis.openapi.from_wsgi("/openapi.json", proeve.app)
    funnet = [resultat.ok() for resultat in api.get_all_operations()]
    return {operasjon.definition.raw["operationId"]: operasjon for operasjon in funnet}


@pytest.mark.parametrize("navn", sorted({navn for _, _, navn in (*ventede(), *ANDRE)}))
def test_ingen_svar_utenfor_dokumentet(proeve: Proeve, operasjon_for: dict[str, Any], navn: str) -> None:
    operasjon = operasjon_for[navn]

    @PROFIL
    @given(case=_tilfeller(operasjon))
    def proev(case: schemathesis.Case) -> None:
        _boey(case, proeve)
        # A case may break every header, but not this one: it would hide all that comes after it.
        case.headers = {**{hode: case.headers[hode] for hode in case.headers or ()}, **proeve.hoder_for(case.path)}
        svar = case.call()
        proeve.svar[navn, svar.status_code] += 1
        assert svar.status_code != 401 or case.path.startswith("/webhooks"), "the token was lost"
        case.validate_response(svar, checks=KONTROLLER)

    proev()


def _tilfeller(operasjon: Any) -> st.SearchStrategy[schemathesis.Case]:
    """What the document allows, and what it does not."""
    return st.one_of(operasjon.as_strategy(generation_mode=modus) for modus in GenerationMode)


def test_metoder_som_ikke_finnes_svarer_405_med_allow(proeve: Proeve) -> None:
    klient = proeve.app.test_client()
    for sti, metoder in proeve.dokument["paths"].items():
        finnes = {metode.upper() for metode in metoder} & set(ALLE_METODER)
        for metode in set(ALLE_METODER) - finnes:
            svar = klient.open(sti.replace("{id}", EN_ID), method=metode, headers=proeve.hoder)
            assert (svar.status_code, svar.mimetype) == (405, PROBLEM), (metode, sti)
            assert finnes <= set(svar.headers["Allow"].split(", ")) <= {*finnes, "HEAD", "OPTIONS"}, (metode, sti)


def test_tilfellene_var_mange_nok_og_traff(proeve: Proeve) -> None:
    """Runs after the cases, and counts them."""
    if not proeve.svar:
        pytest.skip("counts the cases of the test before, which was not run")
    navn = {operasjon.navn for operasjon in operasjoner(proeve.dokument)}
    assert {operasjon for operasjon, _ in proeve.svar} == navn
    traff: Counter[bool] = Counter()
    for operasjon in operasjoner(proeve.dokument):
        if "{id}" in operasjon.sti or "/med-" in operasjon.sti:
            for (utfoert, status), antall in proeve.svar.items():
                if utfoert == operasjon.navn:
                    traff[status != 404] += antall
    print(f"\n{proeve.antall} cases; {traff[True]} of {sum(traff.values())} met an object")  # noqa: T201
    print(sorted(Counter({s: sum(a for (_, t), a in proeve.svar.items() if t == s) for _, s in proeve.svar}).items()))  # noqa: T201
    assert traff[True] * 4 >= sum(traff.values())
    if NATTLIG:
        assert proeve.antall >= FAERREST_OM_NATTEN
        # Every operation was also carried out.
        for navn_ in navn - UTEN_UTFOERT:
            assert any(status < 300 for operasjon, status in proeve.svar if operasjon == navn_), navn_


def _boey(case: schemathesis.Case, proeve: Proeve) -> None:
    """Bend half of the cases towards what is there. The case itself decides, so that it can be repeated."""
    terning = zlib.crc32(repr((case.path_parameters, case.query, case.body)).encode(errors="replace"))
    if terning % 2 or not case.path.startswith("/api/v1/"):
        return
    ressurs, aapen = case.path.split("/")[3], bool(terning // 2 % 2)  # one that is done stays done
    if "{id}" in case.path:
        if (rad := proeve.finn(ressurs, aapen=aapen)) is not None:
            case.path_parameters = {**(case.path_parameters or {}), "id": str(rad.id)}
    elif "/med-" in case.path:
        rad = proeve.finn(ressurs, aapen=aapen)
        egen = {"grupperingsid": rad.grupperingsid} if ressurs == "saker" else {"eksternId": rad.ekstern_id}
        case.query = {**(case.query or {}), "merkelapp": rad.merkelapp, **egen}
    elif case.query and "merkelapp" in case.query and terning % 4:
        case.query = {**case.query, "merkelapp": ["Fager"]}
    if case.path == "/api/v1/hendelser" and case.method == "POST":
        _boey_hendelse(case, proeve, terning)
    elif isinstance(case.body, dict) and case.body:
        eksempel = proeve.eksempel(case.method.lower(), case.path)
        felles = sorted(set(case.body) & set(eksempel))
        if terning % 3 and felles:
            beholdt = felles[terning // 6 % len(felles)]
            rettet = [felt for felt in felles if felt != beholdt]
        else:
            rettet = [felt for felt in felles if felt in VRIENE]
        case.body = {**case.body, **{felt: _valg(felt, eksempel[felt], terning) for felt in rettet}}
        for noekkel in ("eksternId", "grupperingsid"):
            if noekkel in rettet and (noekkel == "eksternId" or ressurs == "saker"):
                case.body[noekkel] = f"b-{next(proeve.nummer)}"


def _valg(felt: str, eksempel: Any, terning: int) -> Any:
    """The document's example of a field, or another of the forms that the field may have."""
    former = [eksempel, *FORMER.get(felt, ())]
    if felt == "hardDelete" and "nyTid" in eksempel:
        return {"nyTid": former[1 + terning // 8 % 2], "strategi": ("FORLENG", "OVERSKRIV")[terning // 16 % 2]}
    return former[terning // 8 % len(former)]


def _boey_hendelse(case: schemathesis.Case, proeve: Proeve, terning: int) -> None:
    """An event that the plugin knows, with an id of its own, and one attribute as the case has it."""
    egen = case.body if isinstance(case.body, dict) else {}
    ekte = {**proeve.eksempel("post", "/api/v1/hendelser"), "id": f"h-{next(proeve.nummer)}"}
    felt = sorted({*egen, "ingen"})[terning // 2 % (len(egen) + 1)]
    hendelse = {**ekte, **({felt: egen[felt]} if felt in egen else {})}
    if terning % 3:
        case.media_type, case.body = STRUKTURERT, hendelse
    else:
        case.media_type, case.body = SATSVIS, [hendelse, ekte, *(case.body if isinstance(case.body, list) else [])]
