"""The contract as a model: what the gateway promises, told once more in plain data and without a database.

Written from domene.md and rest.md. It shares with the gateway the kommandoer (what can be said), the calendar
(`gateway.domain.tid`) and the opening hours (`gateway.domain.aapningstider`), which have tests of their own; every rule
of life and death is stated here by itself. Read it from the top: what there is, what a kommando does, what time does,
and last what is seen of it.

Where the contract is silent, the choice made stands in a comment that begins with "Choice:".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from enum import StrEnum
from typing import Any
from uuid import UUID

from gateway.domain.aapningstider import AAPNINGSTIDER, Sendevindu, neste_aapning
from gateway.domain.idempotens import LEVETID
from gateway.domain.kommandoer import (
    EndreNesteSteg,
    EndrePaaminnelse,
    EndreTilleggsinformasjon,
    ForlengSletting,
    Helsaksoppdatering,
    KansellerVarsel,
    Kommando,
    LukkOppgaver,
    Notifikasjonsreferanse,
    NyBeskjed,
    NyKalenderavtale,
    NyOppgave,
    NySak,
    NyStatus,
    OppdaterKalenderavtale,
    Oppgaveoppdatering,
    OppgaveUtfoert,
    OppgaveUtgaatt,
    Oppretting,
    Saksinnhold,
    Saksoppdatering,
    Saksreferanse,
    SikreAapenSak,
    SikreSak,
    Sikring,
    Sletting,
    SlettSak,
    UtsettFrist,
)
from gateway.domain.mottaker import Mottaker
from gateway.domain.paaminnelse import Paaminnelse as Paaminnelsesoenske
from gateway.domain.paaminnelse import Paaminnelsestidspunkt
from gateway.domain.produsent import Produsent
from gateway.domain.sletting import NySlettetid, Slettestrategi, Slettetidspunkt
from gateway.domain.tid import dagens_slutt, etter, foer, instant, instant_eller_ingen, oslo
from gateway.domain.varsel import EksterntVarsel, Sendetidspunkt

STATUSTEKSTER = {"MOTTATT": "Mottatt", "UNDER_BEHANDLING": "Under behandling", "FERDIG": "Ferdig"}

# --- what there is -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Status:
    id: UUID
    status: str
    tekst: str
    egen_tekst: str | None
    tidspunkt: dt.datetime


@dataclass(kw_only=True)
class Sak:
    id: UUID
    sagt: NySak
    opprettet: dt.datetime
    lenke: str | None
    neste_steg: str | None
    tilleggsinformasjon: str | None
    statuser: list[Status]  # in the order in which they were given
    slettes: dt.datetime | None

    @property
    def noekkel(self) -> tuple[str, str]:
        return self.sagt.merkelapp, self.sagt.grupperingsid

    def nyeste_foerst(self) -> list[Status]:
        """By tidspunkt. Choice: of two at the same moment, the one given last counts as the newer."""
        return sorted(self.statuser, key=lambda status: status.tidspunkt)[::-1]


@dataclass(kw_only=True)
class Historikk:
    tidspunkt: dt.datetime
    hendelse: str
    kanal: str | None = None
    kode: str | None = None


@dataclass(kw_only=True)
class Varsel:
    id: UUID
    notifikasjon_id: UUID
    merkelapp: str
    bestilling: EksterntVarsel
    til_paaminnelse: bool
    status: str = "NY"
    klar: dt.datetime | None = None  # None: it waits for its paaminnelse, and is not ordered yet
    neste_forsoek: dt.datetime | None = None
    feilkode: str | None = None
    feilmelding: str | None = None
    eier_slettet: bool = False
    historikk: list[Historikk] = field(default_factory=list)

    @property
    def sendetidspunkt(self) -> Sendetidspunkt:
        return self.bestilling.bestilling.sendetidspunkt

    def er_utloept(self, naa: dt.datetime) -> bool:
        """One that has been tried, and could have gone out for 72 hours, is not tried again."""
        proevd = any(linje.hendelse == "FORSOEK_FEILET" for linje in self.historikk)
        return proevd and self.klar is not None and aapen_tid(self.sendetidspunkt, self.klar, naa) >= LEVETID_VARSEL

    def bestill(self, naa: dt.datetime) -> None:
        self.klar = self.neste_forsoek = tidligst(self.sendetidspunkt, naa)
        self.historikk.append(Historikk(tidspunkt=naa, hendelse="BESTILT"))

    def kanseller(self, naa: dt.datetime) -> None:
        """Only what is still NY: an outcome is never taken back."""
        if self.status == "NY":
            self.status, self.neste_forsoek = "KANSELLERT", None
            self.historikk.append(Historikk(tidspunkt=naa, hendelse="KANSELLERT"))


@dataclass(kw_only=True)
class Paaminnelse:
    oenske: Paaminnelsestidspunkt
    tidspunkt: dt.datetime
    varsler: tuple[UUID, ...]
    sendt: dt.datetime | None = None


@dataclass(kw_only=True)
class Notifikasjon:
    id: UUID
    sagt: NyBeskjed | NyKalenderavtale
    grupperingsid: str | None
    type: str
    tekst: str
    lenke: str
    opprettet: dt.datetime
    sortering: dt.datetime
    slettes: dt.datetime | None
    tilstand: str | None = None
    frist: dt.date | None = None
    utfoert: dt.datetime | None = None
    utgaatt: dt.datetime | None = None
    start: dt.datetime | None = None
    slutt: dt.datetime | None = None
    lokasjon: Any = None
    er_digitalt: bool | None = None
    paaminnelse: Paaminnelse | None = None

    @property
    def merkelapp(self) -> str:
        return self.sagt.merkelapp

    @property
    def i_sak(self) -> tuple[str, str | None]:
        return self.sagt.merkelapp, self.grupperingsid


@dataclass(frozen=True, kw_only=True)
class Endring:
    """One entry of the log, as the change feed shows it."""

    tidspunkt: dt.datetime
    hva: str
    merkelapp: str
    sak_id: UUID | None = None
    notifikasjon_id: UUID | None = None
    varsel_id: UUID | None = None


# --- what is answered ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Svar:
    """What an accepted kommando answers; `ny` is False when an equal one was carried out before."""

    id: UUID
    ny: bool = True
    eksterne_varsler: tuple[UUID, ...] = ()
    paaminnelse_varsler: tuple[UUID, ...] = ()
    statuser: tuple[Status, ...] = ()
    status_id: UUID | None = None
    grupperingsid: str | None = None
    antall: int | None = None
    merknader: tuple[str, ...] = ()  # the fields that they are about


class Avvist(Exception):
    """Refused, and so nothing changed. When several rules are broken, the contract does not say which one is named."""

    def __init__(self, *koder: str, id_til_eksisterende: UUID | None = None) -> None:
        super().__init__(" or ".join(koder))
        self.koder = frozenset(koder)
        self.id_til_eksisterende = id_til_eksisterende


@dataclass(frozen=True, kw_only=True)
class NyeIder:
    """The ids that the gateway made; the model cannot guess them."""

    id: UUID
    status: UUID
    varsler: Sequence[UUID] = ()
    paaminnelsens: Sequence[UUID] = ()


@dataclass(frozen=True, kw_only=True)
class Husket:
    innhold: Any
    svar: Svar
    tidspunkt: dt.datetime


# What clients that try again make anew, and what only rides on a status.
IKKE_INNHOLD: dict[type, set[str]] = {
    NySak: {"hard_delete"},
    Saksinnhold: {"hard_delete"},
    NyBeskjed: {"hard_delete", "opprettet_tidspunkt"},
    NyOppgave: {"hard_delete", "opprettet_tidspunkt"},
    NyKalenderavtale: {"hard_delete"},
    NyStatus: {"hard_delete", "ny_lenke_til_sak"},
}


def innhold(sagt: Any) -> Any:
    """All that counts of what was said. The same moment is the same, however it was written; so is the same object."""
    if isinstance(sagt, Saksreferanse | Notifikasjonsreferanse):
        return None
    if is_dataclass(sagt):
        utelatt = {"idempotensnoekkel", *IKKE_INNHOLD.get(type(sagt), ())}
        ledd = {ett.name: innhold(getattr(sagt, ett.name)) for ett in fields(sagt) if ett.name not in utelatt}
        if isinstance(sagt, NyOppgave | NyKalenderavtale) and sagt.paaminnelse:
            ledd["paaminnelse"] = innhold(sagt.paaminnelse.eksterne_varsler), "at any time"
        if isinstance(sagt, Oppretting | Saksinnhold):
            ledd["mottakere"] = frozenset(sagt.mottakere)
        return type(sagt).__name__, tuple((navn, verdi) for navn, verdi in ledd.items() if verdi not in (None, ()))
    if isinstance(sagt, tuple):
        return tuple(innhold(ett) for ett in sagt)
    return instant(sagt) if isinstance(sagt, dt.datetime) else sagt


def _som_ny_sak(sagt: Saksinnhold, grupperingsid: str) -> NySak:
    """The sak that comes of it under this grupperingsid."""
    return NySak(grupperingsid=grupperingsid, **{ett.name: getattr(sagt, ett.name) for ett in fields(Saksinnhold)})


# --- times ---------------------------------------------------------------------------------------------------------


def tidligst(naar: Sendetidspunkt, naa: dt.datetime) -> dt.datetime:
    """From when a varsel ordered now may be sent. A time in the past means at once."""
    if naar.tidspunkt is not None:
        return max(instant(naar.tidspunkt), naa)
    return neste_aapning(naar.sendevindu or Sendevindu.LOEPENDE, naa)


def aapen_tid(naar: Sendetidspunkt, fra: dt.datetime, til: dt.datetime) -> dt.timedelta:
    """For how long between two instants a varsel might have gone out: only that makes it older."""
    vindu = naar.sendevindu or Sendevindu.LOEPENDE
    if vindu is Sendevindu.LOEPENDE:
        return til - fra
    aapner, stenger = AAPNINGSTIDER[vindu].aapner, AAPNINGSTIDER[vindu].stenger
    sum_, dag = dt.timedelta(), oslo(fra).date()
    while dag <= oslo(til).date():
        aapning = instant(dt.datetime.combine(dag, aapner))
        if neste_aapning(vindu, instant(dt.datetime.combine(dag, dt.time()))) == aapning:
            sum_ += max(min(instant(dt.datetime.combine(dag, stenger)), til) - max(aapning, fra), dt.timedelta())
        dag += dt.timedelta(days=1)
    return sum_


def slettetid(naar: Slettetidspunkt | None, fra: dt.datetime) -> dt.datetime | None:
    if naar is None:
        return None
    return instant(naar.den) if naar.den is not None else etter(fra, naar.om or "")


def ny_slettetid(naavaerende: dt.datetime | None, endring: NySlettetid | None, fra: dt.datetime) -> dt.datetime | None:
    """FORLENG takes the later of the two, OVERSKRIV the new one."""
    if endring is None:
        return naavaerende
    ny = slettetid(endring.ny_tid, fra)
    if endring.strategi is Slettestrategi.FORLENG and naavaerende is not None and ny is not None:
        return max(ny, naavaerende)
    return ny


def paaminnelsestid(oenske: Paaminnelsestidspunkt, gjelder: Notifikasjon) -> dt.datetime:
    """When the object is brought up again."""
    fristens_slutt = dagens_slutt(gjelder.frist) if gjelder.frist else None
    tidspunkt: dt.datetime | None = None
    if oenske.konkret is not None:
        tidspunkt = instant(oenske.konkret)
    elif oenske.etter_opprettelse is not None:
        tidspunkt = etter(gjelder.opprettet, oenske.etter_opprettelse)
    elif oenske.foer_frist is not None and fristens_slutt is not None:
        tidspunkt = foer(fristens_slutt, oenske.foer_frist)
    elif oenske.foer_start_tidspunkt is not None and gjelder.start is not None:
        tidspunkt = foer(gjelder.start, oenske.foer_start_tidspunkt)
    if (
        tidspunkt is None  # relative to something that is not there
        or tidspunkt < gjelder.opprettet
        or (fristens_slutt is not None and tidspunkt >= fristens_slutt)
        or (gjelder.start is not None and tidspunkt > gjelder.start)
    ):
        raise Avvist("UgyldigPaaminnelseTidspunkt")
    return tidspunkt


# --- the channel ---------------------------------------------------------------------------------------------------


class Kanalsvar(StrEnum):
    SENDT = "SENDT"
    VARIG = "VARIG"
    MIDLERTIDIG = "MIDLERTIDIG"
    MANGLER = "MANGLER"  # there is no channel for the type


KANAL = "modell"
KODER = {Kanalsvar.SENDT: "250", Kanalsvar.VARIG: "550", Kanalsvar.MIDLERTIDIG: "451", Kanalsvar.MANGLER: None}
FEILMELDING = "finnes ikke"
UTLOEPT, LEVETID_VARSEL = "UTLOEPT", dt.timedelta(hours=72)
UTLOEPT_MELDING = "It did not succeed in time; the last code was {}."
KANAL_MANGLER = "The gateway has no channel for {} yet; nothing was sent."


class Modell:
    """The whole gateway, as the contract has it. `naa` is the product's clock."""

    def __init__(self, naa: dt.datetime) -> None:
        self.naa = naa
        self.saker: dict[UUID, Sak] = {}
        self.notifikasjoner: dict[UUID, Notifikasjon] = {}
        self.varsler: dict[UUID, Varsel] = {}
        self.endringer: list[Endring] = []
        self.slettede: set[UUID] = set()
        self._svar_ved_opprettelse: dict[UUID, Svar] = {}
        self._siste_sak: dict[tuple[str, str], UUID] = {}  # by merkelapp and saksnoekkel
        self._gravsteiner: set[tuple[str, str]] = set()
        self._husket: dict[tuple[Any, str, str, str], Husket] = {}
        self._sist_lest: dict[str, dt.datetime] = {}
        self._klikk: set[tuple[str, UUID]] = set()

    # --- kommandoer ------------------------------------------------------------------------------------------------

    def utfoer(self, kommando: Kommando, produsent: Produsent, nye: NyeIder) -> Svar:
        """Raises Avvist, and has then changed nothing."""
        if isinstance(kommando, NySak):
            return self._ny_sak(kommando, produsent, nye)
        if isinstance(kommando, NyBeskjed | NyKalenderavtale):
            return self._ny_notifikasjon(kommando, produsent, nye)
        if isinstance(kommando, Sletting):
            return self._slett(kommando, produsent)
        if isinstance(kommando, KansellerVarsel):
            varsel = self._finn_varsel(kommando, produsent)
            return self._en_gang(varsel.id, kommando, produsent, lambda: self._kanseller_varsel(varsel))
        if isinstance(kommando, SikreSak):
            return self._sikre_sak(kommando, produsent, nye)
        if isinstance(kommando, SikreAapenSak):
            return self._sikre_aapen_sak(kommando, produsent, nye)
        if isinstance(kommando, Helsaksoppdatering):
            sak = self._finn_sak(kommando.sak, produsent)
            return self._en_gang(sak.id, kommando, produsent, lambda: self._oppdater_hel_sak(sak, kommando))
        if isinstance(kommando, Saksoppdatering):
            sak = self._finn_sak(kommando.sak, produsent)
            return self._en_gang(sak.id, kommando, produsent, lambda: self._oppdater_sak(sak, kommando, nye))
        if isinstance(kommando, OppdaterKalenderavtale):
            avtale = self._finn_notifikasjon(kommando.kalenderavtale, produsent, "KALENDERAVTALE")
            return self._en_gang(avtale.id, kommando, produsent, lambda: self._oppdater_avtale(avtale, kommando, nye))
        oppgave = self._finn_notifikasjon(kommando.oppgave, produsent, "OPPGAVE")
        return self._en_gang(oppgave.id, kommando, produsent, lambda: self._oppdater_oppgave(oppgave, kommando, nye))

    def _en_gang(self, objekt: Any, kommando: Any, produsent: Produsent, gjoer: Callable[[], Svar]) -> Svar:
        """The same key for the same kind of update of the same object: the first answer again, or Konflikt."""
        noekkel = kommando.idempotensnoekkel
        if noekkel is None:
            return gjoer()
        # Neste steg and tilleggsinformasjon are one kind.
        slag = {"EndreNesteSteg": "EndreTilleggsinformasjon"}.get(type(kommando).__name__, type(kommando).__name__)
        husket = self._husket.get((objekt, produsent.id, slag, noekkel))
        if husket is not None and husket.tidspunkt > self.naa - LEVETID:
            if husket.innhold != innhold(kommando):
                raise Avvist("Konflikt")
            return replace(husket.svar, ny=False)
        svar = gjoer()
        self._husket[objekt, produsent.id, slag, noekkel] = Husket(
            innhold=innhold(kommando), svar=svar, tidspunkt=self.naa
        )
        return svar

    def _logg(self, hva: str, objekt: Sak | Notifikasjon | Varsel) -> None:
        merkelapp = objekt.merkelapp if not isinstance(objekt, Sak) else objekt.sagt.merkelapp
        hvilket = {
            Sak: lambda: {"sak_id": objekt.id},
            Notifikasjon: lambda: {"notifikasjon_id": objekt.id},
            Varsel: lambda: {"varsel_id": objekt.id, "notifikasjon_id": objekt.notifikasjon_id},  # type: ignore[union-attr]
        }[type(objekt)]()
        self.endringer.append(Endring(tidspunkt=self.naa, hva=hva, merkelapp=merkelapp, **hvilket))

    # --- access ----------------------------------------------------------------------------------------------------

    @staticmethod
    def _krev_merkelapp(merkelapp: str, produsent: Produsent) -> None:
        if merkelapp not in produsent.merkelapper:
            raise Avvist("UgyldigMerkelapp")

    def _krev_tilgang(self, ny: Oppretting | Saksinnhold, produsent: Produsent) -> None:
        """Only the producer's own merkelapper, and only mottakere that the register gives it."""
        koder = set()
        if ny.merkelapp not in produsent.merkelapper:
            koder.add("UgyldigMerkelapp")
        for mottaker in ny.mottakere:
            ressurs = mottaker.altinn_ressurs
            if ressurs.ressurs_id not in produsent.ressurser if ressurs else not produsent.naermeste_leder:
                koder.add("UgyldigMottaker")
        if koder:
            raise Avvist(*koder)

    def _finn_sak(self, referanse: Saksreferanse, produsent: Produsent) -> Sak:
        if referanse.id is None:
            self._krev_merkelapp(referanse.merkelapp or "", produsent)
            if referanse.saksnoekkel is not None:
                sak = self._aapen_sak(referanse.merkelapp or "", referanse.saksnoekkel)
            else:
                sak = self.sak_med((referanse.merkelapp or "", referanse.grupperingsid))
        else:
            sak = self.saker.get(referanse.id)
        if sak is None:
            raise Avvist("SakFinnesIkke")
        self._krev_merkelapp(sak.sagt.merkelapp, produsent)
        return sak

    def _aapen_sak(self, merkelapp: str, saksnoekkel: str) -> Sak | None:
        """The last one that was made for the key, unless it is FERDIG."""
        siste = self.saker.get(self._siste_sak.get((merkelapp, saksnoekkel), UUID(int=0)))
        return siste if siste is not None and siste.statuser[-1].status != "FERDIG" else None

    def har_hatt(self, den: Saksreferanse) -> bool:
        """Whether a sak that was made for the key is there, open or not."""
        return (den.merkelapp, den.saksnoekkel) in self._siste_sak

    def _finn_notifikasjon(
        self, referanse: Notifikasjonsreferanse, produsent: Produsent, type_: str | None
    ) -> Notifikasjon:
        if referanse.id is None:
            self._krev_merkelapp(referanse.merkelapp or "", produsent)
            funnet = self.med_ekstern_id(referanse.merkelapp or "", referanse.ekstern_id or "")
        else:
            funnet = self.notifikasjoner.get(referanse.id)
        if funnet is not None:
            self._krev_merkelapp(funnet.merkelapp, produsent)
        if funnet is None or type_ not in (None, funnet.type):
            raise Avvist("NotifikasjonFinnesIkke")
        return funnet

    def _finn_varsel(self, kommando: KansellerVarsel, produsent: Produsent) -> Varsel:
        varsel = self.varsler.get(kommando.varsel_id)
        if varsel is None or varsel.eier_slettet:
            raise Avvist("VarselFinnesIkke")
        self._krev_merkelapp(varsel.merkelapp, produsent)
        return varsel

    def sak_med(self, noekkel: tuple[str, str | None]) -> Sak | None:
        return next((sak for sak in self.saker.values() if sak.noekkel == noekkel), None)

    def med_ekstern_id(self, merkelapp: str, ekstern_id: str) -> Notifikasjon | None:
        noekkel = (merkelapp, ekstern_id)
        return next((n for n in self.notifikasjoner.values() if (n.merkelapp, n.sagt.ekstern_id) == noekkel), None)

    def i_saken(self, sak: Sak) -> list[Notifikasjon]:
        """Those with its merkelapp and grupperingsid, whichever was created first."""
        return [n for n in self.notifikasjoner.values() if n.i_sak == sak.noekkel]

    # --- sak -------------------------------------------------------------------------------------------------------

    def _ny_sak(self, ny: NySak, produsent: Produsent, nye: NyeIder) -> Svar:
        self._krev_tilgang(ny, produsent)
        if finnes := self.sak_med((ny.merkelapp, ny.grupperingsid)):
            if innhold(ny) == innhold(finnes.sagt):
                return Svar(id=finnes.id, ny=False, status_id=finnes.statuser[0].id)
            raise Avvist("DuplikatGrupperingsid", id_til_eksisterende=finnes.id)
        opprettet = instant_eller_ingen(ny.tidspunkt) or self.naa
        koder = set(self._slettet_straks(slettetid(ny.hard_delete, opprettet)))
        if (ny.merkelapp, ny.grupperingsid) in self._gravsteiner:
            koder.add("DuplikatGrupperingsidEtterDelete")
        if koder:
            raise Avvist(*koder)
        sak = Sak(
            id=nye.id,
            sagt=ny,
            opprettet=opprettet,
            lenke=ny.lenke,
            neste_steg=ny.neste_steg,
            tilleggsinformasjon=ny.tilleggsinformasjon,
            statuser=[self._status(nye, ny.initiell_status, ny.overstyr_statustekst_med, ny.tidspunkt)],
            slettes=slettetid(ny.hard_delete, opprettet),
        )
        self.saker[sak.id] = sak
        self._logg("NySak", sak)
        return Svar(id=sak.id, status_id=nye.status)

    def _status(self, nye: NyeIder, status: str, egen: str | None, tidspunkt: dt.datetime | None) -> Status:
        """An own text that is empty is shown as nothing."""
        tekst = STATUSTEKSTER[status] if egen is None else egen
        return Status(nye.status, str(status), tekst, egen, instant_eller_ingen(tidspunkt) or self.naa)

    def _slettet_straks(self, slettes: dt.datetime | None) -> Iterator[str]:
        """A creation's deletion time lies in the future."""
        if slettes is not None and slettes <= self.naa:
            yield "Valideringsfeil"

    def _forbi(self, **tider: dt.datetime | None) -> tuple[str, ...]:
        """What has passed already, and is said in the answer."""
        return tuple(felt for felt, tid in tider.items() if tid is not None and tid <= self.naa)

    def _oppdater_sak(self, sak: Sak, kommando: Saksoppdatering, nye: NyeIder) -> Svar:
        statuser: tuple[Status, ...] = ()
        merknader: tuple[str, ...] = ()
        if isinstance(kommando, NyStatus):
            ny = self._status(nye, kommando.status, kommando.overstyr_statustekst_med, kommando.tidspunkt)
            sak.statuser.append(ny)
            sak.lenke = kommando.ny_lenke_til_sak or sak.lenke
            sak.slettes = ny_slettetid(sak.slettes, kommando.hard_delete, ny.tidspunkt)
            statuser = tuple(sak.nyeste_foerst())
            merknader = self._forbi(hardDelete=sak.slettes if kommando.hard_delete else None)
        elif isinstance(kommando, EndreNesteSteg):
            sak.neste_steg = kommando.neste_steg
        elif isinstance(kommando, EndreTilleggsinformasjon):
            sak.tilleggsinformasjon = kommando.tilleggsinformasjon
        self._logg(type(kommando).__name__, sak)
        status_id = nye.status if statuser else None
        return Svar(id=sak.id, statuser=statuser, status_id=status_id, merknader=merknader)

    def _sikre_sak(self, kommando: SikreSak, produsent: Produsent, nye: NyeIder) -> Svar:
        self._krev_tilgang(kommando.sak, produsent)
        finnes = self.sak_med((kommando.sak.merkelapp, kommando.sak.grupperingsid))
        if finnes is not None:
            return self._en_gang(finnes.id, kommando, produsent, lambda: self._la_staa(finnes, kommando, nye))
        svar = self._ny_sak(kommando.sak, produsent, nye)
        return self._en_gang(svar.id, kommando, produsent, lambda: svar)

    def _sikre_aapen_sak(self, kommando: SikreAapenSak, produsent: Produsent, nye: NyeIder) -> Svar:
        """Choice: its answer is remembered under the key, whatever becomes of the sak."""
        self._krev_tilgang(kommando.sak, produsent)
        noekkel = kommando.sak.merkelapp, kommando.saksnoekkel

        def gjoer() -> Svar:
            aapen = self._aapen_sak(*noekkel)
            if aapen is not None:
                return replace(self._la_staa(aapen, kommando, nye), grupperingsid=aapen.sagt.grupperingsid)
            ny = _som_ny_sak(kommando.sak, str(nye.id))
            svar = self._ny_sak(ny, produsent, nye)
            self._siste_sak[noekkel] = svar.id
            return replace(svar, grupperingsid=ny.grupperingsid)

        return self._en_gang(("saksnoekkel", *noekkel), kommando, produsent, gjoer)

    def _la_staa(self, sak: Sak, kommando: Sikring, nye: NyeIder) -> Svar:
        """What is there stays, but for what is said of that; and it is told when it is another than was said."""
        sagt, ellers = _som_ny_sak(kommando.sak, sak.sagt.grupperingsid), kommando.ellers
        merknader = () if innhold(sagt) == innhold(sak.sagt) else ("The",)
        if ellers is not None and ellers.status is not None:
            ny_status = NyStatus(
                sak=Saksreferanse(id=sak.id),
                status=ellers.status,
                tidspunkt=ellers.tidspunkt,
                overstyr_statustekst_med=ellers.overstyr_statustekst_med,
                ny_lenke_til_sak=ellers.lenke,
                hard_delete=ellers.hard_delete,
            )
            merknader += self._oppdater_sak(sak, ny_status, nye).merknader
        elif ellers is not None and (ellers.lenke or ellers.hard_delete):
            sak.lenke = ellers.lenke or sak.lenke
            sak.slettes = ny_slettetid(sak.slettes, ellers.hard_delete, self.naa)
            merknader += self._forbi(hardDelete=sak.slettes if ellers.hard_delete else None)
            self._logg(type(kommando).__name__, sak)
        if ellers is not None and ellers.neste_steg is not None:
            sak.neste_steg = ellers.neste_steg
            self._logg("EndreNesteSteg", sak)
        if ellers is not None and ellers.tilleggsinformasjon is not None:
            sak.tilleggsinformasjon = ellers.tilleggsinformasjon
            self._logg("EndreTilleggsinformasjon", sak)
        return Svar(id=sak.id, ny=False, status_id=sak.statuser[-1].id, merknader=merknader)

    def _oppdater_hel_sak(self, sak: Sak, kommando: Helsaksoppdatering) -> Svar:
        antall, slettes = (
            self._lukk(sak, kommando) if isinstance(kommando, LukkOppgaver) else self._forleng(sak, kommando)
        )
        self._logg(type(kommando).__name__, sak)
        return Svar(id=sak.id, antall=antall, merknader=self._forbi(hardDelete=slettes))

    def _lukk(self, sak: Sak, kommando: LukkOppgaver) -> tuple[int, dt.datetime | None]:
        """How many ended, and the soonest of the new deletion times."""
        aapne = [n for n in self.i_saken(sak) if (n.type, n.tilstand) == ("OPPGAVE", "NY")]
        nye_tider = []
        for oppgave in aapne:
            foer = oppgave.slettes
            felles = {"ny_lenke": kommando.ny_lenke, "hard_delete": kommando.hard_delete}
            den = Notifikasjonsreferanse(id=oppgave.id)
            if kommando.som == "UTFOERT":
                alene: Any = OppgaveUtfoert(oppgave=den, utfoert_tidspunkt=kommando.tidspunkt, **felles)
            else:
                alene = OppgaveUtgaatt(oppgave=den, utgaatt_tidspunkt=kommando.tidspunkt, **felles)
            self._avslutt(oppgave, alene)
            self._logg(type(alene).__name__, oppgave)
            nye_tider += [oppgave.slettes] if oppgave.slettes != foer else []
        return len(aapne), min(nye_tider, default=None)

    def _forleng(self, sak: Sak, kommando: ForlengSletting) -> tuple[int, dt.datetime | None]:
        """How many of its notifikasjoner got another, and the sak's own. Choice: those without one keep none."""
        sak.slettes = ny_slettetid(sak.slettes, kommando.hard_delete, self.naa)
        antall = 0
        for n in self.i_saken(sak):
            ny = n.slettes and ny_slettetid(n.slettes, kommando.hard_delete, self.naa)
            if ny != n.slettes:
                n.slettes = ny
                antall += 1
                self._logg("ForlengSletting", n)
        return antall, sak.slettes

    # --- a new notifikasjon ----------------------------------------------------------------------------------------

    def _ny_notifikasjon(self, ny: NyBeskjed | NyKalenderavtale, produsent: Produsent, nye: NyeIder) -> Svar:
        self._krev_tilgang(ny, produsent)
        finnes = self.med_ekstern_id(ny.merkelapp, ny.ekstern_id)
        if finnes is not None and innhold(ny) == innhold(finnes.sagt):
            return replace(self._svar_ved_opprettelse[finnes.id], ny=False, merknader=self._forbi_ved_opprettelse(ny))
        grupperingsid = ny.grupperingsid
        if ny.saksnoekkel is not None:
            aapen = self._aapen_sak(ny.merkelapp, ny.saksnoekkel)
            if aapen is None:
                tatt = ["DuplikatEksternIdOgMerkelapp"] if finnes else []
                raise Avvist("SakFinnesIkke", *tatt, id_til_eksisterende=finnes.id if finnes else None)
            grupperingsid = aapen.sagt.grupperingsid
        notifikasjon, oenske = self._bygg(ny, nye.id, grupperingsid), getattr(ny, "paaminnelse", None)
        koder = set(self._brutte_regler(notifikasjon, oenske))
        if finnes is not None:
            koder.add("DuplikatEksternIdOgMerkelapp")
        if koder:
            raise Avvist(*koder, id_til_eksisterende=finnes.id if finnes else None)
        self.notifikasjoner[notifikasjon.id] = notifikasjon
        self._bestill(notifikasjon, ny.eksterne_varsler, nye)
        self._sett_paaminnelse(notifikasjon, oenske, nye)
        self._logg(type(ny).__name__, notifikasjon)
        svar = Svar(
            id=nye.id,
            eksterne_varsler=tuple(nye.varsler),
            paaminnelse_varsler=tuple(nye.paaminnelsens) if oenske else (),
            merknader=self._forbi_ved_opprettelse(ny) + self._paaminnelse_forbi(notifikasjon),
        )
        self._svar_ved_opprettelse[nye.id] = svar
        return svar

    def _forbi_ved_opprettelse(self, ny: NyBeskjed | NyKalenderavtale) -> tuple[str, ...]:
        """Choice: said again by a repeat; what the first answer said of the paaminnelse is not."""
        if isinstance(ny, NyKalenderavtale):
            return self._forbi(startTidspunkt=instant(ny.start_tidspunkt))
        frist = ny.frist if isinstance(ny, NyOppgave) else None
        return self._forbi(frist=dagens_slutt(frist) if frist else None)

    def _paaminnelse_forbi(self, n: Notifikasjon) -> tuple[str, ...]:
        """Choice: a paaminnelse whose time has passed is accepted, and brought up at the next round."""
        return self._forbi(**{"paaminnelse.tidspunkt": n.paaminnelse and n.paaminnelse.tidspunkt})

    def _bygg(self, ny: NyBeskjed | NyKalenderavtale, id_: UUID, grupperingsid: str | None) -> Notifikasjon:
        egen_tid = ny.opprettet_tidspunkt if isinstance(ny, NyBeskjed) else None
        opprettet = instant_eller_ingen(egen_tid) or self.naa
        notifikasjon = Notifikasjon(
            id=id_,
            sagt=ny,
            grupperingsid=grupperingsid,
            type="BESKJED",
            tekst=ny.tekst,
            lenke=ny.lenke,
            opprettet=opprettet,
            sortering=opprettet,
            slettes=slettetid(ny.hard_delete, opprettet),
        )
        if isinstance(ny, NyOppgave):
            return replace(notifikasjon, type="OPPGAVE", tilstand="NY", frist=ny.frist)
        if isinstance(ny, NyKalenderavtale):
            return replace(
                notifikasjon,
                type="KALENDERAVTALE",
                tilstand=str(ny.tilstand),
                start=instant(ny.start_tidspunkt),
                slutt=instant_eller_ingen(ny.slutt_tidspunkt),
                lokasjon=ny.lokasjon,
                er_digitalt=ny.er_digitalt,
            )
        return notifikasjon

    def _brutte_regler(self, ny: Notifikasjon, oenske: Paaminnelsesoenske | None) -> Iterator[str]:
        sak = self.sak_med(ny.i_sak)
        if sak is not None and (
            ny.sagt.virksomhetsnummer != sak.sagt.virksomhetsnummer
            or not set(ny.sagt.mottakere) <= set(sak.sagt.mottakere)
        ):
            yield "UgyldigMottaker"
        yield from self._slettet_straks(ny.slettes)
        if sak is None and ny.type == "KALENDERAVTALE":
            yield "SakFinnesIkke"
        if ny.start is not None and ny.slutt is not None and ny.slutt < ny.start:
            yield "UgyldigKalenderavtale"
        if oenske is not None:
            try:
                paaminnelsestid(oenske.tidspunkt, ny)
            except Avvist as avvist:
                yield from avvist.koder

    # --- varsler and paaminnelse -----------------------------------------------------------------------------------

    def egne_varsler(self, notifikasjon: Notifikasjon) -> list[Varsel]:
        return self._av(notifikasjon, til_paaminnelse=False)

    def _av(self, notifikasjon: Notifikasjon, *, til_paaminnelse: bool) -> list[Varsel]:
        return [
            varsel
            for varsel in self.varsler.values()
            if varsel.notifikasjon_id == notifikasjon.id and varsel.til_paaminnelse is til_paaminnelse
        ]

    def _legg_til(
        self,
        notifikasjon: Notifikasjon,
        varsler: Iterable[EksterntVarsel],
        ider: Iterable[UUID],
        *,
        til_paaminnelse: bool,
    ) -> Iterator[Varsel]:
        for bestilling, id_ in zip(varsler, ider, strict=True):
            self.varsler[id_] = Varsel(
                id=id_,
                notifikasjon_id=notifikasjon.id,
                merkelapp=notifikasjon.merkelapp,
                bestilling=bestilling,
                til_paaminnelse=til_paaminnelse,
            )
            yield self.varsler[id_]

    def _bestill(self, notifikasjon: Notifikasjon, varsler: Sequence[EksterntVarsel], nye: NyeIder) -> None:
        for varsel in self._legg_til(notifikasjon, varsler, nye.varsler, til_paaminnelse=False):
            varsel.bestill(self.naa)

    def _sett_paaminnelse(self, notifikasjon: Notifikasjon, oenske: Paaminnelsesoenske | None, nye: NyeIder) -> None:
        """Its varsler are kept, and ordered when its time comes."""
        if oenske is None:
            return
        tidspunkt = paaminnelsestid(oenske.tidspunkt, notifikasjon)
        varsler = self._legg_til(notifikasjon, oenske.eksterne_varsler, nye.paaminnelsens, til_paaminnelse=True)
        notifikasjon.paaminnelse = Paaminnelse(
            oenske=oenske.tidspunkt, tidspunkt=tidspunkt, varsler=tuple(varsel.id for varsel in varsler)
        )

    def _kanseller_paaminnelse(self, notifikasjon: Notifikasjon) -> None:
        """Cancel it, and those of its varsler not yet sent, also those that only wait for their window.

        Choice: one whose time has come is part of what happened, and stays to be seen.
        """
        for varsel in self._av(notifikasjon, til_paaminnelse=True):
            varsel.kanseller(self.naa)
        if notifikasjon.paaminnelse and not notifikasjon.paaminnelse.sendt:
            notifikasjon.paaminnelse = None

    def _bytt_paaminnelse(self, notifikasjon: Notifikasjon, oenske: Paaminnelsesoenske | None, nye: NyeIder) -> None:
        """The old one is dropped, also if its time has come; a new one may take its place."""
        self._kanseller_paaminnelse(notifikasjon)
        notifikasjon.paaminnelse = None
        self._sett_paaminnelse(notifikasjon, oenske, nye)

    def _kanseller_varsel(self, varsel: Varsel) -> Svar:
        if varsel.status != "NY":
            raise Avvist("Konflikt")
        varsel.kanseller(self.naa)
        self._logg("KansellerVarsel", varsel)
        return Svar(id=varsel.id)

    # --- oppgave ---------------------------------------------------------------------------------------------------

    def _oppdater_oppgave(self, oppgave: Notifikasjon, kommando: Oppgaveoppdatering, nye: NyeIder) -> Svar:
        if isinstance(kommando, OppgaveUtfoert | OppgaveUtgaatt):
            self._avslutt(oppgave, kommando)
            oenske = None
            merknader = self._forbi(hardDelete=oppgave.slettes if kommando.hard_delete else None)
        else:
            self._krev_kan_paaminnes(oppgave, kommando)
            oenske = kommando.paaminnelse
            if isinstance(kommando, UtsettFrist):
                oppgave.frist, oppgave.tilstand, oppgave.utgaatt = kommando.ny_frist, "NY", None
            self._bytt_paaminnelse(oppgave, oenske, nye)
            ny_frist = dagens_slutt(kommando.ny_frist) if isinstance(kommando, UtsettFrist) else None
            merknader = self._forbi(nyFrist=ny_frist) + self._paaminnelse_forbi(oppgave)
        self._logg(type(kommando).__name__, oppgave)
        return Svar(
            id=oppgave.id,
            paaminnelse_varsler=tuple(nye.paaminnelsens) if oenske else (),
            merknader=merknader,
        )

    def _avslutt(self, oppgave: Notifikasjon, kommando: OppgaveUtfoert | OppgaveUtgaatt) -> None:
        """Done always succeeds; UTGAATT not on one that is done."""
        if isinstance(kommando, OppgaveUtfoert):
            tidspunkt = instant_eller_ingen(kommando.utfoert_tidspunkt) or self.naa
            oppgave.tilstand, oppgave.utfoert = "UTFOERT", tidspunkt
        elif oppgave.tilstand == "UTFOERT":
            raise Avvist("OppgavenErAlleredeUtfoert")
        else:
            tidspunkt = instant_eller_ingen(kommando.utgaatt_tidspunkt) or self.naa
            oppgave.tilstand, oppgave.utgaatt = "UTGAATT", tidspunkt
        oppgave.lenke = kommando.ny_lenke or oppgave.lenke
        oppgave.slettes = ny_slettetid(oppgave.slettes, kommando.hard_delete, tidspunkt)
        self._avslutt_varsling(oppgave)

    def _avslutt_varsling(self, oppgave: Notifikasjon) -> None:
        """The end of an oppgave cancels the paaminnelse and all varsler not yet sent, its own too."""
        self._kanseller_paaminnelse(oppgave)
        for varsel in self.egne_varsler(oppgave):
            varsel.kanseller(self.naa)

    def _krev_kan_paaminnes(self, oppgave: Notifikasjon, kommando: UtsettFrist | EndrePaaminnelse) -> None:
        koder = set()
        utsettes = isinstance(kommando, UtsettFrist)
        if oppgave.tilstand == "UTFOERT":
            koder.add("Konflikt" if utsettes else "OppgavenErAlleredeUtfoert")
        if isinstance(kommando, UtsettFrist) and oppgave.frist is not None and kommando.ny_frist < oppgave.frist:
            koder.add("Konflikt")
        if kommando.paaminnelse is not None:
            blir = replace(oppgave, frist=kommando.ny_frist) if isinstance(kommando, UtsettFrist) else oppgave
            try:
                paaminnelsestid(kommando.paaminnelse.tidspunkt, blir)
            except Avvist as avvist:
                koder |= avvist.koder
        if koder:
            raise Avvist(*koder)

    # --- kalenderavtale --------------------------------------------------------------------------------------------

    def _oppdater_avtale(self, avtale: Notifikasjon, kommando: OppdaterKalenderavtale, nye: NyeIder) -> Svar:
        """Changes what it names. Choice: None and () name nothing, and what names nothing is not logged."""
        endringer = {
            "tilstand": kommando.ny_tilstand and str(kommando.ny_tilstand),
            "tekst": kommando.ny_tekst,
            "lenke": kommando.ny_lenke,
            "lokasjon": kommando.ny_lokasjon,
            "er_digitalt": kommando.ny_er_digitalt,
        }
        endringer = {navn: verdi for navn, verdi in endringer.items() if verdi is not None}
        flyttet = self._ny_tid(avtale, kommando)
        endringer |= flyttet
        if not (endringer or kommando.eksterne_varsler or kommando.paaminnelse or kommando.hard_delete):
            return Svar(id=avtale.id)
        if kommando.paaminnelse is not None:
            paaminnelsestid(kommando.paaminnelse.tidspunkt, replace(avtale, **flyttet))
        for navn, verdi in endringer.items():
            setattr(avtale, navn, verdi)
        avtale.slettes = ny_slettetid(avtale.slettes, kommando.hard_delete, self.naa)
        # Choice: AVLYST cancels first, so that what the same update orders tells of it.
        avlyst = endringer.get("tilstand") == "AVLYST"
        if avlyst:
            self._kanseller_paaminnelse(avtale)
        if avlyst or kommando.eksterne_varsler:
            for varsel in self.egne_varsler(avtale):
                varsel.kanseller(self.naa)
        self._bestill(avtale, kommando.eksterne_varsler, nye)
        if kommando.paaminnelse is not None:
            self._bytt_paaminnelse(avtale, kommando.paaminnelse, nye)
        merknader = self._paaminnelse_forbi(avtale) if kommando.paaminnelse else ()
        if "start" in flyttet:
            if kommando.paaminnelse is None:
                merknader = self._flytt_paaminnelse(avtale)
            merknader += self._forbi(startTidspunkt=avtale.start)
        self._logg("OppdaterKalenderavtale", avtale)
        return Svar(
            id=avtale.id,
            eksterne_varsler=tuple(nye.varsler),
            paaminnelse_varsler=tuple(nye.paaminnelsens) if kommando.paaminnelse else (),
            merknader=merknader + self._forbi(hardDelete=avtale.slettes if kommando.hard_delete else None),
        )

    def _ny_tid(self, avtale: Notifikasjon, kommando: OppdaterKalenderavtale) -> dict[str, dt.datetime]:
        """Choice: one that is called off or held, as it stands after the update, has no new time."""
        nye = {"start": kommando.nytt_start_tidspunkt, "slutt": kommando.nytt_slutt_tidspunkt}
        flyttet = {navn: instant(tid) for navn, tid in nye.items() if tid is not None}
        koder = set()
        if flyttet and (kommando.ny_tilstand or avtale.tilstand) in ("AVLYST", "AVHOLDT"):
            koder.add("Konflikt")
        blir = replace(avtale, **flyttet)
        if flyttet and blir.slutt is not None and blir.start is not None and blir.slutt < blir.start:
            koder.add("UgyldigKalenderavtale")
        if koder:
            raise Avvist(*koder)
        return flyttet

    def _flytt_paaminnelse(self, avtale: Notifikasjon) -> tuple[str, ...]:
        """Choice: one that is still to come goes with the start; one that cannot be then is dropped and told."""
        if avtale.paaminnelse is None or avtale.paaminnelse.sendt:
            return ()
        try:
            avtale.paaminnelse.tidspunkt = paaminnelsestid(avtale.paaminnelse.oenske, avtale)
        except Avvist:
            self._kanseller_paaminnelse(avtale)
            return ("The",)
        return self._paaminnelse_forbi(avtale)

    # --- deletion --------------------------------------------------------------------------------------------------

    def _slett(self, kommando: Sletting, produsent: Produsent) -> Svar:
        """Choice: its answer is remembered under the name by which the object was deleted, which outlives it."""
        referanse = kommando.sak if isinstance(kommando, SlettSak) else kommando.notifikasjon
        if referanse.merkelapp is not None:
            self._krev_merkelapp(referanse.merkelapp, produsent)
        # A sak's id names no notifikasjon: what was said of the one was not said of the other.
        navn = "slettet", type(kommando), referanse.id or referanse
        return self._en_gang(navn, kommando, produsent, lambda: self._slett_naa(kommando, produsent))

    def _slett_naa(self, kommando: Sletting, produsent: Produsent) -> Svar:
        if isinstance(kommando, SlettSak):
            sak = self._finn_sak(kommando.sak, produsent)
            self._fjern_sak(sak, "SlettSak")
            return Svar(id=sak.id)
        notifikasjon = self._finn_notifikasjon(kommando.notifikasjon, produsent, kommando.av_type)
        self._fjern_notifikasjon(notifikasjon, "SlettNotifikasjon")
        return Svar(id=notifikasjon.id)

    def _fjern_sak(self, sak: Sak, hva: str) -> None:
        """Its notifikasjoner go with it; its key is never used again."""
        for notifikasjon in self.i_saken(sak):
            self._fjern_notifikasjon(notifikasjon, hva)
        del self.saker[sak.id]
        self._siste_sak = {noekkel: id_ for noekkel, id_ in self._siste_sak.items() if id_ != sak.id}
        self._glem(sak.id)
        self._gravsteiner.add(sak.noekkel)
        self._logg(hva, sak)

    def _fjern_notifikasjon(self, notifikasjon: Notifikasjon, hva: str) -> None:
        """What was ordered is still sent, and then gone; what was not is gone at once."""
        for varsel in [*self.egne_varsler(notifikasjon), *self._av(notifikasjon, til_paaminnelse=True)]:
            varsel.eier_slettet = True
            if varsel.status != "NY" or varsel.klar is None:
                del self.varsler[varsel.id]
        del self.notifikasjoner[notifikasjon.id]
        self._glem(notifikasjon.id)
        self._logg(hva, notifikasjon)

    def _glem(self, id_: UUID) -> None:
        self.slettede.add(id_)
        self._husket = {noekkel: husket for noekkel, husket in self._husket.items() if noekkel[0] != id_}

    # --- what time does --------------------------------------------------------------------------------------------

    def utloep_frister(self) -> int:
        """Overdue when the frist's day has ended in Norway; UTGAATT as of that moment."""
        forfalte = [
            n
            for n in self.notifikasjoner.values()
            if n.type == "OPPGAVE" and n.tilstand == "NY" and n.frist and dagens_slutt(n.frist) <= self.naa
        ]
        for oppgave in forfalte:
            assert oppgave.frist
            oppgave.tilstand, oppgave.utgaatt = "UTGAATT", dagens_slutt(oppgave.frist)
            self._avslutt_varsling(oppgave)
            self._logg("FristUtloept", oppgave)
        return len(forfalte)

    def avhold_forfalte(self) -> int:
        """AVHOLDT once the start has passed, unless it was called off."""
        begynt = [
            n
            for n in self.notifikasjoner.values()
            if n.start is not None and n.start <= self.naa and n.tilstand not in ("AVLYST", "AVHOLDT")
        ]
        for avtale in begynt:
            avtale.tilstand = "AVHOLDT"
            self._logg("KalenderavtaleAvholdt", avtale)
        return len(begynt)

    def send_paaminnelser(self) -> int:
        """When the time comes: up in the bell, and its varsler ordered; dropped, when there is nothing to remind of."""
        forfalte = [
            n
            for n in self.notifikasjoner.values()
            if n.paaminnelse and not n.paaminnelse.sendt and n.paaminnelse.tidspunkt <= self.naa
        ]
        for notifikasjon in forfalte:
            if notifikasjon.tilstand in ("UTFOERT", "UTGAATT", "AVLYST"):
                self._kanseller_paaminnelse(notifikasjon)
                self._logg("PaaminnelseBortfalt", notifikasjon)
                continue
            assert notifikasjon.paaminnelse
            # "To the top of the bell": by the moment at which it was brought up, which a late round makes later.
            notifikasjon.sortering = notifikasjon.paaminnelse.sendt = self.naa
            for varsel in self._av(notifikasjon, til_paaminnelse=True):
                if varsel.status == "NY":
                    varsel.bestill(self.naa)
            self._logg("PaaminnelseSendt", notifikasjon)
        return len(forfalte)

    def slett_forfalte(self) -> int:
        saker = [sak for sak in self.saker.values() if sak.slettes and sak.slettes <= self.naa]
        for sak in saker:
            self._fjern_sak(sak, "Slettet")
        notifikasjoner = [n for n in self.notifikasjoner.values() if n.slettes and n.slettes <= self.naa]
        for notifikasjon in notifikasjoner:
            self._fjern_notifikasjon(notifikasjon, "Slettet")
        return len(saker) + len(notifikasjoner)

    def skal_sendes(self) -> list[Varsel]:
        return [v for v in self.varsler.values() if v.neste_forsoek is not None and v.neste_forsoek <= self.naa]

    def send(self, svar_for: Callable[[Varsel], Kanalsvar], vent: dt.timedelta) -> list[UUID]:
        """Hand what is due to its channel, which answers; return the ids that it was handed."""
        forfalte = self.skal_sendes()
        for varsel in forfalte:
            self._faa_svar(varsel, svar_for(varsel), vent)
        return [
            varsel.id for varsel in forfalte if svar_for(varsel) is not Kanalsvar.MANGLER and varsel.feilkode != UTLOEPT
        ]

    def _faa_svar(self, varsel: Varsel, svar: Kanalsvar, vent: dt.timedelta) -> None:
        kanal, kode = (None, "KanalMangler") if svar is Kanalsvar.MANGLER else (KANAL, KODER[svar])
        melding = FEILMELDING if kanal else KANAL_MANGLER.format(varsel.bestilling.type)
        if kanal and varsel.er_utloept(self.naa):
            svar, kode, melding = Kanalsvar.VARIG, UTLOEPT, UTLOEPT_MELDING.format(varsel.historikk[-1].kode)
        if svar is Kanalsvar.MIDLERTIDIG:
            # Tried again after a pause, and only in its window.
            varsel.neste_forsoek = tidligst(varsel.sendetidspunkt, self.naa + vent)
            hendelse = "FORSOEK_FEILET"
        else:
            hendelse = varsel.status = "SENDT" if svar is Kanalsvar.SENDT else "FEILET"
            varsel.neste_forsoek = None
            if hendelse == "FEILET":
                varsel.feilkode = kode
                varsel.feilmelding = melding
            self._logg("VarselAvsluttet", varsel)
            if varsel.eier_slettet:
                del self.varsler[varsel.id]
        varsel.historikk.append(Historikk(tidspunkt=self.naa, hendelse=hendelse, kanal=kanal, kode=kode))

    def kommende_oeyeblikk(self) -> dict[str, list[dt.datetime]]:
        """The moments still to come at which something happens by itself, by what happens."""
        saker, notifikasjoner = self.saker.values(), self.notifikasjoner.values()
        alle = {
            "sletting": [ett.slettes for ett in (*saker, *notifikasjoner)],
            "frist": [dagens_slutt(n.frist) for n in notifikasjoner if n.frist and n.tilstand == "NY"],
            "start": [n.start for n in notifikasjoner if n.tilstand not in ("AVLYST", "AVHOLDT")],
            "paaminnelse": [n.paaminnelse.tidspunkt for n in notifikasjoner if n.paaminnelse],
            "varsel": [varsel.neste_forsoek for varsel in self.varsler.values()],
        }
        kommende = {hva: sorted({ett for ett in tider if ett and ett > self.naa}) for hva, tider in alle.items()}
        return {hva: tider for hva, tider in kommende.items() if tider}

    # --- what an employer does by reading ----------------------------------------------------------------------------

    def aapne_bjella(self, fnr: str) -> None:
        self._sist_lest[fnr] = self.naa

    def klikk(self, fnr: str, notifikasjon_id: UUID) -> None:
        self._klikk.add((fnr, notifikasjon_id))

    # --- what a producer sees ----------------------------------------------------------------------------------------

    def vis_sak(self, sak: Sak) -> dict[str, Any]:
        """GET /saker/{id}"""
        statuser = [_vis_status(status) for status in sak.nyeste_foerst()]
        return {
            "id": str(sak.id),
            "grupperingsid": sak.sagt.grupperingsid,
            "merkelapp": sak.sagt.merkelapp,
            "virksomhetsnummer": sak.sagt.virksomhetsnummer,
            "mottakere": [_vis_mottaker(mottaker) for mottaker in sak.sagt.mottakere],
            "tittel": sak.sagt.tittel,
            "tilleggsinformasjon": sak.tilleggsinformasjon,
            "lenke": sak.lenke,
            "nesteSteg": sak.neste_steg,
            "opprettetTidspunkt": vis_tid(sak.opprettet),
            "sisteStatus": _vis_status(sak.statuser[-1]),
            "statuser": statuser,
        }

    def vis_notifikasjon(self, n: Notifikasjon) -> dict[str, Any]:
        """GET /notifikasjoner/{id}, and an element of the list"""
        return {
            "id": str(n.id),
            "type": n.type,
            "merkelapp": n.merkelapp,
            "eksternId": n.sagt.ekstern_id,
            "grupperingsid": n.grupperingsid,
            "virksomhetsnummer": n.sagt.virksomhetsnummer,
            "mottakere": [_vis_mottaker(mottaker) for mottaker in n.sagt.mottakere],
            "tekst": n.tekst,
            "lenke": n.lenke,
            "opprettetTidspunkt": vis_tid(n.opprettet),
            "tilstand": n.tilstand,
            "frist": n.frist and n.frist.isoformat(),
            "utfoertTidspunkt": vis_tid(n.utfoert),
            "utgaattTidspunkt": vis_tid(n.utgaatt),
            "startTidspunkt": vis_tid(n.start),
            "sluttTidspunkt": vis_tid(n.slutt),
            "lokasjon": _vis_lokasjon(n.lokasjon),
            "erDigitalt": n.er_digitalt,
            "paaminnelse": n.paaminnelse and self._vis_paaminnelse(n.paaminnelse),
            "eksterneVarsler": [_vis_varsel(varsel) for varsel in self.egne_varsler(n)],
        }

    def _vis_paaminnelse(self, paaminnelse: Paaminnelse) -> dict[str, Any]:
        oenske = paaminnelse.oenske
        return {
            "tidspunkt": {
                "konkret": oenske.konkret and oenske.konkret.isoformat(),
                "etterOpprettelse": oenske.etter_opprettelse,
                "foerFrist": oenske.foer_frist,
                "foerStartTidspunkt": oenske.foer_start_tidspunkt,
            },
            "paaminnelseTidspunkt": vis_tid(paaminnelse.tidspunkt),
            "sendt": paaminnelse.sendt is not None,
            "eksterneVarsler": [_vis_varsel(self.varsler[id_]) for id_ in paaminnelse.varsler],
        }

    def vis_varsel(self, varsel: Varsel) -> dict[str, Any]:
        """GET /varsler/{id}"""
        historikk = [
            {"tidspunkt": vis_tid(ett.tidspunkt), "hendelse": ett.hendelse, "kanal": ett.kanal, "kode": ett.kode}
            for ett in varsel.historikk
        ]
        return {**_vis_varsel(varsel), "historikk": historikk}

    def vis_tidslinje(self, sak: Sak) -> list[dict[str, Any]]:
        """GET /saker/{id}/tidslinje: the next step on top, then all that has a time, newest first."""
        elementer = [
            _element("STATUS", status.tidspunkt, status.tekst, tilstand=status.status) for status in sak.statuser
        ]
        for notifikasjon in self.i_saken(sak):
            elementer.extend(self._elementer(notifikasjon))
        for element in elementer:
            element["kommende"] = element["tidspunkt"] > self.naa
        elementer.sort(key=lambda element: element["tidspunkt"], reverse=True)
        for element in elementer:
            element["tidspunkt"] = vis_tid(element["tidspunkt"])
        neste = [{**_element("NESTE_STEG", None, sak.neste_steg), "kommende": True}] if sak.neste_steg else []
        return [*neste, *elementer]

    def _elementer(self, n: Notifikasjon) -> Iterator[dict[str, Any]]:
        selv = {
            "notifikasjonId": str(n.id),
            "tilstand": n.tilstand,
            "lenke": n.lenke,
            "frist": n.frist and n.frist.isoformat(),
            "sluttTidspunkt": vis_tid(n.slutt),
            "lokasjon": _vis_lokasjon(n.lokasjon),
            "erDigitalt": n.er_digitalt,
        }
        yield _element(n.type, n.start or n.opprettet, n.tekst, **selv)
        # Choice: a frist that an oppgave was ended before is no part of what happened, nor still to come.
        slutt = n.frist and dagens_slutt(n.frist)
        if slutt and (n.tilstand == "NY" or (n.tilstand == "UTGAATT" and n.utgaatt and n.utgaatt >= slutt)):
            yield _element("FRIST", slutt, n.tekst, **selv)
        if n.paaminnelse and n.paaminnelse.sendt:
            yield _element("PAAMINNELSE", n.paaminnelse.sendt, n.tekst, **selv)
        elif n.paaminnelse and n.tilstand not in ("UTGAATT", "AVLYST"):
            yield _element("PAAMINNELSE", n.paaminnelse.tidspunkt, n.tekst, **selv)

    # --- what an employer sees ---------------------------------------------------------------------------------------

    def bjelle(self, person: Person) -> list[dict[str, Any]]:
        """By sorting time (paaminnelse, else creation), newest first. Choice: then the one created last."""
        synlige = [n for n in self.notifikasjoner.values() if person.ser(n.sagt)]
        synlige.sort(key=lambda n: (n.sortering, n.id), reverse=True)
        return [self._i_bjella(n, person) for n in synlige]

    def _i_bjella(self, n: Notifikasjon, person: Person) -> dict[str, Any]:
        """An oppgave that is no longer NY is not new. The sak shows to who may see it too."""
        fnr, sak = person.fnr, self.sak_med(n.i_sak)
        sist_lest = self._sist_lest.get(fnr)
        avsluttet = n.tilstand in ("UTFOERT", "UTGAATT")
        return {
            "id": n.id,
            "type": n.type,
            "merkelapp": n.merkelapp,
            "tekst": n.tekst,
            "lenke": n.lenke,
            "tilstand": n.tilstand,
            "frist": n.frist,
            "sortering_tidspunkt": n.sortering,
            "opprettet_tidspunkt": n.opprettet,
            "paaminnelse_tidspunkt": n.paaminnelse and n.paaminnelse.sendt,
            "utfoert_tidspunkt": n.utfoert,
            "utgaatt_tidspunkt": n.utgaatt,
            "start_tidspunkt": n.start,
            "slutt_tidspunkt": n.slutt,
            "lokasjon": n.lokasjon,
            "er_digitalt": n.er_digitalt,
            "klikket_paa": (fnr, n.id) in self._klikk,
            "ulest": not avsluttet and (sist_lest is None or n.sortering > sist_lest),
            "sak": (sak.id, sak.sagt.tittel, sak.tilleggsinformasjon) if sak and person.ser(sak.sagt) else None,
        }

    def saksliste(self, person: Person) -> list[dict[str, Any]]:
        """By creation, newest first."""
        synlige = [sak for sak in self.saker.values() if person.ser(sak.sagt)]
        synlige.sort(key=lambda sak: (sak.opprettet, sak.id), reverse=True)
        return [_i_sakslista(sak) for sak in synlige]


