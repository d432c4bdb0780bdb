"""Each producer's own secret, with which what its plugins name by persons is hashed: the same for ever.

It is drawn once and kept wrapped (AES key wrap, RFC 3394) by a key that is made of HEMMELIG_NOEKKEL: whoever has the
database alone has nothing. When HEMMELIG_NOEKKEL is changed, the first process that has the new one for its own wraps
it anew; those of the step before know the new one too. So what was hashed before a change is found after it.
"""

from __future__ import annotations

import hmac
import secrets
import threading

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from gateway.domain.hendelse import Feilklasse
from gateway.domain.noekkelring import Noekkelring
from gateway.store.database import Database
from gateway.store.tabeller import Produsentnoekkel
from gateway.vertskap.feil import MANGLER_KONFIGURASJON, Pluginfeil

LENGDE = 32


class Produsentnoekler:
    """The producers' secrets, each fetched once in a process. Called with a producer's id."""

    def __init__(self, database: Database, noekkelring: Noekkelring) -> None:
        self._database, self._ring = database, noekkelring
        self._laas = threading.Lock()
        self._hentet: dict[str, bytes] = {}

    def __call__(self, produsent: str) -> bytes:
        """Raises Utilgjengelig; Pluginfeil, of class KONFIGURASJON, when no secret known here has wrapped it."""
        with self._laas:
            if produsent not in self._hentet:
                self._hentet[produsent] = self._hent(produsent)
            return self._hentet[produsent]

    def _hent(self, produsent: str) -> bytes:
        with self._database.tilkobling():
            rad = Produsentnoekkel.get_or_none(Produsentnoekkel.produsent == produsent)
        if rad is None:
            rad = self._database.i_transaksjon(lambda: self._lag(produsent))
        for hemmelighet in self._ring.hemmeligheter:
            try:
                noekkel = aes_key_unwrap(_innpakning(hemmelighet, produsent), bytes.fromhex(rad.innpakket))
            except (InvalidUnwrap, ValueError):
                continue
            if self._ring.er_avloest(hemmelighet):
                self._database.i_transaksjon(lambda: self._pakk_om(rad, noekkel))  # noqa: B023 - called here
            return noekkel
        raise Pluginfeil(
            f"the key of the producer {produsent} was made with another HEMMELIG_NOEKKEL; name that among "
            "HEMMELIG_NOEKKEL_ELDRE",
            kode=MANGLER_KONFIGURASJON,
            klasse=Feilklasse.KONFIGURASJON,
        )

    def _lag(self, produsent: str) -> Produsentnoekkel:
        """Draw one, unless another process has done so meanwhile."""
        innpakket = self._pakket(produsent, secrets.token_bytes(LENGDE))
        Produsentnoekkel.insert(produsent=produsent, innpakket=innpakket).on_conflict_ignore().execute()
        rad: Produsentnoekkel = Produsentnoekkel.get_by_id(produsent)
        return rad

    def _pakk_om(self, rad: Produsentnoekkel, noekkel: bytes) -> None:
        Produsentnoekkel.update(innpakket=self._pakket(rad.produsent, noekkel)).where(
            Produsentnoekkel.produsent == rad.produsent, Produsentnoekkel.innpakket == rad.innpakket
        ).execute()

    def _pakket(self, produsent: str, noekkel: bytes) -> str:
        return aes_key_wrap(_innpakning(self._ring.gjeldende, produsent), noekkel).hex()


def _innpakning(hemmelighet: bytes, produsent: str) -> bytes:
    return hmac.digest(hemmelighet, f"produsentnoekkel\0{produsent}".encode(), "sha256")
