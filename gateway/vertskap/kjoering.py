"""A plugin, loaded and called in the process at hand: what its own process does, and what a plugin's tests may do."""

from __future__ import annotations

import datetime as dt
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar

from gateway.plugin.hendelser import (
    Del,
    Endring,
    Hendelse,
    HoppOver,
    Identitet,
    Kontekst,
    Lagre,
    Merknad,
    Oppgradering,
    Oppslag,
    VentPaa,
)
from gateway.plugin.uttrykk import Uttrykksfeil
from gateway.vertskap.erklaering import Erklaering, Pluginsted
from gateway.vertskap.feil import Pluginfeil
from gateway.vertskap.grenser import Grenser
from gateway.vertskap.hooker import Hook
from gateway.vertskap.lagersyn import Lagersyn, Leser
from gateway.vertskap.oppdrag import Resultat
from gateway.vertskap.svar import Svarleser
from gateway.vertskap.versjoner import Oppgraderinger, Typeversjoner, frosset

Svar = TypeVar("Svar")
FRA_OVERSETT = (Del, HoppOver, Lagre, Merknad, VentPaa)
FRA_OBSERVATOER = (Lagre,)


@dataclass(frozen=True, kw_only=True)
class Omgivelser:
    """What the gateway gives a hook beside the event. Without `les`, the state cannot be read."""

    naa: dt.datetime
    oppslag: Mapping[str, Any] = field(default_factory=dict)
    ventet_forgjeves: bool = False
    les: Leser | None = None


@dataclass(frozen=True, kw_only=True)
class Lastet:
    """All of a plugin that has been imported and found to be well."""

    sted: Pluginsted
    erklaering: Erklaering
    hooker: Mapping[str, Hook]
    oppgraderinger: Oppgraderinger = field(default_factory=dict)
    lageroppgraderinger: Mapping[int, Oppgradering] = field(default_factory=dict)
    hemmelige: tuple[tuple[str | int, ...], ...] = ()