@dataclass(frozen=True, kw_only=True)
class Person:
    """An employer, and what it has access to now."""

    fnr: str
    ressurser: frozenset[tuple[str, str]] = frozenset()  # (virksomhetsnummer, ressursId)
    ansatte: frozenset[tuple[str, str]] = frozenset()  # (virksomhetsnummer, fnr) of those it leads

    def ser(self, objekt: Oppretting) -> bool:
        """An object shows while the person has one of the accesses that it names."""
        return any(self._er(mottaker, objekt.virksomhetsnummer) for mottaker in objekt.mottakere)

    def _er(self, mottaker: Mottaker, virksomhetsnummer: str) -> bool:
        if leder := mottaker.naermeste_leder:
            return leder.naermeste_leder_fnr == self.fnr and (virksomhetsnummer, leder.ansatt_fnr) in self.ansatte
        ressurs = mottaker.altinn_ressurs
        return ressurs is not None and (virksomhetsnummer, ressurs.ressurs_id) in self.ressurser


# --- how it is written ---------------------------------------------------------------------------------------------


def vis_tid(tidspunkt: dt.datetime | None) -> str | None:
    """UTC with Z."""
    return tidspunkt and tidspunkt.isoformat().replace("+00:00", "Z")


def _vis_status(status: Status) -> dict[str, Any]:
    return {
        "id": str(status.id),
        "status": status.status,
        "tekst": status.tekst,
        "overstyrStatustekstMed": status.egen_tekst,
        "tidspunkt": vis_tid(status.tidspunkt),
    }


