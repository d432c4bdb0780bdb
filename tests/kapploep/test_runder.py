"""Several workers in one round: each row is taken once."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from gateway.domain.idempotens import LEVETID
from gateway.domain.kommandoer import NyStatus
from gateway.domain.sletting import Slettetidspunkt
from gateway.domain.tilstand import Saksstatus
from gateway.store.tabeller import Idempotens, Logg, Notifikasjon, Sak
from tests.handling.gjoer import EPOST, SAKEN, en_avtale, rader
from tests.kapploep.bane import FRIST, I_MORGEN, MANGE, PAR, Bane
from tests.kapploep.loepere import runde
from tests.kapploep.orden import antall_rader, loggfoert
from tests.verden import en_oppgave, en_sak


@pytest.mark.parametrize("navn", ["frister", "paaminnelser", "kalenderavtaler", "sletting", "varsler", "idempotens"])
def test_runder_samtidig_tar_hver_rad_en_gang(bane: Bane, navn: str) -> None:
    bane.gjoer(en_sak(hard_delete=Slettetidspunkt(om="P40D")))
    for nr in range(MANGE):
        slettes = Slettetidspunkt(om="P40D")
        oppgave = en_oppgave(ekstern_id=f"o{nr}", frist=FRIST + dt.timedelta(days=nr % 3), paaminnelse=I_MORGEN)
        bane.gjoer(replace(oppgave, eksterne_varsler=(EPOST,), hard_delete=slettes))
        bane.gjoer(en_avtale(ekstern_id=f"a{nr}", hard_delete=slettes))
        bane.gjoer(NyStatus(sak=SAKEN, status=Saksstatus.FERDIG, idempotensnoekkel=str(nr)))
    bane.klokke.gaa(**({"days": 1} if navn == "paaminnelser" else {"seconds": LEVETID.total_seconds() * 2}))
    svar = bane.loep(*[runde(navn)] * PAR)
    gjort = sum(ett["antall"] for ett in svar)
    hva = loggfoert(bane.kjerne)
    if navn == "varsler":
        sendt = [id_ for ett in svar for id_ in ett["sendt"]]
        assert len(sendt) == len(set(sendt)) == hva["VarselAvsluttet"] == MANGE
    elif navn == "idempotens":
        assert (gjort, antall_rader(bane.kjerne, Idempotens)) == (MANGE, (0,))
    elif navn == "sletting":
        # The sak takes its appointments along, unless they were due by themselves and taken first.
        assert (hva["Slettet"], antall_rader(bane.kjerne, Sak, Notifikasjon)) == (1 + 2 * MANGE, (0, 0))
    else:
        innslag = {
            "frister": "FristUtloept",
            "paaminnelser": "PaaminnelseSendt",
            "kalenderavtaler": "KalenderavtaleAvholdt",
        }[navn]
        assert gjort == hva[innslag] == MANGE
        assert len({rad.notifikasjon_id for rad in rader(bane.kjerne, Logg, Logg.hva == innslag)}) == MANGE
    assert sum(ett["antall"] for ett in bane.loep(runde(navn))) == 0
