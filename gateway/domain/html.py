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
# Of other tags the text stays; of these it was never shown, or makes no sense outside them.
TAS_BORT_MED_INNHOLD = {
    *("audio", "canvas", "datalist", "iframe", "math", "noembed", "noframes", "noscript", "object", "script", "select"),
    *("style", "svg", "template", "textarea", "title", "video"),
}
TILLATTE_ATTRIBUTTER = {
    "*": {"hidden"},
    "a": {"href", "title"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}


def renset_html(html: str) -> str:
    """E-mail HTML without script, event handlers or anything that is fetched from elsewhere when it is opened."""
    return nh3.clean(
        html,
        tags=TILLATTE_TAGGER,
        attributes=TILLATTE_ATTRIBUTTER,
        clean_content_tags=TAS_BORT_MED_INNHOLD,
        url_schemes={"http", "https", "mailto", "tel"},
    )


def synlig_tekst(html: str) -> str:
    """The text that is left to be seen once the HTML is sanitised."""
    return unescape(nh3.clean(html, tags=set(), clean_content_tags=TAS_BORT_MED_INNHOLD))


def renset(varsel: EksterntVarsel) -> EksterntVarsel:
    """The varsel as it is kept and sent: its HTML sanitised."""
    if epost := varsel.epost:
        return replace(varsel, epost=replace(epost, epost_html_body=renset_html(epost.epost_html_body)))
    if altinn := varsel.altinnressurs:
        return replace(varsel, altinnressurs=replace(altinn, epost_html_body=renset_html(altinn.epost_html_body)))
    return varsel
