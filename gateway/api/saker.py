"""Saker: creating, reading, changing and deleting, and the saksprosess."""

from __future__ import annotations

from typing import Any, ClassVar

from gateway.api.deler import (
    IdsvarSkjema,
    LokasjonSkjema,
    MedIdSkjema,
    MottakerSkjema,
    NySlettetidSkjema,
    SlettetidspunktSkjema,
    StatusSkjema,
)
from gateway.api.ramme import aktoer, lag_ressurs, produsent, svarer
from gateway.api.skjema import (
    ALLTID,
    LENGSTE_TILSTAND,
    UTEN_GRENSE,
    Skjema,
    boolfelt,
    datofelt,
    idfelt,
    lenkefelt,
    liste,
    nestet,
    noekkelfelt,
    tallfelt,
    tekstfelt,
    tidspunktfelt,
    valgfelt,
)
from gateway.api.veier import GRUPPERINGSID, endring, lesning
from gateway.domain import feil
from gateway.domain.kommandoer import (
    EndreNesteSteg,
    EndreTilleggsinformasjon,
    ForlengSletting,
    LukkOppgaver,
    NySak,
    NyStatus,
    Saksinnhold,
    Saksreferanse,
    SlettSak,
)
from gateway.domain.tilstand import Oppgaveslutt, Saksstatus
from gateway.domain.validering import LENGSTE_TITTEL
from gateway.handling.utfall import Utfall
from gateway.handling.utfoer import utfoer
from gateway.http.anrop import kjerne
from gateway.reading import produsent as lesing
from gateway.reading.tidslinje import Tidslinjetype, tidslinje

ressurs = lag_ressurs("saker", "/saker", "Saker: cases with their statuses")
EGEN_STATUSTEKST = f"A text in place of the status' own; an empty one shows nothing. {UTEN_GRENSE}"
NESTE_STEG = f"What happens next. No run of 11 digits. {UTEN_GRENSE}"
TILLEGGSINFORMASJON = "A line under the title. No run of 11 digits."


class SaksinnholdSkjema(Skjema):
    """What a new sak says beside its grupperingsid."""

    bygger: ClassVar[type[Any] | None] = Saksinnhold
    merkelapp = noekkelfelt("One of your merkelapper.", "Fager", required=True)
    virksomhetsnummer = tekstfelt(
        "The virksomhet: 9 digits with a valid check digit.", "312914174", required=True, lengst=9
    )
    mottakere = liste(MottakerSkjema(), "Who may see it; at least one.", required=True)
    tittel = tekstfelt(
        "What the employer reads. No run of 11 digits.", "Søknad om støtte", required=True, lengst=LENGSTE_TITTEL
    )
    initiell_status = valgfelt(Saksstatus, "The first status.", required=True)
    lenke = lenkefelt("Where it leads.", "https://arbeidsgiver.nav.no/sak/1")
    tilleggsinformasjon = tekstfelt(TILLEGGSINFORMASJON, "Gjelder 2026", lengst=LENGSTE_TITTEL)
    neste_steg = tekstfelt(NESTE_STEG, "Behandles innen tre uker")
    tidspunkt = tidspunktfelt("The time of the first status, and of the sak; may lie in the past; else the receipt.")
    overstyr_statustekst_med = tekstfelt(EGEN_STATUSTEKST, "Søknaden er mottatt")
    hard_delete = nestet(SlettetidspunktSkjema(), "When all of it is deleted; never, when left out.")


class NySakSkjema(SaksinnholdSkjema):
    bygger = NySak
    grupperingsid = noekkelfelt("Your own key, unique within the merkelapp.", "sak-1", required=True)


class NyStatusSkjema(Skjema):
    gjelder = NyStatus
    status = valgfelt(Saksstatus, "The new status.", required=True, eksempel=Saksstatus.FERDIG)
    tidspunkt = tidspunktfelt("The time of the status; may lie in the past; else the receipt.")
    overstyr_statustekst_med = tekstfelt(EGEN_STATUSTEKST, "Vedtak er fattet")
    ny_lenke_til_sak = lenkefelt("A new link; the old one stays when left out.", "https://arbeidsgiver.nav.no/sak/1/v")
    hard_delete = nestet(NySlettetidSkjema(), "A change of the deletion time; `om` counts from the status' time.")


