"""What the promised number of statements is: a creation with everything is one transaction of few round trips."""

from __future__ import annotations

import logging

import pytest

from gateway.domain.paaminnelse import Paaminnelse, Paaminnelsestidspunkt
from gateway.kjerne import Kjerne
from tests.handling.gjoer import EPOST, SMS_I_AAPNINGSTID, gjoer
from tests.verden import en_oppgave, en_sak

FLEST = 12


def test_en_oppgave_med_paaminnelse_og_to_varsler_er_hoeyst_tolv_setninger_i_en_transaksjon(
    kjerne: Kjerne, caplog: pytest.LogCaptureFixture
) -> None:
    gjoer(kjerne, en_sak())
    paaminnelse = Paaminnelse(
        tidspunkt=Paaminnelsestidspunkt(etter_opprettelse="P5D"), eksterne_varsler=(EPOST, SMS_I_AAPNINGSTID)
    )
    oppgave = en_oppgave(grupperingsid="sak-1", eksterne_varsler=(EPOST, SMS_I_AAPNINGSTID), paaminnelse=paaminnelse)
    with caplog.at_level(logging.DEBUG, logger="peewee"):
        gjoer(kjerne, oppgave)
    setninger = [ett.msg[0] for ett in caplog.records if ett.name == "peewee"]
    # peewee does not tell of BEGIN and COMMIT.
    assert 0 < len(setninger) <= FLEST - 2, setninger
