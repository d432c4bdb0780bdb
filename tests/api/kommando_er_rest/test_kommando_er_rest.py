"""What a plugin returns and what REST receives are the same kommandoer: the same rules, and the same answers.

Each row of the table is one rule of the contract: what was there before, a kommando, and the call that says the same.
Both are carried out from the same start, each on both databases, and then all is compared: accepted or refused, kode,
felter, what the answer holds, and every row of every table, with ids by their place.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import msgspec
import pytest
from flask.testing import FlaskClient
from psycopg.conninfo import make_conninfo

from gateway.domain.hendelse import Feilklasse
from gateway.domain.innhold import fra_json, til_json
from gateway.domain.kommandoer import KansellerVarsel, Kommando, Sikring, SlettNotifikasjon, SlettSak, feltnavn
from gateway.handling.utfall import Utfall
from gateway.handling.utfoer import Steg, Stegavslag, utfoer, utfoer_alle
from gateway.http.tokens import DevUtsteder
from gateway.inbox.behandling import Innboksrunde
from gateway.inbox.funn import KLASSER
from gateway.inbox.inntak import Avsender, ta_imot
from gateway.store.database import Database, aapne
from gateway.store.tabeller import TABELLER, Hendelse, Hendelsesnoekkel, Hendelsesobjekt, Logg, Sak
from gateway.vertskap.erklaering import Pluginsted
from gateway.vertskap.lasting import last_plugins
from gateway.vertskap.oversetter import Oversetter
from tests.api.conftest import FAGER, lag_app
from tests.api.kommando_er_rest.kall import post_oppgave
from tests.api.kommando_er_rest.regler import OPPGAVE, PERMITTERING, TABELL, Rad, V
from tests.handling.gjoer import den_ene, rader
from tests.verden import START, FastKlokke, aktoer, lag_kjerne, lest


@dataclass(frozen=True)
class Svar:
    """What came of it, either way; `innhold` is what the answer says beside that, by wire name."""

    kode: str | None
    felter: Any
    innhold: Any


class Verden:
    """A core and a client on one database, made once for the whole table."""

    def __init__(self, database: Database, utsteder: DevUtsteder) -> None:
        self.klokke = FastKlokke()
        self.kjerne = lag_kjerne(database, self.klokke)
        self._klient: FlaskClient = lag_app(self.kjerne, utsteder).test_client()
        self._hoder = {
            app: {"Authorization": f"Bearer {utsteder.produsent_token(app)}", "X-Request-ID": "test"}
            for app in (FAGER, PERMITTERING)
        }

    def forbered(self, rad: Rad) -> None:
        self.klokke.still(START)
        # A few rows, which are sooner deleted than truncated.
        self.kjerne.database.i_transaksjon(lambda: [tabell.delete().execute() for tabell in reversed(TABELLER)])
        for ett in rad.foer:
            if callable(ett):
                ett(self.kjerne, self.klokke)
            else:
                utfoer(self.kjerne, ett, aktoer(self.kjerne))

    def som_plugin(self, rad: Rad) -> Svar:
        """As for an event: inside a transaction, as one of its steps."""
        kommando = rad.kommando(self.kjerne) if callable(rad.kommando) else rad.kommando
        funnet = self.kjerne.produsenter.for_applikasjon(rad.som)
        hvem = replace(aktoer(self.kjerne, funnet.id), applikasjon=rad.som)
        naa = self.klokke.naa()
        try:
            (stegutfall,) = self.kjerne.database.i_transaksjon(
                lambda: utfoer_alle(self.kjerne, [Steg(kommando=kommando)], hvem, naa)
            )
        except Stegavslag as steg:
            avslag = steg.avslag
            finnes = str(avslag.id_til_eksisterende) if avslag.id_til_eksisterende else None
            return Svar(avslag.kode, avslag.felter, {"detail": avslag.detalj, "idTilEksisterende": finnes})
        assert stegutfall.utfall
        return Svar(None, None, _paa_traaden(kommando, stegutfall.utfall))

    def over_rest(self, rad: Rad) -> Svar:
        kall = rad.kall(self.kjerne) if callable(rad.kall) else rad.kall
        noekkel = {"Idempotency-Key": kall.noekkel} if kall.noekkel is not None else {}
        svar = self._klient.open(
            f"/api/v1{kall.sti}", method=kall.metode, json=kall.kropp, headers={**self._hoder[rad.som], **noekkel}
        )
        if svar.status_code < 300:
            return Svar(None, None, {"status": svar.status_code, **(svar.get_json() if svar.data else {})})
        problem = svar.get_json()
        felter = problem.get("felter")
        assert felter is None or set(felter) == {"json"}
        finnes = problem.get("idTilEksisterende")
        return Svar(
            problem["kode"],
            felter["json"] if felter else None,
            {"detail": problem["detail"], "idTilEksisterende": finnes},
        )

    def lagret(self, uten: Sequence[Any] = ()) -> str:
        """Every row of every table but those named, the ids named by the order in which they first stand there."""
        tabeller = {
            tabell._meta.table_name: [_rad(rad, uten) for rad in rader(self.kjerne, tabell)]
            for tabell in TABELLER
            if tabell not in uten
        }
        return json.dumps(_nummerert(tabeller), sort_keys=True, indent=1)


def _paa_traaden(kommando: Kommando, utfall: Utfall) -> dict[str, Any]:
    """What the contract says that REST answers for this outcome."""
    if isinstance(kommando, SlettSak | SlettNotifikasjon | KansellerVarsel):
        return {"status": 204}
    opprettet = type(kommando).__name__ in ("NySak", "NyBeskjed", "NyOppgave", "NyKalenderavtale", "NyStatus")
    opprettet = opprettet or isinstance(kommando, Sikring)
    status = 201 if opprettet and utfall.ny else 200
    svar: dict[str, Any] = {"status": status, "id": str(utfall.id), "merknader": list(utfall.merknader)}
    if utfall.statuser is not None:
        svar["statuser"] = [
            {
                **{feltnavn(navn): verdi for navn, verdi in ett.items()},
                "tidspunkt": ett["tidspunkt"].replace("+00:00", "Z"),
            }
            for ett in msgspec.to_builtins(utfall.statuser)
        ]
    if utfall.status_id is not None and type(kommando).__name__ != "NySak":
        svar["statusId"] = str(utfall.status_id)
    for navn, verdi in {"grupperingsid": utfall.grupperingsid, "antallEndret": utfall.antall_endret}.items():
        if verdi is not None:
            svar[navn] = verdi
    if type(kommando).__name__ in ("NyBeskjed", "NyOppgave", "NyKalenderavtale"):
        svar["eksterneVarsler"] = [{"id": str(id_)} for id_ in utfall.eksterne_varsler or ()]
    if type(kommando).__name__ in ("NyOppgave", "NyKalenderavtale"):
        egne = utfall.paaminnelse_varsler
        svar["paaminnelse"] = None if egne is None else {"eksterneVarsler": [{"id": str(id_)} for id_ in egne]}
    return svar


def _rad(rad: Any, uten: Sequence[Any]) -> dict[str, Any]:
    """The row as text; without what the database numbers by itself, whose order is that of the rows."""
    if isinstance(rad, Sak) and rad.grupperingsid == str(rad.id):
        uten = [*uten, Sak.innhold_hash]  # of a grupperingsid that the gateway made
    return {
        felt: verdi if isinstance(verdi, dict | list) else str(verdi)
        for felt, verdi in rad.__data__.items()
        if not (isinstance(verdi, int) and felt in ("id", "transaksjon")) and rad._meta.fields[felt] not in uten
    }


def _nummerert(verdi: Any, ider: dict[str, str] | None = None) -> Any:
    """The same, with each id that the gateway made named by its place."""
    ider = {} if ider is None else ider
    if isinstance(verdi, dict):
        return {navn: _nummerert(ledd, ider) for navn, ledd in verdi.items()}
    if isinstance(verdi, list):
        return [_nummerert(ledd, ider) for ledd in verdi]
    try:
        return ider.setdefault(str(UUID(verdi)), f"id {len(ider)}") if isinstance(verdi, str) else verdi
    except ValueError:
        return verdi


@pytest.fixture(scope="module")
def verden(database_url: str, utsteder: DevUtsteder) -> Iterator[Verden]:
    # What is compared here is not what outlives a loss of power, so nothing waits for the disk.
    if database_url.startswith("postgresql"):
        database = aapne(make_conninfo(database_url, options="-c synchronous_commit=off"))
    else:
        database = aapne(database_url)
        database.motor.pragma("synchronous", "off", permanent=True)
    yield Verden(database, utsteder)
    database.lukk()


@pytest.mark.parametrize("rad", TABELL, ids=lambda rad: rad.hva)
def test_en_kommando_og_et_kall_er_det_samme(verden: Verden, rad: Rad) -> None:
    verden.forbered(rad)
    foer = verden.lagret() if rad.kode is not None else None
    over_rest = verden.over_rest(rad)
    etter_rest = verden.lagret()
    assert over_rest.kode == rad.kode
    if foer is not None:
        assert etter_rest == foer, "what is refused leaves nothing"
    verden.forbered(rad)
    som_plugin = verden.som_plugin(rad)
    assert som_plugin.kode == rad.kode
    assert (som_plugin.felter is None) == (rad.kode != V)
    assert som_plugin.felter == over_rest.felter
    assert _nummerert(som_plugin.innhold) == _nummerert(over_rest.innhold)
    assert verden.lagret() == etter_rest


# What REST refuses by its shape, before there is a kommando: so does the inbox, which finds that what a plugin
# returned is none. The field is the same; the texts are marshmallow's and msgspec's.
FORMFEIL = [
    ("a text that is a number", {"tekst": 7}, "tekst"),
    ("a text that is null", {"tekst": None}, "tekst"),
    ("a date that is none", {"frist": "2026-02-30"}, "frist"),
    ("a time that is none", {"opprettetTidspunkt": "i morgen"}, "opprettetTidspunkt"),
    ("mottakere that are no list", {"mottakere": "alle"}, "mottakere"),
    ("a mottaker that is no object", {"mottakere": ["alle"]}, "mottakere"),
    ("a paaminnelse without its time", {"paaminnelse": {}}, "paaminnelse"),
    ("hardDelete that is no object", {"hardDelete": "P1D"}, "hardDelete"),
]


@pytest.mark.parametrize(("hva", "felter", "felt"), FORMFEIL, ids=[hva for hva, *_ in FORMFEIL])
def test_det_som_ikke_har_formen_til_en_kommando(verden: Verden, hva: str, felter: dict[str, Any], felt: str) -> None:
    rad = Rad(hva=hva, kommando=OPPGAVE, kall=post_oppgave(**felter), kode=V)
    verden.forbered(rad)
    over_rest = verden.over_rest(rad)
    assert (over_rest.kode, set(over_rest.felter)) == (V, {felt})
    som_json = til_json(OPPGAVE)
    navn = "".join(f"_{tegn.lower()}" if tegn.isupper() else tegn for tegn in felt)
    with pytest.raises(msgspec.ValidationError, match=navn):
        fra_json({**som_json, "innhold": {**som_json["innhold"], navn: felter[felt]}})


# --- whole through the inbox --------------------------------------------------------------------------------------

PLUGIN = """
from gateway.plugin import *

