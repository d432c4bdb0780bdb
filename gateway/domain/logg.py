"""The words of the log for what no kommando did: a round, or a channel."""

from __future__ import annotations

from enum import StrEnum


class Loggord(StrEnum):
    FRIST_UTLOEPT = "FristUtloept"
    PAAMINNELSE_SENDT = "PaaminnelseSendt"
    PAAMINNELSE_BORTFALT = "PaaminnelseBortfalt"
    KALENDERAVTALE_AVHOLDT = "KalenderavtaleAvholdt"
    VARSEL_AVSLUTTET = "VarselAvsluttet"
    SLETTET = "Slettet"
