"""The benchmarks themselves: each runs through and measures what it says, in a size that takes seconds."""

from __future__ import annotations

import pytest

from gateway.bench import frister, hendelser, inntak, lesing, oppgave, webhook
from gateway.bench.maaleplass import egen_database

# A server of its own would cost the start of one; the benchmarks make their database on the tests'.


def test_webhook_maaler_begge_endepunkter_og_finner_hver_melding_lagret(postgres_url: str) -> None:
    with egen_database(postgres_url) as url:
        gateway, bar = webhook.maal(url, webhook.Last(sekunder=0.3, jevnt=40, forbindelser=4))
    for tall in (gateway, bar):
        assert tall.feil() == []
        assert tall.mettet.per_sekund > 0
        assert tall.jevnt.antall == webhook.RUNDER * 12
        assert 0 < tall.jevnt.prosentil(50) <= tall.jevnt.prosentil(99) <= tall.jevnt.lengst
    assert len(webhook.rapport(gateway, bar, 40)) == 3


def test_webhook_sier_fra_om_et_svar_som_ikke_er_202_og_en_rad_som_mangler() -> None:
    tall = webhook.Tall("gateway")
    tall.mettet.statuser.update({202: 2, 503: 1})
    tall.lagret = 1
    assert [feil.partition(": ")[0] for feil in tall.feil()] == ["gateway", "gateway"]


def test_frister_sveiper_alt_som_er_forfalt_og_bare_det(postgres_url: str) -> None:
    with egen_database(postgres_url) as url:
        tall = frister.maal(url, antall=1000, forfalte=100)
    assert (tall.sveip.utloept, tall.innslag, tall.bart_antall) == (100, 100, 100)
    assert frister.brudd(tall, 100) == []
    assert len(frister.brudd(tall, 101)) == 2
    assert len(frister.rapport(tall)) == 4


def test_oppgave_maaler_begge_endepunkter_og_sier_hvor_tiden_gaar(postgres_url: str) -> None:
    with egen_database(postgres_url) as url:
        resultat = oppgave.maal(url, sekunder=0.3, forbindelser=4, foresporsler=10)
    for tall in (resultat.oppgave, resultat.med_alt, resultat.bar):
        assert tall.feil() == []
        assert tall.maaling.per_sekund > 0
    assert resultat.forhold > 0
    andeler = {del_.hva: del_.andel for del_ in resultat.deler}
    assert abs(sum(andeler.values()) - 1) < 1e-9
    assert {"token", "validation and rules", "the database: waiting for it"} <= set(andeler)
    assert len(oppgave.rapport(resultat)) == 5 + len(andeler)


def test_inntak_maaler_satser_og_finner_hver_hendelse_lagret(postgres_url: str) -> None:
    with egen_database(postgres_url) as url:
        resultat = inntak.maal(url, sekunder=0.3, forbindelser=2, i_hver=20, foresporsler=3)
    assert resultat.lagret == resultat.sendt > 0
    assert set(resultat.satser.statuser) == {202}
    andeler = {del_.hva: del_.andel for del_ in resultat.deler}
    assert abs(sum(andeler.values()) - 1) < 1e-9
    assert {"reading the events", "taking them in: places, hashes, rows"} <= set(andeler)
    assert len(inntak.rapport(resultat)) == 4 + len(andeler)
    assert all("must take" in feil for feil in inntak.brudd(resultat))


def test_lesing_maaler_hver_side_i_begge_databaser(postgres_url: str) -> None:
    with egen_database(postgres_url, "faa") as liten, egen_database(postgres_url, "mange") as stor:
        lesing.fyll_begge(liten, stor, faa=1000, mange=2000)
        sider = lesing.maal(liten, stor)
    assert [len(side.faa) for side in sider] == [len(side.mange) for side in sider] == [lesing.LESNINGER] * 6
    assert len(lesing.rapport(sider, 1000, 2000)) == 6


def test_lesing_sier_fra_om_en_side_som_koster_mer_blant_mange() -> None:
    side = lesing.Side("first page", faa=[1.0, 1.0], mange=[1.4, 1.4])
    assert lesing.brudd([side]) == []
    side.mange = [1.6, 1.6]
    assert len(lesing.brudd([side])) == 1


@pytest.mark.parametrize("slag", list(hendelser.Slag))
def test_hendelser_behandles_av_ekte_arbeidere_og_det_sies_hvor_tiden_gaar(
    postgres_url: str, slag: hendelser.Slag
) -> None:
    with egen_database(postgres_url, f"hendelser_{slag}") as url:
        tall = hendelser.maal(url, slag, antall=500, arbeidere=1)
    assert tall.tilstander == {"BEHANDLET": 500}
    assert tall.per_sekund > 0
    assert set(tall.cpu_ms) == {"workers", "plugins", "database"}
    assert abs(sum(del_.andel for del_ in tall.tidsbruk) - 1) < 1e-9
    assert hendelser.brudd(tall) == [], "what is promised is promised of two workers"
    assert hendelser.rapport(tall)[0].startswith(slag)
