"""What the schemes have in common: how options are read, and how what was sent is compared to what was expected."""

from __future__ import annotations

import difflib
import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import marshmallow
from marshmallow import fields, validate

from gateway.plugin import Anmodning, Dekning, UgyldigSignatur, UgyldigValg
from gateway.plugin.oppsett import UKJENT, Konfigskjema

MINST_TEGN = 16  # of a secret that a person may have thought up: whoever sees a signature can try shorter ones
# The name of a header (RFC 9110), without `_`: the way in lets no such header through, since WSGI takes it for `-`.
HODENAVN = re.compile(r"[A-Za-z0-9!#$%&'*+.^`|~-]{1,100}")


class Hodenavn(fields.String):
    """The name of a header, in whichever case."""

    def __init__(self, **annet: Any) -> None:
        feil = "must be the name of a header: letters, digits and `-`, and no `_`"
        super().__init__(validate=validate.Regexp(HODENAVN.pattern + r"\Z", error=feil), **annet)


def en_av(*valg: str) -> validate.OneOf:
    return validate.OneOf(valg, error="must be one of {choices}")


class KortTekst(fields.String):
    """A text that can stand in a header, and in an answer that says what should have stood there."""

    def __init__(self, *, hoeyst: int, **annet: Any) -> None:
        super().__init__(
            validate=[
                validate.Length(max=hoeyst, error="must be at most {max} characters"),
                validate.Regexp(r"[ -~]*\Z", error="must be ASCII, on one line"),
            ],
            **annet,
        )


class Ordning:
    """A scheme as most are: without options, and without messages that only try the connection."""

    navn: str
    dekker = Dekning()
    # The options that a source may give, where the scheme has any.
    skjema: ClassVar[type[Konfigskjema] | None] = None

    def er_proeve(self, anmodning: Anmodning) -> bool:
        del anmodning
        return False

    def proevesvar(self, anmodning: Anmodning) -> Mapping[str, Any]:
        del anmodning
        return {}

    def les_valg(self, valg: Mapping[str, Any]) -> dict[str, Any]:
        """The options of a source, checked, with their defaults. Raises UgyldigValg."""
        if self.skjema is None:
            if valg:
                raise UgyldigValg(dict.fromkeys(valg, f"is no option: {self.navn} has none; remove it"))
            return {}
        skjema = self.skjema()
        try:
            lest: dict[str, Any] = skjema.load(valg)
        except marshmallow.ValidationError as feil:
            raise UgyldigValg({navn: self._sagt(navn, hva, skjema) for navn, hva in _meldinger(feil)}) from None
        return lest

    def _sagt(self, navn: str, hva: Sequence[str], skjema: Konfigskjema) -> str:
        if UKJENT not in hva:
            return "; ".join(hva)
        ligner = difflib.get_close_matches(navn, skjema.fields, n=1)
        raad = f"did you mean {ligner[0]}?" if ligner else f"it has {', '.join(skjema.fields)}"
        return f"is no option of {self.navn}; {raad}"


def _meldinger(feil: marshmallow.ValidationError) -> Iterator[tuple[str, Sequence[str]]]:
    """Each option with what is wrong with it, or with a part of it."""
    meldinger = feil.messages if isinstance(feil.messages, dict) else {"": feil.messages}
    yield from ((str(navn), list(_setninger(hva))) for navn, hva in meldinger.items())


def _setninger(hva: Any, sted: str = "") -> Iterator[str]:
    if isinstance(hva, Mapping):
        for ledd, under in hva.items():
            yield from _setninger(under, sted if ledd in ("key", "value") else f"{sted}{ledd}: ")
    else:
        yield from (f"{sted}{ett}" for ett in hva)


def krev_hemmeligheter(hemmeligheter: Sequence[str]) -> None:
    """Raises UgyldigSignatur: a source with no secret lets nobody in."""
    if not hemmeligheter:
        raise UgyldigSignatur("the source has no hemmelighet to verify with; give one in its configuration")


def en_stemmer(ventede: Iterable[bytes], sendte: Sequence[bytes]) -> bool:
    """Whether any that was sent is any that was expected.

    Every pair is compared, also after a match, so that the time tells nothing of which secret is in use, and nothing of
    how much of one is right.
    """
    funnet = False
    for ventet in ventede:
        for sendt in sendte:
            funnet |= hmac.compare_digest(ventet, sendt)
    return funnet


def krev_hode(anmodning: Anmodning, navn: str) -> str:
    """The value of a header. Raises UgyldigSignatur for one that is missing, or empty."""
    verdi = anmodning.hoder.get(navn.lower())
    if not verdi:
        raise UgyldigSignatur(f"the header {navn} is missing or empty")
    return verdi


def er_en_av(sendt: bytes, hemmeligheter: Iterable[bytes]) -> bool:
    """Whether a secret that was sent as it is, is one of these; the time tells nothing, not even of their length."""
    return en_stemmer([_avtrykk(ett) for ett in hemmeligheter], [_avtrykk(sendt)])


def _avtrykk(tekst: bytes) -> bytes:
    return hashlib.sha256(tekst).digest()


def krev_styrke(ordning: str, hemmelighet: str, minst: int = MINST_TEGN) -> None:
    """Raises ValueError, without the secret, for one that is too short to be safe, or cannot be made bytes of."""
    som_bytes(ordning, hemmelighet)
    if len(hemmelighet) < minst:
        raise ValueError(
            f"a hemmelighet for {ordning} must be at least {minst} characters; make one with "
            "`openssl rand -hex 32`, and give it to the sender too"
        )


def som_bytes(ordning: str, hemmelighet: str) -> bytes:
    """Raises ValueError, without the secret."""
    try:
        return hemmelighet.encode()
    except UnicodeEncodeError:
        raise ValueError(
            f"a hemmelighet for {ordning} is not UTF-8; correct it in the source's configuration"
        ) from None
