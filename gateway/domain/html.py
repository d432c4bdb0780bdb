"""The HTML of e-mails: what producers send, without what could harm or watch whoever opens it."""

from __future__ import annotations

from dataclasses import replace
from html import unescape

import nh3

from gateway.domain.varsel import EksterntVarsel

TILLATTE_TAGGER = {
    *("a", "b", "blockquote", "br", "code", "dd", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr"),
    *("i", "li", "ol", "p", "pre", "s", "small", "span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot"),
    *("th", "thead", "tr", "u", "ul"),
}
TILLATTE_ATTRIBUTTER = {"a": {"href", "title"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}


# What no reader of the mail sees, so its text goes with it.
UTEN_INNHOLD = {
    "script",
    "style",
    "title",
    "template",
    "noscript",
    "noframes",
    "textarea",
    "select",
    "iframe",
    "object",
}


def renset_html(html: str) -> str:
    """E-mail HTML without script, event handlers or anything that is fetched from elsewhere when it is opened."""
    return nh3.clean(
        html,
        tags=TILLATTE_TAGGER,
        clean_content_tags=UTEN_INNHOLD,
        attributes=TILLATTE_ATTRIBUTTER,
        url_schemes={"http", "https", "mailto", "tel"},
    )


def synlig_tekst(html: str) -> str:
    """The text that is left to be seen once the HTML is sanitised."""
    return unescape(nh3.clean(html, tags=set(), clean_content_tags=UTEN_INNHOLD))


def renset(varsel: EksterntVarsel) -> EksterntVarsel:
    """The varsel as it is kept and sent: its HTML sanitised."""
    if epost := varsel.epost:
        return replace(varsel, epost=replace(epost, epost_html_body=renset_html(epost.epost_html_body)))
    if altinn := varsel.altinnressurs:
        return replace(varsel, altinnressurs=replace(altinn, epost_html_body=renset_html(altinn.epost_html_body)))
    return varsel
