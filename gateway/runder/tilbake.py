"""Giving back what a round has set aside: a person says that it is to be tried again, and why."""

from __future__ import annotations

import logging

from gateway.domain.logg import Loggord
from gateway.kjerne import Kjerne
from gateway.runder import observatoerer
from gateway.store import logg, observasjon, til_side

logger = logging.getLogger(__name__)


def gi_tilbake(kjerne: Kjerne, runde: str, hvem: logg.Hvem, grunn: str) -> int:
    """Let the round try all that it has set aside anew, and ring for it; how many rows. Raises Utilgjengelig."""

    def arbeid() -> int:
        antall = til_side.gi_tilbake(kjerne.database, runde, lambda: kjerne.doerklokke.ring(runde))
        if runde == observatoerer.RUNDE:
            antall += observasjon.gi_tilbake(kjerne.klokke.naa())
        innhold = {"runde": runde, "antall": antall, "grunn": grunn}
        logg.skriv(hvem, kjerne.klokke.naa(), [logg.Innslag(hva=Loggord.DRIFT_PROEVDE_PAA_NYTT, innhold=innhold)])
        return antall

    antall = kjerne.database.i_transaksjon(arbeid)
    logger.info(
        "operations gave back what a round had set aside",
        extra={"runde": runde, "antall": antall, "hvem": hvem.applikasjon, "grunn": grunn},
    )
    return antall