class NesteStegSkjema(Skjema):
    gjelder = EndreNesteSteg
    neste_steg = tekstfelt(f"{NESTE_STEG} Null removes it.", "Vedtak i uke 12", **ALLTID)


class TilleggsinformasjonSkjema(Skjema):
    gjelder = EndreTilleggsinformasjon
    tilleggsinformasjon = tekstfelt(
        f"{TILLEGGSINFORMASJON} Null removes it.",
        "Gjelder 2027",
        **ALLTID,
        lengst=LENGSTE_TITTEL,
    )


class StatuserSkjema(IdsvarSkjema):
    statuser = liste(StatusSkjema(), "All statuses, newest first.", required=True)
    status_id = idfelt("The id of the new status.", required=True)


class SakSkjema(MedIdSkjema):
    statuser = liste(StatusSkjema(), "All statuses, newest first.", required=True)
    grupperingsid = noekkelfelt("Your own key.", "sak-1", required=True)
    merkelapp = noekkelfelt("The merkelapp.", "Fager", required=True)
    virksomhetsnummer = tekstfelt("The virksomhet, 9 digits.", "312914174", required=True, lengst=9)
    mottakere = liste(MottakerSkjema(), "Who may see it.", required=True)
    tittel = tekstfelt("What the employer reads.", "Søknad om støtte", required=True, lengst=LENGSTE_TITTEL)
    tilleggsinformasjon = tekstfelt("The line under the title.", "Gjelder 2026", **ALLTID, lengst=LENGSTE_TITTEL)
    lenke = lenkefelt("Where it leads.", "https://arbeidsgiver.nav.no/sak/1", **ALLTID)
    neste_steg = tekstfelt(f"What happens next. {UTEN_GRENSE}", "Behandles innen tre uker", **ALLTID)
    opprettet_tidspunkt = tidspunktfelt("When it was created.", required=True)
    siste_status = nestet(StatusSkjema(), "The status that came in last, whatever its time.", required=True)


class LukkOppgaverSkjema(Skjema):
    gjelder = LukkOppgaver
    som = valgfelt(Oppgaveslutt, "How they end.", required=True)
    tidspunkt = tidspunktfelt("When they ended; else now.")
    ny_lenke = lenkefelt("A new link for each; the old ones stay when left out.", "https://arbeidsgiver.nav.no/1/slutt")
    hard_delete = nestet(NySlettetidSkjema(), "A change of their deletion times; `om` counts from the time given here.")


class ForlengSlettingSkjema(Skjema):
    gjelder = ForlengSletting
    hard_delete = nestet(NySlettetidSkjema(), "The change of the deletion times; `om` counts from now.", required=True)


class AntallSkjema(IdsvarSkjema):
    antall = tallfelt("How many of the sak's notifikasjoner were changed.", eksempel=2, required=True)


class TidslinjeelementSkjema(Skjema):
    """One thing in the saksprosess."""

    type = valgfelt(Tidslinjetype, "What it is.", required=True)
    tidspunkt = tidspunktfelt("When; null for the next step, which has no time.", **ALLTID)
    kommende = boolfelt("Whether it is still to come.", eksempel=True, required=True)
    notifikasjon_id = idfelt("The notifikasjon that it is of.", **ALLTID)
    tekst = tekstfelt(f"What the employer reads. {UTEN_GRENSE}", "Svar på spørsmålet", required=True)
    tilstand = tekstfelt(
        "How the notifikasjon stands; of a STATUS the status itself.", "NY", **ALLTID, lengst=LENGSTE_TILSTAND
    )
    lenke = lenkefelt("Where it leads.", "https://arbeidsgiver.nav.no/1", **ALLTID)
    frist = datofelt("The frist of an oppgave.", **ALLTID)
    slutt_tidspunkt = tidspunktfelt("When a kalenderavtale ends.", **ALLTID)
    lokasjon = nestet(LokasjonSkjema(), "Where a kalenderavtale takes place.", **ALLTID)
    er_digitalt = boolfelt("Whether a kalenderavtale is online.", eksempel=False, **ALLTID)


class TidslinjeSkjema(Skjema):
    elementer = liste(TidslinjeelementSkjema(), "What is to come, then what has been; newest first.", required=True)


