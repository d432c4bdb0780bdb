"""The plain text of an HTML message, for the readers and filters of mail that do not take HTML."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_USYNLIG = frozenset({"head", "script", "style", "template", "title"})
_NY_LINJE = frozenset({"br", "dd", "div", "dt", "hr", "li", "table", "tr"})
_NYTT_AVSNITT = frozenset(
    {"blockquote", "dl", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "pre", "section", "table", "ul"}
)


def ren_tekst(html: str) -> str:
    """The text as one would read it: paragraphs, list items, and where each link leads."""
    leser = _Leser()
    leser.feed(html)
    leser.close()
    linjer = [" ".join(linje.split()) for linje in "".join(leser.deler).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(linjer)).strip() + "\n"


class _Leser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.deler: list[str] = []
        self._usynlige = 0
        self._lenker: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _USYNLIG:
            self._usynlige += 1
        elif tag == "a":
            self._lenker.append((dict(attrs).get("href") or "", len(self.deler)))
        else:
            self._brudd(tag)
            if tag == "li":
                self.deler.append("- ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _USYNLIG:
            self._usynlige = max(0, self._usynlige - 1)
        elif tag == "a" and self._lenker:
            href, fra = self._lenker.pop()
            if href and href != "".join(self.deler[fra:]).strip():
                self.deler.append(f" ({href})")
        elif tag in _NYTT_AVSNITT:
            self._brudd(tag)
        elif tag in ("td", "th"):
            self.deler.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._usynlige:
            self.deler.append(re.sub(r"\s+", " ", data))

    def _brudd(self, tag: str) -> None:
        if tag in _NYTT_AVSNITT:
            self.deler.append("\n\n")
        elif tag in _NY_LINJE:
            self.deler.append("\n")
