"""The saksprosess: what is to come first, then what has been, newest first, whichever was created first."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from gateway.domain.kommandoer import (
    EndreNesteSteg,
    Kommando,
    NyStatus,
    OppdaterKalenderavtale,
    OppgaveUtfoert,
    OppgaveUtgaatt,
)
from gateway.domain.paaminnelse import Paaminnelse, Paaminnelsestidspunkt
from gateway.domain.tilstand import Kalenderavtaletilstand, Saksstatus
from gateway.kjerne import Kjerne
from gateway.reading.tidslinje import tidslinje
from gateway.runder.frister import utloep_frister
from gateway.runder.kalenderavtaler import avhold_forfalte
from gateway.runder.paaminnelser import send_forfalte
from tests.handling.gjoer import AVTALEN, OPPGAVEN, SAKEN, en_avtale, gjoer, til_det_er_tomt
from tests.verden import START, FastKlokke, en_beskjed, en_oppgave, en_sak

DAG = dt.timedelta(days=1)
PAAMINNELSE = Paaminnelse(tidspunkt=Paaminnelsestidspunkt(etter_opprettelse="P5D"))
ALT: tuple[Kommando, ...] = (
    en_sak(tidspunkt=START - 10 * DAG, neste_steg="Vedtak i uke 50"),
    NyStatus(sak=SAKEN, status=Saksstatus.UNDER_BEHANDLING, tidspunkt=START - 4 * DAG),
    en_beskjed(grupperingsid="sak-1", opprettet_tidspunkt=START - 5 * DAG),
    en_oppgave(
        grupperingsid="sak-1", opprettet_tidspunkt=START - 3 * DAG, frist=dt.date(2026, 11, 27), paaminnelse=PAAMINNELSE
    ),
    en_avtale(),
)


def _tidslinje(kjerne: Kjerne) -> list[tuple[Any, ...]]:
    """(type, in how many days, to come, tilstand) of each."""
    return [
        (
            str(ett.type),
            round((ett.tidspunkt - START) / DAG) if ett.tidspunkt else None,
            ett.kommende,
            ett.tilstand and str(ett.tilstand),
        )
        for ett in tidslinje(kjerne, kjerne.produsenter.hent("fager"), SAKEN)
    ]


VENTET = [
    ("NESTE_STEG", None, True, None),
    ("KALENDERAVTALE", 7, True, "VENTER_SVAR_FRA_ARBEIDSGIVER"),
    ("FRIST", 5, True, "NY"),
    ("PAAMINNELSE", 2, True, "NY"),
    ("OPPGAVE", -3, False, "NY"),
    ("STATUS", -4, False, "UNDER_BEHANDLING"),
    ("BESKJED", -5, False, None),
    ("STATUS", -10, False, "MOTTATT"),
]


@pytest.mark.parametrize("saken_foerst", [True, False])
def test_hele_saksprosessen(kjerne: Kjerne, saken_foerst: bool) -> None:
    sak, status, *notifikasjoner, avtale = ALT
    for kommando in [sak, status, *notifikasjoner] if saken_foerst else [*notifikasjoner, sak, status]:
        gjoer(kjerne, kommando)
    gjoer(kjerne, avtale)
    assert _tidslinje(kjerne) == VENTET


def test_det_som_har_skjedd_er_ikke_lenger_kommende(kjerne: Kjerne, klokke: FastKlokke) -> None:
    for kommando in ALT:
        gjoer(kjerne, kommando)
    gjoer(kjerne, EndreNesteSteg(sak=SAKEN, neste_steg=None))
    for _ in range(8):  # day by day, as the sweeps do it
        klokke.gaa(days=1)
        for sveip in (send_forfalte, utloep_frister, avhold_forfalte):
            til_det_er_tomt(sveip, kjerne)
    assert _tidslinje(kjerne)[:4] == [
        ("KALENDERAVTALE", 7, False, "AVHOLDT"),
        ("FRIST", 5, False, "UTGAATT"),
        ("PAAMINNELSE", 2, False, "UTGAATT"),
        ("OPPGAVE", -3, False, "UTGAATT"),
    ]


@pytest.mark.parametrize("avslutning", [OppgaveUtfoert, OppgaveUtgaatt])
def test_det_som_ikke_lenger_kommer_staar_der_ikke(kjerne: Kjerne, avslutning: Any) -> None:
    for kommando in ALT:
        gjoer(kjerne, kommando)
    gjoer(kjerne, avslutning(oppgave=OPPGAVEN))
    gjoer(kjerne, OppdaterKalenderavtale(kalenderavtale=AVTALEN, ny_tilstand=Kalenderavtaletilstand.AVLYST))
    typer = [ett[0] for ett in _tidslinje(kjerne)]
    assert typer == ["NESTE_STEG", "KALENDERAVTALE", "OPPGAVE", "STATUS", "BESKJED", "STATUS"]


@pytest.mark.parametrize("saken_foerst", [True, False])
def test_av_to_i_samme_oeyeblikk_staar_den_som_ble_laget_sist_foerst(kjerne: Kjerne, saken_foerst: bool) -> None:
    sak, beskjed = en_sak(tidspunkt=START), en_beskjed(grupperingsid="sak-1", opprettet_tidspunkt=START)
    for kommando in (sak, beskjed) if saken_foerst else (beskjed, sak):
        gjoer(kjerne, kommando)
    typer = [ett[0] for ett in _tidslinje(kjerne)]
    assert typer == (["BESKJED", "STATUS"] if saken_foerst else ["STATUS", "BESKJED"])
