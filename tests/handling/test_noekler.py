"""Keys that differ in Unicode form only are one key, in every way in; and what nobody sees is blank."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import Any

import pytest

from gateway.domain.feil import Konflikt, Valideringsfeil
from gateway.domain.kommandoer import (
    EndreNesteSteg,
    Notifikasjonsreferanse,
    OppgaveUtfoert,
    Saksreferanse,
    SlettNotifikasjon,
)
from gateway.domain.varsel import EksterntVarsel, Epost
from gateway.handling.utfoer import Steg, utfoer_alle
from gateway.kjerne import Kjerne
from gateway.reading import produsent as lesing
from tests.handling.gjoer import SAKEN, gjoer
from tests.verden import aktoer, en_beskjed, en_oppgave, en_sak

NFC = "blåbær-é-각"
NFD = unicodedata.normalize("NFD", NFC)
USYNLIG = list(map(chr, (0x200B, 0xAD, 0x2800, 0x3164, 0x200E, 0xFEFF, 0x115F, 0xFFA0, 0x34F, 0xA0)))


def test_noekler_i_ulik_unicode_form_er_samme_noekkel(kjerne: Kjerne) -> None:
    assert NFC != NFD
    sak = gjoer(kjerne, en_sak(grupperingsid=NFD))
    assert gjoer(kjerne, en_sak(grupperingsid=NFC)) == replace(sak, ny=False)
    oppgave = gjoer(kjerne, en_oppgave(ekstern_id=NFC, grupperingsid=NFC))
    assert gjoer(kjerne, en_oppgave(ekstern_id=NFD, grupperingsid=NFD)).id == oppgave.id
    selv = aktoer(kjerne).produsent
    for form in (NFC, NFD):
        saken = Saksreferanse(merkelapp="Fager", grupperingsid=form)
        oppgaven = Notifikasjonsreferanse(merkelapp="Fager", ekstern_id=form)
        assert lesing.sak(kjerne, selv, saken).id == sak.id
        assert lesing.notifikasjon(kjerne, selv, oppgaven).id == oppgave.id
        assert gjoer(kjerne, OppgaveUtfoert(oppgave=oppgaven)).id == oppgave.id
        side = lesing.notifikasjoner(kjerne, selv, merkelapper=[], grupperingsid=form, antall=5, etter=None)
        assert len(side.elementer) == 1
    steg = [Steg(kommando=OppgaveUtfoert(oppgave=oppgaven))]
    naa = kjerne.klokke.naa()
    (utfall,) = kjerne.database.i_transaksjon(lambda: utfoer_alle(kjerne, steg, aktoer(kjerne), naa))
    assert utfall.utfall
    sletting = SlettNotifikasjon(notifikasjon=oppgaven, idempotensnoekkel=NFC)
    assert gjoer(kjerne, sletting).ny
    annen_form = Notifikasjonsreferanse(merkelapp="Fager", ekstern_id=NFC)
    assert not gjoer(kjerne, SlettNotifikasjon(notifikasjon=annen_form, idempotensnoekkel=NFD)).ny


def test_idempotensnoekler_i_ulik_unicode_form_er_samme_noekkel(kjerne: Kjerne) -> None:
    gjoer(kjerne, en_sak())
    endring = EndreNesteSteg(sak=SAKEN, neste_steg="Vedtak", idempotensnoekkel=NFC)
    assert gjoer(kjerne, endring).ny
    assert not gjoer(kjerne, replace(endring, idempotensnoekkel=NFD)).ny
    with pytest.raises(Konflikt):
        gjoer(kjerne, replace(endring, idempotensnoekkel=NFD, neste_steg="Annet"))


@pytest.mark.parametrize("noekkel", ["å" * 501, "😀" * 251, "a\nb", "a\x7f", "", *USYNLIG])
@pytest.mark.parametrize("felt", ["ekstern_id", "grupperingsid"])
def test_en_noekkel_som_ingen_indeks_tar_eller_ingen_ser_avvises(kjerne: Kjerne, felt: str, noekkel: str) -> None:
    with pytest.raises(Valideringsfeil):
        gjoer(kjerne, en_beskjed(**{felt: noekkel}))


@pytest.mark.parametrize("noekkel", ["å" * 500, "😀" * 250, "a\u00a0b", "a\u00adb"])
def test_den_lengste_noekkelen_og_en_med_haardt_mellomrom_tas(kjerne: Kjerne, noekkel: str) -> None:
    assert gjoer(kjerne, en_beskjed(ekstern_id=noekkel, grupperingsid=noekkel)).ny
    assert gjoer(kjerne, en_sak(grupperingsid=noekkel)).ny


@pytest.mark.parametrize("blank", USYNLIG)
@pytest.mark.parametrize(("lag", "felt"), [(en_sak, "tittel"), (en_beskjed, "tekst"), (en_oppgave, "tekst")])
def test_det_ingen_ser_er_blankt(kjerne: Kjerne, lag: Any, felt: str, blank: str) -> None:
    with pytest.raises(Valideringsfeil) as avslag:
        gjoer(kjerne, lag(**{felt: blank * 3}))
    assert list(avslag.value.felter or {}) == [felt]
    assert gjoer(kjerne, lag(**{felt: f"{blank}!"})).ny


@pytest.mark.parametrize(
    ("html", "tas"),
    [
        ("<p></p>", False),
        ("<p>&nbsp;</p><br>", False),
        ("&#8203;", False),
        ('<img src="https://nav.no/a.png">', False),
        ("<script>alert('hei')</script>", False),
        ("<style>p {}</style><title>Tittel</title>", False),
        ("<!-- hei -->", False),
        ("<hr>", False),
        ("<p>Hei \ud800</p>", False),
        ("<p>Hei \x00</p>", False),
        ("<p>Hei</p>", True),
        ("&amp;", True),
        ("<title>Tittel</title>Hei", True),
    ],
)
def test_html_som_er_blank_naar_den_er_renset_avvises(kjerne: Kjerne, html: str, tas: bool) -> None:
    epost = EksterntVarsel(epost=Epost(epostadresse="a@example.com", epost_tittel="T", epost_html_body=html))
    beskjed = en_beskjed(eksterne_varsler=(epost,))
    if tas:
        assert gjoer(kjerne, beskjed).ny
        return
    with pytest.raises(Valideringsfeil) as avslag:
        gjoer(kjerne, beskjed)
    felt = (avslag.value.felter or {})["eksterneVarsler"]["0"]["epost"]
    assert list(felt) == ["epostHtmlBody"]
