"""One mail only: a server that is slow to answer after the final dot has taken it, and none is sent by who gave up."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest

from adapters.epostfanger import Epostfanger
from adapters.smtp import SEKUNDER_ETTER_PUNKTUM, SEKUNDER_I_ALT, SmtpKanal
from gateway.plugin import (
    EksterntVarsel,
    Epost,
    MidlertidigFeil,
    Sendt,
    UklartUtfall,
    VarigFeil,
    VarselTilSending,
    Varseltype,
)
from gateway.varsling.utsending import KANALENS_SEKUNDER

FRIST = 0.3


def _varsel(adresse: str = "kari@example.no", html: str = "<p>Hei</p>") -> VarselTilSending:
    return VarselTilSending(
        id=UUID("0198f3c2-a4b4-7c55-a3a1-c0ffee000001"),
        type=Varseltype.EPOST,
        virksomhetsnummer="312914174",
        varsel=EksterntVarsel(epost=Epost(epostadresse=adresse, epost_tittel="T", epost_html_body=html)),
        forsoek=1,
    )


def _kanal(url: str, *, etter_punktum: float = FRIST) -> SmtpKanal:
    return SmtpKanal(url, "ikke-svar@nav.no", sekunder_i_alt=FRIST, sekunder_etter_punktum=etter_punktum)


class TregTjener:
    """A server that waits before it answers `treg_ved`, or never does; it counts the mails that it took whole."""

    def __init__(self, treg_ved: str, sekunder: float | None) -> None:
        self.tatt = 0
        self._treg_ved, self._sekunder = treg_ved, sekunder
        self._slutt = threading.Event()
        self._lytter = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._betjen, daemon=True).start()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self._lytter.getsockname()[1]}"

    def lukk(self) -> None:
        self._slutt.set()
        self._lytter.close()

    def _betjen(self) -> None:
        while not self._slutt.is_set():
            try:
                klient, _ = self._lytter.accept()
            except OSError:
                return
            threading.Thread(target=self._samtale, args=(klient,), daemon=True).start()

    def _samtale(self, klient: socket.socket) -> None:
        with closing(klient), klient.makefile("rb") as inn:

            def si(hva: str, svar: bytes) -> None:
                if hva == self._treg_ved:
                    self._slutt.wait(self._sekunder)
                klient.sendall(svar + b"\r\n")

            try:
                si("HILSEN", b"220 test")
                for linje in inn:
                    if linje[:4] == b"DATA":
                        si("DATA", b"354 go")
                        while (rad := inn.readline()) != b".\r\n":
                            if not rad:
                                return
                        self.tatt += 1
                        si("PUNKTUM", b"250 ok")
                    else:
                        si(linje[:4].decode(), b"250 ok")
            except OSError:
                return  # the client has gone


@pytest.fixture
def treg() -> Iterator[Callable[..., TregTjener]]:
    laget: list[TregTjener] = []

    def lag(treg_ved: str, sekunder: float | None = None) -> TregTjener:
        laget.append(TregTjener(treg_ved, sekunder))
        return laget[-1]

    yield lag
    for en in laget:
        en.lukk()


def test_den_som_svarer_sent_etter_punktum_har_tatt_imot(treg: Callable[..., TregTjener]) -> None:
    tjener = treg("PUNKTUM", 3 * FRIST)
    assert _kanal(tjener.url, etter_punktum=30).send(_varsel()) == Sendt(kode="250")
    assert tjener.tatt == 1


def test_den_som_aldri_svarer_etter_punktum_gir_et_uklart_utfall(treg: Callable[..., TregTjener]) -> None:
    tjener = treg("PUNKTUM")
    with pytest.raises(UklartUtfall):
        _kanal(tjener.url).send(_varsel())
    assert tjener.tatt == 1


@pytest.mark.parametrize("treg_ved", ["HILSEN", "ehlo", "mail", "rcpt", "DATA"])
def test_foer_punktum_er_det_ikke_uklart(treg: Callable[..., TregTjener], treg_ved: str) -> None:
    tjener = treg(treg_ved)
    with pytest.raises(MidlertidigFeil) as feil:
        _kanal(tjener.url).send(_varsel())
    assert feil.value.kode == "TIDSAVBRUDD"
    assert tjener.tatt == 0


def test_standardtidene_er_innenfor_det_gatewayen_venter_paa_en_kanal() -> None:
    assert SEKUNDER_I_ALT < 10
    assert SEKUNDER_I_ALT + SEKUNDER_ETTER_PUNKTUM < 75 < KANALENS_SEKUNDER


@pytest.mark.parametrize(
    "linje", ["From oss alle", ".", "..", ".prikk først", "From: en som ikke er et hode", ">From sitert"]
)
def test_ingen_linje_endres_paa_veien(tmp_path: Path, linje: str) -> None:
    with Epostfanger(tmp_path, "noekkel") as fanger:
        _kanal(fanger.smtp_url, etter_punktum=10).send(_varsel(html=f"Hei<br>\r\n{linje}\r\nslutt"))
        (epost,) = fanger.postkasse.vent_paa(1)
    assert epost.html.splitlines()[1] == linje
    assert linje in epost.tekst.replace(" slutt", "").splitlines()


@pytest.mark.parametrize(
    ("domene", "venter"),
    [
        ("faß.de", "xn--fa-hia.de"),
        ("blåbær.no", "xn--blbr-roah.no"),
        ("BLÅBÆR.no", "xn--blbr-roah.no"),
        ("bla\u030abær.no", "xn--blbr-roah.no"),
        ("σς.gr", "xn--3xab.gr"),
        ("Example.NO", "Example.NO"),
        ("xn--fa-hia.de", "xn--fa-hia.de"),
        ("nav。no", None),  # another full stop
        ("ｎａｖ.no", None),
        ("na\u200dv.no", None),
        ("☃.net", None),
        ("a_b.no", None),
    ],
)
def test_et_domene_er_det_som_idna_2008_sier_eller_avvises(tmp_path: Path, domene: str, venter: str | None) -> None:
    with Epostfanger(tmp_path, "noekkel") as fanger:
        if venter is None:
            with pytest.raises(VarigFeil, match="UGYLDIG_ADRESSE"):
                _kanal(fanger.smtp_url, etter_punktum=10).send(_varsel(f"post@{domene}"))
        else:
            _kanal(fanger.smtp_url, etter_punktum=10).send(_varsel(f"post@{domene}"))
            assert fanger.postkasse.vent_paa(1)[0].til == f"post@{venter}"
