"""Migrations bring an empty database, of either kind, to where the tables say that it is."""

from __future__ import annotations

import json
import subprocess
import sys
import unicodedata
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import peewee
import pytest

from gateway.domain.feil import Konflikt
from gateway.domain.innhold import gammel_hash
from gateway.domain.kommandoer import Notifikasjonsreferanse, NyStatus, OppgaveUtfoert, Saksreferanse
from gateway.domain.tilstand import Saksstatus
from gateway.handling.utfoer import utfoer
from gateway.handling.varsel import bestilt_ved_opprettelse
from gateway.inbox.behandling import Innboksrunde
from gateway.kjerne import ny_id
from gateway.reading import produsent as lesing
from gateway.store.database import Database, aapne
from gateway.store.dialekt import alene_om_migrering
from gateway.store.innboks import KOE
from gateway.store.migrering import _runner, mangler, migrer
from gateway.store.tabeller import TABELLER, Hendelse, Hendelsesnoekkel, Notifikasjon, NotifikasjonTilgang
from gateway.vertskap.oversetter import Oversetter
from tests.handling.gjoer import en_avtale
from tests.servere import egen_database
from tests.verden import ROT, FastKlokke, aktoer, en_sak, lag_kjerne, melding


def _bilde(database: Database) -> dict[str, object]:
    with database.tilkobling():
        return {
            tabell._meta.table_name: (
                sorted(
                    (kolonne.name, kolonne.data_type, kolonne.null)
                    for kolonne in database.motor.get_columns(tabell._meta.table_name)
                ),
                sorted(
                    (indeks.name, tuple(indeks.columns), indeks.unique)
                    for indeks in database.motor.get_indexes(tabell._meta.table_name)
                ),
            )
            for tabell in TABELLER
        }


def _tom(request: pytest.FixtureRequest, slag: str, tmp_path: Path, navn: str) -> Database:
    if slag == "sqlite":
        return aapne(f"sqlite:///{tmp_path / navn}.db")
    # Made through the fixtures' stack, so that it is dropped again whatever the test does.
    ny = egen_database(request.getfixturevalue("postgres_url"), navn)
    url = ny.__enter__()
    request.addfinalizer(lambda: ny.__exit__(None, None, None))
    return aapne(url)


@pytest.mark.parametrize("slag", ["sqlite", "postgresql"])
def test_migreringene_gir_de_tabellene_som_koden_kjenner(
    request: pytest.FixtureRequest, slag: str, tmp_path: Path
) -> None:
    migrert = _tom(request, slag, tmp_path, "migrert")
    assert migrer(migrert) != []
    assert migrer(migrert) == []
    assert mangler(migrert) == []
    fra_migrering = _bilde(migrert)
    migrert.lukk()

    direkte = _tom(request, slag, tmp_path, "direkte")
    with direkte.tilkobling():
        direkte.motor.create_tables(TABELLER)
    assert fra_migrering == _bilde(direkte)
    direkte.lukk()


@pytest.mark.parametrize("slag", ["sqlite", "postgresql"])
def test_det_som_var_der_er_der_etter_en_ny_versjon(
    request: pytest.FixtureRequest, slag: str, tmp_path: Path, klokke: FastKlokke
) -> None:
    database = _tom(request, slag, tmp_path, "gammel")
    with database.tilkobling(), alene_om_migrering():
        _runner(database).up(target="0001_foerste_tabeller")
    notifikasjon = uuid4()
    with database.tilkobling():
        database.motor.execute_sql(
            "INSERT INTO notifikasjon (id, type, merkelapp, ekstern_id, virksomhetsnummer, mottakere, tekst, lenke, "
            "opprettet_tidspunkt, sortering_tidspunkt, tilstand, innhold_hash) VALUES "
            f"('{notifikasjon.hex}', 'OPPGAVE', 'Fager', 'gammel', '312914174', '[]', 't', 'https://nav.no', "
            "'2026-11-01T00:00:00.000000Z', '2026-11-01T00:00:00.000000Z', 'NY', 'h')"
        )
        database.motor.execute_sql(
            f"INSERT INTO notifikasjon_tilgang VALUES ('{notifikasjon.hex}', '312914174', 'ressurs:x', "
            "'2026-11-01T00:00:00.000000Z')"
        )
        foerste, andre, paaminnelsens = sorted(ny_id() for _ in range(3))
        for varsel, til_paaminnelse in ((andre, "false"), (foerste, "false"), (paaminnelsens, "true")):
            database.motor.execute_sql(
                "INSERT INTO varsel (id, notifikasjon_id, merkelapp, virksomhetsnummer, til_paaminnelse, type, "
                f"innhold, status, forsoek) VALUES ('{varsel.hex}', '{notifikasjon.hex}', 'Fager', '312914174', "
                f"{til_paaminnelse}, 'SMS', '{{}}', 'SENDT', 1)"
            )
    migrer(database)
    kjerne = lag_kjerne(database, klokke)
    with database.tilkobling():
        assert bestilt_ved_opprettelse(notifikasjon) == ((foerste, andre), (paaminnelsens,))
    with database.tilkobling():
        assert [rad.notifikasjon_id for rad in NotifikasjonTilgang.select()] == [notifikasjon]
    utfoer(kjerne, OppgaveUtfoert(oppgave=Notifikasjonsreferanse(id=notifikasjon)), aktoer(kjerne))
    utfoer(kjerne, en_sak(), aktoer(kjerne))
    assert utfoer(kjerne, en_avtale(), aktoer(kjerne)).ny, "the new type is let in"
    with database.tilkobling(), pytest.raises(peewee.IntegrityError):
        Notifikasjon.update(tilstand="NY").where(Notifikasjon.type == "KALENDERAVTALE").execute()
    database.lukk()


