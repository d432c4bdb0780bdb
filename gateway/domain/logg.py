"""The words of the log for what no kommando did: a round, a channel, or those who run the gateway."""

from __future__ import annotations

from enum import StrEnum


class Loggord(StrEnum):
    FRIST_UTLOEPT = "FristUtloept"
    PAAMINNELSE_SENDT = "PaaminnelseSendt"
    PAAMINNELSE_BORTFALT = "PaaminnelseBortfalt"
    KALENDERAVTALE_AVHOLDT = "KalenderavtaleAvholdt"
    VARSEL_AVSLUTTET = "VarselAvsluttet"
    SLETTET = "Slettet"
    # What those who run the gateway did, with who and why.
    DRIFT_PROEVDE_PAA_NYTT = "DriftProevdePaaNytt"
    DRIFT_FORKASTET = "DriftForkastet"
