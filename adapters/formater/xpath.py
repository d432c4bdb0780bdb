"""XPath over what others send, in the part of the language whose cost follows the size of the message.

A path goes downwards: child elements, attributes, text, and `//` once. What looks up, sideways, or through the whole
message for each element is refused as the source is read, and not met when somebody sends a large message.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from lxml import etree

from gateway.plugin.formater import LENGSTE, Uttrykksfeil

# How many elements may be looked at by the expressions of one message that look at all of it for each event.
FLEST_BESOEK = 2_000_000
FLEST_PREDIKATER = 8
FUNKSJONER = frozenset(
    {
        *("boolean", "ceiling", "concat", "contains", "count", "false", "floor", "last", "local-name", "name"),
        *("namespace-uri", "node", "normalize-space", "not", "number", "position", "round", "starts-with", "string"),
        *("string-length", "substring", "substring-after", "substring-before", "text", "translate", "true"),
    }
)
AKSER = frozenset({"attribute", "child", "descendant", "descendant-or-self", "self"})
_TEKST = re.compile(r"\"[^\"]*\"|'[^']*'")
_FUNKSJON = re.compile(r"([A-Za-z_][\w.-]*(?::[\w.-]+)?)\s*\(")
_AKSE = re.compile(r"([A-Za-z_][\w-]*)\s*::")
_DYPT = re.compile(r"//|descendant")
_ABSOLUTT = re.compile(r"(?:^|[\[(,|=<>!+*]|\s)\s*/")


class Omfang(Enum):
    """What an expression looks at."""

    HENDELSEN = "the event"
    MELDINGEN = "the message: the same for each of its events"
    BEGGE = "both"


@dataclass
class Soekested:
    """An event, and the message that it stands in. `funnet`: what has been found in the message once for all events."""

    element: etree._Element
    melding: Meldingstre


@dataclass
class Meldingstre:
    """A message as it is searched: how many elements it has, and how many may still be looked at."""

    rot: etree._Element
    noder: int
    besoek: int = FLEST_BESOEK
    funnet: dict[str, Any] = field(default_factory=dict)


class XPath:
    """One compiled expression. Raises Uttrykksfeil for what is none, or costs too much."""

    def __init__(self, tekst: str, navnerom: Mapping[str, str]) -> None:
        if not tekst or len(tekst) > LENGSTE:
            raise Uttrykksfeil(f"must be XPath of at most {LENGSTE} characters")
        if not tekst.isprintable():
            raise Uttrykksfeil("is not XPath: it holds control characters")
        try:
            self._uttrykk = etree.XPath(tekst, namespaces=dict(navnerom) or None, regexp=False, smart_strings=False)
        except etree.XPathError as feil:
            raise Uttrykksfeil(f"is not XPath: {feil}") from None
        self.tekst = tekst
        self._omfang = _omfang(tekst)
        try:
            self._uttrykk(etree.Element("en"))  # a prefix or a number of arguments that is wrong is told at start
        except etree.XPathError as feil:
            raise Uttrykksfeil(f"is not XPath here: {feil}; `navnerom` says what a prefix stands for") from None

    def finn(self, soekes: Any) -> Any:
        """A text without blanks around it, a whole number, a truth; None for nothing. Raises Uttrykksfeil."""
        sted: Soekested = soekes
        melding = sted.melding
        if self._omfang is Omfang.MELDINGEN:
            if self.tekst not in melding.funnet:
                melding.funnet[self.tekst] = self._som_verdi(sted.melding.rot)
            return melding.funnet[self.tekst]
        if self._omfang is Omfang.BEGGE:
            melding.besoek -= melding.noder
            if melding.besoek < 0:
                raise Uttrykksfeil("looks at the whole message for too many events; let it look within each event")
        return self._som_verdi(sted.element)

    def elementer(self, sted: Soekested) -> list[etree._Element]:
        """The elements that it finds, in their order. Raises Uttrykksfeil when it finds anything else."""
        funnet = self._finn(sted.element)
        if not isinstance(funnet, list) or not all(isinstance(ett, etree._Element) for ett in funnet):
            raise Uttrykksfeil("finds something else than elements")
        return funnet

    def _finn(self, element: etree._Element) -> Any:
        try:
            return self._uttrykk(element)
        except etree.XPathError as feil:
            raise Uttrykksfeil(f"failed on this message: {type(feil).__name__}") from None

    def _som_verdi(self, element: etree._Element) -> Any:
        funnet = self._finn(element)
        if isinstance(funnet, list):
            if not funnet:
                return None
            funnet = funnet[0]
        if isinstance(funnet, etree._Element):
            funnet = "".join(funnet.itertext())
        if isinstance(funnet, str):
            return funnet.strip() or None
        if isinstance(funnet, float) and funnet.is_integer():
            return int(funnet)
        return funnet if isinstance(funnet, bool | float) else None


def _omfang(tekst: str) -> Omfang:
    """What the expression looks at. Raises Uttrykksfeil for what costs more than the size of the message."""
    uten_tekster = _TEKST.sub("''", tekst)
    for funksjon in _FUNKSJON.findall(uten_tekster):
        if funksjon not in FUNKSJONER:
            raise Uttrykksfeil(f"uses {funksjon}(), which is not read here; there are {', '.join(sorted(FUNKSJONER))}")
    for akse in _AKSE.findall(uten_tekster):
        if akse not in AKSER:
            raise Uttrykksfeil(f"uses {akse}::, and a path goes downwards only: {', '.join(sorted(AKSER))}")
    if ".." in uten_tekster:
        raise Uttrykksfeil("uses `..`, and a path goes downwards only: begin above, or with `/`")
    if "$" in uten_tekster:
        raise Uttrykksfeil("uses a variable, and there are none")
    utenfor, predikater = _uten_predikater(uten_tekster)
    if len(predikater) > FLEST_PREDIKATER:
        raise Uttrykksfeil(f"has {len(predikater)} conditions in brackets; {FLEST_PREDIKATER} are read")
    for predikat in predikater:
        if _DYPT.search(predikat) or _ABSOLUTT.search(f"[{predikat}"):
            raise Uttrykksfeil("looks through the message within brackets; a condition is of the element itself")
    stier = utenfor.split("|")
    if any(len(_DYPT.findall(sti)) > 1 for sti in stier):
        raise Uttrykksfeil("uses `//` twice in a path; name the elements between")
    absolutte = [bool(_ABSOLUTT.search(sti)) for sti in stier]
    if not any(absolutte):
        return Omfang.HENDELSEN
    hele = all(sti.strip().startswith("/") for sti in stier) and not _FUNKSJON.search(re.sub(r"text\s*\(", "", utenfor))
    return Omfang.MELDINGEN if hele else Omfang.BEGGE


def _uten_predikater(tekst: str) -> tuple[str, list[str]]:
    """The expression without what stands in brackets, and what does, the outermost."""
    utenfor, predikater, dybde, siden = [], [], 0, 0
    for nr, tegn in enumerate(tekst):
        if tegn == "[":
            dybde += 1
            predikater += [""] * (dybde > 1)  # one within another counts too
            siden = nr + 1 if dybde == 1 else siden
        elif tegn == "]":
            dybde -= 1
            if dybde == 0:
                predikater.append(tekst[siden:nr])
        elif dybde == 0:
            utenfor.append(tegn)
    return "".join(utenfor), predikater
