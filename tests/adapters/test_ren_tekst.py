"""The plain text beside the HTML of an e-mail."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.ren_tekst import ren_tekst


@pytest.mark.parametrize(
    ("html", "tekst"),
    [
        ("", "\n"),
        ("Hei", "Hei\n"),
        ("<p>Hei  på\n deg</p><p>Neste</p>", "Hei på deg\n\nNeste\n"),
        ("Én<br>to<br/>tre", "Én\nto\ntre\n"),
        ("<h1>Ny oppgave</h1>Les <b>mer</b>", "Ny oppgave\n\nLes mer\n"),
        ("<ul><li>én</li><li>to</li></ul>", "- én\n- to\n"),
        (
            '<a href="https://nav.no/x?a=1&amp;b=2">Gå til oppgaven</a>.',
            "Gå til oppgaven (https://nav.no/x?a=1&b=2).\n",
        ),
        ('<a href="https://nav.no">https://nav.no</a>', "https://nav.no\n"),
        ("<a>ingen lenke</a>", "ingen lenke\n"),
        ("bl&aring;b&#230;r &amp; &lt;fisk&gt;", "blåbær & <fisk>\n"),
        ("<style>p{}</style><script>x()</script><title>t</title>synlig", "synlig\n"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc\n"),
        ("</a></style></p>løs slutt", "løs slutt\n"),
        ("<!-- hemmelig -->synlig<!-- <p>a</p> -->", "synlig\n"),
        ("<head><title>Tittel</title></head><body>synlig</body>", "synlig\n"),
        ("<head><title>Tittel</title><body>synlig", "synlig\n"),
        ("<p hidden>skjult <p>a</p></p>", "\n"),
        ("<div hidden>skjult <div>og dette</div></div>synlig", "synlig\n"),
        ("<span style='color:red; display : none'>skjult</span>synlig", "synlig\n"),
        ("<textarea>a</textarea><select><option>b</option></select><svg><text>c</text></svg>synlig", "synlig\n"),
        ("<template><p>a</p></template><script/>alert(1)</script>synlig", "synlig\n"),
        ("<ol><li>én</li><li>to</li></ol><ol><li>ny</li></ol>", "1. én\n2. to\n\n1. ny\n"),
        (
            "Før<ul><li>a<ol><li>b</li><li>c<ul><li>d</li></ul></li></ol></li><li>e</li></ul>Etter",
            "Før\n\n- a\n  1. b\n  2. c\n    - d\n- e\n\nEtter\n",
        ),
        ("<ul><li><p>én</p></li><li><p>to</p></li></ul>", "- én\n\n- to\n"),
        ("<ul><li>én<br>videre</li><li>to</li></ul>", "- én\n  videre\n- to\n"),
        ("<li>uten liste", "- uten liste\n"),
        ("a<div>b</div>c", "a\nb\nc\n"),
        ("a<br><br>b", "a\n\nb\n"),
        (
            "<table><thead><tr><th>Dag</th><th>Tid</th></tr></thead><tbody><tr><td>Man</td><td>9</td></tr></table>x",
            "Dag Tid\nMan 9\n\nx\n",
        ),
    ],
)
def test_html_blir_teksten_som_en_leser(html: str, tekst: str) -> None:
    assert ren_tekst(html) == tekst


@given(st.text(alphabet="<>/ab&;=\"' \n-!") | st.text())
def test_enhver_tekst_blir_tekst(html: str) -> None:
    assert ren_tekst(html).endswith("\n")