VERSJON = "1"

from tests.api.kommando_er_rest.regler import TABELL

@hookimpl
def hendelsestyper():
    return [Hendelsestype(navn="RAD", beskrivelse="x", skjema={"type": "object"}, eksempel={})]

@hookimpl
def oversett(hendelse, kontekst):
    return [rad.kommando for rad in TABELL if rad.hva == hendelse.data["rad"]]
"""
GJENNOM_INNBOKSEN = [
    *("tekst of 301", "tlf, 45360000", "mottakere, both in one", "another's mottaker", "a sak with other content"),
    *("an oppgave again, its varsler the same", "a key again", "a key again, other content", "a status of the past"),
    *("utfoert with all that it may say", "utsett", "a kalenderavtale with all that it may say", "an update of all"),
    *("an open sak when the last is FERDIG", "a sikret sak with all that may be changed", "a new time"),
    *("a beskjed on an open sak", "a deletion put off", "a varsel that cannot be sent, dropped"),
    *("a grupperingsid after deletion", "delete a sak and what is its own", "epostHtmlBody, sanitised"),
]


@pytest.fixture(scope="module")
def innboks(verden: Verden, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Innboksrunde]:
    mappe = tmp_path_factory.mktemp("plugin")
    (mappe / "raden.py").write_text(PLUGIN)
    sys.path.insert(0, str(mappe))
    sted = Pluginsted(navn="raden", modul="raden", produsent="fager")
    oversetter = Oversetter([sted], sekunder=20)
    kjerne = replace(verden.kjerne, plugins=last_plugins([sted], strenge=True))
    yield Innboksrunde(kjerne, oversetter, FastKlokke())
    oversetter.lukk()
    sys.path.remove(str(mappe))


@pytest.mark.parametrize("hva", GJENNOM_INNBOKSEN)
def test_en_hendelse_er_det_samme(verden: Verden, innboks: Innboksrunde, hva: str) -> None:
    (rad,) = (ett for ett in TABELL if ett.hva == hva)
    uten = (Hendelse, Hendelsesnoekkel, Hendelsesobjekt, Logg.plugin)
    verden.forbered(rad)
    over_rest = verden.over_rest(rad)
    etter_rest = verden.lagret(uten)
    verden.forbered(rad)
    avsender = Avsender(produsent="fager", applikasjon=rad.som, korrelasjonsid="test")
    ta_imot(innboks._kjerne, lest({"type": "RAD", "id": "1", "rad": hva}), avsender)
    assert innboks.kjoer(fortsett=lambda: True) == 1
    hendelse = den_ene(verden.kjerne, Hendelse)
    # What the register does not give yet is waited for; anything else that is refused is for a person.
    ventes_paa = rad.kode is not None and KLASSER[rad.kode] is Feilklasse.KONFIGURASJON
    avvist = "PAA_VENT" if ventes_paa else "KARANTENE"
    assert (hendelse.tilstand, hendelse.feilkode) == (avvist if rad.kode else "BEHANDLET", rad.kode)
    if over_rest.felter:
        assert json.loads(hendelse.feilmelding.splitlines()[1]) == over_rest.felter
    assert verden.lagret(uten) == etter_rest
