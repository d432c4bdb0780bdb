"""Deletion: at once or when the time comes, all that the object held, and for good."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from gateway.domain import feil
from gateway.domain.kommandoer import (
    EndreNesteSteg,
    Notifikasjonsreferanse,
    NyStatus,
    OppgaveUtfoert,
    Saksreferanse,
    SlettNotifikasjon,
    SlettSak,
)
from gateway.domain.paaminnelse import Paaminnelse, Paaminnelsestidspunkt
from gateway.domain.sletting import NySlettetid, Slettestrategi, Slettetidspunkt
from gateway.domain.tilstand import Notifikasjonstype, Saksstatus
from gateway.domain.varsel import Varseltype
from gateway.handling.arbeidsgiver import klikket
from gateway.kjerne import Kjerne
from gateway.klokke import Systemklokke
from gateway.plugin import Sendt, VarselTilSending
from gateway.reading.spor import Spor, spor
from gateway.runder.sletting import NOTIFIKASJONER, SAKER, slett_forfalte
from gateway.runder.sveip import ta_en_bolk
from gateway.store.tabeller import TABELLER, Logg, Notifikasjon, Sak, Varsel
from gateway.varsling.utsending import Varselrunde
from tests.handling.gjoer import (
    EPOST,
    OPPGAVEN,
    SAKEN,
    SMS_I_AAPNINGSTID,
    SWEEP,
    den_ene,
    en_avtale,
    gjoer,
    rader,
    til_det_er_tomt,
)
from tests.verden import LEDER, START, FastKlokke, en_beskjed, en_oppgave, en_sak

SLETT_OPPGAVEN = SlettNotifikasjon(notifikasjon=OPPGAVEN)
SLETT_SAKEN = SlettSak(sak=SAKEN)
TEKSTER = ("Søknad om støtte", "Svar på spørsmålet", "a@example.com", "99999999", "Neste uke", "oppgave-1")


KLOKKEN_TOLV = dt.datetime.fromisoformat("2027-07-01T12:00")  # Oslo wall clock, in summer


class Kanal:
    """Takes whatever it is handed."""

    navn = "test"
    typer = frozenset(Varseltype)

    def __init__(self) -> None:
        self.sendt: list[UUID] = []

    def send(self, varsel: VarselTilSending) -> Sendt:
        self.sendt.append(varsel.id)
        return Sendt(kode="250")


def _send(kjerne: Kjerne) -> list[UUID]:
    kanal = Kanal()
    sann = Systemklokke()
    Varselrunde(kjerne, [kanal], sann, SWEEP).kjoer()
    return kanal.sendt


def _full_sak(kjerne: Kjerne) -> tuple[UUID, UUID]:
    """A sak and an oppgave with all that they can hold; their ids."""
    sak = gjoer(kjerne, en_sak()).id
    gjoer(kjerne, NyStatus(sak=SAKEN, status=Saksstatus.FERDIG, idempotensnoekkel="k"))
    gjoer(kjerne, EndreNesteSteg(sak=SAKEN, neste_steg="Neste uke"))
    paaminnelse = Paaminnelse(
        tidspunkt=Paaminnelsestidspunkt(etter_opprettelse="P5D"), eksterne_varsler=(SMS_I_AAPNINGSTID,)
    )
    oppgave = gjoer(kjerne, en_oppgave(grupperingsid="sak-1", eksterne_varsler=(EPOST,), paaminnelse=paaminnelse)).id
    klikket(kjerne, LEDER, oppgave)
    return sak, oppgave


def _innhold(kjerne: Kjerne, objekt_id: UUID, *tekster: str) -> list[Spor]:
    return [ett for ett in spor(kjerne.database, objekt_id, tekster, ()) if ett.innhold]


def test_en_slettet_sak_tar_med_seg_alt_den_hadde_og_etterlater_ingen_spor(kjerne: Kjerne) -> None:
    sak, oppgave = _full_sak(kjerne)
    gjoer(kjerne, en_avtale())
    assert len(_innhold(kjerne, sak, *TEKSTER)) > 5
    _send(kjerne)
    gjoer(kjerne, SLETT_SAKEN)
    assert _innhold(kjerne, sak, *TEKSTER) == []
    assert _innhold(kjerne, oppgave, *TEKSTER) == []
    igjen = {tabell._meta.table_name for tabell in TABELLER if rader(kjerne, tabell)}
    assert igjen == {"logg", "slettet_sak"}
    assert {rad.innhold for rad in rader(kjerne, Logg)} == {None}


def test_notifikasjoner_uten_saken_staar_igjen(kjerne: Kjerne) -> None:
    gjoer(kjerne, en_sak())
    gjoer(kjerne, en_oppgave(grupperingsid="sak-1"))
    gjoer(kjerne, en_beskjed())
    gjoer(kjerne, en_oppgave(ekstern_id="annen", grupperingsid="sak-2"))
    gjoer(kjerne, SLETT_SAKEN)
    assert {rad.ekstern_id for rad in rader(kjerne, Notifikasjon)} == {"beskjed-1", "annen"}


def test_grupperingsiden_til_en_slettet_sak_kan_aldri_brukes_igjen(kjerne: Kjerne) -> None:
    gjoer(kjerne, en_sak())
    gjoer(kjerne, SLETT_SAKEN)
    for sak in (en_sak(), en_sak(tittel="En annen")):
        with pytest.raises(feil.DuplikatGrupperingsidEtterDelete):
            gjoer(kjerne, sak)
    assert rader(kjerne, Sak) == []
    assert gjoer(kjerne, en_sak(grupperingsid="sak-2")).ny


def test_ekstern_id_kan_brukes_igjen_og_er_da_en_ny(kjerne: Kjerne) -> None:
    foerste = gjoer(kjerne, en_oppgave()).id
    gjoer(kjerne, SLETT_OPPGAVEN)
    igjen = gjoer(kjerne, en_oppgave())
    assert igjen.ny
    assert igjen.id != foerste


@pytest.mark.parametrize(
    "kommando",
    [
        OppgaveUtfoert(oppgave=OPPGAVEN),
        SLETT_OPPGAVEN,
        NyStatus(sak=SAKEN, status=Saksstatus.FERDIG),
        EndreNesteSteg(sak=SAKEN, neste_steg=None),
        SLETT_SAKEN,
    ],
    ids=lambda kommando: type(kommando).__name__,
)
def test_det_som_kommer_for_sent_vekker_ikke_det_slettede(kjerne: Kjerne, kommando: Any) -> None:
    _full_sak(kjerne)
    gjoer(kjerne, SLETT_SAKEN)
    foer = len(rader(kjerne, Logg))
    with pytest.raises((feil.SakFinnesIkke, feil.NotifikasjonFinnesIkke)):
        gjoer(kjerne, kommando)
    assert len(rader(kjerne, Logg)) == foer


def test_det_som_var_bestilt_sendes_og_saa_er_ogsaa_det_borte(kjerne: Kjerne, klokke: FastKlokke) -> None:
    klokke.still(dt.datetime(2026, 11, 28, 12, tzinfo=dt.UTC))  # a Saturday: the SMS waits for Monday
    utfall = gjoer(kjerne, en_oppgave(eksterne_varsler=(EPOST, SMS_I_AAPNINGSTID)))
    gjoer(kjerne, SLETT_OPPGAVEN)
    assert {rad.eier_slettet_tidspunkt for rad in rader(kjerne, Varsel)} == {klokke.naa()}
    sendt = _send(kjerne)
    klokke.gaa(days=3)
    sendt += _send(kjerne)
    assert tuple(sendt) == utfall.eksterne_varsler
    assert rader(kjerne, Varsel) == []
    assert _innhold(kjerne, utfall.id, *TEKSTER) == []


def test_de_som_ventet_paa_paaminnelsen_sendes_ikke(kjerne: Kjerne, klokke: FastKlokke) -> None:
    _, oppgave = _full_sak(kjerne)
    gjoer(kjerne, SLETT_OPPGAVEN)
    (varsel,) = rader(kjerne, Varsel)
    assert (varsel.notifikasjon_id, varsel.til_paaminnelse) == (oppgave, False)


@pytest.mark.parametrize(
    ("tid", "ventet"),
    [
        (Slettetidspunkt(om="P1M"), dt.datetime(2026, 12, 23, 9, tzinfo=dt.UTC)),
        (
            Slettetidspunkt(den=dt.datetime.fromisoformat("2027-07-01T12:00")),
            dt.datetime(2027, 7, 1, 10, tzinfo=dt.UTC),
        ),
    ],
)
def test_en_planlagt_sletting_kommer_naar_tiden_er_inne(
    kjerne: Kjerne, klokke: FastKlokke, tid: Slettetidspunkt, ventet: dt.datetime
) -> None:
    gjoer(kjerne, en_sak(hard_delete=tid))
    gjoer(kjerne, en_oppgave(grupperingsid="sak-1"))
    gjoer(kjerne, en_beskjed(hard_delete=tid))
    klokke.still(ventet - dt.timedelta(microseconds=1))
    assert til_det_er_tomt(slett_forfalte, kjerne) == 0
    klokke.still(ventet)
    assert til_det_er_tomt(slett_forfalte, kjerne) == 2
    assert til_det_er_tomt(slett_forfalte, kjerne) == 0
    assert rader(kjerne, Sak) == rader(kjerne, Notifikasjon) == []
    assert [rad.hva for rad in rader(kjerne, Logg)][-3:] == ["Slettet", "Slettet", "Slettet"]


NAA_OG_SAA = NySlettetid(ny_tid=Slettetidspunkt(om="P10D"), strategi=Slettestrategi.FORLENG)


@pytest.mark.parametrize(
    ("foer", "strategi", "ventet"),
    [
        ("P20D", Slettestrategi.FORLENG, 20),
        ("P20D", Slettestrategi.OVERSKRIV, 10),
        ("P5D", Slettestrategi.FORLENG, 10),
        (None, Slettestrategi.FORLENG, 10),
    ],
)
def test_forleng_tar_den_seneste_og_overskriv_den_nye(
    kjerne: Kjerne, foer: str | None, strategi: Slettestrategi, ventet: int
) -> None:
    gjoer(kjerne, en_oppgave(hard_delete=Slettetidspunkt(om=foer) if foer else None))
    gjoer(kjerne, OppgaveUtfoert(oppgave=OPPGAVEN, hard_delete=replace(NAA_OG_SAA, strategi=strategi)))
    assert den_ene(kjerne, Notifikasjon).slettes_tidspunkt == START + dt.timedelta(days=ventet)


@pytest.mark.parametrize("med_id", [True, False])
def test_sletting_med_samme_noekkel_svarer_det_samme_ogsaa_naar_alt_er_borte(kjerne: Kjerne, med_id: bool) -> None:
    sak, oppgave = _full_sak(kjerne)
    egen = SlettNotifikasjon(
        notifikasjon=Notifikasjonsreferanse(id=oppgave) if med_id else OPPGAVEN, idempotensnoekkel="slett"
    )
    svar = gjoer(kjerne, egen)
    gjoer(kjerne, en_oppgave())
    assert gjoer(kjerne, egen) == replace(svar, ny=False), "a late retry deletes nothing that came after"
    assert len(rader(kjerne, Notifikasjon)) == 1
    saken = SlettSak(sak=Saksreferanse(id=sak) if med_id else SAKEN, idempotensnoekkel="slett")
    assert gjoer(kjerne, saken).ny
    assert not gjoer(kjerne, saken).ny


def test_bare_den_typen_som_er_nevnt_slettes(kjerne: Kjerne) -> None:
    gjoer(kjerne, en_oppgave())
    with pytest.raises(feil.NotifikasjonFinnesIkke):
        gjoer(kjerne, replace(SLETT_OPPGAVEN, av_type=Notifikasjonstype.BESKJED))
    assert gjoer(kjerne, replace(SLETT_OPPGAVEN, av_type=Notifikasjonstype.OPPGAVE)).ny


def test_en_annens_slettes_ikke(kjerne: Kjerne) -> None:
    sak, oppgave = _full_sak(kjerne)
    for kommando in (
        SlettSak(sak=Saksreferanse(id=sak)),
        SlettNotifikasjon(notifikasjon=Notifikasjonsreferanse(id=oppgave)),
    ):
        with pytest.raises(feil.UgyldigMerkelapp):
            gjoer(kjerne, kommando, "permittering")


def test_mange_forfalte_slettes_i_bolker(kjerne: Kjerne, klokke: FastKlokke, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.handling.sletting.NOTIFIKASJONER_OM_GANGEN", 3)
    saker, notifikasjoner = replace(SAKER, om_gangen=2), replace(NOTIFIKASJONER, om_gangen=3)
    om_en_dag = Slettetidspunkt(om="P1D")
    for nr in range(5):
        gjoer(kjerne, en_sak(grupperingsid=str(nr), hard_delete=om_en_dag))
        gjoer(kjerne, en_oppgave(ekstern_id=str(nr), hard_delete=om_en_dag))
    for nr in range(10):
        gjoer(kjerne, en_beskjed(ekstern_id=f"i-sak-{nr}", grupperingsid="0"))
    klokke.gaa(days=1)
    assert til_det_er_tomt(lambda kjerne, hvem: ta_en_bolk(kjerne, hvem, saker, notifikasjoner), kjerne) == 10
    assert rader(kjerne, Sak) == rader(kjerne, Notifikasjon) == []
