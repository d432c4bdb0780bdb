"""Create and create: one is made, and the answers agree."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from gateway.domain.kommandoer import Kommando
from gateway.store.tabeller import Varsel, VarselHistorikk
from tests.handling.gjoer import EPOST, en_avtale
from tests.kapploep.bane import I_MORGEN, MANGE, Bane
from tests.kapploep.loepere import kommando
from tests.kapploep.orden import alt_som_er_lagret, antall_rader, godtatte, loggfoert
from tests.verden import en_beskjed, en_oppgave, en_sak

RIK_OPPGAVE = en_oppgave(eksterne_varsler=(EPOST, EPOST), paaminnelse=I_MORGEN, grupperingsid="sak-1")
RIK_AVTALE = en_avtale(eksterne_varsler=(EPOST, EPOST), paaminnelse=I_MORGEN)


@pytest.mark.parametrize("ny", [en_sak(grupperingsid="ny"), RIK_OPPGAVE, RIK_AVTALE], ids=lambda ny: type(ny).__name__)
def test_mange_like_opprettinger_er_en_og_svarene_er_like(bane: Bane, ny: Kommando) -> None:
    bane.gjoer(en_sak())
    svar = bane.loep(*[kommando(ny)] * MANGE)
    assert [ett.pop("ny") for ett in svar].count(True) == 1
    assert all(ett == svar[0] for ett in svar)
    assert loggfoert(bane.kjerne) == Counter(["NySak", type(ny).__name__])
    antall = 0 if ny is not RIK_OPPGAVE and ny is not RIK_AVTALE else 4
    assert antall_rader(bane.kjerne, Varsel, VarselHistorikk) == (antall, antall / 2)
    foer = alt_som_er_lagret(bane.kjerne)
    bane.gjoer(ny)
    assert alt_som_er_lagret(bane.kjerne) == foer


@pytest.mark.parametrize(
    ("ulike", "avslag"),
    [
        ([en_sak(grupperingsid="ny", tittel=f"Sak {nr}") for nr in range(MANGE)], "DuplikatGrupperingsid"),
        ([en_oppgave(tekst=f"Oppgave {nr}") for nr in range(MANGE)], "DuplikatEksternIdOgMerkelapp"),
        ([en_avtale(tekst=f"Avtale {nr}") for nr in range(MANGE)], "DuplikatEksternIdOgMerkelapp"),
        (
            [ny for nr in range(MANGE // 2) for ny in (en_oppgave(ekstern_id="x"), en_beskjed(ekstern_id="x"))],
            "DuplikatEksternIdOgMerkelapp",
        ),
    ],
    ids=["saker", "oppgaver", "avtaler", "oppgaver og beskjeder"],
)
def test_ulike_opprettinger_med_samme_noekkel_gir_en_vinner(bane: Bane, ulike: list[Any], avslag: str) -> None:
    bane.gjoer(en_sak())
    svar = bane.loep(*map(kommando, ulike))
    godtatt = godtatte(svar)
    assert [ett["ny"] for ett in godtatt].count(True) == 1
    (vinner,) = {ett["id"] for ett in godtatt}
    assert {(ett["avslag"], ett["idTilEksisterende"]) for ett in svar if "avslag" in ett} == {(avslag, vinner)}
    assert sum(loggfoert(bane.kjerne).values()) == 2
