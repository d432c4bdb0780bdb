"""The secret that texts and persons are remembered by, and those that it takes over from: which is used for what.

A secret is changed in steps, so that processes of before and after the change understand one another all the way:
every process first knows the next one, then makes it its own and keeps the one before.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Noekkelring:
    """`gjeldende` makes all new hashes. `neste` may be in use already elsewhere; `forrige` was, until lately.

    `eldre` are for hashes alone, which live for years: nobody's session is opened by a secret that is long gone.
    """

    gjeldende: bytes = field(repr=False)
    neste: bytes | None = field(default=None, repr=False)
    forrige: bytes | None = field(default=None, repr=False)
    eldre: tuple[bytes, ...] = field(default=(), repr=False)

    def hash(self, tekst: str) -> str:
        """A keyed hash: remembers a text, or a person, without keeping it."""
        return _hash(self.gjeldende, tekst)

    def hasher(self, tekst: str) -> tuple[str, ...]:
        """All that the text may be remembered as; first what it is from now on."""
        return _hasher(tekst, self.gjeldende, self.neste, self.forrige, *self.eldre)

    def avloeste(self, tekst: str) -> tuple[str, ...]:
        """What the text may have been remembered as, and is to be no more."""
        naa = self.hash(tekst)
        return tuple(ett for ett in _hasher(tekst, self.forrige, *self.eldre) if ett != naa)

    def etter_alder(self, tekst: str) -> tuple[str, ...]:
        """What processes that run side by side now remember it as, the oldest secret's first."""
        return _hasher(tekst, self.forrige, self.gjeldende, self.neste)

    @property
    def hemmeligheter(self) -> tuple[bytes, ...]:
        """All that may have been used; first what is used from now on."""
        alle = (self.gjeldende, self.neste, self.forrige, *self.eldre)
        return tuple(dict.fromkeys(ett for ett in alle if ett is not None))

    def er_avloest(self, hemmelighet: bytes) -> bool:
        """Whether it is one of before: what it still holds is to be held by `gjeldende`."""
        return hemmelighet not in (self.gjeldende, self.neste)

    @property
    def oektnoekler(self) -> tuple[bytes, ...]:
        """Those beside `gjeldende` whose signatures still count."""
        return tuple(ett for ett in (self.neste, self.forrige) if ett is not None)


def _hasher(tekst: str, *noekler: bytes | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_hash(noekkel, tekst) for noekkel in noekler if noekkel is not None))


def _hash(noekkel: bytes, tekst: str) -> str:
    return hmac.digest(noekkel, tekst.encode(), "sha256").hex()
