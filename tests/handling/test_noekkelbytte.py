"""HEMMELIG_NOEKKEL is changed without forgetting what was deleted, who read what, and which answers were given."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from gateway.domain.feil import DuplikatGrupperingsidEtterDelete, Konflikt
from gateway.domain.kommandoer import NyStatus, SlettNotifikasjon, SlettSak
from gateway.domain.tilstand import Saksstatus
from gateway.handling.arbeidsgiver import bjelle_aapnet, klikket
from gateway.kjerne import Kjerne
from gateway.reading import arbeidsgiver
from gateway.store.tabeller import Klikk, SistLest
from tests.handling.gjoer import OPPGAVEN, SAKEN, gjoer, rader
from tests.noekkelbytte import Trinn, i_trinn
from tests.verden import LEDER, FastKlokke, en_beskjed, en_oppgave, en_sak, ser_glad_torsk

# Processes of two steps that follow one another run side by side; and what one wrote, all later ones know.
PAR = [*pairwise(Trinn), *((senere, foer) for foer, senere in pairwise(Trinn) if foer is not Trinn.FOER)]
FOER_OG_ETTER = [*PAR, (Trinn.FOER, Trinn.BYTTET), (Trinn.FOER, Trinn.ETTER)]


@pytest.fixture(params=FOER_OG_ETTER, ids=lambda par: f"{par[0].name}-{par[1].name}")
def par(request: pytest.FixtureRequest, kjerne: Kjerne) -> tuple[Kjerne, Kjerne]:
    """The core that writes first, and the one that comes after it."""
    foerst, saa = request.param
    return i_trinn(kjerne, foerst), i_trinn(kjerne, saa)


def test_en_slettet_saks_grupperingsid_er_brukt_for_alltid(par: tuple[Kjerne, Kjerne]) -> None:
    foerst, saa = par
    gjoer(foerst, en_sak())
    gjoer(foerst, SlettSak(sak=SAKEN))
    for kjerne in (saa, foerst):
        with pytest.raises(DuplikatGrupperingsidEtterDelete):
            gjoer(kjerne, en_sak())


def test_en_idempotency_key_gir_det_samme_svaret_og_annet_innhold_er_en_konflikt(par: tuple[Kjerne, Kjerne]) -> None:
    foerst, saa = par
    gjoer(foerst, en_sak())
    ny_status = NyStatus(sak=SAKEN, status=Saksstatus.FERDIG, idempotensnoekkel="k")
    svar = gjoer(foerst, ny_status)
    assert gjoer(saa, ny_status) == replace(svar, ny=False)
    with pytest.raises(Konflikt):
        gjoer(saa, replace(ny_status, status=Saksstatus.MOTTATT))


def test_en_sletting_svarer_det_samme_naar_alt_er_borte(par: tuple[Kjerne, Kjerne]) -> None:
    foerst, saa = par
    gjoer(foerst, en_sak())
    gjoer(foerst, en_oppgave())
    for slett in (
        SlettNotifikasjon(notifikasjon=OPPGAVEN, idempotensnoekkel="slett"),
        SlettSak(sak=SAKEN, idempotensnoekkel="slett"),
    ):
        svar = gjoer(foerst, slett)
        assert gjoer(saa, slett) == replace(svar, ny=False)
    gjoer(saa, en_oppgave())
    assert not gjoer(saa, SlettNotifikasjon(notifikasjon=OPPGAVEN, idempotensnoekkel="slett")).ny, "nor what came after"


def test_det_en_person_har_lest_og_klikket_paa_er_lest(par: tuple[Kjerne, Kjerne], klokke: FastKlokke) -> None:
    foerst, saa = par
    ider = [gjoer(foerst, en_beskjed(ekstern_id=str(nr))).id for nr in range(3)]
    klokke.gaa(minutes=1)
    bjelle_aapnet(foerst, LEDER)
    klikket(foerst, LEDER, ider[0])
    klikket(foerst, LEDER, ider[1])
    klikket(saa, LEDER, ider[1])

    def krev_lest(kjerne: Kjerne) -> None:
        bjella = arbeidsgiver.bjelle(kjerne, LEDER, ser_glad_torsk())
        assert (bjella.antall_uleste, bjella.sist_lest) == (0, klokke.naa())
        assert len(bjella.notifikasjoner) == 3, "each once"
        assert {ett.id for ett in bjella.notifikasjoner if ett.klikket_paa} == set(ider[:2])

    krev_lest(saa)
    klokke.gaa(minutes=1)
    bjelle_aapnet(saa, LEDER)
    krev_lest(saa)
    if saa.noekkel_hash(LEDER) in foerst.noekkelring.hasher(LEDER):  # the two may run side by side
        krev_lest(foerst)


def test_det_som_er_kjent_under_den_gamle_noekkelen_flyttes_naar_personen_kommer(kjerne: Kjerne) -> None:
    foer, byttet = i_trinn(kjerne, Trinn.FOER), i_trinn(kjerne, Trinn.BYTTET)
    ider = [gjoer(foer, en_beskjed(ekstern_id=str(nr))).id for nr in range(3)]
    bjelle_aapnet(foer, LEDER)
    for nr in (0, 1):
        klikket(foer, LEDER, ider[nr])
    klikket(byttet, LEDER, ider[1])
    klikket(foer, "21459310093", ider[2])
    bjelle_aapnet(byttet, LEDER)
    ny, annens = byttet.noekkel_hash(LEDER), foer.noekkel_hash("21459310093")
    assert {rad.person for rad in rader(kjerne, SistLest)} == {ny}
    funnet = {(rad.person, rad.notifikasjon_id) for rad in rader(kjerne, Klikk)}
    assert funnet == {(ny, ider[0]), (ny, ider[1]), (annens, ider[2])}
    bjelle_aapnet(i_trinn(kjerne, Trinn.VARSLET), LEDER)
    assert ny in {rad.person for rad in rader(kjerne, SistLest)}, "a process of the step before moves nothing back"
