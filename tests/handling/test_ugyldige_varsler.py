"""A varsel to a number or an address that cannot be one refuses all of it, or is dropped and noted: as it was asked."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from gateway.domain.feil import DuplikatEksternIdOgMerkelapp, Valideringsfeil
from gateway.domain.kommandoer import EndrePaaminnelse, MedVarsler, OppdaterKalenderavtale, UtsettFrist
from gateway.domain.paaminnelse import Paaminnelse, Paaminnelsestidspunkt
from gateway.domain.ugyldige_varsler import uten_ugyldige
from gateway.domain.varsel import Altinnvarsel, EksterntVarsel, Epost, Sms, UgyldigeVarsler
from gateway.kjerne import Kjerne
from gateway.store.tabeller import Logg, Notifikasjon, Varsel
from tests.handling.gjoer import AVTALEN, EPOST, OPPGAVEN, SMS_I_AAPNINGSTID, en_avtale, gjoer, rader
from tests.verden import en_beskjed, en_oppgave, en_sak

UGYLDIG_SMS = EksterntVarsel(sms=Sms(tlf="45360000", sms_tekst="Hei"))
UGYLDIG_EPOST = EksterntVarsel(epost=Epost(epostadresse="kari(a)nav", epost_tittel="T", epost_html_body="<p>h</p>"))
ALTINN = EksterntVarsel(
    altinnressurs=Altinnvarsel(ressurs_id="r", epost_tittel="T", epost_html_body="<p>h</p>", sms_tekst="s")
)
BLANDET = (UGYLDIG_SMS, EPOST, UGYLDIG_EPOST, SMS_I_AAPNINGSTID, ALTINN)
SAGT = (
    "eksterneVarsler[0].sms is dropped: its number cannot be one.",
    "eksterneVarsler[2].epost is dropped: its address cannot be one.",
)
SAGT_OM_PAAMINNELSEN = tuple(f"paaminnelse.{ett}" for ett in SAGT)
PAAMINNELSE = Paaminnelse(tidspunkt=Paaminnelsestidspunkt(etter_opprettelse="P1D"), eksterne_varsler=BLANDET)
DROPP: dict[str, Any] = {"ugyldige_varsler": UgyldigeVarsler.DROPP}
EGNE, PAAMINNELSENS = {"eksterne_varsler": BLANDET}, {"paaminnelse": PAAMINNELSE}
FRIST = dt.date(2026, 12, 24)
MED = [
    pytest.param(en_beskjed(**EGNE), SAGT, id="NyBeskjed"),
    pytest.param(en_oppgave(ekstern_id="ny", **EGNE, **PAAMINNELSENS), SAGT + SAGT_OM_PAAMINNELSEN, id="NyOppgave"),
    pytest.param(
        en_avtale(ekstern_id="ny", **EGNE, **PAAMINNELSENS), SAGT + SAGT_OM_PAAMINNELSEN, id="NyKalenderavtale"
    ),
    pytest.param(
        OppdaterKalenderavtale(kalenderavtale=AVTALEN, **EGNE, **PAAMINNELSENS),
        SAGT + SAGT_OM_PAAMINNELSEN,
        id="OppdaterKalenderavtale",
    ),
    pytest.param(
        UtsettFrist(oppgave=OPPGAVEN, ny_frist=FRIST, **PAAMINNELSENS), SAGT_OM_PAAMINNELSEN, id="UtsettFrist"
    ),
    pytest.param(EndrePaaminnelse(oppgave=OPPGAVEN, **PAAMINNELSENS), SAGT_OM_PAAMINNELSEN, id="EndrePaaminnelse"),
]


@pytest.fixture(autouse=True)
def _det_som_endres(kjerne: Kjerne) -> None:
    for ett in (en_sak(), en_oppgave(), en_avtale()):
        gjoer(kjerne, ett)


@pytest.mark.parametrize(("kommando", "sagt"), MED)
def test_de_ugyldige_droppes_og_meldingen_kommer_fram(
    kjerne: Kjerne, kommando: MedVarsler, sagt: tuple[str, ...]
) -> None:
    antall = len(sagt) // 2
    utfall = gjoer(kjerne, replace(kommando, **DROPP))
    assert utfall.merknader == sagt
    bestilt = [*(utfall.eksterne_varsler or ()), *(utfall.paaminnelse_varsler or ())]
    assert len(bestilt) == 3 * antall
    lagret = {rad.id: rad for rad in rader(kjerne, Varsel)}
    assert [lagret[id_].type for id_ in bestilt] == ["EPOST", "SMS", "ALTINNRESSURS"] * antall
    alt = str([rad.__data__ for tabell in (Varsel, Notifikasjon, Logg) for rad in rader(kjerne, tabell)])
    for kontakt in ("45360000", "kari(a)nav"):
        assert kontakt not in alt + str(utfall)


@pytest.mark.parametrize(("kommando", "sagt"), MED)
def test_uten_at_det_er_bedt_om_avvises_alt(kjerne: Kjerne, kommando: MedVarsler, sagt: tuple[str, ...]) -> None:
    assert sagt
    foer = len(rader(kjerne, Varsel)), len(rader(kjerne, Logg))
    with pytest.raises(Valideringsfeil) as avslag:
        gjoer(kjerne, kommando)
    assert set(avslag.value.felter or ()) <= {"eksterneVarsler", "paaminnelse"}
    assert (len(rader(kjerne, Varsel)), len(rader(kjerne, Logg))) == foer


def test_sagt_igjen_er_det_samme_og_det_droppede_sies_igjen(kjerne: Kjerne) -> None:
    beskjed = en_beskjed(eksterne_varsler=BLANDET, **DROPP)
    foerste = gjoer(kjerne, beskjed)
    assert gjoer(kjerne, beskjed) == replace(foerste, ny=False)
    uten_ugyldige_varsler = en_beskjed(eksterne_varsler=(EPOST, SMS_I_AAPNINGSTID, ALTINN))
    assert gjoer(kjerne, uten_ugyldige_varsler) == replace(foerste, ny=False, merknader=())
    with pytest.raises(DuplikatEksternIdOgMerkelapp):
        gjoer(kjerne, en_beskjed(eksterne_varsler=(EPOST,), **DROPP))


def test_under_en_idempotensnoekkel_sies_det_droppede_hver_gang(kjerne: Kjerne) -> None:
    endre = EndrePaaminnelse(oppgave=OPPGAVEN, paaminnelse=PAAMINNELSE, idempotensnoekkel="k", **DROPP)
    foerste = gjoer(kjerne, endre)
    assert gjoer(kjerne, endre) == replace(foerste, ny=False)
    assert foerste.merknader == SAGT_OM_PAAMINNELSEN


def test_alle_kan_droppes(kjerne: Kjerne) -> None:
    utfall = gjoer(kjerne, en_beskjed(eksterne_varsler=(UGYLDIG_SMS,), **DROPP))
    assert (utfall.ny, utfall.eksterne_varsler, len(utfall.merknader)) == (True, (), 1)


@pytest.mark.parametrize(
    "varsel",
    [
        EksterntVarsel(sms=Sms(tlf="99999999", sms_tekst=" ")),
        EksterntVarsel(epost=Epost(epostadresse="a@b.no", epost_tittel="", epost_html_body="<p>h</p>")),
        EksterntVarsel(),
        replace(UGYLDIG_SMS, epost=EPOST.epost),
        replace(UGYLDIG_EPOST, altinnressurs=ALTINN.altinnressurs),
        EksterntVarsel(sms=Sms(tlf="9999\x009999", sms_tekst="Hei")),
    ],
    ids=["blank text", "blank subject", "nothing", "two in one", "an address and a resource", "NUL"],
)
def test_andre_feil_avvises_ogsaa_da(kjerne: Kjerne, varsel: EksterntVarsel) -> None:
    with pytest.raises(Valideringsfeil):
        gjoer(kjerne, en_beskjed(eksterne_varsler=(varsel,), **DROPP))


def test_det_som_er_gyldig_er_den_samme_kommandoen() -> None:
    gyldig = en_oppgave(eksterne_varsler=(EPOST,), **DROPP)
    assert uten_ugyldige(gyldig) == (gyldig, ())
    assert uten_ugyldige(en_sak()) == (en_sak(), ())
