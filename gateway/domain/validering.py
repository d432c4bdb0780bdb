"""The validation table of the contract: what a kommando must look like, whichever way it came in.

Each rule is a function from a value to what is wrong with it, or None. A refusal names the field by its wire name and
the rule; never the value.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from functools import cache, lru_cache
from typing import Any
from urllib.parse import urlsplit

from stdnum.no import orgnr

from gateway.domain import personnummer
from gateway.domain.feil import Valideringsfeil
from gateway.domain.html import synlig_tekst
from gateway.domain.kommandoer import (
    EndreNesteSteg,
    EndrePaaminnelse,
    EndreTilleggsinformasjon,
    ForlengSletting,
    KansellerVarsel,
    Kommando,
    LukkOppgaver,
    MedIdempotensnoekkel,
    Notifikasjonsreferanse,
    NyBeskjed,
    NyKalenderavtale,
    NyNotifikasjon,
    NyOppgave,
    NySak,
    NyStatus,
    OppdaterKalenderavtale,
    OppgaveUtfoert,
    OppgaveUtgaatt,
    Saksendring,
    Saksinnhold,
    Saksreferanse,
    SikreAapenSak,
    SikreSak,
    SlettNotifikasjon,
    SlettSak,
    UtsettFrist,
    feltnavn,
)
from gateway.domain.mottaker import Mottaker
from gateway.domain.noekkel import LENGSTE_TEGN, noekkelfeil
from gateway.domain.paaminnelse import Paaminnelse, Paaminnelsestidspunkt
from gateway.domain.sletting import NySlettetid, Slettetidspunkt
from gateway.domain.tid import dagens_slutt, instant, les_varighet, oslo
from gateway.domain.varsel import Altinnvarsel, EksterntVarsel, Epost, Sendetidspunkt, Sms, UgyldigeVarsler

LENGSTE_TEKST = 300
LENGSTE_TITTEL = 140
LENGSTE_NOEKKEL = LENGSTE_TEGN
LENGSTE_LENKE = 2048
LENGSTE_EPOSTADRESSE = 320  # RFC 3696

Sti = tuple[str | int, ...]
Regel = Callable[[Any], str | None]
MedNySlettetid = NyStatus | OppgaveUtfoert | OppgaveUtgaatt | OppdaterKalenderavtale | LukkOppgaver | ForlengSletting

# --- the rules -----------------------------------------------------------------------------------------------------


def ingen_foedselsnummer(tekst: str) -> str | None:
    if re.search(r"[0-9]{11}", tekst):
        return "must not hold 11 digits in a row, which may be a fødselsnummer; remove them."
    return None


# Letters and symbols by their category that nobody sees: fillers, the empty braille cell, the null notehead.
USYNLIGE_TEGN = frozenset("\u115f\u1160\u2800\u3164\uffa0\U0001d159")


def ikke_blank(tekst: str) -> str | None:
    """Something must be seen: spaces, controls, formats and marks without a letter are not, and neither are fillers."""
    if tekst[:1].isascii() and tekst[:1].isalnum():
        return None  # as nearly all are
    if any(unicodedata.category(tegn)[0] in "LNPS" and tegn not in USYNLIGE_TEGN for tegn in tekst):
        return None
    return "must not be blank."


def ikke_blank_html(html: str) -> str | None:
    return ikke_blank(synlig_tekst(html)) and "must not be blank once it is sanitised: only text is shown."


def hoeyst(grense: int) -> Regel:
    def regel(tekst: str) -> str | None:
        return None if len(tekst) <= grense else f"must be at most {grense} characters; it is {len(tekst)}."

    return regel


def lenke(tekst: str) -> str | None:
    melding = "must be an absolute http or https URL, such as https://arbeidsgiver.nav.no/sak/1."
    if re.search(r"[\s\x00-\x20\x7f<>\"\\^`{|}]", tekst):
        return melding
    try:
        deler = urlsplit(tekst)
        _ = deler.port
    except ValueError:
        return melding
    return None if deler.scheme in ("http", "https") and deler.hostname else melding


@lru_cache(maxsize=10_000)  # a producer's virksomheter come again and again
def virksomhetsnummer(tekst: str) -> str | None:
    if re.fullmatch(r"[0-9]{9}", tekst) and orgnr.is_valid(tekst):
        return None
    return "must be 9 digits with a valid mod-11 check digit."


def foedselsnummer(tekst: str) -> str | None:
    return None if personnummer.er_gyldig(tekst) else "must be 11 digits with valid check digits."


def mobilnummer(tekst: str) -> str | None:
    nasjonalt = re.sub(r"^(\+47|0047)", "", tekst)
    if re.fullmatch(r"[49][0-9]{7}", nasjonalt) and not re.match(r"42|43|44|4536|49", nasjonalt):
        return None
    return "must be a Norwegian mobile number of 8 digits in an open series (4 or 9), optionally with +47 or 0047."


def epostadresse(tekst: str) -> str | None:
    tegn = r"(?:[^\W_]|[._%+-])+"
    if re.fullmatch(rf"{tegn}@{tegn}\.[^\W\d_]{{2,}}", tekst):
        return None
    return "must be an e-mail address: letters, digits and . _ % + - on both sides of @, ending in a top domain."


def varighet(tekst: str) -> str | None:
    try:
        les_varighet(tekst)
    except ValueError as feil:
        return f"{feil}."
    return None


TEKST = (ikke_blank, hoeyst(LENGSTE_TEKST), ingen_foedselsnummer)
NOEKKEL = (ikke_blank, noekkelfeil)
LENKE = (hoeyst(LENGSTE_LENKE), lenke)
TILLEGGSINFORMASJON = (hoeyst(LENGSTE_TITTEL), ingen_foedselsnummer)
NESTE_STEG = (ingen_foedselsnummer,)
HTML = (ikke_blank, ikke_blank_html)
EPOSTADRESSE = (hoeyst(LENGSTE_EPOSTADRESSE), epostadresse)


# --- the kommandoer ------------------------------------------------------------------------------------------------


class Funn:
    """What was found wrong, as a tree by wire name."""

    def __init__(self) -> None:
        self.felter: dict[str, Any] = {}

    def feil(self, sti: Sti, melding: str) -> None:
        gren: Any = self.felter
        for ledd in sti[:-1]:
            gren = gren.setdefault(str(ledd), {})
            if not isinstance(gren, dict):
                return  # a fault above already covers it
        # One fault for each field; what is found wrong within it says more.
        gren.setdefault(str(sti[-1]), [melding])

    def krev(self, sti: Sti, verdi: Any, *regler: Regel) -> None:
        """Apply the rules to a value that is there; the first fault of a field is the one told."""
        if verdi is None or (self.felter and self._har_feil(sti)):
            return
        for regel in regler:
            if melding := regel(verdi):
                self.feil(sti, melding)
                return

    def _har_feil(self, sti: Sti) -> bool:
        gren: Any = self.felter
        for ledd in sti:
            if not isinstance(gren, dict) or str(ledd) not in gren:
                return False
            gren = gren[str(ledd)]
        return True

    def noeyaktig_en(self, sti: Sti, **valg: Any) -> None:
        if sum(verdi is not None for verdi in valg.values()) != 1:
            self.feil(sti, f"must hold exactly one of {', '.join(feltnavn(navn) for navn in valg)}.")


BRUTT = "One or more fields break a rule; see felter."


def valider(kommando: Kommando) -> None:
    """Raises Valideringsfeil with every field that breaks a rule."""
    if felter := finn_feil(kommando):
        raise Valideringsfeil(BRUTT, felter=felter)


def finn_feil(kommando: Kommando) -> dict[str, Any]:
    """Every field that breaks a rule, as a tree by wire name.

    A field that could not be read may be None in `kommando`, whatever its type: whoever read it tells of that.
    """
    funn = Funn()
    for sti, verdi in _blader(kommando, ()):
        funn.krev(sti, verdi, lagringsbar if isinstance(verdi, str) else _i_kalenderen)
    KONTROLLER[type(kommando)](kommando, funn)
    return funn.felter


def lagringsbar(tekst: str) -> str | None:
    """PostgreSQL takes no NUL, and UTF-8 no half of a surrogate pair."""
    if not tekst.isprintable() and re.search(r"[\x00\ud800-\udfff]", tekst):
        return "must not hold NUL characters or lone surrogates."
    return None


def _i_kalenderen(verdi: dt.date | dt.datetime) -> str | None:
    try:
        _ = oslo(instant(verdi)) if isinstance(verdi, dt.datetime) else dagens_slutt(verdi)
    except OverflowError:
        return "must lie within the calendar, in Norway and in UTC."
    return None


def _blader(verdi: Any, sti: Sti) -> Iterator[tuple[Sti, str | dt.date | dt.datetime]]:
    """Every text, date and time that the kommando holds."""
    if isinstance(verdi, str | dt.date):
        yield sti, verdi
    elif isinstance(verdi, tuple):
        for nummer, ledd in enumerate(verdi):
            yield from _blader(ledd, (*sti, nummer))
    elif is_dataclass(verdi):
        klasse: Any = type(verdi)
        for navn in _feltene(klasse):
            if (ledd := getattr(verdi, navn)) is not None:
                yield from _blader(ledd, (*sti, feltnavn(navn)))


@cache
def _feltene(klasse: type[Any]) -> tuple[str, ...]:
    return tuple(felt.name for felt in fields(klasse))


def _ny_sak(sak: NySak, funn: Funn) -> None:
    _grupperingsid((), sak, funn)
    _saksinnhold((), sak, funn)


def _grupperingsid(sti: Sti, sak: NySak, funn: Funn) -> None:
    funn.krev((*sti, "grupperingsid"), sak.grupperingsid, *NOEKKEL)


def _saksinnhold(sti: Sti, sak: Saksinnhold, funn: Funn) -> None:
    funn.krev((*sti, "merkelapp"), sak.merkelapp, *NOEKKEL)
    funn.krev((*sti, "virksomhetsnummer"), sak.virksomhetsnummer, virksomhetsnummer)
    _mottakere(sti, sak.mottakere, funn)
    funn.krev((*sti, "tittel"), sak.tittel, ikke_blank, hoeyst(LENGSTE_TITTEL), ingen_foedselsnummer)
    funn.krev((*sti, "tilleggsinformasjon"), sak.tilleggsinformasjon, *TILLEGGSINFORMASJON)
    funn.krev((*sti, "nesteSteg"), sak.neste_steg, *NESTE_STEG)
    funn.krev((*sti, "lenke"), sak.lenke, *LENKE)
    _slettetidspunkt((*sti, "hardDelete"), sak.hard_delete, funn)


def _saksendring(sti: Sti, ellers: Saksendring | None, funn: Funn) -> None:
    if ellers is None:
        return
    if ellers.status is None and not (ellers.tidspunkt is None and ellers.overstyr_statustekst_med is None):
        funn.feil((*sti, "status"), "must be given with tidspunkt and overstyrStatustekstMed, which are of it.")
    funn.krev((*sti, "lenke"), ellers.lenke, *LENKE)
    funn.krev((*sti, "nesteSteg"), ellers.neste_steg, *NESTE_STEG)
    funn.krev((*sti, "tilleggsinformasjon"), ellers.tilleggsinformasjon, *TILLEGGSINFORMASJON)
    if ellers.hard_delete is not None:
        _slettetidspunkt((*sti, "hardDelete", "nyTid"), ellers.hard_delete.ny_tid, funn)


def _sikre_sak(kommando: SikreSak, funn: Funn) -> None:
    sak: NySak | None = kommando.sak
    if sak is not None:
        _grupperingsid(("sak",), sak, funn)
        _saksinnhold(("sak",), sak, funn)
    _saksendring(("ellers",), kommando.ellers, funn)
    _idempotensnoekkel(kommando, funn)


def _sikre_aapen_sak(kommando: SikreAapenSak, funn: Funn) -> None:
    funn.krev(("saksnoekkel",), kommando.saksnoekkel, *NOEKKEL)
    sak: Saksinnhold | None = kommando.sak
    if sak is not None:
        _saksinnhold(("sak",), sak, funn)
    _saksendring(("ellers",), kommando.ellers, funn)
    _idempotensnoekkel(kommando, funn)


def _ny_notifikasjon(ny: NyNotifikasjon, funn: Funn) -> None:
    funn.krev(("merkelapp",), ny.merkelapp, *NOEKKEL)
    funn.krev(("eksternId",), ny.ekstern_id, *NOEKKEL)
    funn.krev(("grupperingsid",), ny.grupperingsid, *NOEKKEL)
    funn.krev(("saksnoekkel",), ny.saksnoekkel, *NOEKKEL)
    if ny.grupperingsid is not None and ny.saksnoekkel is not None:
        funn.feil(("saksnoekkel",), "must be left out when grupperingsid is given.")
    funn.krev(("virksomhetsnummer",), ny.virksomhetsnummer, virksomhetsnummer)
    _mottakere((), ny.mottakere, funn)
    funn.krev(("tekst",), ny.tekst, *TEKST)
    funn.krev(("lenke",), ny.lenke, *LENKE)
    _varsler(("eksterneVarsler",), ny.eksterne_varsler, ny.ugyldige_varsler, funn)
    _slettetidspunkt(("hardDelete",), ny.hard_delete, funn)


def _ny_beskjed(beskjed: NyBeskjed, funn: Funn) -> None:
    _ny_notifikasjon(beskjed, funn)


def _ny_oppgave(oppgave: NyOppgave, funn: Funn) -> None:
    _ny_notifikasjon(oppgave, funn)
    _paaminnelse(oppgave.paaminnelse, oppgave.ugyldige_varsler, funn)


def _ny_kalenderavtale(avtale: NyKalenderavtale, funn: Funn) -> None:
    _ny_notifikasjon(avtale, funn)
    if avtale.grupperingsid is None and avtale.saksnoekkel is None:
        funn.feil(("grupperingsid",), "must be given, or else saksnoekkel: a kalenderavtale belongs to a sak.")
    _paaminnelse(avtale.paaminnelse, avtale.ugyldige_varsler, funn)


def _oppdater_kalenderavtale(kommando: OppdaterKalenderavtale, funn: Funn) -> None:
    _referanse(kommando.kalenderavtale, "ekstern_id", funn)
    funn.krev(("nyTekst",), kommando.ny_tekst, *TEKST)
    funn.krev(("nyLenke",), kommando.ny_lenke, *LENKE)
    _varsler(("eksterneVarsler",), kommando.eksterne_varsler, kommando.ugyldige_varsler, funn)
    _paaminnelse(kommando.paaminnelse, kommando.ugyldige_varsler, funn)
    _oppdatering(kommando, funn)


def _lukk_oppgaver(kommando: LukkOppgaver, funn: Funn) -> None:
    _referanse(kommando.sak, "grupperingsid", funn)
    funn.krev(("nyLenke",), kommando.ny_lenke, *LENKE)
    _oppdatering(kommando, funn)


def _forleng_sletting(kommando: ForlengSletting, funn: Funn) -> None:
    _referanse(kommando.sak, "grupperingsid", funn)
    _oppdatering(kommando, funn)


def _ny_status(status: NyStatus, funn: Funn) -> None:
    _referanse(status.sak, "grupperingsid", funn)
    funn.krev(("nyLenkeTilSak",), status.ny_lenke_til_sak, *LENKE)
    _oppdatering(status, funn)


def _endre_neste_steg(kommando: EndreNesteSteg, funn: Funn) -> None:
    _referanse(kommando.sak, "grupperingsid", funn)
    funn.krev(("nesteSteg",), kommando.neste_steg, *NESTE_STEG)
    _idempotensnoekkel(kommando, funn)


def _endre_tilleggsinformasjon(kommando: EndreTilleggsinformasjon, funn: Funn) -> None:
    _referanse(kommando.sak, "grupperingsid", funn)
    funn.krev(("tilleggsinformasjon",), kommando.tilleggsinformasjon, *TILLEGGSINFORMASJON)
    _idempotensnoekkel(kommando, funn)


def _oppgave_avsluttet(kommando: OppgaveUtfoert | OppgaveUtgaatt, funn: Funn) -> None:
    _referanse(kommando.oppgave, "ekstern_id", funn)
    funn.krev(("nyLenke",), kommando.ny_lenke, *LENKE)
    _oppdatering(kommando, funn)


def _endre_paaminnelse(kommando: EndrePaaminnelse | UtsettFrist, funn: Funn) -> None:
    _referanse(kommando.oppgave, "ekstern_id", funn)
    _paaminnelse(kommando.paaminnelse, kommando.ugyldige_varsler, funn)
    _idempotensnoekkel(kommando, funn)


def _slett_sak(kommando: SlettSak, funn: Funn) -> None:
    _referanse(kommando.sak, "grupperingsid", funn)
    _idempotensnoekkel(kommando, funn)


def _slett_notifikasjon(kommando: SlettNotifikasjon, funn: Funn) -> None:
    _referanse(kommando.notifikasjon, "ekstern_id", funn)
    _idempotensnoekkel(kommando, funn)


def _oppdatering(kommando: MedNySlettetid, funn: Funn) -> None:
    _idempotensnoekkel(kommando, funn)
    slettetid: NySlettetid | None = kommando.hard_delete
    if slettetid is not None:
        _slettetidspunkt(("hardDelete", "nyTid"), slettetid.ny_tid, funn)


def _idempotensnoekkel(kommando: MedIdempotensnoekkel, funn: Funn) -> None:
    funn.krev(("idempotensnoekkel",), kommando.idempotensnoekkel, *NOEKKEL)


def _referanse(referanse: Saksreferanse | Notifikasjonsreferanse | None, noekkel: str, funn: Funn) -> None:
    if referanse is None:
        return
    egne = [getattr(referanse, noekkel)]
    if isinstance(referanse, Saksreferanse):
        egne.append(referanse.saksnoekkel)
    antall = sum(ett is not None for ett in egne)
    if referanse.id is not None:
        gyldig = referanse.merkelapp is None and antall == 0
    else:
        gyldig = referanse.merkelapp is not None and antall == 1
    if not gyldig:
        eller = ", or merkelapp and saksnoekkel" if len(egne) > 1 else ""
        funn.feil(("id",), f"must be given alone, or else both merkelapp and {feltnavn(noekkel)}{eller}.")


def _mottakere(sti: Sti, mottakere: tuple[Mottaker, ...] | None, funn: Funn) -> None:
    if mottakere is None:
        return
    if not mottakere:
        funn.feil((*sti, "mottakere"), "must name at least one mottaker.")
    for nummer, mottaker in enumerate(mottakere):
        her = (*sti, "mottakere", nummer)
        funn.noeyaktig_en(her, altinn_ressurs=mottaker.altinn_ressurs, naermeste_leder=mottaker.naermeste_leder)
        if ressurs := mottaker.altinn_ressurs:
            funn.krev((*her, "altinnRessurs", "ressursId"), ressurs.ressurs_id, *NOEKKEL)
        if leder := mottaker.naermeste_leder:
            funn.krev((*her, "naermesteLeder", "naermesteLederFnr"), leder.naermeste_leder_fnr, foedselsnummer)
            funn.krev((*her, "naermesteLeder", "ansattFnr"), leder.ansatt_fnr, foedselsnummer)


def har_ugyldig_mottaker(varsel: EksterntVarsel) -> bool:
    """Whether a varsel that is one of the three goes to a number or an address that cannot be one."""
    if varsel.sms and not (varsel.epost or varsel.altinnressurs):
        return _bryter(varsel.sms.tlf, mobilnummer)
    if varsel.epost and not (varsel.sms or varsel.altinnressurs):
        return _bryter(varsel.epost.epostadresse, *EPOSTADRESSE)
    return False


def _bryter(tekst: str | None, *regler: Regel) -> bool:
    return tekst is not None and any(regel(tekst) for regel in regler)


def _varsler(sti: Sti, varsler: tuple[EksterntVarsel, ...] | None, ugyldige: UgyldigeVarsler, funn: Funn) -> None:
    for nummer, varsel in enumerate(varsler or ()):
        if ugyldige is UgyldigeVarsler.DROPP and har_ugyldig_mottaker(varsel):
            continue
        her = (*sti, nummer)
        funn.noeyaktig_en(her, sms=varsel.sms, epost=varsel.epost, altinnressurs=varsel.altinnressurs)
        if varsel.sms:
            _sms((*her, "sms"), varsel.sms, funn)
        if varsel.epost:
            _epost((*her, "epost"), varsel.epost, funn)
        if varsel.altinnressurs:
            _altinnvarsel((*her, "altinnressurs"), varsel.altinnressurs, funn)


def _sms(sti: Sti, sms: Sms, funn: Funn) -> None:
    funn.krev((*sti, "mottaker", "kontaktinfo", "tlf"), sms.tlf, mobilnummer)
    funn.krev((*sti, "smsTekst"), sms.sms_tekst, ikke_blank)
    _sendetidspunkt(sti, sms.sendetidspunkt, funn)


def _epost(sti: Sti, epost: Epost, funn: Funn) -> None:
    funn.krev(
        (*sti, "mottaker", "kontaktinfo", "epostadresse"),
        epost.epostadresse,
        *EPOSTADRESSE,
    )
    funn.krev((*sti, "epostTittel"), epost.epost_tittel, ikke_blank)
    funn.krev((*sti, "epostHtmlBody"), epost.epost_html_body, *HTML)
    _sendetidspunkt(sti, epost.sendetidspunkt, funn)


def _altinnvarsel(sti: Sti, bestilling: Altinnvarsel, funn: Funn) -> None:
    funn.krev((*sti, "mottaker", "ressursId"), bestilling.ressurs_id, *NOEKKEL)
    funn.krev((*sti, "epostTittel"), bestilling.epost_tittel, ikke_blank)
    funn.krev((*sti, "epostHtmlBody"), bestilling.epost_html_body, *HTML)
    funn.krev((*sti, "smsTekst"), bestilling.sms_tekst, ikke_blank)
    _sendetidspunkt(sti, bestilling.sendetidspunkt, funn)


def _sendetidspunkt(sti: Sti, naar: Sendetidspunkt | None, funn: Funn) -> None:
    if naar is not None:
        funn.noeyaktig_en((*sti, "sendetidspunkt"), tidspunkt=naar.tidspunkt, sendevindu=naar.sendevindu)


def _paaminnelse(paaminnelse: Paaminnelse | None, ugyldige: UgyldigeVarsler, funn: Funn) -> None:
    if paaminnelse is None:
        return
    sti: Sti = ("paaminnelse", "tidspunkt")
    _varsler(("paaminnelse", "eksterneVarsler"), paaminnelse.eksterne_varsler, ugyldige, funn)
    oenske: Paaminnelsestidspunkt | None = paaminnelse.tidspunkt
    if oenske is None:
        return
    varigheter = {
        "etter_opprettelse": oenske.etter_opprettelse,
        "foer_frist": oenske.foer_frist,
        "foer_start_tidspunkt": oenske.foer_start_tidspunkt,
    }
    funn.noeyaktig_en(sti, konkret=oenske.konkret, **varigheter)
    for navn, tekst in varigheter.items():
        funn.krev((*sti, feltnavn(navn)), tekst, varighet)


def _slettetidspunkt(sti: Sti, tid: Slettetidspunkt | None, funn: Funn) -> None:
    if tid is not None:
        funn.noeyaktig_en(sti, den=tid.den, om=tid.om)
        funn.krev((*sti, "om"), tid.om, varighet)


KONTROLLER: dict[type[Kommando], Callable[[Any, Funn], None]] = {
    NySak: _ny_sak,
    SikreSak: _sikre_sak,
    SikreAapenSak: _sikre_aapen_sak,
    NyStatus: _ny_status,
    EndreNesteSteg: _endre_neste_steg,
    EndreTilleggsinformasjon: _endre_tilleggsinformasjon,
    LukkOppgaver: _lukk_oppgaver,
    ForlengSletting: _forleng_sletting,
    SlettSak: _slett_sak,
    NyBeskjed: _ny_beskjed,
    NyOppgave: _ny_oppgave,
    NyKalenderavtale: _ny_kalenderavtale,
    OppdaterKalenderavtale: _oppdater_kalenderavtale,
    OppgaveUtfoert: _oppgave_avsluttet,
    OppgaveUtgaatt: _oppgave_avsluttet,
    UtsettFrist: _endre_paaminnelse,
    EndrePaaminnelse: _endre_paaminnelse,
    SlettNotifikasjon: _slett_notifikasjon,
    KansellerVarsel: _idempotensnoekkel,
}
