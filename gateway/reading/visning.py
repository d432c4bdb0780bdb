"""What an employer is shown, as plain data; pages and API render the same."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from gateway.domain.kalenderavtale import Lokasjon
from gateway.domain.tilstand import Notifikasjonstype, Saksstatus, Tilstand


@dataclass(frozen=True, kw_only=True)
class Virksomhet:
    virksomhetsnummer: str
    navn: str


@dataclass(frozen=True, kw_only=True)
class Sakslinje:
    """The sak that a notifikasjon belongs to, in one line, for a person who may see the sak too."""

    id: UUID
    tittel: str
    tilleggsinformasjon: str | None


@dataclass(frozen=True, kw_only=True)
class Notifikasjonsvisning:
    """One line under the bell. All times are instants in UTC; `frist` is a date in Norway."""

    id: UUID
    type: Notifikasjonstype
    merkelapp: str
    tekst: str
    lenke: str
    virksomhet: Virksomhet
    tilstand: Tilstand | None
    frist: dt.date | None
    sortering_tidspunkt: dt.datetime
    opprettet_tidspunkt: dt.datetime
    paaminnelse_tidspunkt: dt.datetime | None
    utfoert_tidspunkt: dt.datetime | None
    utgaatt_tidspunkt: dt.datetime | None
    start_tidspunkt: dt.datetime | None = None
    slutt_tidspunkt: dt.datetime | None = None
    lokasjon: Lokasjon | None = None
    er_digitalt: bool | None = None
    klikket_paa: bool
    ulest: bool
    sak: Sakslinje | None


@dataclass(frozen=True, kw_only=True)
class Bjelle:
    """The bell: the newest notifikasjoner across virksomheter, newest first, and how many came since it was opened."""

    notifikasjoner: tuple[Notifikasjonsvisning, ...]
    antall_uleste: int
    sist_lest: dt.datetime | None
    feil_altinn: bool
    feil_digisyfo: bool


@dataclass(frozen=True, kw_only=True)
class Saksvisning:
    id: UUID
    merkelapp: str
    tittel: str
    tilleggsinformasjon: str | None
    lenke: str | None
    virksomhet: Virksomhet
    siste_status: Saksstatus
    statustekst: str
    status_tidspunkt: dt.datetime
    neste_steg: str | None


@dataclass(frozen=True, kw_only=True)
class Saksliste:
    """The latest saker, newest first."""

    saker: tuple[Saksvisning, ...]
    feil_altinn: bool
    feil_digisyfo: bool
