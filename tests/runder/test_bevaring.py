"""What has been kept for as long as it should is emptied, then removed, with a receipt; the rest stands."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import peewee
import pytest

from gateway.domain.bevaring import Bevaring
from gateway.domain.feil import Konflikt
from gateway.domain.hendelsesdata import Format
from gateway.domain.kommandoer import OppgaveUtfoert
from gateway.domain.noekkelring import Noekkelring
from gateway.handling.arbeidsgiver import bjelle_aapnet
from gateway.inbox.format import Uidentifisert
from gateway.inbox.inntak import Lesning, Mottak, Mottaksregler, ta_imot, ta_imot_alle
from gateway.inbox.oppfoelging import forkast, paa_nytt
from gateway.kjerne import Kjerne
from gateway.reading.endringer import endringer
from gateway.reading.spor import spor
from gateway.runder import bevaring as runden
from gateway.store.tabeller import (
    AVSLUTTET_UTEN_TID,
    Hendelse,
    Hendelsesnoekkel,
    Hendelsesobjekt,
    Logg,
    Notifikasjon,
    SattTilSide,
    SistLest,
    Varsel,
    VarselHistorikk,
)
from tests.handling.gjoer import EPOST, OPPGAVEN, SWEEP, gjoer, rader, til_det_er_tomt
from tests.inbox.innboks import Innboks
from tests.verden import LEDER, START, FastKlokke, aktoer, en_beskjed, en_oppgave, lest

BEHOLD = Mottaksregler(behold_uforstaatt=True, noter_annet_innhold=True)
TOMT = {
    "raa": b"",
    "kilde_noekkel": None,
    "kommandoer": None,
    "utfall": None,
    "feilmelding": None,
    "oppslag": None,
    "oversettelse": None,
    "merknader": None,
    "ferdige_deler": None,
}


def rydd(kjerne: Kjerne) -> int:
    return til_det_er_tomt(runden.rydd, kjerne)


def innholdet(rad: Any) -> dict[str, Any]:
    return {felt: bytes(rad.raa) if felt == "raa" else getattr(rad, felt) for felt in TOMT}


def kvitteringer(kjerne: Kjerne) -> list[tuple[str, str | None, Any]]:
    return [(rad.hva, rad.produsent, rad.innhold) for rad in rader(kjerne, Logg, Logg.hva.startswith("Bevaring"))]


def test_en_behandlet_hendelse_toemmes_etter_90_dager_og_glemmes_etter_to_aar(
    innboks: Innboks, klokke: FastKlokke
) -> None:
    kjerne = innboks.kjerne
    mottak = innboks.hendelse("BESKJED", "1", noekkel="n")
    innboks.runde()
    klokke.gaa(days=89, hours=23)
    assert rydd(kjerne) == 0
    klokke.gaa(hours=1)
    assert rydd(kjerne) == 1
    rad = innboks.les(mottak)
    assert (innholdet(rad), rad.tilstand) == (TOMT, "BEHANDLET")
    assert rader(kjerne, Hendelsesobjekt) == []
    for hva in ("its id and a hash of it stand side by side", "only the hash stands"):
        assert innboks.hendelse("BESKJED", "1", noekkel="n").id == mottak.id, f"a repeat is a repeat: {hva}"
        sammen = [Lesning(hendelse=lest({"type": "BESKJED", "id": id_, "noekkel": "n"})) for id_ in ("1", "1")]
        svar = ta_imot_alle(kjerne, sammen, innboks.avsender)
        assert [(ett.id, ett.ny) for ett in svar if isinstance(ett, Mottak)] == [(mottak.id, False)] * 2
        with pytest.raises(Konflikt):
            innboks.hendelse("BESKJED", "1", noekkel="annen")
        klokke.gaa(minutes=30)
        rydd(kjerne)
    assert innboks.les(mottak).ekstern_id == f"glemt:{innboks.les(mottak).glemt_id}"
    assert len(rader(kjerne, Hendelse)) == 1
    with pytest.raises(Konflikt, match="only one in KARANTENE"):
        paa_nytt(kjerne, aktoer(kjerne).produsent.id, mottak.id, lambda rad: None)
    klokke.still(START + dt.timedelta(days=730))
    assert rydd(kjerne) == 0
    klokke.gaa(days=1)
    rydd(kjerne)
    assert rader(kjerne, Hendelse) == []
    assert {rad.noekkel for rad in rader(kjerne, Hendelsesnoekkel)} <= {"koe"}
    assert innboks.hendelse("BESKJED", "1", noekkel="n").ny, "after two years the same is a new one"
    assert [ett for ett in kvitteringer(kjerne) if ett[2]["tabell"] == "hendelse"] == [
        ("BevaringToemt", "fager", {"tabell": "hendelse", "antall": 1}),
        ("BevaringFjernet", "fager", {"tabell": "hendelse", "antall": 1}),
    ]


def test_det_ignorerte_toemmes_foerst_og_det_som_venter_paa_noen_aldri(innboks: Innboks, klokke: FastKlokke) -> None:
    kjerne, produsent = innboks.kjerne, aktoer(innboks.kjerne).produsent
    ignorert = ta_imot(kjerne, lest({"type": "X", "id": "ignorert"}), innboks.avsender, ignorert=True, regler=BEHOLD)
    ukjent, droppet = (innboks.inn({"type": "UKJENT", "id": id_}, BEHOLD) for id_ in ("ukjent", "droppet"))
    ulest = Uidentifisert(kilde="test", id=None, format=Format.JSON, raa=b"{}", grunn="It has no id.")
    [uidentifisert] = ta_imot_alle(kjerne, [Lesning(hendelse=ulest)], innboks.avsender, regler=BEHOLD)
    assert isinstance(uidentifisert, Mottak)
    feilet = innboks.hendelse("FEILER", "feilet")
    innboks.runde()
    for mottak in (droppet, uidentifisert):
        forkast(kjerne, produsent.id, mottak.id, "Feil adresse")
    klokke.gaa(days=6)
    assert rydd(kjerne) == 0
    klokke.gaa(days=1)
    assert rydd(kjerne) == 3
    for mottak in (ignorert, droppet, uidentifisert):
        assert innholdet(innboks.les(mottak)) == TOMT
    klokke.gaa(days=3000)
    rydd(kjerne)
    assert {rad.id for rad in rader(kjerne, Hendelse)} == {ukjent.id, feilet.id}
    for mottak in (ukjent, feilet):
        rad = innboks.les(mottak)
        assert (rad.tilstand, bool(rad.raa), bool(rad.feilmelding)) == ("KARANTENE", True, True)
    assert paa_nytt(kjerne, produsent.id, feilet.id, lambda rad: None).tilstand == "MOTTATT"


def test_en_produsent_velger_selv_hvor_lenge(
    innboks: Innboks, klokke: FastKlokke, monkeypatch: pytest.MonkeyPatch
) -> None:
    register = innboks.kjerne.produsenter
    oppfoering = register.oppfoeringer["fager"]
    egen = replace(oppfoering.produsent, bevaring=Bevaring(hendelser="P2D", ignorerte="P1D"))
    monkeypatch.setitem(register.oppfoeringer, "fager", replace(oppfoering, produsent=egen))
    innboks.hendelse("BESKJED", "1")
    ta_imot(innboks.kjerne, lest({"type": "X", "id": "2"}), innboks.avsender, ignorert=True)
    innboks.runde()
    klokke.gaa(days=1)
    assert rydd(innboks.kjerne) == 1
    klokke.gaa(days=1)
    assert rydd(innboks.kjerne) == 2, "one is emptied, and the id of the other is forgotten"


def test_hendelser_som_versjonen_foer_avsluttet_faar_en_tid_og_toemmes(innboks: Innboks, klokke: FastKlokke) -> None:
    kjerne = innboks.kjerne
    behandlet, karantene = innboks.hendelse("BESKJED", "1"), innboks.hendelse("FEILER", "2")
    forkastet = ta_imot(kjerne, lest({"type": "X", "id": "3"}), innboks.avsender, ignorert=True)
    innboks.runde()
    with kjerne.database.tilkobling():
        Hendelse.update(avsluttet_tidspunkt=None, bevares_til=None).execute()
    klokke.gaa(days=80)
    assert rydd(kjerne) == 2, "they have their times, and none is over"
    assert innboks.les(behandlet).bevares_til == START + dt.timedelta(days=90)
    assert innboks.les(forkastet).bevares_til == START + dt.timedelta(days=87), "when it was dropped is not known"
    assert innboks.les(karantene).avsluttet_tidspunkt is None
    klokke.gaa(days=10)
    assert rydd(kjerne) == 2
    with kjerne.database.tilkobling():
        Hendelse.update(avsluttet_tidspunkt=None, bevares_til=None).where(Hendelse.id == behandlet.id).execute()
    assert rydd(kjerne) == 2, "long overdue: seen, and taken"
    assert innholdet(innboks.les(behandlet)) == TOMT


def test_mange_taes_i_bolker_og_av_flere_samtidig(
    innboks: Innboks, klokke: FastKlokke, monkeypatch: pytest.MonkeyPatch
) -> None:
    kjerne = innboks.kjerne
    for nr in range(25):
        ta_imot(kjerne, lest({"type": "X", "id": str(nr)}), innboks.avsender, ignorert=True)
    monkeypatch.setattr(runden, "HENDELSER", replace(runden.HENDELSER, om_gangen=10))
    klokke.gaa(days=7)
    assert rydd(kjerne) == 25
    antall = [innhold["antall"] for _, _, innhold in kvitteringer(kjerne)]
    assert antall == [10, 10, 5]
    assert rydd(kjerne) == 0, "again there is nothing"


def test_en_noekkel_som_fremdeles_er_i_bruk_staar(innboks: Innboks, klokke: FastKlokke) -> None:
    kjerne = innboks.kjerne
    innboks.hendelse("BESKJED", "1", noekkel="n")
    innboks.runde()
    klokke.gaa(days=500)
    innboks.hendelse("BESKJED", "2", noekkel="n")
    innboks.runde()
    klokke.gaa(days=300)
    rydd(kjerne)
    assert innboks.tilstander() == {"2": "BEHANDLET"}
    (rad,) = rader(kjerne, Hendelsesnoekkel, Hendelsesnoekkel.noekkel != "koe")
    assert rad.siste_loepenummer == 2
    innboks.hendelse("BESKJED", "3", noekkel="n")
    innboks.runde()
    assert innboks.tilstander() == {"2": "BEHANDLET", "3": "BEHANDLET"}


def test_det_som_kommer_igjen_mens_det_glemmes_mistes_ikke(innboks: Innboks, klokke: FastKlokke) -> None:
    """Repeats, and new events of the same keys, beside the removal of what they are repeats of."""
    kjerne, mange = innboks.kjerne, 30
    for nr in range(mange):
        innboks.hendelse("BESKJED", str(nr), noekkel=str(nr % 3))
    innboks.runde()
    klokke.gaa(days=100)
    rydd(kjerne)
    klokke.gaa(days=700)

    def send(nr: int) -> list[str]:
        igjen = innboks.hendelse("BESKJED", str(nr), noekkel=str(nr % 3))
        ny = innboks.hendelse("BESKJED", f"ny-{nr}", noekkel=str(nr % 3))
        assert ny.ny
        return [f"ny-{nr}", *([str(nr)] if igjen.ny else [])]

    with ThreadPoolExecutor(8) as traader:
        ryddinger = [traader.submit(rydd, kjerne) for _ in range(2)]
        sendte = [id_ for svar in traader.map(send, range(mange)) for id_ in svar]
        for ett in ryddinger:
            ett.result()
    rydd(kjerne)
    innboks.runde()
    assert innboks.tilstander() == dict.fromkeys(sendte, "BEHANDLET")
    numre = [(rad.noekkel, rad.loepenummer) for rad in rader(kjerne, Hendelse)]
    assert len(set(numre)) == len(numre)


def test_det_som_skal_bort_finnes_uten_aa_lese_det_som_staar(innboks: Innboks, klokke: FastKlokke) -> None:
    """The cost follows what is due: partial indexes, and the first rows of the log."""
    kjerne = innboks.kjerne
    sporringer: list[str] = []

    def hoer(setning: peewee.QueryEvent) -> None:
        sporringer.append(setning.sql)

    motor = kjerne.database.motor
    innboks.hendelse("BESKJED", "1")
    innboks.runde()
    motor.query_hooks.append(hoer)
    assert runden.rydd(kjerne, SWEEP) == 0
    motor.query_hooks.remove(hoer)
    lest = [sql for sql in sporringer if sql.startswith("SELECT")]
    assert all("LIMIT" in sql or "satt_til_side" in sql for sql in lest)
    with kjerne.database.tilkobling():
        for vilkaar, indeks in (
            ("bevares_til <= '2026-01-01T00:00:00.000000Z' ORDER BY bevares_til", "hendelse_bevares_til"),
            (f"{AVSLUTTET_UTEN_TID.sql} ORDER BY id", "hendelse_uten_slutt"),
        ):
            sql = f"SELECT id FROM hendelse WHERE {vilkaar} LIMIT 1000"
            if kjerne.database.er_postgres:
                motor.execute_sql("SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off")
                plan = motor.execute_sql(f"EXPLAIN {sql}").fetchall()
                motor.execute_sql("RESET enable_seqscan; RESET enable_bitmapscan; RESET enable_sort")
            else:
                plan = motor.execute_sql(f"EXPLAIN QUERY PLAN {sql}").fetchall()
            assert indeks in str(plan)


def test_loggen_glemmes_etter_to_aar_og_en_gammel_cursor_gaar_videre(kjerne: Kjerne, klokke: FastKlokke) -> None:
    produsent = aktoer(kjerne).produsent

    def lest_etter(etter: str | None) -> tuple[list[str], str | None]:
        side = endringer(kjerne, produsent, merkelapper=[], antall=10, etter=etter)
        return [ett.hva for ett in side.elementer], side.neste

    gjoer(kjerne, en_oppgave())
    _, cursor = lest_etter(None)
    klokke.gaa(days=400)
    gjoer(kjerne, OppgaveUtfoert(oppgave=OPPGAVEN))
    klokke.gaa(days=330)
    assert rydd(kjerne) == 0
    klokke.gaa(days=1)
    assert rydd(kjerne) == 1
    assert kvitteringer(kjerne) == [("BevaringFjernet", "fager", {"tabell": "logg", "antall": 1})]
    assert lest_etter(None)[0] == lest_etter(cursor)[0] == ["OppgaveUtfoert"]
    klokke.gaa(days=3000)
    rydd(kjerne)
    _, cursor = lest_etter(None)
    foer = max(rad.id for rad in rader(kjerne, Logg))
    gjoer(kjerne, en_beskjed())
    assert max(rad.id for rad in rader(kjerne, Logg)) > foer, "no number is given out again: no cursor passes over it"


def test_det_et_varsel_sa_glemmes_to_aar_etter_det_siste_som_skjedde(kjerne: Kjerne, klokke: FastKlokke) -> None:
    gjoer(kjerne, en_beskjed(ekstern_id="sendt", eksterne_varsler=(EPOST,)))
    gjoer(kjerne, en_beskjed(ekstern_id="venter", eksterne_varsler=(EPOST,)))
    sendt, venter = (rad.id for rad in rader(kjerne, Varsel))
    klokke.gaa(days=400)
    with kjerne.database.tilkobling():
        Varsel.update(status="SENDT", neste_forsoek=None).where(Varsel.id == sendt).execute()
        VarselHistorikk.insert(varsel=sendt, tidspunkt=klokke.naa(), hendelse="SENDT").execute()
    klokke.gaa(days=331)
    rydd(kjerne)
    assert [rad.hendelse for rad in rader(kjerne, VarselHistorikk)] == ["SENDT"]
    assert all(rad.innhold for rad in rader(kjerne, Varsel))
    klokke.gaa(days=400)
    rydd(kjerne)
    innhold = {rad.id: (rad.status, bool(rad.innhold)) for rad in rader(kjerne, Varsel)}
    assert innhold == {sendt: ("SENDT", False), venter: ("NY", True)}
    assert rader(kjerne, VarselHistorikk) == []
    assert ("BevaringToemt", "fager", {"tabell": "varsel", "antall": 1}) in kvitteringer(kjerne)
    assert len(rader(kjerne, Notifikasjon)) == 2


def test_den_som_ikke_har_aapnet_bjella_paa_to_aar_er_glemt(kjerne: Kjerne, klokke: FastKlokke) -> None:
    bjelle_aapnet(kjerne, LEDER)
    klokke.gaa(days=100)
    bjelle_aapnet(kjerne, "21459310093")
    klokke.gaa(days=631)
    rydd(kjerne)
    assert [rad.person for rad in rader(kjerne, SistLest)] == [kjerne.noekkel_hash("21459310093")]
    assert LEDER not in str(kvitteringer(kjerne))


def test_det_som_har_ligget_til_side_i_90_dager_proeves_igjen(kjerne: Kjerne, klokke: FastKlokke) -> None:
    oppgave = gjoer(kjerne, en_oppgave()).id
    with kjerne.database.tilkobling():
        SattTilSide.insert(
            runde="frister", objekt_id=oppgave, forfalt="x", tidspunkt=klokke.naa(), kode="ValueError"
        ).execute()
    klokke.gaa(days=89)
    assert rydd(kjerne) == 0
    klokke.gaa(days=2)
    assert rydd(kjerne) == 1
    assert rader(kjerne, SattTilSide) == []


def test_spor_sier_hva_som_er_igjen_av_en_hendelse_og_naar_resten_gaar(innboks: Innboks, klokke: FastKlokke) -> None:
    kjerne = innboks.kjerne
    mottak = innboks.hendelse("BESKJED", "1")

    def funnet() -> dict[str, tuple[bool, dt.datetime | None]]:
        return {ett.sted: (ett.innhold, ett.bevares_til) for ett in spor(kjerne.database, mottak.id, (), ())}

    assert funnet()["hendelse.id"] == (True, None), "as long as it takes"
    innboks.runde()
    til = START + dt.timedelta(days=90)
    assert funnet() == {"hendelse.id": (True, til), "hendelsesobjekt.hendelse_id": (True, til)}
    klokke.gaa(days=90)
    rydd(kjerne)
    assert funnet() == {"hendelse.id": (False, til + dt.timedelta(minutes=15))}, "until its id is forgotten"
    klokke.gaa(minutes=15)
    rydd(kjerne)
    assert funnet() == {"hendelse.id": (False, dt.datetime(2028, 11, 23, 9, 0, tzinfo=dt.UTC))}
    klokke.still(dt.datetime(2028, 11, 23, 9, 0, tzinfo=dt.UTC))
    rydd(kjerne)
    assert funnet() == {}


def test_det_som_ble_notert_og_slaatt_opp_toemmes_ogsaa(innboks: Innboks, klokke: FastKlokke) -> None:
    mottak = innboks.hendelse("BESKJED", "1")
    innboks.runde()
    alt = {
        "oppslag": {"leder": "Kari"},
        "oversettelse": {"lagre": []},
        "merknader": {"merknader": ["x"]},
        "ferdige_deler": ["312914174"],
    }
    with innboks.kjerne.database.tilkobling():
        Hendelse.update(alt).where(Hendelse.id == mottak.id).execute()
    klokke.gaa(days=90)
    rydd(innboks.kjerne)
    assert innholdet(innboks.les(mottak)) == TOMT


def test_en_glemt_id_kjennes_igjen_ogsaa_etter_et_bytte_av_hemmelighet(innboks: Innboks, klokke: FastKlokke) -> None:
    mottak = innboks.hendelse("BESKJED", "1")
    innboks.runde()
    klokke.gaa(days=90)
    rydd(innboks.kjerne)
    klokke.gaa(minutes=30)
    rydd(innboks.kjerne)
    ring = innboks.kjerne.noekkelring
    innboks.kjerne = replace(
        innboks.kjerne, noekkelring=Noekkelring(gjeldende=b"en helt ny hemmelighet", eldre=(ring.gjeldende,))
    )
    igjen = innboks.hendelse("BESKJED", "1")
    assert (igjen.id, igjen.ny) == (mottak.id, False)
