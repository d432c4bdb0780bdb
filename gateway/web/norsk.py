"""What employers read about times and states, in Norwegian: Oslo time, and relative to now where that is plainer."""

from __future__ import annotations

import datetime as dt

from gateway.domain.tid import ETT_DOEGN, dato_i_oslo, oslo
from gateway.domain.tilstand import Kalenderavtaletilstand, Notifikasjonstype, Oppgavetilstand
from gateway.reading.visning import Notifikasjonsvisning

MAANEDER = (
    *("januar", "februar", "mars", "april", "mai", "juni"),
    *("juli", "august", "september", "oktober", "november", "desember"),
)
HASTER_INNEN = dt.timedelta(days=1)
ET_OEYEBLIKK = dt.timedelta(microseconds=1)
FLEST_PAA_BJELLA = 99
SLAG = {
    Notifikasjonstype.BESKJED: "Beskjed",
    Notifikasjonstype.OPPGAVE: "Oppgave",
    Notifikasjonstype.KALENDERAVTALE: "Avtale",
}
AVTALETILSTANDER = {
    Kalenderavtaletilstand.VENTER_SVAR_FRA_ARBEIDSGIVER: "Svar på invitasjonen",
    Kalenderavtaletilstand.ARBEIDSGIVER_VIL_AVLYSE: "Du har bedt om å avlyse",
    Kalenderavtaletilstand.ARBEIDSGIVER_VIL_ENDRE_TID_ELLER_STED: "Du har bedt om endring",
    Kalenderavtaletilstand.ARBEIDSGIVER_HAR_GODTATT: "Du har godtatt",
    Kalenderavtaletilstand.AVLYST: "Avlyst",
    Kalenderavtaletilstand.AVHOLDT: "Avholdt",
}


def slag(notifikasjon: Notifikasjonsvisning) -> str:
    return SLAG[notifikasjon.type]


def dato(dag: dt.date) -> str:
    return f"{dag.day}. {MAANEDER[dag.month - 1]} {dag.year}"


def tidspunkt(tid: dt.datetime, naa: dt.datetime) -> str:
    dag = dato_i_oslo(tid)
    return f"{_naer_dato(dag, naa) or dato(dag)} kl. {oslo(tid):%H.%M}"


def frist(notifikasjon: Notifikasjonsvisning, naa: dt.datetime) -> str | None:
    """The frist; of an oppgave that is still to be done, how near it is."""
    if notifikasjon.frist is None:
        return None
    aapen = notifikasjon.tilstand is Oppgavetilstand.NY
    naar = (_naer_dato(notifikasjon.frist, naa) or "").lower() if aapen else ""
    utloept = aapen and notifikasjon.frist < dato_i_oslo(naa)
    return f"{'Fristen gikk ut' if utloept else 'Frist'} {naar or dato(notifikasjon.frist)}"


def haster(notifikasjon: Notifikasjonsvisning, naa: dt.datetime) -> bool:
    """Whether the oppgave must be done by tomorrow."""
    if notifikasjon.frist is None or notifikasjon.tilstand is not Oppgavetilstand.NY:
        return False
    return notifikasjon.frist <= dato_i_oslo(naa) + HASTER_INNEN


def tilstand(notifikasjon: Notifikasjonsvisning) -> str | None:
    if isinstance(notifikasjon.tilstand, Kalenderavtaletilstand):
        return AVTALETILSTANDER[notifikasjon.tilstand]
    match notifikasjon.tilstand:
        case Oppgavetilstand.NY:
            return "Ny"
        case Oppgavetilstand.UTFOERT:
            return _naar("Utført", notifikasjon.utfoert_tidspunkt)
        case Oppgavetilstand.UTGAATT:
            # A frist expires at the midnight that ends its day; to a reader it is that day that it expired.
            utgaatt = notifikasjon.utgaatt_tidspunkt
            return _naar("Utgått", utgaatt and utgaatt - ET_OEYEBLIKK)
        case None:
            return None


def avtaletid(notifikasjon: Notifikasjonsvisning, naa: dt.datetime) -> str | None:
    """When an appointment takes place, from and to."""
    if notifikasjon.start_tidspunkt is None:
        return None
    fra, slutt = tidspunkt(notifikasjon.start_tidspunkt, naa), notifikasjon.slutt_tidspunkt
    if slutt is None:
        return fra
    samme_dag = dato_i_oslo(slutt) == dato_i_oslo(notifikasjon.start_tidspunkt)
    return f"{fra}–{oslo(slutt):%H.%M}" if samme_dag else f"{fra} – {tidspunkt(slutt, naa).lower()}"


def sted(notifikasjon: Notifikasjonsvisning) -> str | None:
    """Where an appointment takes place."""
    steder = []
    if notifikasjon.lokasjon is not None:
        steder.append(
            f"{notifikasjon.lokasjon.adresse}, {notifikasjon.lokasjon.postnummer} {notifikasjon.lokasjon.poststed}"
        )
    if notifikasjon.er_digitalt:
        steder.append("Digitalt møte")
    return " · ".join(steder) or None


def antall_paa_bjella(antall: int) -> str:
    return str(antall) if antall <= FLEST_PAA_BJELLA else f"{FLEST_PAA_BJELLA}+"


def antall_nye(antall: int) -> str:
    return f"{antall} {'ny' if antall == 1 else 'nye'}"


def _naar(hva: str, tid: dt.datetime | None) -> str:
    return hva if tid is None else f"{hva} {dato(dato_i_oslo(tid))}"


def _naer_dato(dag: dt.date, naa: dt.datetime) -> str | None:
    i_dag = dato_i_oslo(naa)
    return {i_dag - ETT_DOEGN: "I går", i_dag: "I dag", i_dag + ETT_DOEGN: "I morgen"}.get(dag)