@pytest.mark.parametrize("slag", ["sqlite", "postgresql"])
def test_saker_og_noekler_fra_versjonen_foer_gaar_videre(
    request: pytest.FixtureRequest, slag: str, tmp_path: Path, klokke: FastKlokke
) -> None:
    database = _tom(request, slag, tmp_path, "statuser")
    with database.tilkobling(), alene_om_migrering():
        _runner(database).up(target="0002_hele_domenet")
    sak, foerste, andre, tredje = uuid4(), *sorted(ny_id() for _ in range(3))
    kjerne = lag_kjerne(database, klokke)
    nfd = unicodedata.normalize("NFD", "blåbær")
    ny_status = NyStatus(
        sak=Saksreferanse(id=sak),
        status=Saksstatus.FERDIG,
        ny_lenke_til_sak="https://nav.no/ny",
        idempotensnoekkel="k",
    )
    avtrykk = kjerne.noekkel_hash(f"fager {gammel_hash(ny_status, uten_referanse=True)}")
    tider = {foerste: "2026-11-10T00:00:00", andre: "2026-11-02T00:00:00", tredje: "2026-11-03T00:00:00"}
    with database.tilkobling():
        database.motor.execute_sql(
            "INSERT INTO sak (id, merkelapp, grupperingsid, virksomhetsnummer, mottakere, tittel, opprettet_tidspunkt, "
            "siste_status, siste_statustekst, siste_status_tidspunkt, innhold_hash) VALUES "
            f"('{sak.hex}', 'Fager', 'g', '312914174', '[]', 't', '2026-11-10T00:00:00.000000Z', 'MOTTATT', 'Mottatt', "
            "'2026-11-10T00:00:00.000000Z', 'h')"
        )
        for id_, tid in tider.items():
            database.motor.execute_sql(
                "INSERT INTO sak_status (id, sak_id, status, tekst, tidspunkt) VALUES "
                f"('{id_.hex}', '{sak.hex}', 'FERDIG', 'Ferdig', '{tid}.000000Z')"
            )
        statuser = [{"status": "FERDIG", "tekst": "Ferdig", "tidspunkt": f"{tider[id_]}Z"} for id_ in (foerste, andre)]
        svar = {"id": str(sak), "ny": True, "statuser": statuser}
        for noekkel, tid in (("k", "2026-11-01"), ("gammel", "2026-10-01")):
            database.motor.execute_sql(
                "INSERT INTO idempotens (objekt_id, noekkel, innhold_hash, svar, tidspunkt) VALUES "
                f"('{sak.hex}', '{noekkel}', '{avtrykk}', '{json.dumps(svar)}', '{tid}T00:00:00.000000Z')"
            )
        for ekstern_id in (nfd, "a"):
            database.motor.execute_sql(
                "INSERT INTO notifikasjon (id, type, merkelapp, ekstern_id, grupperingsid, virksomhetsnummer, "
                "mottakere, tekst, lenke, opprettet_tidspunkt, sortering_tidspunkt, innhold_hash) VALUES "
                f"('{uuid4().hex}', 'BESKJED', 'Fager', '{ekstern_id}', '{nfd}', '312914174', '[]', 't', "
                "'https://nav.no', '2026-11-01T00:00:00.000000Z', '2026-11-01T00:00:00.000000Z', 'h')"
            )
    migrer(database)
    lest = lesing.sak(kjerne, aktoer(kjerne).produsent, Saksreferanse(id=sak))
    assert lest.siste_status.id == tredje, "the one that came in last, whatever its tidspunkt"
    assert [ett.id for ett in lest.statuser] == [foerste, tredje, andre]
    assert {ett.overstyr_statustekst_med for ett in lest.statuser} == {None}
    funnet = lesing.notifikasjoner(
        kjerne, aktoer(kjerne).produsent, merkelapper=[], grupperingsid="blåbær", antall=5, etter=None
    )
    assert {ett.ekstern_id for ett in funnet.elementer} == {"blåbær", "a"}
    gjentatt = utfoer(kjerne, ny_status, aktoer(kjerne))
    assert not gjentatt.ny
    assert ([ett.id for ett in gjentatt.statuser or ()], gjentatt.status_id) == ([foerste, andre], andre)
    with pytest.raises(Konflikt):
        utfoer(kjerne, replace(ny_status, status=Saksstatus.MOTTATT), aktoer(kjerne))
    assert utfoer(kjerne, replace(ny_status, idempotensnoekkel="gammel"), aktoer(kjerne)).ny, "forgotten by now"
    database.lukk()


