"""An issuer's public keys: fetched beside the requests, kept, and fetched anew when a token names one that is unknown.

A token whose key is kept never waits for the network. One that needs a fetch waits for the first second of it, with few
others; then the answer is given by the keys that there are.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, KeySet, RSAKey

from gateway.nabo import ForStortSvar, NaboSvarerIkke, spoer
from gateway.plugin import KanIkkeVerifiseres

logger = logging.getLogger(__name__)

HENTES_PAA_NYTT_SEKUNDER = 600
HOLDER_SEKUNDER = 3600
HENT_TIDLIGST_IGJEN_SEKUNDER = 30
UTEN_NOEKLER_IGJEN_SEKUNDER = 2
VENT_SEKUNDER = 1.0
VENTER_SAMTIDIG = 2
FRIST_SEKUNDER = 5.0  # for all of a fetch, however slowly the answer drips
GIS_OPP_SEKUNDER = 120  # for one that the deadline does not reach, as in a look-up of the name
STOERSTE_SVAR = 256 * 1024
FLEST_NOEKLER = 100
MINSTE_RSA_BITS = 2048
HEMMELIGE_LEDD = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")
NOEKKELTYPER: dict[str, type[RSAKey | ECKey]] = {"RSA": RSAKey, "EC": ECKey}


class UtstederUtilgjengelig(KanIkkeVerifiseres):
    """The issuer's keys cannot be had now: none are kept, or none that are fresh enough to refuse by."""


class UgyldigJwks(Exception):
    """What was answered is no set of public keys to verify by. The text repeats nothing of it."""


class Noekler(Protocol):
    def for_kid(self, kid: str | None) -> KeySet:
        """The issuer's keys, fetched anew if `kid` is not among those that are kept. Raises UtstederUtilgjengelig."""


@dataclass(frozen=True)
class FasteNoekler:
    noekler: KeySet

    def for_kid(self, kid: str | None) -> KeySet:
        del kid
        return self.noekler


@dataclass(frozen=True)
class _Kjente:
    noekler: KeySet
    kider: frozenset[str]
    hentet: float


@dataclass(frozen=True)
class _Henting:
    """One fetch, by a thread of its own."""

    startet: float
    ferdig: threading.Event


class JwksNoekler:
    """Keys fetched from a JWKS URL. An unknown `kid` cannot make it ask more often than every 30 seconds.

    A key that the issuer has withdrawn is among them for ten minutes where tokens come, and for an hour at most; longer
    only while the issuer does not answer. Nobody holds a lock while anything is fetched.
    """

    def __init__(self, url: str, naa: Callable[[], float] = time.monotonic, *, frist: float = FRIST_SEKUNDER) -> None:
        self._url = url
        self._naa = naa
        self._frist = frist
        self._laas = threading.Lock()  # of the decision to fetch, and of nothing that takes time
        self._plasser = threading.BoundedSemaphore(VENTER_SAMTIDIG)
        self._kjente: _Kjente | None = None
        self._henting: _Henting | None = None
        self._sist_feilet = False

    def for_kid(self, kid: str | None) -> KeySet:
        kjente = self._kjente
        if kjente is None or not self._har(kjente, kid):
            self._vent(self.hent_ved_behov())
        elif (alder := self._alder(kjente)) > HENTES_PAA_NYTT_SEKUNDER:
            henting = self.hent_ved_behov()
            if alder > HOLDER_SEKUNDER and not self._sist_feilet:
                self._vent(henting)
        kjente = self._kjente
        if kjente is None or not (self._har(kjente, kid) or self._alder(kjente) <= HOLDER_SEKUNDER):
            raise UtstederUtilgjengelig("The keys of the token's issuer cannot be fetched now.")
        return kjente.noekler

    @staticmethod
    def _har(kjente: _Kjente, kid: str | None) -> bool:
        return kid is None or kid in kjente.kider

    def _alder(self, kjente: _Kjente) -> float:
        return self._naa() - kjente.hentet

    def hent_ved_behov(self) -> _Henting | None:
        """Start a fetch, unless one is under way or was a moment ago. The fetch under way, if there is one."""
        with self._laas:
            forrige, naa = self._henting, self._naa()
            if forrige is not None:
                if not forrige.ferdig.is_set() and naa - forrige.startet < GIS_OPP_SEKUNDER:
                    return forrige
                pause = UTEN_NOEKLER_IGJEN_SEKUNDER if self._kjente is None else HENT_TIDLIGST_IGJEN_SEKUNDER
                if naa - forrige.startet < pause:
                    return None
            henting = self._henting = _Henting(naa, threading.Event())
        try:
            threading.Thread(target=self._hent, args=(henting,), name="jwks", daemon=True).start()
        except RuntimeError:  # the machine has no thread to give; it may at the next try
            henting.ferdig.set()
        return henting

    def _vent(self, henting: _Henting | None) -> None:
        """Wait for the first second of a fetch: one that hangs costs no more than that, however long it hangs."""
        if henting is None or not self._plasser.acquire(blocking=False):
            return
        try:
            henting.ferdig.wait(max(0.0, henting.startet + VENT_SEKUNDER - self._naa()))
        finally:
            self._plasser.release()

    def _hent(self, henting: _Henting) -> None:
        try:
            noekler = les_jwks(_last_ned(self._url, self._frist))
            kider = frozenset(str(ett.kid) for ett in noekler.keys)
            self._kjente, self._sist_feilet = _Kjente(noekler, kider, self._naa()), False
        except Exception as feil:  # noqa: BLE001 - the answer is another's, and the thread has nobody to tell
            # The keys that are kept go on being used: an issuer that is down locks nobody out.
            self._sist_feilet = True
            grunn = str(feil) if isinstance(feil, UgyldigJwks | NaboSvarerIkke) else type(feil).__name__
            logger.warning("JWKS could not be fetched", extra={"url": self._url, "feil": grunn})
        finally:
            henting.ferdig.set()


