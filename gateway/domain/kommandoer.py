"""The kommandoer: every change that the store takes, from REST, plugin and webhook alike.

Times: a datetime with an offset is an instant, one without is Oslo wall clock. Each kommando is checked by
`gateway.domain.validering` and carried out by `gateway.handling.utfoer`, whoever made it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields
from uuid import UUID

from gateway.domain.mottaker import Mottaker
from gateway.domain.paaminnelse import Paaminnelse
from gateway.domain.sletting import NySlettetid, Slettetidspunkt
from gateway.domain.tilstand import Saksstatus
from gateway.domain.varsel import EksterntVarsel


@dataclass(frozen=True, kw_only=True)
class Saksreferanse:
    """A sak by the gateway's `id`, or by the producer's own `merkelapp` and `grupperingsid`."""

    id: UUID | None = None
    merkelapp: str | None = None
    grupperingsid: str | None = None


@dataclass(frozen=True, kw_only=True)
class Notifikasjonsreferanse:
    """A notifikasjon by the gateway's `id`, or by the producer's own `merkelapp` and `ekstern_id`."""

    id: UUID | None = None
    merkelapp: str | None = None
    ekstern_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class NySak:
    grupperingsid: str
    merkelapp: str
    virksomhetsnummer: str
    mottakere: tuple[Mottaker, ...]
    tittel: str
    initiell_status: Saksstatus
    lenke: str | None = None
    tilleggsinformasjon: str | None = None
    neste_steg: str | None = None
    tidspunkt: dt.datetime | None = None
    overstyr_statustekst_med: str | None = None
    hard_delete: Slettetidspunkt | None = None


@dataclass(frozen=True, kw_only=True)
class NyStatus:
    """A new status of a sak; may also give it a new link and a new deletion time."""

    sak: Saksreferanse
    status: Saksstatus
    tidspunkt: dt.datetime | None = None
    overstyr_statustekst_med: str | None = None
    ny_lenke_til_sak: str | None = None
    hard_delete: NySlettetid | None = None
    idempotensnoekkel: str | None = None


@dataclass(frozen=True, kw_only=True)
class NyBeskjed:
    merkelapp: str
    ekstern_id: str
    virksomhetsnummer: str
    mottakere: tuple[Mottaker, ...]
    tekst: str
    lenke: str
    grupperingsid: str | None = None
    opprettet_tidspunkt: dt.datetime | None = None
    eksterne_varsler: tuple[EksterntVarsel, ...] = ()
    hard_delete: Slettetidspunkt | None = None


@dataclass(frozen=True, kw_only=True)
class NyOppgave(NyBeskjed):
    frist: dt.date | None = None
    paaminnelse: Paaminnelse | None = None


@dataclass(frozen=True, kw_only=True)
class OppgaveUtfoert:
    oppgave: Notifikasjonsreferanse
    utfoert_tidspunkt: dt.datetime | None = None
    ny_lenke: str | None = None
    hard_delete: NySlettetid | None = None
    idempotensnoekkel: str | None = None


@dataclass(frozen=True, kw_only=True)
class OppgaveUtgaatt:
    oppgave: Notifikasjonsreferanse
    utgaatt_tidspunkt: dt.datetime | None = None
    ny_lenke: str | None = None
    hard_delete: NySlettetid | None = None
    idempotensnoekkel: str | None = None


@dataclass(frozen=True, kw_only=True)
class EndrePaaminnelse:
    """Replaces the paaminnelse of an oppgave and its varsler; None removes it."""

    oppgave: Notifikasjonsreferanse
    paaminnelse: Paaminnelse | None
    idempotensnoekkel: str | None = None


Oppretting = NySak | NyBeskjed | NyOppgave
Oppdatering = NyStatus | OppgaveUtfoert | OppgaveUtgaatt | EndrePaaminnelse
Kommando = Oppretting | Oppdatering

KOMMANDOER: dict[str, type[Kommando]] = {
    klasse.__name__: klasse
    for klasse in (NySak, NyStatus, NyBeskjed, NyOppgave, OppgaveUtfoert, OppgaveUtgaatt, EndrePaaminnelse)
}


def navn(kommando: Kommando) -> str:
    """The kommando's name, as it stands in the log and in the OpenAPI document."""
    return type(kommando).__name__


def feltnavn(python_navn: str) -> str:
    """The name on the wire of a field: `ekstern_id` is `eksternId`."""
    foerste, *resten = python_navn.split("_")
    return foerste + "".join(ledd.capitalize() for ledd in resten)


def felter(kommando: Kommando) -> tuple[str, ...]:
    return tuple(felt.name for felt in fields(kommando))
