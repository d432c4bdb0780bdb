"""The kommandoer: every change that the store takes, from REST, plugin and webhook alike.

Times: a datetime with an offset is an instant, one without is Oslo wall clock. Each kommando is checked by
`gateway.domain.validering` and carried out by `gateway.handling.utfoer`, whoever made it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields
from functools import cache
from typing import get_args
from uuid import UUID

from gateway.domain.kalenderavtale import Lokasjon
from gateway.domain.mottaker import Mottaker
from gateway.domain.paaminnelse import Paaminnelse
from gateway.domain.sletting import NySlettetid, Slettetidspunkt
from gateway.domain.tilstand import Kalenderavtaletilstand, Notifikasjonstype, Oppgaveslutt, Saksstatus
from gateway.domain.varsel import EksterntVarsel, UgyldigeVarsler


@dataclass(frozen=True, kw_only=True)
class Saksreferanse:
    """A sak by the gateway's `id`, or by the producer's own `merkelapp` and `grupperingsid`.

    Or by `merkelapp` and `saksnoekkel`: the open sak of that key, which `SikreAapenSak` made.
    """

    id: UUID | None = None
    merkelapp: str | None = None
    grupperingsid: str | None = None
    saksnoekkel: str | None = None


@dataclass(frozen=True, kw_only=True)
class Notifikasjonsreferanse:
    """A notifikasjon by the gateway's `id`, or by the producer's own `merkelapp` and `ekstern_id`."""

    id: UUID | None = None
    merkelapp: str | None = None
    ekstern_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Saksinnhold:
    """What a new sak says beside its grupperingsid; not a kommando by itself."""

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
class NySak(Saksinnhold):
    grupperingsid: str


@dataclass(frozen=True, kw_only=True)
class Saksendring:
    """What becomes of a sak that is there already: what it names is changed, None leaves things as they are.

    `tidspunkt` and `overstyr_statustekst_med` are those of the new `status`.
    """

    status: Saksstatus | None = None
    tidspunkt: dt.datetime | None = None
    overstyr_statustekst_med: str | None = None
    lenke: str | None = None
    neste_steg: str | None = None
    tilleggsinformasjon: str | None = None
    hard_delete: NySlettetid | None = None


@dataclass(frozen=True, kw_only=True)
class SikreSak:
    """Creates the sak, unless one has its grupperingsid: that one is left as it is, but for what `ellers` says."""

    sak: NySak
    ellers: Saksendring | None = None
    idempotensnoekkel: str | None = None


@dataclass(frozen=True, kw_only=True)
class SikreAapenSak:
    """Creates a sak with a grupperingsid of the gateway's own, unless `saksnoekkel` has one that is not FERDIG.

    That one is left as it is, but for what `ellers` says. `saksnoekkel` is the producer's own key of what has one
    open sak at a time; it may be personal, and is kept as a keyed hash.
    """

    saksnoekkel: str
    sak: Saksinnhold
    ellers: Saksendring | None = None
    idempotensnoekkel: str | None = None

    def __post_init__(self) -> None:
        """Raises TypeError for a NySak, whose grupperingsid would be passed over."""
        if isinstance(self.sak, NySak):
            raise TypeError("the sak of SikreAapenSak is a Saksinnhold: the gateway makes its grupperingsid")


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
class EndreNesteSteg:
    """Sets what happens next in a sak; None removes it."""

    sak: Saksreferanse
    neste_steg: str | None
    idempotensnoekkel: str | None = None


@dataclass(frozen=True, kw_only=True)
class EndreTilleggsinformasjon:
    """Sets the line under a sak's title; None removes it."""

    sak: Saksreferanse
    tilleggsinformasjon: str | None
    idempotensnoekkel: str | None = None


@dataclass(frozen=True, kw_only=True)
class LukkOppgaver:
    """Ends every open oppgave of a sak, each as `OppgaveUtfoert` or `OppgaveUtgaatt` would; the others are left."""

    sak: Saksreferanse
    som: Oppgaveslutt
    tidspunkt: dt.datetime | None = None
    ny_lenke: str | None = None
    hard_delete: NySlettetid | None = None
    idempotensnoekkel: str | None = None


@dataclass(frozen=True, kw_only=True)
class ForlengSletting:
    """Gives a sak, and those of its notifikasjoner that have a deletion time of their own, a new one.

    A notifikasjon without one goes when its sak does. `om` counts from the receipt.
    """

    sak: Saksreferanse
    hard_delete: NySlettetid
    idempotensnoekkel: str | None = None


@dataclass(frozen=True, kw_only=True)
class SlettSak:
    """Deletes a sak, and the notifikasjoner with its merkelapp and grupperingsid, at once and for good."""

    sak: Saksreferanse
    idempotensnoekkel: str | None = None