@pytest.mark.parametrize("slag", ["sqlite", "postgresql"])
def test_mange_som_migrerer_samtidig_gjoer_det_en_gang(
    request: pytest.FixtureRequest, slag: str, tmp_path: Path
) -> None:
    database = _tom(request, slag, tmp_path, "samtidig")
    url = database.url
    database.lukk()
    program = (
        "import sys; from gateway.store.database import aapne; from gateway.store.migrering import migrer;"
        "print(len(migrer(aapne(sys.argv[1]))))"
    )
    prosesser = [
        subprocess.Popen(
            [sys.executable, "-c", program, url], cwd=ROT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    svar = [prosess.communicate(timeout=60) for prosess in prosesser]
    assert [prosess.returncode for prosess in prosesser] == [0] * 4, svar
    assert sorted(int(ut) for ut, _ in svar)[:3] == [0, 0, 0]


@pytest.mark.parametrize("slag", ["sqlite", "postgresql"])
def test_hendelser_av_en_tidligere_versjon_behandles_i_sin_rekkefoelge_og_noeklene_deres_glemmes(
    request: pytest.FixtureRequest, slag: str, tmp_path: Path, klokke: FastKlokke
) -> None:
    database = _tom(request, slag, tmp_path, "hendelser")
    with database.tilkobling(), alene_om_migrering():
        _runner(database).up(target="0002_hele_domenet")
    # Ids are drawn before commit, so the order within a key is not always that of ids.
    sist, foerst, ferdig, alene, karantene = sorted(ny_id() for _ in range(5))
    rader = (
        (foerst, "1", "noekkel:gruppe-for-ola", 4, "PAA_VENT"),
        (sist, "2", "noekkel:gruppe-for-ola", 7, "MOTTATT"),
        (ferdig, "3", "noekkel:gruppe-for-ola", 1, "BEHANDLET"),
        (alene, "4", "hendelse:test:4", 1, "MOTTATT"),
        (karantene, "5", "noekkel:annen", 1, "KARANTENE"),
    )
    with database.tilkobling():
        for id_, ekstern_id, noekkel, loepenummer, tilstand in rader:
            data = {**melding("permittering/masseoppsigelse"), "id": ekstern_id}
            raa = json.dumps(data).encode().hex()
            verdi = f"decode('{raa}', 'hex')" if database.er_postgres else f"X'{raa}'"
            database.motor.execute_sql(
                "INSERT INTO hendelse (id, produsent, kilde, ekstern_id, type, noekkel, loepenummer, format, raa, "
                "applikasjon, korrelasjonsid, mottatt_tidspunkt, tilstand, forsoek) VALUES "
                f"('{id_.hex}', 'permittering', 'test', '{ekstern_id}', 'MASSEOPPSIGELSE', '{noekkel}', {loepenummer}, "
                f"'json', {verdi}, 'test', 'k', '2026-11-01T00:00:00.000000Z', '{tilstand}', 1)"
            )
            database.motor.execute_sql(
                "INSERT INTO hendelsesnoekkel (produsent, noekkel, siste_loepenummer, klar_tidspunkt) VALUES "
                f"('permittering', '{noekkel}', 9, '2026-12-01T00:00:00.000000Z') ON CONFLICT DO NOTHING"
            )
    migrer(database)
    kjerne = lag_kjerne(database, klokke)
    with database.tilkobling():
        assert {rad.noekkel for rad in Hendelse.select().where(Hendelse.id != ferdig)} == {KOE}
        assert "ola" not in Hendelse.get_by_id(ferdig).noekkel
        (koe,) = Hendelsesnoekkel.select()
    assert (koe.noekkel, koe.siste_loepenummer) == (KOE, 4)
    oversetter = Oversetter(kjerne.plugins.steder, sekunder=20)
    assert Innboksrunde(kjerne, oversetter, klokke).kjoer(fortsett=lambda: True) == 3
    oversetter.lukk()
    with database.tilkobling():
        tatt = [rad.ekstern_id for rad in Hendelse.select().order_by(Hendelse.noekkel, Hendelse.loepenummer)]
        assert tatt.index("1") < tatt.index("2")
        assert Hendelse.get_by_id(foerst).noekkel == Hendelse.get_by_id(sist).noekkel
        assert {rad.tilstand for rad in Hendelse.select()} == {"BEHANDLET", "KARANTENE"}
        assert Hendelse.select().where(Hendelse.kilde_noekkel.is_null(False)).count() == 1, "that in KARANTENE"
    database.lukk()