def hentede_noekler(url: str) -> JwksNoekler:
    """The keys at a JWKS URL, which are asked for at once: the first request should not have to wait for them."""
    noekler = JwksNoekler(url)
    noekler.hent_ved_behov()
    return noekler


def les_jwks(svar: bytes) -> KeySet:
    """The public keys in a JWKS that signatures can be verified by.

    A key of a kind or form that is not understood is passed over, as RFC 7517 says. A set with a key that is secret is
    refused whole. Raises UgyldigJwks.
    """
    try:
        innhold = json.loads(svar)
    except (ValueError, RecursionError):
        raise UgyldigJwks("it is not JSON") from None
    liste = innhold.get("keys") if isinstance(innhold, dict) else None
    if not isinstance(liste, list) or not all(isinstance(ett, dict) for ett in liste):
        raise UgyldigJwks("it has no list of keys")
    if len(liste) > FLEST_NOEKLER:
        raise UgyldigJwks(f"it has more than {FLEST_NOEKLER} keys")
    if any(ett.get("kty") == "oct" or any(ledd in ett for ledd in HEMMELIGE_LEDD) for ett in liste):
        raise UgyldigJwks("it has a key that is secret")
    noekler: list[Key] = list(_brukelige(liste))
    if not noekler:
        raise UgyldigJwks("it has no key that signatures can be verified by")
    return KeySet(noekler)


def _brukelige(liste: list[dict[str, Any]]) -> Iterator[RSAKey | ECKey]:
    for ett in liste:
        kty, kid = ett.get("kty"), ett.get("kid", "")
        type_ = NOEKKELTYPER.get(kty) if isinstance(kty, str) else None
        if type_ is None or not isinstance(kid, str) or ett.get("use", "sig") != "sig":
            continue
        try:
            noekkel = type_.import_key(ett)
            if isinstance(noekkel, ECKey) or noekkel.public_key.key_size >= MINSTE_RSA_BITS:
                yield noekkel
        except (JoseError, ValueError, TypeError, KeyError, AttributeError):
            continue


def _last_ned(url: str, frist: float) -> bytes:
    """The body that the URL answers with 200, within `frist` seconds. Raises UgyldigJwks, NaboSvarerIkke."""
    try:
        svar = spoer(url, {"Accept": "application/json"}, sekunder=frist, stoerst=STOERSTE_SVAR)
    except ForStortSvar as feil:
        raise UgyldigJwks(str(feil)) from None
    if svar.status != HTTPStatus.OK:
        raise UgyldigJwks(f"the status is {svar.status}")
    return svar.kropp