@dataclass(frozen=True, kw_only=True)
class NyNotifikasjon:
    """What all notifikasjoner have in common; not a kommando by itself.

    The sak it belongs to is named by `grupperingsid`, or by the `saksnoekkel` whose open sak it is.
    """

    merkelapp: str
    ekstern_id: str
    virksomhetsnummer: str
    mottakere: tuple[Mottaker, ...]
    tekst: str
    lenke: str
    grupperingsid: str | None = None
    saksnoekkel: str | None = None
    eksterne_varsler: tuple[EksterntVarsel, ...] = ()
    ugyldige_varsler: UgyldigeVarsler = UgyldigeVarsler.AVVIS
    hard_delete: Slettetidspunkt | None = None


@dataclass(frozen=True, kw_only=True)
class NyBeskjed(NyNotifikasjon):
    opprettet_tidspunkt: dt.datetime | None = None


@dataclass(frozen=True, kw_only=True)
class NyOppgave(NyBeskjed):
    frist: dt.date | None = None
    paaminnelse: Paaminnelse | None = None


@dataclass(frozen=True, kw_only=True)
class NyKalenderavtale(NyNotifikasjon):
    """An appointment on an existing sak, which it must name."""

    start_tidspunkt: dt.datetime
    slutt_tidspunkt: dt.datetime | None = None
    lokasjon: Lokasjon | None = None
    er_digitalt: bool = False
    tilstand: Kalenderavtaletilstand = Kalenderavtaletilstand.VENTER_SVAR_FRA_ARBEIDSGIVER
    paaminnelse: Paaminnelse | None = None


@dataclass(frozen=True, kw_only=True)
class OppdaterKalenderavtale:
    """Changes what it names: None, and an empty tuple of varsler, leave things as they are.

    A new start moves the paaminnelse that is still to come with it. One that is called off or held is not moved.
    """

    kalenderavtale: Notifikasjonsreferanse
    ny_tilstand: Kalenderavtaletilstand | None = None
    nytt_start_tidspunkt: dt.datetime | None = None
    nytt_slutt_tidspunkt: dt.datetime | None = None
    ny_tekst: str | None = None
    ny_lenke: str | None = None
    ny_lokasjon: Lokasjon | None = None
    ny_er_digitalt: bool | None = None
    eksterne_varsler: tuple[EksterntVarsel, ...] = ()
    ugyldige_varsler: UgyldigeVarsler = UgyldigeVarsler.AVVIS
    paaminnelse: Paaminnelse | None = None
    hard_delete: NySlettetid | None = None
    idempotensnoekkel: str | None = None


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
    ugyldige_varsler: UgyldigeVarsler = UgyldigeVarsler.AVVIS
    idempotensnoekkel: str | None = None


@dataclass(frozen=True, kw_only=True)
class UtsettFrist:
    """Gives an oppgave a later frist, and opens one that is UTGAATT; the old paaminnelse is dropped."""

    oppgave: Notifikasjonsreferanse
    ny_frist: dt.date
    paaminnelse: Paaminnelse | None = None
    ugyldige_varsler: UgyldigeVarsler = UgyldigeVarsler.AVVIS
    idempotensnoekkel: str | None = None


@dataclass(frozen=True, kw_only=True)
class SlettNotifikasjon:
    """Deletes a notifikasjon, at once and for good; `av_type` names the only type that it may be."""

    notifikasjon: Notifikasjonsreferanse
    av_type: Notifikasjonstype | None = None
    idempotensnoekkel: str | None = None


@dataclass(frozen=True, kw_only=True)
class KansellerVarsel:
    """Cancels a varsel that has not been sent."""

    varsel_id: UUID
    idempotensnoekkel: str | None = None


Oppretting = NySak | NyBeskjed | NyOppgave | NyKalenderavtale
Sikring = SikreSak | SikreAapenSak
Saksoppdatering = NyStatus | EndreNesteSteg | EndreTilleggsinformasjon
Helsaksoppdatering = LukkOppgaver | ForlengSletting
Oppgaveoppdatering = OppgaveUtfoert | OppgaveUtgaatt | UtsettFrist | EndrePaaminnelse
Oppdatering = Saksoppdatering | Helsaksoppdatering | Oppgaveoppdatering | OppdaterKalenderavtale | KansellerVarsel
Sletting = SlettSak | SlettNotifikasjon
Kommando = Oppretting | Sikring | Oppdatering | Sletting
# What an Idempotency-Key makes safe to repeat; what is created has a key of its own.
MedIdempotensnoekkel = Sikring | Oppdatering | Sletting
MedVarsler = NyBeskjed | NyOppgave | NyKalenderavtale | OppdaterKalenderavtale | UtsettFrist | EndrePaaminnelse

KOMMANDOER: dict[str, type[Kommando]] = {klasse.__name__: klasse for klasse in get_args(Kommando)}


def navn(kommando: Kommando) -> str:
    """The kommando's name, as it stands in the log and in the OpenAPI document."""
    return type(kommando).__name__


@cache
def feltnavn(python_navn: str) -> str:
    """The name on the wire of a field: `ekstern_id` is `eksternId`."""
    foerste, *resten = python_navn.split("_")
    return foerste + "".join(ledd.capitalize() for ledd in resten)


def felter(kommando: Kommando) -> tuple[str, ...]:
    return tuple(felt.name for felt in fields(kommando))
