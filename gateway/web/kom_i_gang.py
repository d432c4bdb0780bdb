"""The page on how a producer starts: what `kom-i-gang.md` beside this file says, open to all."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from flask import Blueprint, render_template
from markdown_it import MarkdownIt
from markupsafe import Markup

KILDE = Path(__file__).with_name("kom-i-gang.md")


@cache
def innholdet() -> Markup:
    """The page as HTML. It is our own text; what it may hold of HTML is shown as it is written."""
    som_html: str = MarkdownIt("commonmark", {"html": False}).enable("table").render(KILDE.read_text(encoding="utf-8"))
    return Markup(som_html)  # noqa: S704 - rendered from our own file, without HTML


def lag_kom_i_gang() -> Blueprint:
    blaatrykk = Blueprint("kom_i_gang", __name__)

    @blaatrykk.get("/kom-i-gang")
    def kom_i_gang() -> str:
        return render_template("kom_i_gang.html", innholdet=innholdet())

    return blaatrykk
