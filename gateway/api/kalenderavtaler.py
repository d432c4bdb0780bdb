"""Kalenderavtaler: appointments on a sak."""

from __future__ import annotations

from typing import Any

from gateway.api.beskjeder import (
    NyNotifikasjonSkjema,
    OpprettetMedPaaminnelseSkjema,
    opprett,
    oppretting,
)
from gateway.api.deler import (
    EksterntVarselSkjema,
    LokasjonSkjema,
    MedUgyldigeVarslerSkjema,
    NySlettetidSkjema,
    PaaminnelseSkjema,
)
from gateway.api.notifikasjoner import SLUTT, START, les_og_slett
from gateway.api.ramme import lag_ressurs
from gateway.api.skjema import (
    boolfelt,
    eksempel_av,
    lenkefelt,
    liste,
    nestet,
    noekkelfelt,
    tekstfelt,
    tidspunktfelt,
    valgfelt,
)
from gateway.api.veier import EKSTERN_ID, endring
from gateway.domain import feil
from gateway.domain.kommandoer import Notifikasjonsreferanse, NyKalenderavtale, OppdaterKalenderavtale
from gateway.domain.tilstand import Kalenderavtaletilstand, Notifikasjonstype
from gateway.domain.validering import LENGSTE_TEKST

ressurs = lag_ressurs("kalenderavtaler", "/kalenderavtaler", "Kalenderavtaler: appointments on a sak")


FOER_START = {**eksempel_av(PaaminnelseSkjema()), "tidspunkt": {"foerStartTidspunkt": "P1D"}}


class NyKalenderavtaleSkjema(NyNotifikasjonSkjema):
    bygger = NyKalenderavtale
    ekstern_id = noekkelfelt("Your own key, unique within the merkelapp.", "avtale-1", required=True)
    grupperingsid = noekkelfelt(
        "The sak it belongs to, which must exist. Required, unless saksnoekkel is given.", "sak-1"
    )
    paaminnelse = nestet(PaaminnelseSkjema(), "A reminder.", FOER_START)
    start_tidspunkt = tidspunktfelt("When it starts.", START, required=True)
    slutt_tidspunkt = tidspunktfelt("When it ends; not before it starts.", SLUTT)
    lokasjon = nestet(LokasjonSkjema(), "Where it takes place.")
    er_digitalt = boolfelt("Whether it takes place online.", eksempel=False, load_default=False, allow_none=False)
    tilstand = valgfelt(
        Kalenderavtaletilstand,
        "How it stands; AVHOLDT comes by itself once the start has passed.",
        load_default=Kalenderavtaletilstand.VENTER_SVAR_FRA_ARBEIDSGIVER,
        allow_none=False,
    )


class OppdaterKalenderavtaleSkjema(MedUgyldigeVarslerSkjema):
    """What it names is changed; null, and an empty list, change nothing."""

    gjelder = OppdaterKalenderavtale
    paaminnelse = nestet(PaaminnelseSkjema(), "A new reminder.", FOER_START)

    ny_tilstand = valgfelt(
        Kalenderavtaletilstand, "How it stands now. AVLYST cancels unsent varsler and the paaminnelse."
    )
    nytt_start_tidspunkt = tidspunktfelt(
        "A new start. The paaminnelse that is still to come is worked out anew from it.", START
    )
    nytt_slutt_tidspunkt = tidspunktfelt("A new end; not before the start.", SLUTT)
    ny_tekst = tekstfelt("A new text. No run of 11 digits.", "Møtet er flyttet", lengst=LENGSTE_TEKST)
    ny_lenke = lenkefelt("A new link.", "https://arbeidsgiver.nav.no/1/ny")
    ny_lokasjon = nestet(LokasjonSkjema(), "A new place.")
    ny_er_digitalt = boolfelt("Whether it takes place online.", eksempel=True)
    eksterne_varsler = liste(EksterntVarselSkjema(), "Varsler in place of those not yet sent.", load_default=())
    hard_delete = nestet(NySlettetidSkjema(), "A change of the deletion time; `om` counts from the receipt.")


@oppretting(
    ressurs,
    NyKalenderavtaleSkjema(),
    OpprettetMedPaaminnelseSkjema(),
    feil.SakFinnesIkke,
    feil.UgyldigKalenderavtale,
    feil.UgyldigPaaminnelseTidspunkt,
)
def opprett_kalenderavtale(kalenderavtale: NyKalenderavtale) -> tuple[dict[str, Any], int]:
    """Create a kalenderavtale

    The sak must exist. The same content again answers the existing id with 200 and changes nothing.
    """
    return opprett(kalenderavtale)


@endring(
    ressurs,
    "PATCH",
    "",
    EKSTERN_ID,
    feil.UgyldigKalenderavtale,
    feil.UgyldigPaaminnelseTidspunkt,
    kropp=OppdaterKalenderavtaleSkjema(),
)
def oppdater_kalenderavtale(avtale: Notifikasjonsreferanse, innhold: dict[str, Any]) -> OppdaterKalenderavtale:
    """Change a kalenderavtale

    Only what is named is changed; naming nothing succeeds and changes nothing. One that is AVLYST or AVHOLDT, as it
    stands after the update, has no new time (`Konflikt`). A paaminnelse that cannot stand with the new start is
    dropped, and `merknader` say so.
    """
    return OppdaterKalenderavtale(kalenderavtale=avtale, **innhold)


les_og_slett(ressurs, Notifikasjonstype.KALENDERAVTALE)
