"""The HTML of e-mails: what harms or watches is taken out, what a team writes is kept."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from gateway.domain.html import renset, renset_html
from gateway.domain.varsel import Altinnvarsel, EksterntVarsel, Epost, Sms

BEHOLDES = {
    "a paragraph": "<p>Hei på deg, <strong>GLAD TORSK AS</strong>.</p>",
    "headings and lists": "<h1>Oppgave</h1><ul><li>en</li><li>to</li></ul>",
    "a table": '<table><tbody><tr><td colspan="2">æøå</td></tr></tbody></table>',
    "plain text": "Svar innen 1. desember",
    "a line break": "en<br>to",
}
FARLIG = {
    "a script": "<script>alert(1)</script>",
    "a script in capitals": "<SCRIPT SRC=https://ond.example/x.js></SCRIPT>",
    "a script within a script": "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "an event handler": '<p onclick="alert(1)">x</p>',
    "an event handler on an image": "<img src=x onerror=alert(1)>",
    "an event handler without quotes": "<body onload=alert(1)>",
    "a javascript link": '<a href="javascript:alert(1)">x</a>',
    "a javascript link in disguise": '<a href="java\tscript:alert(1)">x</a>',
    "a javascript link in entities": '<a href="&#106;avascript:alert(1)">x</a>',
    "a data link": '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    "a vbscript link": '<a href="vbscript:alert(1)">x</a>',
    "an image": '<img src="https://ond.example/pixel.gif">',
    "a picture": '<picture><source srcset="https://ond.example/x.png"></picture>',
    "an SVG": '<svg onload="alert(1)"><image href="https://ond.example/x"/></svg>',
    "a style": '<p style="background:url(https://ond.example/x)">x</p>',
    "a style sheet": "<style>@import 'https://ond.example/x.css';</style>",
    "a linked style sheet": '<link rel="stylesheet" href="https://ond.example/x.css">',
    "a background": '<table background="https://ond.example/x.png"><tr><td>x</td></tr></table>',
    "a frame": '<iframe src="https://ond.example"></iframe>',
    "an object": '<object data="https://ond.example/x"></object><embed src="https://ond.example/x">',
    "video": '<video poster="https://ond.example/x" src="https://ond.example/y"></video>',
    "a form": '<form action="https://ond.example"><input name="fnr"></form>',
    "a base": '<base href="https://ond.example/">',
    "a refresh": '<meta http-equiv="refresh" content="0;url=https://ond.example">',
    "math": '<math><maction actiontype="statusline" xlink:href="javascript:alert(1)">x</maction></math>',
    "a comment": "<!--[if mso]><script>alert(1)</script><![endif]-->",
    "a noscript": '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
}
UFARLIGE_TAGGER = {"p", "a", "table", "tbody", "tr", "td"}


class Lest(HTMLParser):
    """What a reader of e-mail would make of the HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tagger: set[str] = set()
        self.attributter: dict[str, str | None] = {}
        self.annet: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tagger.add(tag)
        self.attributter.update(attrs)

    def handle_comment(self, data: str) -> None:
        self.annet.append(data)

    handle_decl = unknown_decl = handle_pi = handle_comment


@pytest.mark.parametrize("html", BEHOLDES.values(), ids=BEHOLDES)
def test_det_som_er_skrevet_for_aa_leses_beholdes(html: str) -> None:
    assert renset_html(html) == html


@pytest.mark.parametrize("html", FARLIG.values(), ids=FARLIG)
def test_det_som_skader_eller_foelger_med_tas_ut(html: str) -> None:
    rent = renset_html(f"<p>foran</p>{html}<p>etter</p>")
    lest = Lest(rent)
    assert lest.tagger <= UFARLIGE_TAGGER
    assert lest.attributter.keys() <= {"rel"}
    assert lest.annet == []
    assert "<p>foran</p>" in rent


@pytest.mark.parametrize("lenke", ["https://nav.no/1", "http://nav.no", "mailto:post@example.com", "tel:+4755553333"])
def test_lenker_som_leseren_selv_foelger_beholdes(lenke: str) -> None:
    assert f'href="{lenke}"' in renset_html(f'<a href="{lenke}">les mer</a>')


@pytest.mark.parametrize("html", [*BEHOLDES.values(), *FARLIG.values()], ids=[*BEHOLDES, *FARLIG])
def test_det_som_er_rent_forblir_som_det_er(html: str) -> None:
    assert renset_html(renset_html(html)) == renset_html(html)


def test_hvert_varsel_renses_og_resten_av_det_roeres_ikke() -> None:
    epost = Epost(epostadresse="a@example.com", epost_tittel="<b>1 < 2</b>", epost_html_body="<img src=x>Hei")
    altinn = Altinnvarsel(ressurs_id="r", epost_tittel="t", epost_html_body="<script>x</script>Hei", sms_tekst="<x>")
    sms = EksterntVarsel(sms=Sms(tlf="99999999", sms_tekst="<b>Hei</b>"))
    assert renset(EksterntVarsel(epost=epost)) == EksterntVarsel(
        epost=Epost(epostadresse="a@example.com", epost_tittel="<b>1 < 2</b>", epost_html_body="Hei")
    )
    assert renset(EksterntVarsel(altinnressurs=altinn)) == EksterntVarsel(
        altinnressurs=Altinnvarsel(ressurs_id="r", epost_tittel="t", epost_html_body="Hei", sms_tekst="<x>")
    )
    assert renset(sms) == sms


@pytest.mark.parametrize("tagg", ["title", "textarea", "template", "svg", "math", "iframe", "select", "video", "style"])
def test_tekst_som_aldri_ble_vist_blir_ikke_synlig(tagg: str) -> None:
    assert renset_html(f"<p>foran</p><{tagg}>skjult</{tagg}><p>etter</p>") == "<p>foran</p><p>etter</p>"


def test_det_som_er_skjult_forblir_skjult() -> None:
    assert "hidden" in renset_html("<p hidden>skjult</p>")
