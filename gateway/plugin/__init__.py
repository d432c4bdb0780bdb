"""The public surface for authors of plugins and adapters: import from here, and from nothing else in `gateway`.

A producer team's plugin declares its event types and maps each event to kommandoer; an adapter brings a signature
scheme, a channel for varsler, or a source of employers' access. See `hooks.md` beside this file. Each family has a
module, with its hooks: `hendelser` for producers' plugins; `signaturer`, `kanaler` and `tilganger` for adapters.
"""

from __future__ import annotations

from gateway.domain.aapningstider import Sendevindu
from gateway.domain.feil import (
    Avslag,
    DuplikatEksternIdOgMerkelapp,
    DuplikatGrupperingsid,
    DuplikatGrupperingsidEtterDelete,
    Konflikt,
    NotifikasjonFinnesIkke,
    OppgavenErAlleredeUtfoert,
    SakFinnesIkke,
    UgyldigKalenderavtale,
    UgyldigMerkelapp,
    UgyldigMottaker,
    UgyldigPaaminnelseTidspunkt,
    Valideringsfeil,
    VarselFinnesIkke,
)
from gateway.domain.kalenderavtale import Lokasjon
from gateway.domain.kommandoer import (
    EndreNesteSteg,
    EndrePaaminnelse,
    EndreTilleggsinformasjon,
    KansellerVarsel,
    Kommando,
    Notifikasjonsreferanse,
    NyBeskjed,
    NyKalenderavtale,
    NyOppgave,
    NySak,
    NyStatus,
    OppdaterKalenderavtale,
    OppgaveUtfoert,
    OppgaveUtgaatt,
    Saksreferanse,
    SlettNotifikasjon,
    SlettSak,
    UtsettFrist,
)
from gateway.domain.mottaker import AltinnRessurs, Mottaker, NaermesteLeder
from gateway.domain.paaminnelse import Paaminnelse, Paaminnelsestidspunkt
from gateway.domain.sletting import NySlettetid, Slettestrategi, Slettetidspunkt
from gateway.domain.tilstand import Kalenderavtaletilstand, Notifikasjonstype, Saksstatus
from gateway.domain.varsel import Altinnressurs, EksterntVarsel, Epost, Sendetidspunkt, Sms, Varseltype
from gateway.plugin.felles import hookimpl
from gateway.plugin.hendelser import Hendelse, Hendelsestype, Kontekst, Tillat
from gateway.plugin.kanaler import (
    MidlertidigFeil,
    Overlatt,
    Sendt,
    UklartUtfall,
    Utfallskanal,
    VarigFeil,
    Varselkanal,
    VarselTilSending,
)
from gateway.plugin.signaturer import (
    Anmodning,
    Bevis,
    Dekning,
    KanIkkeVerifiseres,
    Signaturordning,
    UgyldigSignatur,
    UgyldigValg,
)
from gateway.plugin.tilganger import Lederforhold, Tilganger, Tilgangskilde, Virksomhetstilgang

__all__ = [
    "AltinnRessurs",
    "Altinnressurs",
    "Anmodning",
    "Avslag",
    "Bevis",
    "Dekning",
    "DuplikatEksternIdOgMerkelapp",
    "DuplikatGrupperingsid",
    "DuplikatGrupperingsidEtterDelete",
    "EksterntVarsel",
    "EndreNesteSteg",
    "EndrePaaminnelse",
    "EndreTilleggsinformasjon",
    "Epost",
    "Hendelse",
    "Hendelsestype",
    "Kalenderavtaletilstand",
    "KanIkkeVerifiseres",
    "KansellerVarsel",
    "Kommando",
    "Konflikt",
    "Kontekst",
    "Lederforhold",
    "Lokasjon",
    "MidlertidigFeil",
    "Mottaker",
    "NaermesteLeder",
    "NotifikasjonFinnesIkke",
    "Notifikasjonsreferanse",
    "Notifikasjonstype",
    "NyBeskjed",
    "NyKalenderavtale",
    "NyOppgave",
    "NySak",
    "NySlettetid",
    "NyStatus",
    "OppdaterKalenderavtale",
    "OppgaveUtfoert",
    "OppgaveUtgaatt",
    "OppgavenErAlleredeUtfoert",
    "Overlatt",
    "Paaminnelse",
    "Paaminnelsestidspunkt",
    "SakFinnesIkke",
    "Saksreferanse",
    "Saksstatus",
    "Sendetidspunkt",
    "Sendevindu",
    "Sendt",
    "Signaturordning",
    "SlettNotifikasjon",
    "SlettSak",
    "Slettestrategi",
    "Slettetidspunkt",
    "Sms",
    "Tilganger",
    "Tilgangskilde",
    "Tillat",
    "UgyldigKalenderavtale",
    "UgyldigMerkelapp",
    "UgyldigMottaker",
    "UgyldigPaaminnelseTidspunkt",
    "UgyldigSignatur",
    "UgyldigValg",
    "UklartUtfall",
    "Utfallskanal",
    "UtsettFrist",
    "Valideringsfeil",
    "VarigFeil",
    "VarselFinnesIkke",
    "VarselTilSending",
    "Varselkanal",
    "Varseltype",
    "Virksomhetstilgang",
    "hookimpl",
]
