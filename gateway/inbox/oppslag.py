"""Look-ups for plugins: the services that the register names are asked in the plugin's place, before the mapping.

Each service of each producer has limits of its own: few questions at once, a breaker, a bound on time and size. What it
answers is kept for as long as the register says; questions and answers may be about somebody, so they are never logged.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from gateway.domain.bryter import LUKKET, Bryter, Bryterregel
from gateway.domain.hendelse import Feilklasse
from gateway.domain.hendelsesdata import UgyldigJson, les_json
from gateway.domain.pause import Pauser
from gateway.domain.tekst import alt_escapet
from gateway.kjerne import Kjerne
from gateway.nabo import ForStortSvar, Nabosvar, NaboSvarerIkke, spoer
from gateway.oppsett.oppslagsvalg import Oppslagsvalg
from gateway.plugin.hendelser import Oppslag

logger = logging.getLogger(__name__)

FLEST_OM_GANGEN = 4
FLEST_OPPSLAG = 20
LENGSTE = 2_000
GATEWAYENS_EGNE = frozenset({"accept", "connection", "content-length", "host", "transfer-encoding"})
HODENAVN = re.compile(r"[A-Za-z0-9-]{1,100}")
FLEST_HUSKET = 1_000
REGEL = Bryterregel(taaler=5, pauser=Pauser(foerste=dt.timedelta(seconds=5), lengste=dt.timedelta(minutes=5)))
PROEVETID = dt.timedelta(seconds=30)
LENGSTE_PAUSE = dt.timedelta(minutes=10)
INGEN_SVAR = (404, 410)
MANGLER_ADGANG = (401, 403)
FOR_MANGE = 429
SVAR, MELLOMLAGER = "SVAR", "MELLOMLAGER"


class OppslagFeilet(Exception):
    """The service gave no answer. The text names the service, and repeats neither the question nor the answer.

    `vent`: how long the service, or its breaker, asks to be left alone.
    """

    def __init__(self, kode: str, klasse: Feilklasse, melding: str, *, vent: dt.timedelta | None = None) -> None:
        super().__init__(f"{kode}: {melding}")
        self.kode, self.klasse, self.melding, self.vent = kode, klasse, melding, vent


@dataclass(frozen=True, kw_only=True)
class Sporring:
    """What is sent, but for the secret; and what an answer is remembered by."""

    url: str = field(repr=False)
    hoder: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@dataclass
class _Tjeneste:
    """What is known of one service of one producer. Threads share it."""

    plasser: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(FLEST_OM_GANGEN))
    laas: threading.Lock = field(default_factory=threading.Lock)
    bryter: Bryter = LUKKET
    husket: OrderedDict[Sporring, tuple[dt.datetime, Any]] = field(default_factory=OrderedDict)


class Oppslagstjeneste:
    """Asks the services. One for a process; threads share it. `naa` is real time."""

    def __init__(self, kjerne: Kjerne, naa: Callable[[], dt.datetime]) -> None:
        self._kjerne = kjerne
        self._naa = naa
        self._laas = threading.Lock()
        self._tjenester: dict[tuple[str, str], _Tjeneste] = {}

    def svar(self, produsent: str, spoersmaal: Sequence[Oppslag]) -> Mapping[str, Any]:
        """What the services answer, by the navn of each question; None where there is nothing to be found (404, 410),
        and where a question is `valgfritt` and has no answer. Outside any transaction: it waits for the network.

        Raises OppslagFeilet.
        """
        if len(spoersmaal) > FLEST_OPPSLAG:
            raise OppslagFeilet(
                "ForMangeOppslag", Feilklasse.VARIG, f"the plugin asks for more than {FLEST_OPPSLAG} look-ups at once"
            )
        svar: dict[str, Any] = {}
        for ett in spoersmaal:
            try:
                svar[ett.navn] = self._spoer(produsent, ett)
            except OppslagFeilet as feil:
                # What the configuration lacks is told, however little the plugin needs it.
                if not ett.valgfritt or feil.klasse is Feilklasse.KONFIGURASJON:
                    raise
                svar[ett.navn] = None
        return svar

    def _spoer(self, produsent: str, oppslag: Oppslag) -> Any:
        valg = self._valg(produsent, oppslag)
        tjeneste = self._tjeneste(produsent, oppslag.tjeneste)
        sporring = sporring_av(valg, oppslag)
        begynte = time.monotonic()
        utfall = SVAR
        try:
            if (husket := self._husket(tjeneste, sporring)) is not None:
                utfall = MELLOMLAGER
                return husket[0]
            svar = self._hent(tjeneste, valg, oppslag.tjeneste, sporring)
            self._husk(tjeneste, valg, sporring, svar)
            return svar
        except OppslagFeilet as feil:
            utfall = feil.kode
            logger.info(
                "a look-up gave no answer",
                extra={"produsent": produsent, "tjeneste": oppslag.tjeneste, "kode": feil.kode},
            )
            raise
        finally:
            self._kjerne.maaler.oppslag(produsent, oppslag.tjeneste, utfall, time.monotonic() - begynte)

    def _valg(self, produsent: str, oppslag: Oppslag) -> Oppslagsvalg:
        oppfoering = self._kjerne.produsenter.oppfoeringer.get(produsent)
        valg = oppfoering.plugin.oppslag.get(oppslag.tjeneste) if oppfoering and oppfoering.plugin else None
        if valg is None:
            # The name is the plugin's own, and may be any text: it is not repeated.
            raise OppslagFeilet(
                "OppslagMangler",
                Feilklasse.KONFIGURASJON,
                "the plugin asks a service that is not under plugin.oppslag of its produsent in the register; add it",
            )
        return valg

    def _tjeneste(self, produsent: str, navn: str) -> _Tjeneste:
        with self._laas:
            return self._tjenester.setdefault((produsent, navn), _Tjeneste())

    # --- asking ------------------------------------------------------------------------------------------------

    def _hent(self, tjeneste: _Tjeneste, valg: Oppslagsvalg, navn: str, sporring: Sporring) -> Any:
        try:
            hoder = {**dict(sporring.hoder), "Accept": "application/json", **valg.hoder()}
        except ValueError as feil:
            raise OppslagFeilet(
                "OppslagUtenHemmelighet", Feilklasse.KONFIGURASJON, f"the hemmelighet of {navn} {feil}"
            ) from None
        if not tjeneste.plasser.acquire(timeout=valg.sekunder):
            raise _midlertidig("OppslagOpptatt", f"{navn} has {FLEST_OM_GANGEN} questions under way that do not end")
        try:
            self._slipp_inn(tjeneste, navn)
            try:
                svar = self._forsoek(valg, navn, sporring.url, hoder)
            except OppslagFeilet as feil:
                self._noter(tjeneste, feilet=feil.klasse is Feilklasse.MIDLERTIDIG)
                raise
            self._noter(tjeneste, feilet=False)
            return svar
        finally:
            tjeneste.plasser.release()

    def _slipp_inn(self, tjeneste: _Tjeneste, navn: str) -> None:
        """Raises OppslagFeilet while the service is left alone; lets one through when its pause has run out."""
        naa = self._naa()
        with tjeneste.laas:
            if not tjeneste.bryter.kan_proeve(naa):
                igjen = (tjeneste.bryter.pauset_til or naa) - naa
                raise OppslagFeilet(
                    "OppslagPauset",
                    Feilklasse.MIDLERTIDIG,
                    f"{navn} has failed again and again, and is left alone for a while",
                    vent=igjen,
                )
            if tjeneste.bryter.er_pauset:
                tjeneste.bryter = tjeneste.bryter.paa_proeve(naa, PROEVETID)

    def _noter(self, tjeneste: _Tjeneste, *, feilet: bool) -> None:
        naa = self._naa()
        with tjeneste.laas:
            tjeneste.bryter = tjeneste.bryter.etter_feil(REGEL, naa) if feilet else LUKKET

    def _forsoek(self, valg: Oppslagsvalg, navn: str, url: str, hoder: Mapping[str, str]) -> Any:
        for igjen in reversed(range(valg.forsoek)):
            try:
                return self._ett(valg, navn, url, hoder)
            except OppslagFeilet as feil:
                # Whoever says how long to wait is not asked again at once.
                if not igjen or feil.klasse is not Feilklasse.MIDLERTIDIG or feil.vent is not None:
                    raise
        raise AssertionError("there is at least one try")

    def _ett(self, valg: Oppslagsvalg, navn: str, url: str, hoder: Mapping[str, str]) -> Any:
        try:
            svar = spoer(url, hoder, sekunder=valg.sekunder, stoerst=valg.stoerst)
        except NaboSvarerIkke as feil:
            raise _midlertidig("OppslagSvarerIkke", f"{navn}: {feil}") from None
        except ForStortSvar as feil:
            raise OppslagFeilet("OppslagForStort", Feilklasse.VARIG, f"the answer of {navn}: {feil}") from None
        return les_svar(navn, svar)

    # --- what is remembered ------------------------------------------------------------------------------------

    def _husket(self, tjeneste: _Tjeneste, sporring: Sporring) -> tuple[Any] | None:
        with tjeneste.laas:
            funnet = tjeneste.husket.get(sporring)
            if funnet is None or funnet[0] <= self._naa():
                return None
            return (funnet[1],)

    def _husk(self, tjeneste: _Tjeneste, valg: Oppslagsvalg, sporring: Sporring, svar: Any) -> None:
        if not valg.mellomlager:
            return
        with tjeneste.laas:
            tjeneste.husket[sporring] = (self._naa() + valg.mellomlager, svar)
            tjeneste.husket.move_to_end(sporring)
            while len(tjeneste.husket) > FLEST_HUSKET:
                tjeneste.husket.popitem(last=False)


def sporring_av(valg: Oppslagsvalg, oppslag: Oppslag) -> Sporring:
    """The question as it is sent: below the address of its service, whatever the plugin says. Raises OppslagFeilet."""
    ledd = [ett for ett in oppslag.sti.split("/") if ett]
    if any(ett in (".", "..") for ett in ledd):
        raise _ugyldig("the sti of a look-up must not hold . or ..")
    try:
        sti = "".join(f"/{quote(ett, safe='')}" for ett in ledd)
        spoerring = urlencode(sorted(oppslag.parametre.items()))
    except (UnicodeError, TypeError):
        raise _ugyldig("a look-up holds what is no text that can be sent") from None
    egne = {
        "accept",
        "host",
        "connection",
        "content-length",
        "transfer-encoding",
        (valg.hode or "").split(":")[0].lower(),
    }
    for navn, verdi in oppslag.hoder.items():
        if not HODENAVN.fullmatch(navn) or navn.lower() in egne:
            raise _ugyldig("a look-up has a header that is none, or that the gateway sets itself")
        if not (verdi.isascii() and verdi.isprintable()):
            raise _ugyldig("a look-up has a header whose value is not plain ASCII")
    hoder = tuple(sorted(oppslag.hoder.items()))
    if len(sti) + len(spoerring) + sum(len(navn) + len(verdi) for navn, verdi in hoder) > LENGSTE:
        raise _ugyldig(f"a look-up is longer than {LENGSTE} characters")
    return Sporring(url=f"{valg.url.rstrip('/')}{sti}?{spoerring}".removesuffix("?"), hoder=hoder)


def les_svar(navn: str, svar: Nabosvar) -> Any:
    """The JSON of an answer; None where there is nothing to be found. Raises OppslagFeilet."""
    if svar.status in INGEN_SVAR:
        return None
    if svar.status in MANGLER_ADGANG:
        raise OppslagFeilet(
            "OppslagUtenAdgang",
            Feilklasse.KONFIGURASJON,
            f"{navn} answered {svar.status}; correct its hemmelighet or hode in the produsentregister",
        )
    if svar.status == FOR_MANGE or svar.status >= 500:
        raise _midlertidig("OppslagSvarerIkke", f"{navn} answered {svar.status}", vent=_vent(svar))
    if svar.status != 200:
        raise OppslagFeilet("OppslagAvvist", Feilklasse.VARIG, f"{navn} answered {svar.status}")
    try:
        # As it can be kept with the event, so that a later try maps the same.
        return alt_escapet(les_json(svar.kropp))
    except UgyldigJson:
        raise _midlertidig("OppslagUlesbart", f"{navn} answered 200 with what is no JSON") from None


def _vent(svar: Nabosvar) -> dt.timedelta | None:
    sekunder = svar.hoder.get("retry-after", "")
    if not (sekunder.isascii() and sekunder.isdigit() and len(sekunder) < 10):
        return None
    return min(dt.timedelta(seconds=int(sekunder)), LENGSTE_PAUSE)


def _ugyldig(melding: str) -> OppslagFeilet:
    return OppslagFeilet("UgyldigOppslag", Feilklasse.VARIG, melding)


def _midlertidig(kode: str, melding: str, *, vent: dt.timedelta | None = None) -> OppslagFeilet:
    return OppslagFeilet(kode, Feilklasse.MIDLERTIDIG, melding, vent=vent)
