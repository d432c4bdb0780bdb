"""The opened bell as a person sees it: in a browser, on a wide screen, on a phone, and on a low window."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from tests.chromium import chromium
from tests.verden import ROT
from tests.web.conftest import KARI, NAA, Minnekilde, beskjed, lag_app, sak

STATISK = ROT / "gateway" / "web" / "static"
SKJERMER = [(1280, 800), (390, 844), (844, 390)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as startet:
        yield startet


@pytest.fixture
def adresse(kilde: Minnekilde) -> Iterator[str]:
    kilde.notifikasjoner[KARI.fnr] = [beskjed(tid=NAA - nr * dt.timedelta(hours=1)) for nr in range(30)]
    kilde.sakene[KARI.fnr] = [sak() for _ in range(10)]
    app = lag_app(kilde)
    app.static_folder = str(STATISK)
    tjener = make_server("127.0.0.1", 0, app, threaded=True)
    traad = threading.Thread(target=tjener.serve_forever)
    traad.start()
    yield f"http://127.0.0.1:{tjener.server_port}"
    tjener.shutdown()
    traad.join()


@contextmanager
def _kari(browser: Browser, adresse: str, skjerm: tuple[int, int]) -> Iterator[Page]:
    bredde, hoeyde = skjerm
    sammenheng = browser.new_context(viewport={"width": bredde, "height": hoeyde})
    side = sammenheng.new_page()
    side.goto(f"{adresse}/logg-inn")
    side.get_by_role("button", name=str(KARI.navn)).click()
    yield side
    sammenheng.close()


def _hele_er_i_synsfeltet(side: Page, velger: str) -> bool:
    synlig: bool = side.locator(velger).evaluate(
        "e => { const r = e.getBoundingClientRect();"
        " return r.height > 0 && r.top >= 0 && r.left >= 0 && r.bottom <= innerHeight && r.right <= innerWidth }"
    )
    return synlig


@pytest.mark.parametrize("nede", [False, True])
@pytest.mark.parametrize("skjerm", SKJERMER)
def test_bjella_og_toppen_av_panelet_er_i_synsfeltet_naar_den_er_aapnet(
    browser: Browser, adresse: str, kilde: Minnekilde, skjerm: tuple[int, int], nede: bool
) -> None:
    kilde.feil_altinn = kilde.feil_digisyfo = nede
    with _kari(browser, adresse, skjerm) as side:
        side.evaluate("scrollTo(0, 150)")  # somebody who has read on, and comes back to the bell
        side.locator(".bjelle").click()
        side.wait_for_selector("#bjellepanel")
        assert side.locator(".bjelle").get_attribute("aria-expanded") == "true"
        assert _hele_er_i_synsfeltet(side, ".bjelle")
        assert _hele_er_i_synsfeltet(side, ".bjellepanel__hode")


def test_fokus_er_i_panelet_og_tab_gaar_til_det_foerste_i_det(browser: Browser, adresse: str) -> None:
    with _kari(browser, adresse, SKJERMER[0]) as side:
        side.locator(".bjelle").focus()
        side.keyboard.press("Enter")
        side.wait_for_selector("#bjellepanel")
        assert side.evaluate("document.activeElement.id") == "bjellepanel"
        side.keyboard.press("Tab")
        assert side.evaluate("document.activeElement.className") == "bjellepanel__lukk"
        assert _hele_er_i_synsfeltet(side, ".bjelle")
        side.keyboard.press("Enter")
        side.wait_for_selector("#bjellepanel", state="detached")
        assert side.locator(".bjelle").get_attribute("aria-expanded") == "false"
