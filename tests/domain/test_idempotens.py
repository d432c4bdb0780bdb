"""For how long an Idempotency-Key is remembered."""

from __future__ import annotations

import datetime as dt

import pytest

from gateway.domain.idempotens import LEVETID, glemmes
from gateway.domain.kommandoer import NyStatus, Oppdatering, Sletting, SlettSak
from gateway.domain.produsent import Aktoer
from gateway.domain.tilstand import Saksstatus
from tests.handling.gjoer import SAKEN
from tests.verden import START, registeret

STATUS = NyStatus(sak=SAKEN, status=Saksstatus.FERDIG)
OM_TO_AAR = dt.datetime(2028, 11, 23, 9, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("kommando", "plugin", "ventet"),
    [
        (STATUS, None, START + LEVETID),
        (SlettSak(sak=SAKEN), None, START + LEVETID),
        (STATUS, "fager==1.0", None),
        (SlettSak(sak=SAKEN), "fager==1.0", OM_TO_AAR),
    ],
)
def test_en_noekkel_huskes_saa_lenge_den_kan_komme_igjen(
    kommando: Oppdatering | Sletting, plugin: str | None, ventet: dt.datetime | None
) -> None:
    produsent = registeret().hent("fager")
    aktoer = Aktoer(produsent=produsent, applikasjon="app", korrelasjonsid="k", plugin=plugin)
    assert glemmes(kommando, aktoer, START) == ventet
