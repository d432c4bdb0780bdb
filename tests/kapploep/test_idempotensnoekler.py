"""Many updates or deletions under one Idempotency-Key are one."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gateway.domain.kommandoer import (
    EndrePaaminnelse,
    ForlengSletting,
    LukkOppgaver,
    Notifikasjonsreferanse,
    NyStatus,
    OppdaterKalenderavtale,
    OppgaveUtfoert,
    Saksreferanse,
    SlettNotifikasjon,
    SlettSak,
    UtsettFrist,
)
from gateway.domain.paaminnelse import Paaminnelsestidspunkt
from gateway.domain.sletting import NySlettetid, Slettestrategi, Slettetidspunkt
from gateway.domain.tilstand import Oppgaveslutt, Saksstatus
from gateway.store.tabeller import Idempotens, Notifikasjon, Sak, SlettetSak, Varsel
from tests.handling.gjoer import AVTALEN, EPOST, OPPGAVEN, SAKEN, den_ene, en_avtale, notifikasjonen, rader
from tests.kapploep.bane import FRIST, I_MORGEN, PAR, Bane
from tests.kapploep.loepere import kommando
from tests.kapploep.orden import antall_rader, avslagene, godtatte, loggfoert
from tests.verden import en_beskjed, en_oppgave, en_sak


@pytest.mark.parametrize(
    "oppdater",
    [
        lambda nr: NyStatus(sak=SAKEN, status=Saksstatus.FERDIG, overstyr_statustekst_med=f"Ferdig {nr}"),
        lambda nr: OppgaveUtfoert(oppgave=OPPGAVEN, ny_lenke=f"https://nav.no/{nr}"),
        lambda nr: UtsettFrist(oppgave=OPPGAVEN, ny_frist=FRIST + dt.timedelta(days=9 + nr), paaminnelse=I_MORGEN),
        lambda nr: EndrePaaminnelse(
            oppgave=OPPGAVEN,
            paaminnelse=replace(I_MORGEN, tidspunkt=Paaminnelsestidspunkt(etter_opprettelse=f"PT{nr + 1}H")),
        ),
        lambda nr: OppdaterKalenderavtale(kalenderavtale=AVTALEN, ny_tekst=f"Nr {nr}", eksterne_varsler=(EPOST,)),
        lambda nr: LukkOppgaver(sak=SAKEN, som=Oppgaveslutt.UTFOERT, ny_lenke=f"https://nav.no/{nr}"),
        lambda nr: ForlengSletting(
            sak=SAKEN,
            hard_delete=NySlettetid(ny_tid=Slettetidspunkt(om=f"P{nr + 1}Y"), strategi=Slettestrategi.FORLENG),
        ),
    ],
    ids=["status", "utfoert", "utsett", "paaminnelse", "avtale", "lukk", "forleng"],
)
def test_mange_oppdateringer_med_en_noekkel_er_en(bane: Bane, oppdater: Callable[[int], Any]) -> None:
    bane.gjoer(en_sak(), en_oppgave(frist=FRIST, paaminnelse=I_MORGEN), en_avtale(eksterne_varsler=(EPOST,)))
    varsler_foer = len(rader(bane.kjerne, Varsel))
    to_innhold = [replace(oppdater(nr), idempotensnoekkel="k") for nr in range(2)]
    svar = bane.loep(*map(kommando, to_innhold * PAR))
    vant, tapte = sorted((svar[::2], svar[1::2]), key=lambda del_: "avslag" in del_[0])
    assert avslagene(tapte) == {"Konflikt": PAR}, "other content under the key is refused, however it is timed"
    assert [ett.pop("ny") for ett in vant].count(True) == 1
    assert all(ett == vant[0] for ett in vant)
    navn = type(to_innhold[0]).__name__
    assert loggfoert(bane.kjerne)[navn] == 1
    assert antall_rader(bane.kjerne, Idempotens) == (1,)
    nye_varsler = {"UtsettFrist": 2, "EndrePaaminnelse": 2, "OppdaterKalenderavtale": 1}.get(navn, 0)
    assert antall_rader(bane.kjerne, Varsel) == (varsler_foer + nye_varsler,)


@pytest.mark.parametrize("med_id", [True, False], ids=["id", "egen noekkel"])
@pytest.mark.parametrize("noekkel", ["k", None], ids=["med noekkel", "uten noekkel"])
def test_mange_slettinger_er_en(bane: Bane, med_id: bool, noekkel: str | None) -> None:
    bane.gjoer(en_sak(), en_oppgave(grupperingsid="sak-1"), en_beskjed())
    sak = Saksreferanse(id=den_ene(bane.kjerne, Sak).id) if med_id else SAKEN
    beskjed = notifikasjonen("beskjed-1")
    if med_id:
        beskjed = Notifikasjonsreferanse(id=den_ene(bane.kjerne, Notifikasjon, Notifikasjon.type == "BESKJED").id)
    svar = bane.loep(
        *[
            kommando(SlettSak(sak=sak, idempotensnoekkel=noekkel)),
            kommando(SlettNotifikasjon(notifikasjon=beskjed, idempotensnoekkel=noekkel)),
        ]
        * PAR
    )
    for del_, avslag in ((svar[::2], "SakFinnesIkke"), (svar[1::2], "NotifikasjonFinnesIkke")):
        assert avslagene(del_) == Counter({} if noekkel else {avslag: PAR - 1})
        godtatt = godtatte(del_)
        assert [ett["ny"] for ett in godtatt].count(True) == 1
        assert len({ett["id"] for ett in godtatt}) == 1
    assert antall_rader(bane.kjerne, Sak, Notifikasjon, SlettetSak, Idempotens) == (0, 0, 1, 2 if noekkel else 0)
