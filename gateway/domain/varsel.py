"""Eksterne varsler: what is sent beside a notifikasjon, when, and how a sending ends."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from gateway.domain.aapningstider import Sendevindu, neste_aapning
from gateway.domain.tid import instant


class Varseltype(StrEnum):
    SMS = "SMS"
    EPOST = "EPOST"
    ALTINNRESSURS = "ALTINNRESSURS"


class Varselstatus(StrEnum):
    NY = "NY"
    SENDT = "SENDT"
    FEILET = "FEILET"
    KANSELLERT = "KANSELLERT"


class UgyldigeVarsler(StrEnum):
    """What is done with a varsel to a number or an address that cannot be one: all is refused, or it is dropped."""

    AVVIS = "AVVIS"
    DROPP = "DROPP"


@dataclass(frozen=True, kw_only=True)
class Sendetidspunkt:
    """Exactly one of the two: an Oslo wall clock (naive), or a window."""

    tidspunkt: dt.datetime | None = None
    sendevindu: Sendevindu | None = None

    def tidligst(self, naa: dt.datetime) -> dt.datetime:
        """The instant from which the varsel may be sent, for a varsel that is ordered at `naa`."""
        if self.tidspunkt is not None:
            return max(instant(self.tidspunkt), naa)
        return neste_aapning(self.sendevindu or Sendevindu.LOEPENDE, naa)


LOEPENDE = Sendetidspunkt(sendevindu=Sendevindu.LOEPENDE)


@dataclass(frozen=True, kw_only=True)
class Sms:
    tlf: str
    sms_tekst: str
    sendetidspunkt: Sendetidspunkt = LOEPENDE


@dataclass(frozen=True, kw_only=True)
class Epost:
    epostadresse: str
    epost_tittel: str
    epost_html_body: str
    sendetidspunkt: Sendetidspunkt = LOEPENDE


@dataclass(frozen=True, kw_only=True)
class Altinnvarsel:
    """An order to whoever has access to the resource for the virksomhet; Altinn knows their contact details."""

    ressurs_id: str
    epost_tittel: str
    epost_html_body: str
    sms_tekst: str
    sendetidspunkt: Sendetidspunkt = LOEPENDE


@dataclass(frozen=True, kw_only=True)
class EksterntVarsel:
    """An order to send; exactly one of the three."""

    sms: Sms | None = None
    epost: Epost | None = None
    altinnressurs: Altinnvarsel | None = None

    @property
    def bestilling(self) -> Sms | Epost | Altinnvarsel:
        bestilling = self.sms or self.epost or self.altinnressurs
        if bestilling is None:
            raise ValueError("a varsel names exactly one of sms, epost and altinnressurs")
        return bestilling

    @property
    def type(self) -> Varseltype:
        if self.sms is not None:
            return Varseltype.SMS
        return Varseltype.EPOST if self.epost is not None else Varseltype.ALTINNRESSURS
