"""Updates and sweeps: what was done in time is not undone."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

import pytest

from gateway.domain.kommandoer import (
    EndrePaaminnelse,
    KansellerVarsel,
    Notifikasjonsreferanse,
    OppgaveUtfoert,
    UtsettFrist,
)
from gateway.domain.paaminnelse import Paaminnelse
from gateway.kjerne import Kjerne
from gateway.store.tabeller import Logg, Notifikasjon, Paaminnelsesrad, Varsel
from tests.handling.gjoer import notifikasjonen, rader
from tests.kapploep.bane import FRIST, I_MORGEN, OM_FEM_DAGER, PAR, Bane
from tests.kapploep.loepere import kommando, med_runder
from tests.kapploep.orden import antall_rader, avslagene, loggfoert
from tests.verden import en_oppgave


def oppgaver_med_frist(bane: Bane, **felter: Any) -> list[Notifikasjonsreferanse]:
    for nr in range(PAR):
        bane.gjoer(en_oppgave(**{"ekstern_id": str(nr), "frist": FRIST, "paaminnelse": I_MORGEN, **felter}))
    return [notifikasjonen(str(nr)) for nr in range(PAR)]


def test_en_oppgave_som_ble_utfoert_utloeper_ikke_av_sveipet(bane: Bane) -> None:
    oppgavene = oppgaver_med_frist(bane)
    bane.klokke.gaa(days=3)
    svar = bane.loep(*med_runder("frister", *(kommando(OppgaveUtfoert(oppgave=ref)) for ref in oppgavene)))
    assert not avslagene(svar)
    assert {rad.tilstand for rad in rader(bane.kjerne, Notifikasjon)} == {"UTFOERT"}, "utfoert always succeeds"
    hva = loggfoert(bane.kjerne)
    assert hva["OppgaveUtfoert"] == PAR
    assert hva["FristUtloept"] == sum(ett.get("antall", 0) for ett in svar) <= PAR
    utloept = {rad.notifikasjon_id for rad in rader(bane.kjerne, Logg, Logg.hva == "FristUtloept")}
    for rad in rader(bane.kjerne, Notifikasjon):
        assert (rad.utgaatt_tidspunkt is not None) == (rad.id in utloept), "what happened first is not forgotten"
    assert antall_rader(bane.kjerne, Paaminnelsesrad) == (0,)
    assert {rad.status for rad in rader(bane.kjerne, Varsel)} == {"KANSELLERT"}


def test_en_oppgave_med_ny_frist_er_aapen_ogsaa_naar_sveipet_kom_foerst(bane: Bane) -> None:
    oppgavene = oppgaver_med_frist(bane)
    bane.klokke.gaa(days=3)
    ny_frist = FRIST + dt.timedelta(days=30)
    utsettelser = (UtsettFrist(oppgave=ref, ny_frist=ny_frist, paaminnelse=OM_FEM_DAGER) for ref in oppgavene)
    svar = bane.loep(*med_runder("frister", *map(kommando, utsettelser)))
    assert not avslagene(svar)
    assert {(rad.tilstand, rad.frist, rad.utgaatt_tidspunkt) for rad in rader(bane.kjerne, Notifikasjon)} == {
        ("NY", ny_frist, None)
    }
    hva = loggfoert(bane.kjerne)
    assert (hva["UtsettFrist"], hva["FristUtloept"]) == (PAR, sum(ett.get("antall", 0) for ett in svar))
    assert Counter(rad.status for rad in rader(bane.kjerne, Varsel)) == {"KANSELLERT": 2 * PAR, "NY": 2 * PAR}
    assert antall_rader(bane.kjerne, Paaminnelsesrad) == (PAR,)


@pytest.mark.parametrize("ny", [None, OM_FEM_DAGER], ids=["uten", "en annen"])
def test_en_paaminnelse_som_ble_byttet_ut_kommer_ikke(bane: Bane, ny: Paaminnelse | None) -> None:
    oppgavene = oppgaver_med_frist(bane, frist=None)
    bane.klokke.gaa(days=1)
    endringer_ = (EndrePaaminnelse(oppgave=ref, paaminnelse=ny) for ref in oppgavene)
    svar = bane.loep(*med_runder("paaminnelser", *map(kommando, endringer_)))
    assert not avslagene(svar)
    sendt = sum(ett.get("antall", 0) for ett in svar)
    assert loggfoert(bane.kjerne)["PaaminnelseSendt"] == sendt <= PAR
    _krev_at_det_som_kom_for_sent_ikke_skjedde(bane.kjerne, "EndrePaaminnelse")
    assert [rad.sendt_tidspunkt for rad in rader(bane.kjerne, Paaminnelsesrad)] == [None] * (PAR if ny else 0)
    assert Counter(rad.status for rad in rader(bane.kjerne, Varsel)) == Counter(
        {"KANSELLERT": 2 * PAR, "NY": 2 * PAR if ny else 0}
    )


def test_paaminnelsen_om_en_utfoert_oppgave_kommer_ikke(bane: Bane) -> None:
    oppgavene = oppgaver_med_frist(bane, frist=None)
    bane.klokke.gaa(days=1)
    svar = bane.loep(*med_runder("paaminnelser", *(kommando(OppgaveUtfoert(oppgave=ref)) for ref in oppgavene)))
    assert not avslagene(svar)
    sendt = sum(ett.get("antall", 0) for ett in svar)
    assert (loggfoert(bane.kjerne)["PaaminnelseSendt"], antall_rader(bane.kjerne, Paaminnelsesrad)) == (sendt, (sendt,))
    _krev_at_det_som_kom_for_sent_ikke_skjedde(bane.kjerne, "OppgaveUtfoert")
    assert {rad.status for rad in rader(bane.kjerne, Varsel)} == {"KANSELLERT"}


def _krev_at_det_som_kom_for_sent_ikke_skjedde(kjerne: Kjerne, hva: str) -> None:
    """A paaminnelse fires at most once; its varsler are ordered if it fired, and not if `hva` came before it."""
    fyrt = [rad.notifikasjon_id for rad in rader(kjerne, Logg, Logg.hva == "PaaminnelseSendt")]
    assert len(fyrt) == len(set(fyrt))
    bestilt = Counter(rad.notifikasjon_id for rad in rader(kjerne, Varsel) if rad.klar_tidspunkt is not None)
    assert bestilt == dict.fromkeys(fyrt, 2)
    rekkefoelge = {(rad.notifikasjon_id, rad.hva): rad.id for rad in rader(kjerne, Logg)}
    assert all(rekkefoelge[id_, "PaaminnelseSendt"] < rekkefoelge[id_, hva] for id_ in fyrt)


def test_et_kansellert_varsel_bestilles_ikke_av_paaminnelsen(bane: Bane) -> None:
    oppgaver_med_frist(bane, frist=None)
    ider = [rad.id for rad in rader(bane.kjerne, Varsel)]
    bane.klokke.gaa(days=1)
    svar = bane.loep(*med_runder("paaminnelser", *(kommando(KansellerVarsel(varsel_id=id_)) for id_ in ider)))
    assert not avslagene(svar), "a varsel that is not sent can be cancelled, ordered or not"
    assert {(rad.status, rad.neste_forsoek) for rad in rader(bane.kjerne, Varsel)} == {("KANSELLERT", None)}
    assert sum(ett.get("antall", 0) for ett in svar) == PAR