class Pluginkjoering:
    """A plugin that keeps to its hooks, for one producer. Its faults are Pluginfeil, but for a MemoryError.

    `hashnoekkel` is what `kontekst.hashet` hashes with.
    """

    def __init__(self, lastet: Lastet, grenser: Grenser | None = None, *, hashnoekkel: bytes | None = None) -> None:
        self.erklaering = lastet.erklaering
        self._lastet = lastet
        self._svar = Svarleser(lastet.erklaering.navn, grenser or Grenser())
        self._innstillinger = frosset(dict(lastet.sted.innstillinger))
        self._typer = {navn: Typeversjoner(versjoner) for navn, versjoner in self.erklaering.typer.items()}
        self._hash = partial(_hash, hashnoekkel)

    @property
    def navn(self) -> str:
        return self.erklaering.navn

    @property
    def hemmelige(self) -> tuple[tuple[str | int, ...], ...]:
        """Where its settings are secrets."""
        return self._lastet.hemmelige

    def identitet(self, hendelse: Hendelse, data: Any) -> Identitet | None:
        """Who the event is, as the hook says it, else by its type's own expressions; None for neither.

        `data` is that of the event, not frozen. Raises Pluginfeil.
        """
        if "identitet" in self._lastet.hooker:
            sett = self._sett(hendelse, data)
            svar = self._kall("identitet", hendelse=sett, kontekst=self._smal_kontekst(hendelse))
            if (identitet := self._svar.identitet(svar)) is not None:
                return identitet
        try:
            funnet = self.erklaering.finn(hendelse.type, data)
        except Uttrykksfeil as feil:
            raise Pluginfeil(f"{self.navn}: {feil}") from feil
        if funnet.id is None:
            return None
        return self._svar.identitet(Identitet(id=funnet.id, noekkel=funnet.noekkel, tid=funnet.tid))

    def noekkel(self, hendelse: Hendelse, data: Any) -> str | None:
        """The plugin's own ordering key. `data` as in `identitet`. Raises Pluginfeil."""
        if "noekkel" not in self._lastet.hooker:
            return None
        sett = self._sett(hendelse, data)
        return self._svar.noekkel(self._kall("noekkel", hendelse=sett, kontekst=self._smal_kontekst(hendelse)))

    def tilpass(self, hendelse: Hendelse, data: Any) -> Hendelse:
        """The event in the version that the mapping sees; `data` as in `identitet`.

        Raises Pluginfeil when it follows no version's schema.
        """
        typen = self._typer[hendelse.type]
        funnet = typen.krev(data)
        hvor = f"{self.navn}.oppgraderinger"
        nye, versjon = typen.oppgrader(hvor, data, funnet, self._lastet.oppgraderinger)
        return replace(hendelse, data=hendelse.data if nye is data else frosset(nye), versjon=versjon)

    def oppslag(self, hendelse: Hendelse, omgivelser: Omgivelser | None = None) -> list[Oppslag]:
        """What an event, adapted by `tilpass`, needs to be looked up. Raises Pluginfeil, Grensebrudd."""
        if "oppslag" not in self._lastet.hooker:
            return []
        omgivelser = omgivelser or Omgivelser(naa=hendelse.mottatt)
        return self._med_lager("oppslag", omgivelser, self._svar.oppslag, hendelse=hendelse)

    def oversett(self, hendelse: Hendelse, omgivelser: Omgivelser | None = None) -> Resultat:
        """What an event, adapted by `tilpass`, becomes. Raises Pluginfeil, Grensebrudd."""
        lest = partial(self._svar.resultat, "oversett", tillatte=FRA_OVERSETT)
        omgivelser = omgivelser or Omgivelser(naa=hendelse.mottatt)
        return self._med_lager("oversett", omgivelser, lest, hendelse=hendelse)

    def etter_endring(self, endring: Endring, omgivelser: Omgivelser) -> Resultat:
        """What the plugin answers to a change. Raises Pluginfeil, Grensebrudd."""
        if "etter_endring" not in self._lastet.hooker:
            return Resultat()
        lest = partial(self._svar.resultat, "etter_endring", tillatte=FRA_OBSERVATOER)
        return self._med_lager("etter_endring", omgivelser, lest, endring=endring)

    def _med_lager(self, hook: str, omgivelser: Omgivelser, les_svar: Callable[[Any], Svar], **om: Any) -> Svar:
        """Call the hook with the state at hand, which is shut when its answer has been read."""
        lager = self._lager(omgivelser.les)
        kontekst = Kontekst(
            innstillinger=self._innstillinger,
            naa=omgivelser.naa,
            lager=lager,
            oppslag=frosset(dict(omgivelser.oppslag)),
            ventet_forgjeves=omgivelser.ventet_forgjeves,
            hashing=self._hash,
        )
        try:
            svar = les_svar(self._kall(hook, kontekst=kontekst, **om))
        except Pluginfeil as feil:
            raise lager.feil or feil from feil.__cause__
        finally:
            lager.lukk()
        if lager.feil is not None:
            raise lager.feil
        return svar

    def _sett(self, hendelse: Hendelse, data: Any) -> Hendelse:
        """The event as it was sent, with the version that it follows, else the newest."""
        typen = self._typer.get(hendelse.type)
        funnet = typen and (typen.finn(data) if typen.flere else typen.nyeste)
        return replace(hendelse, versjon=funnet or (typen.nyeste if typen else 1))

    def _smal_kontekst(self, hendelse: Hendelse) -> Kontekst:
        return Kontekst(
            innstillinger=self._innstillinger, naa=hendelse.mottatt, lager=self._lager(None), hashing=self._hash
        )

    def _lager(self, les: Leser | None) -> Lagersyn:
        return Lagersyn(
            self.navn,
            les,
            versjon=self.erklaering.lagerversjon,
            oppgraderinger=self._lastet.lageroppgraderinger,
        )

    def _kall(self, hook: str, **argumenter: Any) -> Any:
        try:
            return self._lastet.hooker[hook](**argumenter)
        except (MemoryError, Pluginfeil):
            raise
        except BaseException as feil:
            raise Pluginfeil(f"{self.navn}.{hook} raised {type(feil).__name__}") from feil


def _hash(noekkel: bytes | None, tekst: str) -> str:
    """Raises TypeError for what is no text; RuntimeError where there is nothing to hash with."""
    if not isinstance(tekst, str):
        raise TypeError(f"hashet takes text, not {type(tekst).__name__}")
    if noekkel is None:
        raise RuntimeError("nothing can be hashed here: this gateway was started without the producer's key")
    return hmac.digest(noekkel, tekst.encode(errors="surrogatepass"), "sha256").hex()
