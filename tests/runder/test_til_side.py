"""No row ends a round: the one that raises is set aside, seen, and comes back; the rest is done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from uuid import UUID

import pytest

from gateway.domain.idempotens import LEVETID
from gateway.domain.kommandoer import NyStatus, SlettNotifikasjon, UtsettFrist
from gateway.domain.sletting import Slettetidspunkt
from gateway.domain.tilstand import Saksstatus
from gateway.kjerne import Kjerne
from gateway.runder import frister, idempotens, kalenderavtaler, paaminnelser, sletting
from gateway.runder.runde import INGEN
from gateway.runder.sveip import FLEST_TIL_SIDE, Sveip
from gateway.store.database import Utilgjengelig
from gateway.store.tabeller import Idempotens, Logg, Notifikasjon, SattTilSide
from gateway.store.til_side import gi_tilbake
from tests.handling.gjoer import SWEEP, en_avtale, gjoer, notifikasjonen, rader, til_det_er_tomt
from tests.kapploep.bane import FRIST, I_MORGEN, saken_nummer
from tests.runder.gift import avgift, forgift
from tests.verden import FastKlokke, en_oppgave, en_sak

MANGE = 7


@contextmanager
def gift(kjerne: Kjerne, tabell: str, hendelse: str, kolonne: str, *ider: UUID) -> Iterator[None]:
    forgift(kjerne, tabell, hendelse, kolonne, *ider)
    try:
        yield
    finally:
        avgift(kjerne, tabell)


def _oppgaver(kjerne: Kjerne) -> list[UUID]:
    slettes = Slettetidspunkt(om="P40D")
    return [
        gjoer(kjerne, en_oppgave(ekstern_id=str(nr), frist=FRIST, paaminnelse=I_MORGEN, hard_delete=slettes)).id
        for nr in range(MANGE)
    ]


def _avtaler(kjerne: Kjerne) -> list[UUID]:
    gjoer(kjerne, en_sak())
    return [gjoer(kjerne, en_avtale(ekstern_id=str(nr))).id for nr in range(MANGE)]


def _saker(kjerne: Kjerne) -> list[UUID]:
    slettes = Slettetidspunkt(om="P40D")
    return [gjoer(kjerne, en_sak(grupperingsid=str(nr), hard_delete=slettes)).id for nr in range(MANGE)]


def _noekler(kjerne: Kjerne) -> list[UUID]:
    ider = [gjoer(kjerne, en_sak(grupperingsid=str(nr))).id for nr in range(MANGE)]
    for nr in range(MANGE):
        for noekkel in ("a", "b"):
            status = NyStatus(sak=saken_nummer(nr), status=Saksstatus.FERDIG, idempotensnoekkel=noekkel)
            gjoer(kjerne, status)
    return ider


RUNDER = [
    pytest.param(frister.SVEIP, _oppgaver, 3, ("logg", "INSERT", "notifikasjon_id"), 1, id="frister"),
    pytest.param(paaminnelser.SVEIP, _oppgaver, 1, ("logg", "INSERT", "notifikasjon_id"), 1, id="paaminnelser"),
    pytest.param(kalenderavtaler.SVEIP, _avtaler, 8, ("logg", "INSERT", "notifikasjon_id"), 1, id="kalenderavtaler"),
    pytest.param(sletting.SAKER, _saker, 41, ("sak", "DELETE", "id"), 1, id="saker"),
    pytest.param(sletting.NOTIFIKASJONER, _oppgaver, 41, ("notifikasjon", "DELETE", "id"), 1, id="notifikasjoner"),
    pytest.param(idempotens.SVEIP, _noekler, LEVETID.days * 2, ("idempotens", "DELETE", "objekt_id"), 2, id="noekler"),
]


@pytest.mark.parametrize(("sveip", "lag", "dager", "gift_i", "rader_hver"), RUNDER)
def test_raden_som_feiler_settes_til_side_og_resten_gjoeres(
    kjerne: Kjerne,
    klokke: FastKlokke,
    sveip: Sveip,
    lag: Callable[[Kjerne], list[UUID]],
    dager: int,
    gift_i: tuple[str, str, str],
    rader_hver: int,
) -> None:
    ider = lag(kjerne)
    klokke.gaa(days=dager)
    syk = ider[2]
    with gift(kjerne, *gift_i, syk):
        assert til_det_er_tomt(sveip.ta, kjerne) == (MANGE - 1) * rader_hver + 1
        (satt,) = rader(kjerne, SattTilSide)
        assert (satt.runde, satt.objekt_id, satt.kode) == (sveip.runde, syk, "IntegrityError")
        with kjerne.database.tilkobling():
            etterslep = sveip.etterslep(klokke.naa())
        assert (etterslep.venter, etterslep.forfalt, etterslep.til_side.antall) == (INGEN, INGEN, 1)
    ringt: list[str] = []
    assert gi_tilbake(kjerne.database, sveip.runde, lambda: ringt.append(sveip.runde)) == 1
    assert ringt == [sveip.runde]
    assert til_det_er_tomt(sveip.ta, kjerne) == rader_hver, "a person has had it tried again"


def test_raden_kommer_tilbake_naar_den_endres(kjerne: Kjerne, klokke: FastKlokke) -> None:
    ider = _oppgaver(kjerne)
    klokke.gaa(days=3)
    with gift(kjerne, "logg", "INSERT", "notifikasjon_id", ider[0]):
        til_det_er_tomt(frister.utloep_frister, kjerne)
    gjoer(kjerne, UtsettFrist(oppgave=notifikasjonen("0"), ny_frist=FRIST + dt.timedelta(days=2)))
    with kjerne.database.tilkobling():
        assert frister.SVEIP.etterslep(klokke.naa()).til_side.antall == 0
    klokke.gaa(days=2)
    assert til_det_er_tomt(frister.utloep_frister, kjerne) == 1


def test_det_som_er_slettet_er_ikke_lenger_satt_til_side(kjerne: Kjerne, klokke: FastKlokke) -> None:
    ider = _oppgaver(kjerne)
    klokke.gaa(days=3)
    with gift(kjerne, "logg", "INSERT", "notifikasjon_id", ider[0]):
        til_det_er_tomt(frister.utloep_frister, kjerne)
    gjoer(kjerne, SlettNotifikasjon(notifikasjon=notifikasjonen("0")))
    assert rader(kjerne, SattTilSide) == []


def test_naar_alt_feiler_gaar_ikke_en_bolk_gjennom_alt(kjerne: Kjerne, klokke: FastKlokke) -> None:
    ider = [gjoer(kjerne, en_oppgave(ekstern_id=str(nr), frist=FRIST)).id for nr in range(FLEST_TIL_SIDE + 5)]
    klokke.gaa(days=3)
    with gift(kjerne, "logg", "INSERT", "notifikasjon_id", *ider):
        assert frister.utloep_frister(kjerne, SWEEP) == FLEST_TIL_SIDE
        assert frister.utloep_frister(kjerne, SWEEP) == 5
        assert frister.utloep_frister(kjerne, SWEEP) == 0


def test_en_database_som_er_borte_er_ingen_rads_feil(kjerne: Kjerne, klokke: FastKlokke) -> None:
    _oppgaver(kjerne)
    klokke.gaa(days=3)

    def borte(*_: object) -> int:
        raise Utilgjengelig("away")

    with pytest.raises(Utilgjengelig):
        replace(frister.SVEIP, gjoer=borte).ta(kjerne, SWEEP)
    assert rader(kjerne, SattTilSide) == []
    assert not rader(kjerne, Logg, Logg.hva == "FristUtloept")
    assert len(rader(kjerne, Notifikasjon)) == MANGE
    assert rader(kjerne, Idempotens) == []
