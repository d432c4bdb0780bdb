"""The plain text of an HTML message, for the readers and filters of mail that do not take HTML."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser

_USYNLIG = frozenset(
    {"audio", "canvas", "head", "iframe", "math", "noembed", "noframes", "object", "script", "select", "style", "svg"}
    | {"datalist", "template", "textarea", "title", "video"}
)
_UTEN_SLUTT = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
_NY_LINJE = frozenset({"dd", "div", "dt", "hr", "li", "tr"})
_NYTT_AVSNITT = frozenset(
    {"blockquote", "dl", "h1", "h2", "h3", "h4", "h5", "h6", "p", "pre", "section", "table", "ol", "ul"}
)
_SKJULT = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)\b", re.IGNORECASE)
INNRYKK = "  "
FLEST_INNRYKK = 20


def ren_tekst(html: str) -> str:
    """The text as one would read it: paragraphs, lists with their marks and numbers, and where each link leads.

    Nothing that is not shown in the message is in it.
    """
    leser = _Leser()
    leser.feed(html)
    leser.close()
    return leser.tekst()


@dataclass(frozen=True)
class _Brudd:
    """Where a line ends. `avsnitt`: with an empty line after it; `punkt` begins the next, which is at `dybde`."""

    dybde: int
    avsnitt: bool = False
    tvunget: bool = False
    punkt: str = ""


@dataclass
class _Liste:
    nummerert: bool
    nummer: int = 0

    def neste(self) -> str:
        self.nummer += 1
        return f"{self.nummer}. " if self.nummerert else "- "


class _Leser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._deler: list[str | _Brudd] = []
        # The elements that are not shown, from the one that hides to those of its own kind within it.
        self._usynlige: list[str] = []
        self._lister: list[_Liste] = []
        self._lenker: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        egne = dict(attrs)
        if tag == "body":
            self._usynlige.clear()
        if self._usynlige:
            if tag == self._usynlige[-1]:
                self._usynlige.append(tag)
        elif tag not in _UTEN_SLUTT and (
            tag in _USYNLIG or "hidden" in egne or _SKJULT.search(egne.get("style") or "")
        ):
            self._usynlige.append(tag)
        elif tag == "a":
            self._lenker.append((egne.get("href") or "", len(self._deler)))
        elif tag == "br":
            self._bryt(tvunget=True)
        elif tag in ("ol", "ul"):
            self._bryt(avsnitt=not self._lister)
            self._lister.append(_Liste(nummerert=tag == "ol"))
        elif tag == "li":
            self._bryt(punkt=self._lister[-1].neste() if self._lister else "- ")
        else:
            self._bryt_ved(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # In HTML the slash says nothing.
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if self._usynlige:
            if tag == self._usynlige[-1]:
                self._usynlige.pop()
        elif tag == "a" and self._lenker:
            href, fra = self._lenker.pop()
            vist = "".join(ett for ett in self._deler[fra:] if isinstance(ett, str)).strip()
            if href and href != vist:
                self._deler.append(f" ({href})")
        elif tag in ("ol", "ul"):
            if self._lister:
                self._lister.pop()
            self._bryt(avsnitt=not self._lister)
        elif tag in ("td", "th"):
            self._deler.append(" ")
        else:
            self._bryt_ved(tag)

    def handle_data(self, data: str) -> None:
        if not self._usynlige:
            self._deler.append(data)

    def _bryt_ved(self, tag: str) -> None:
        if tag in _NYTT_AVSNITT:
            self._bryt(avsnitt=True)
        elif tag in _NY_LINJE:
            self._bryt()

    def _bryt(self, *, avsnitt: bool = False, tvunget: bool = False, punkt: str = "") -> None:
        self._deler.append(_Brudd(min(len(self._lister), FLEST_INNRYKK), avsnitt, tvunget, punkt))

    def tekst(self) -> str:
        linjer: list[str] = []
        bit: list[str] = []
        dybde, punkt, tomme, avsnitt = 0, "", 0, False
        for ett in [*self._deler, _Brudd(0)]:
            if isinstance(ett, str):
                bit.append(ett)
                continue
            if linje := " ".join("".join(bit).split()):
                if linjer and (avsnitt or tomme > 1):
                    linjer.append("")
                linjer.append(INNRYKK * (dybde - bool(punkt)) + punkt + linje)
                dybde, punkt, tomme, avsnitt = 0, "", 0, False
            bit.clear()
            tomme += ett.tvunget
            avsnitt = avsnitt or (ett.avsnitt and not punkt)
            # A paragraph within an item stands beside the item's mark.
            dybde, punkt = (ett.dybde, ett.punkt) if ett.punkt or not punkt else (dybde, punkt)
        return "\n".join(linjer) + "\n"