def _vis_mottaker(mottaker: Mottaker) -> dict[str, Any]:
    ressurs, leder = mottaker.altinn_ressurs, mottaker.naermeste_leder
    return {
        "altinnRessurs": ressurs and {"ressursId": ressurs.ressurs_id},
        "naermesteLeder": leder and {"naermesteLederFnr": leder.naermeste_leder_fnr, "ansattFnr": leder.ansatt_fnr},
    }


def _vis_lokasjon(lokasjon: Any) -> dict[str, Any] | None:
    if lokasjon is None:
        return None
    return {"adresse": lokasjon.adresse, "postnummer": lokasjon.postnummer, "poststed": lokasjon.poststed}


def _vis_varsel(varsel: Varsel) -> dict[str, Any]:
    return {
        "id": str(varsel.id),
        "type": str(varsel.bestilling.type),
        "status": varsel.status,
        "klarTidspunkt": vis_tid(varsel.klar),
        "feilkode": varsel.feilkode,
        "feilmelding": varsel.feilmelding,
    }


def _element(type_: str, tidspunkt: dt.datetime | None, tekst: str, **annet: Any) -> dict[str, Any]:
    ellers = ("notifikasjonId", "tilstand", "lenke", "frist", "sluttTidspunkt", "lokasjon", "erDigitalt")
    return {"type": type_, "tidspunkt": tidspunkt, "tekst": tekst, **dict.fromkeys(ellers), **annet}


def _i_sakslista(sak: Sak) -> dict[str, Any]:
    siste = sak.statuser[-1]
    return {
        "id": sak.id,
        "merkelapp": sak.sagt.merkelapp,
        "tittel": sak.sagt.tittel,
        "tilleggsinformasjon": sak.tilleggsinformasjon,
        "lenke": sak.lenke,
        "siste_status": siste.status,
        "statustekst": siste.tekst,
        "status_tidspunkt": siste.tidspunkt,
        "neste_steg": sak.neste_steg,
    }
