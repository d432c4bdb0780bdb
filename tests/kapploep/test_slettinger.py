"""Deletion beside updates, sweeps and creations: what is gone stays gone, and takes all with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gateway.domain.kommandoer import (
    NyStatus,
    OppdaterKalenderavtale,
    OppgaveUtfoert,
    SlettNotifikasjon,
    SlettSak,
)
from gateway.domain.sletting import Slettetidspunkt
from gateway.domain.tilstand import Saksstatus
from gateway.store.tabeller import Idempotens, Notifikasjon, Paaminnelsesrad, Sak, SlettetSak, Varsel, VarselHistorikk
from tests.handling.gjoer import EPOST, OPPGAVEN, en_avtale, notifikasjonen, rader
from tests.kapploep.bane import FRIST, I_MORGEN, PAR, Bane, saken_nummer
from tests.kapploep.loepere import kommando, med_runder, runde
from tests.kapploep.orden import antall_rader, avslagene, godtatte, loggfoert
from tests.verden import en_oppgave, en_sak

UTFOERT = pytest.param(
    lambda nr: en_oppgave(ekstern_id=str(nr), eksterne_varsler=(EPOST,), paaminnelse=I_MORGEN),
    lambda nr: OppgaveUtfoert(oppgave=notifikasjonen(str(nr)), idempotensnoekkel="k"),
    lambda nr: SlettNotifikasjon(notifikasjon=notifikasjonen(str(nr))),
    id="oppgave utfoert",
)
NY_STATUS = pytest.param(
    lambda nr: en_sak(grupperingsid=str(nr)),
    lambda nr: NyStatus(sak=saken_nummer(nr), status=Saksstatus.FERDIG, idempotensnoekkel="k"),
    lambda nr: SlettSak(sak=saken_nummer(nr)),
    id="ny status",
)
OPPDATERT_AVTALE = pytest.param(
    lambda nr: en_avtale(ekstern_id=str(nr), eksterne_varsler=(EPOST,)),
    lambda nr: OppdaterKalenderavtale(
        kalenderavtale=notifikasjonen(str(nr)),
        ny_tekst="Møtet er flyttet",
        eksterne_varsler=(EPOST, EPOST),
        paaminnelse=I_MORGEN,
        idempotensnoekkel="k",
    ),
    lambda nr: SlettNotifikasjon(notifikasjon=notifikasjonen(str(nr))),
    id="oppdatert kalenderavtale",
)


@pytest.mark.parametrize(("ny", "oppdater", "slett"), [UTFOERT, NY_STATUS, OPPDATERT_AVTALE])
def test_en_oppdatering_og_en_sletting(
    bane: Bane, ny: Callable[..., Any], oppdater: Callable[..., Any], slett: Callable[..., Any]
) -> None:
    bane.gjoer(en_sak(), *map(ny, range(PAR)))
    svar = bane.loep(*(kommando(lag(nr)) for nr in range(PAR) for lag in (oppdater, slett)))
    assert not avslagene(svar[1::2]), "a deletion of what is there always succeeds"
    assert set(avslagene(svar[::2])) <= {"SakFinnesIkke", "NotifikasjonFinnesIkke"}
    assert antall_rader(bane.kjerne, Sak, Notifikasjon, Paaminnelsesrad, Idempotens) == (1, 0, 0, 0)
    navn = type(oppdater(0)).__name__
    assert loggfoert(bane.kjerne)[navn] == len(godtatte(svar[::2]))
    # The end of an oppgave cancels what is not sent; what was deleted before it is still sent.
    utfoert = len(godtatte(svar[::2]))
    bestilt = {
        "OppgaveUtfoert": PAR - utfoert,
        "NyStatus": 0,
        "OppdaterKalenderavtale": len(rader(bane.kjerne, Varsel)),
    }
    assert antall_rader(bane.kjerne, Varsel) == (bestilt[navn],), "what was ordered is still sent"
    bane.loep(runde("varsler"))
    assert antall_rader(bane.kjerne, Varsel, VarselHistorikk) == (0, 0)


@pytest.mark.parametrize(
    ("navn", "felter"),
    [
        ("frister", {"frist": FRIST}),
        ("paaminnelser", {"paaminnelse": I_MORGEN}),
        ("sletting", {"hard_delete": Slettetidspunkt(om="P1D")}),
        ("varsler", {"eksterne_varsler": (EPOST, EPOST)}),
    ],
)
def test_en_runde_og_en_sletting(bane: Bane, navn: str, felter: dict[str, Any]) -> None:
    for nr in range(PAR):
        bane.gjoer(en_oppgave(ekstern_id=str(nr), **felter))
    bane.klokke.gaa(days=4)
    slettinger = (kommando(SlettNotifikasjon(notifikasjon=notifikasjonen(str(nr)))) for nr in range(PAR))
    svar = bane.loep(*med_runder(navn, *slettinger))
    borte = avslagene(svar)
    assert set(borte) <= ({"NotifikasjonFinnesIkke"} if navn == "sletting" else set())
    gjort = sum(ett.get("antall", 0) for ett in svar)
    hva = loggfoert(bane.kjerne)
    if navn == "sletting":
        assert hva["Slettet"] == gjort == borte["NotifikasjonFinnesIkke"] == PAR - hva["SlettNotifikasjon"]
    bane.loep(runde("varsler"))
    assert antall_rader(bane.kjerne, Notifikasjon, Paaminnelsesrad, Varsel, VarselHistorikk) == (0, 0, 0, 0)
    if navn == "varsler":
        assert loggfoert(bane.kjerne)["VarselAvsluttet"] == 2 * PAR, "each was sent once, deleted or not"


def test_en_avtale_som_begynner_mens_saken_slettes(bane: Bane) -> None:
    for nr in range(PAR):
        bane.gjoer(en_sak(grupperingsid=str(nr)))
        bane.gjoer(*(en_avtale(grupperingsid=str(nr), ekstern_id=f"{nr}-{to}") for to in range(2)))
    bane.klokke.gaa(days=8)
    svar = bane.loep(*med_runder("kalenderavtaler", *(kommando(SlettSak(sak=saken_nummer(nr))) for nr in range(PAR))))
    assert not avslagene(svar)
    assert loggfoert(bane.kjerne)["KalenderavtaleAvholdt"] == sum(ett.get("antall", 0) for ett in svar) <= 2 * PAR
    assert antall_rader(bane.kjerne, Sak, Notifikasjon, SlettetSak) == (0, 0, PAR)


def test_saker_og_det_de_eier_forfaller_mens_noen_sletter_dem(bane: Bane) -> None:
    forfaller = Slettetidspunkt(om="P1D")
    for nr in range(PAR):
        bane.gjoer(en_sak(grupperingsid=str(nr), hard_delete=forfaller))
        bane.gjoer(*(en_oppgave(grupperingsid=str(nr), ekstern_id=f"{nr}-{to}", hard_delete=forfaller) for to in "ab"))
    bane.klokke.gaa(days=2)
    svar = bane.loep(*med_runder("sletting", *(kommando(SlettSak(sak=saken_nummer(nr))) for nr in range(PAR))))
    assert set(avslagene(svar)) <= {"SakFinnesIkke"}
    assert antall_rader(bane.kjerne, Sak, Notifikasjon, SlettetSak) == (0, 0, PAR)


def test_en_avtale_opprettes_mens_saken_slettes(bane: Bane) -> None:
    bane.gjoer(*(en_sak(grupperingsid=str(nr)) for nr in range(PAR)))
    svar = bane.loep(
        *(
            kommando(ett)
            for nr in range(PAR)
            for ett in (en_avtale(grupperingsid=str(nr), ekstern_id=str(nr)), SlettSak(sak=saken_nummer(nr)))
        )
    )
    assert not avslagene(svar[1::2])
    assert set(avslagene(svar[::2])) <= {"SakFinnesIkke"}
    assert antall_rader(bane.kjerne, Sak, Notifikasjon) == (0, 0)


def test_en_slettet_sak_kommer_ikke_tilbake(bane: Bane) -> None:
    bane.gjoer(*(en_sak(grupperingsid=str(nr)) for nr in range(3)))
    igjen = [[kommando(en_sak(grupperingsid=str(nr)))] * 2 for nr in range(3)]
    svar = bane.loep(
        *(ett for nr in range(3) for ett in (igjen[nr][0], kommando(SlettSak(sak=saken_nummer(nr))), *igjen[nr]))
    )
    assert set(avslagene(svar)) <= {"DuplikatGrupperingsidEtterDelete"}
    assert [ett["ny"] for ett in godtatte(svar)].count(True) == 3, "only the deletions changed anything"
    assert antall_rader(bane.kjerne, Sak, SlettetSak) == (0, 3)
    assert loggfoert(bane.kjerne) == {"NySak": 3, "SlettSak": 3}


def test_en_slettet_ekstern_id_kan_komme_tilbake_men_bare_som_en_ny(bane: Bane) -> None:
    bane.gjoer(en_oppgave())
    slett = kommando(SlettNotifikasjon(notifikasjon=OPPGAVEN))
    svar = bane.loep(*[kommando(en_oppgave()), slett] * PAR)
    assert set(avslagene(svar)) <= {"NotifikasjonFinnesIkke"}
    hva = loggfoert(bane.kjerne)
    assert hva["NyOppgave"] - hva["SlettNotifikasjon"] == len(rader(bane.kjerne, Notifikasjon))
    assert hva["SlettNotifikasjon"] == len(godtatte(svar[1::2]))
