"""Short words for what the tests of handling do over and over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from gateway.domain.aapningstider import Sendevindu
from gateway.domain.kommandoer import Kommando, Notifikasjonsreferanse, NyKalenderavtale, Saksreferanse
from gateway.domain.varsel import EksterntVarsel, Epost, Sendetidspunkt, Sms
from gateway.handling.utfall import Utfall
from gateway.handling.utfoer import utfoer
from gateway.kjerne import Kjerne
from gateway.store.logg import Hvem
from tests.verden import GLAD_TORSK, START, SYKEPENGER, aktoer

SWEEP = Hvem(korrelasjonsid="sweep")
SAKEN = Saksreferanse(merkelapp="Fager", grupperingsid="sak-1")
EPOST = EksterntVarsel(epost=Epost(epostadresse="a@example.com", epost_tittel="T", epost_html_body="<p>h</p>"))
SMS_I_AAPNINGSTID = EksterntVarsel(
    sms=Sms(tlf="99999999", sms_tekst="t", sendetidspunkt=Sendetidspunkt(sendevindu=Sendevindu.NKS_AAPNINGSTID))
)


def notifikasjonen(ekstern_id: str) -> Notifikasjonsreferanse:
    return Notifikasjonsreferanse(merkelapp="Fager", ekstern_id=ekstern_id)


OPPGAVEN = notifikasjonen("oppgave-1")
AVTALEN = notifikasjonen("avtale-1")


def en_avtale(**felter: Any) -> NyKalenderavtale:
    return replace(
        NyKalenderavtale(
            merkelapp="Fager",
            ekstern_id="avtale-1",
            grupperingsid="sak-1",
            virksomhetsnummer=GLAD_TORSK,
            mottakere=(SYKEPENGER,),
            tekst="Møte om oppfølging",
            lenke="https://arbeidsgiver.nav.no/3",
            start_tidspunkt=START + dt.timedelta(days=7),
        ),
        **felter,
    )


def gjoer(kjerne: Kjerne, kommando: Kommando, produsent: str = "fager") -> Utfall:
    return utfoer(kjerne, kommando, aktoer(kjerne, produsent))


def til_det_er_tomt(sveip: Callable[[Kjerne, Hvem], int], kjerne: Kjerne) -> int:
    """Sweep until nothing is due; how many there were."""
    antall = 0
    while gjort := sveip(kjerne, SWEEP):
        antall += gjort
    return antall


def rader(kjerne: Kjerne, tabell: Any, *hvor: Any) -> list[Any]:
    """All rows that there are, or those for which it holds, in the order of their keys."""
    sporring = tabell.select().where(*hvor) if hvor else tabell.select()
    with kjerne.database.tilkobling():
        return list(sporring.order_by(*tabell._meta.get_primary_keys()))


def den_ene(kjerne: Kjerne, tabell: Any, *hvor: Any) -> Any:
    (rad,) = rader(kjerne, tabell, *hvor)
    return rad
