"""Inntektsmelding: a request that the employer must answer, over its life.

Messages in the "rapids and rivers" shape: `@event_name` is the type, `@id` the identity. The key is the forespørsel's
id, at top level or in `data`. Some arrive twice, late, or after the sak was deleted: what is missing is passed over.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.plugin import (
    Altinnressurs,
    AltinnRessurs,
    EksterntVarsel,
    EndrePaaminnelse,
    Epost,
    Hendelse,
    Hendelsestype,
    Kommando,
    Kontekst,
    Mottaker,
    Notifikasjonsreferanse,
    NyOppgave,
    NySak,
    NySlettetid,
    NyStatus,
    OppgaveUtfoert,
    OppgaveUtgaatt,
    Paaminnelse,
    Paaminnelsestidspunkt,
    Saksreferanse,
    Saksstatus,
    Sendetidspunkt,
    Sendevindu,
    Slettestrategi,
    Slettetidspunkt,
    Tillat,
    hookimpl,
)
from plugins.inntektsmelding import tekster
from plugins.inntektsmelding.avslag import MANGLER, MANGLER_ELLER_UTFOERT
from plugins.inntektsmelding.skjema import hendelsestyper_av

VERSJON = "1"
