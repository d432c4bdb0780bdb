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
    ],
)
def test_html_blir_teksten_som_en_leser(html: str, tekst: str) -> None:
    assert ren_tekst(html) == tekst


@given(st.text(alphabet="<>/ab&;=\"' \n-!") | st.text())
def test_enhver_tekst_blir_tekst(html: str) -> None:
    assert ren_tekst(html).endswith("\n")
