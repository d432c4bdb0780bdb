"""One drill from end to end, in seconds; and a loss that was made by hand is found."""

from __future__ import annotations

from collections import Counter

import psycopg
import pytest
from click.testing import CliRunner

from gateway.bench.maaleplass import egen_database
from gateway.drill.kjoering import Belastning, kjoer
from gateway.drill.klienter import Bestilling, Klienter, Kvittering, Slag
from gateway.drill.kommandoer import drill
from gateway.drill.oevelser import OEVELSER
from gateway.drill.oppgjoer import Oppgjoer, hendelser, oppgaver
from gateway.drill.sted import MERKELAPP

# What it promises of time is for a machine that does nothing else.
KORT = Belastning(foer=2.0, etter=4.0, andel=0.2)


@pytest.mark.parametrize("navn", ["web-drept", "drap-3"])
def test_en_kort_oevelse_finner_alt_igjen_og_ingenting_dobbelt(navn: str) -> None:
    (oevelse,) = (ett for ett in OEVELSER if ett.navn == navn)
    resultat = kjoer(oevelse, KORT)
    oppgjoer = resultat.oppgjoer
    assert (oppgjoer.tapt, oppgjoer.doblet, resultat.ubesvart, resultat.avvist) == ([], [], 0, Counter())
    assert min(oppgjoer.kvittert[slag] for slag in Slag) > 50
    assert resultat.nyttig_etter is not None
    assert any(not ett.nyttig for ett in resultat.under), "the fault was felt"
    assert {ett.navn for ett in resultat.helse} >= {"web1", "web2"}


def test_det_som_er_kvittert_og_ikke_finnes_er_tapt(postgres_url: str) -> None:
    klienter = Klienter([1], lambda: "token", "hemmelig")
    klienter.kvittert = [
        Kvittering(Bestilling(slag, f"{klienter.loep}-1", b""), "id", 0.0, 0.0) for slag in (Slag.OPPGAVE, Slag.WEBHOOK)
    ]
    oppgjoer = Oppgjoer()
    with egen_database(postgres_url, "drill") as url, psycopg.connect(url) as forbindelse:
        oppgaver(oppgjoer, forbindelse, klienter, {})
        hendelser(oppgjoer, forbindelse, klienter)
    assert len(oppgjoer.tapt) == 3, "the oppgave in the database and in REST, and the event"
    assert oppgjoer.doblet == []


def test_det_som_er_lagret_enda_det_ble_avvist_er_for_mye(postgres_url: str) -> None:
    klienter = Klienter([1], lambda: "token", "hemmelig")
    oppgjoer = Oppgjoer()
    with egen_database(postgres_url, "drill") as url, psycopg.connect(url) as forbindelse:
        forbindelse.execute(
            "INSERT INTO notifikasjon (id, type, merkelapp, ekstern_id, virksomhetsnummer, mottakere, tekst, lenke,"
            " opprettet_tidspunkt, sortering_tidspunkt, innhold_hash)"
            " VALUES (gen_random_uuid(), 'BESKJED', %s, %s, '312914174', '[]', 't', 'l', now(), now(), 'h')",
            (MERKELAPP, f"{klienter.loep}-1"),
        )
        oppgaver(oppgjoer, forbindelse, klienter, {})
    assert (oppgjoer.tapt, len(oppgjoer.doblet)) == ([], 1)


def test_lista_nevner_hver_oevelse_og_et_ukjent_navn_avvises() -> None:
    alle = CliRunner().invoke(drill, ["--liste"])
    assert [linje.split()[0] for linje in alle.output.splitlines()] == [ett.navn for ett in OEVELSER]
    assert CliRunner().invoke(drill, ["finnes-ikke"]).exit_code == 2