@ressurs.post("")
@ressurs.arguments(NySakSkjema())
@svarer(
    ressurs,
    feil.UgyldigMerkelapp,
    feil.UgyldigMottaker,
    feil.VilkaarIkkeGodkjent,
    feil.DuplikatGrupperingsid,
    feil.DuplikatGrupperingsidEtterDelete,
)
@ressurs.alt_response(200, schema=IdsvarSkjema(), description="The same sak was created before")
@ressurs.response(201, IdsvarSkjema())
def opprett_sak(sak: NySak) -> tuple[Utfall, int]:
    """Create a sak

    The same content again answers the existing id with 200 and changes nothing.
    """
    utfall = utfoer(kjerne(), sak, aktoer())
    return utfall, 201 if utfall.ny else 200


@endring(ressurs, "POST", "/statuser", GRUPPERINGSID, kropp=NyStatusSkjema(), svar=StatuserSkjema(), ny_gir=201)
def ny_status(sak: Saksreferanse, innhold: dict[str, Any]) -> NyStatus:
    """Give a sak a new status

    The current status is the one that came in last, whatever its time; any order is allowed. A link and a deletion
    time are no part of what an Idempotency-Key was used for.
    """
    return NyStatus(sak=sak, **innhold)


@endring(ressurs, "PUT", "/neste-steg", GRUPPERINGSID, kropp=NesteStegSkjema())
def endre_neste_steg(sak: Saksreferanse, innhold: dict[str, Any]) -> EndreNesteSteg:
    """Set, change or remove what happens next in a sak"""
    return EndreNesteSteg(sak=sak, **innhold)


@endring(ressurs, "PUT", "/tilleggsinformasjon", GRUPPERINGSID, kropp=TilleggsinformasjonSkjema())
def endre_tilleggsinformasjon(sak: Saksreferanse, innhold: dict[str, Any]) -> EndreTilleggsinformasjon:
    """Set, change or remove the line under the title of a sak"""
    return EndreTilleggsinformasjon(sak=sak, **innhold)


@endring(ressurs, "POST", "/lukk-oppgaver", GRUPPERINGSID, kropp=LukkOppgaverSkjema(), svar=AntallSkjema())
def lukk_oppgaver(sak: Saksreferanse, innhold: dict[str, Any]) -> LukkOppgaver:
    """End all open oppgaver of a sak

    Each as `utfoert` or `utgaatt` would: its paaminnelse, and the varsler of it that are not sent, are cancelled. Those
    that are UTFOERT or UTGAATT already are left as they are.
    """
    return LukkOppgaver(sak=sak, **innhold)


@endring(ressurs, "PUT", "/sletting", GRUPPERINGSID, kropp=ForlengSlettingSkjema(), svar=AntallSkjema())
def forleng_sletting(sak: Saksreferanse, innhold: dict[str, Any]) -> ForlengSletting:
    """Change the deletion time of a sak and of all that is on it

    Of its notifikasjoner those are changed that have a deletion time of their own; the others go when the sak does.
    FORLENG gives each the later of its own time and the new one.
    """
    return ForlengSletting(sak=sak, **innhold)


@endring(ressurs, "DELETE", "", GRUPPERINGSID, svar=None)
def slett_sak(sak: Saksreferanse) -> SlettSak:
    """Delete a sak

    At once and for good, with the notifikasjoner that have its merkelapp and grupperingsid. The grupperingsid can never
    be used for a new sak. Varsler that were ordered are still sent.
    """
    return SlettSak(sak=sak)


@lesning(ressurs, "", GRUPPERINGSID, SakSkjema())
def hent_sak(sak: Saksreferanse) -> lesing.LestSak:
    """Read a sak"""
    return lesing.sak(kjerne(), produsent(), sak)


@lesning(ressurs, "/tidslinje", GRUPPERINGSID, TidslinjeSkjema())
def hent_tidslinje(sak: Saksreferanse) -> dict[str, Any]:
    """Read the saksprosess of a sak

    Its statuses and notifikasjoner, with what is to come first: the next step, then frister, paaminnelser and
    appointments; then what has been. Newest first.
    """
    return {"elementer": tidslinje(kjerne(), produsent(), sak)}
