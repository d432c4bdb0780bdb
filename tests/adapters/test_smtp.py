"""The SMTP channel, against real servers: the mail catcher, and servers that fail in every way they can."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword

from adapters.epostfanger import Epostfanger
from adapters.smtp import SmtpKanal
from gateway.oppsett.innstillinger import Innstillingsfeil
from gateway.plugin import (
    EksterntVarsel,
    Epost,
    MidlertidigFeil,
    Sendt,
    Sms,
    UklartUtfall,
    VarigFeil,
    VarselTilSending,
    Varseltype,
)
from tests.sertifikat import lag_sertifikat

ID = UUID("01930000-0000-7000-8000-000000000001")
NAA = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
AVSENDER = "ikke-svar@nav.no"
ADRESSE = "kari.leder@example.no"
HTML = '<p>Du har en ny oppgave på <a href="https://nav.no/">Min side</a> – æøå.</p>'


def varsel(adresse: str = ADRESSE, tittel: str = "Ny oppgave", html: str = HTML, id: UUID = ID) -> VarselTilSending:
    epost = Epost(epostadresse=adresse, epost_tittel=tittel, epost_html_body=html)
    return VarselTilSending(
        id=id, type=Varseltype.EPOST, virksomhetsnummer="312914174", varsel=EksterntVarsel(epost=epost), forsoek=1
    )


def kanal(url: str, **valg) -> SmtpKanal:
    return SmtpKanal(url, AVSENDER, klokke=lambda: NAA, **valg)


@pytest.fixture
def fanger(tmp_path: Path) -> Iterator[Epostfanger]:
    with Epostfanger(tmp_path / "epost", "noekkel") as fanger:
        yield fanger


def raa(mappe: Path) -> EmailMessage:
    [fil] = (mappe / "epost").glob("*.eml")
    return email.message_from_bytes(fil.read_bytes(), policy=email.policy.default)


# --- the message ---------------------------------------------------------------------------------------------------


def test_eposten_kommer_som_html_med_ren_tekst_ved_siden_av(fanger: Epostfanger, tmp_path: Path) -> None:
    assert kanal(fanger.smtp_url).send(varsel()) == Sendt(kode="250")
    melding = raa(tmp_path)
    assert melding.get_content_type() == "multipart/alternative"
    assert [del_.get_content_type() for del_ in melding.iter_parts()] == ["text/plain", "text/html"]
    [epost] = fanger.postkasse.nyeste()
    assert epost.html.strip() == HTML
    assert epost.tekst.strip() == "Du har en ny oppgave på Min side (https://nav.no/) – æøå."
    assert (epost.til, epost.fra, epost.emne) == (ADRESSE, AVSENDER, "Ny oppgave")
    assert melding["Message-ID"] == f"<{ID}@nav.no>"
    assert melding["Date"].datetime == NAA
    assert melding["Auto-Submitted"] == "auto-generated"


def test_hvert_forsoek_har_samme_message_id_saa_den_leveres_en_gang(fanger: Epostfanger) -> None:
    for _ in range(3):
        kanal(fanger.smtp_url).send(varsel())
    [epost] = fanger.postkasse.nyeste()
    assert (epost.leveringer, fanger.postkasse.leveringer) == (3, 3)


def test_et_langt_avsenderdomene_lar_message_id_vaere_hel(fanger: Epostfanger, tmp_path: Path) -> None:
    domene = f"{'a' * 60}.{'b' * 60}.no"
    SmtpKanal(fanger.smtp_url, f"ikke-svar@{domene}").send(varsel())
    assert raa(tmp_path)["Message-ID"] == f"<{ID}@{domene}>"


@pytest.mark.parametrize(
    ("tittel", "emne"),
    [
        ("Ny oppgave\r\nBcc: andre@example.no", "Ny oppgave Bcc: andre@example.no"),
        ("Ny\noppgave\x00\x85\u2028 nå", "Ny oppgave nå"),
        ("Blåbær 🫐 " * 40, ("Blåbær 🫐 " * 40).strip()),
        ("blåbær " * 30 + "x", "blåbær " * 30 + "x"),
        ("a " * 300 + "x", "a " * 300 + "x"),
        ("a" * 2000, "a" * 2000),
        ("Svar på =?utf-8?q?x=0ABcc:_a?= nå", "Svar på =?utf-8?q?x=0ABcc:_a?= nå"),
        ("=?utf-8?q?x=0ABcc:_a?=", "=?utf-8?q?x=0ABcc:_a?="),
        ("lone \ud800 surrogate", "lone ? surrogate"),
        ("", ""),
    ],
)
def test_en_tittel_forblir_ett_hode(fanger: Epostfanger, tmp_path: Path, tittel: str, emne: str) -> None:
    kanal(fanger.smtp_url).send(varsel(tittel=tittel))
    assert raa(tmp_path)["Subject"] == emne
    assert "Bcc" not in raa(tmp_path)


@pytest.mark.parametrize("html", ["<p>" + "x" * 5000 + "</p>", ".\r\n.\nslutt", "\ud800æ"])
def test_enhver_html_kommer_gjennom(fanger: Epostfanger, html: str) -> None:
    kanal(fanger.smtp_url).send(varsel(html=html))
    mottatt = fanger.postkasse.nyeste()[0].html
    assert mottatt.split() == html.replace("\ud800", "?").split()


def test_bokstaver_av_alle_slag_kan_staa_foer_alfakroellen(fanger: Epostfanger) -> None:
    kanal(fanger.smtp_url).send(varsel("bjørn.åse@blåbær.no"))
    assert fanger.postkasse.nyeste()[0].til == "bjørn.åse@xn--blbr-roah.no"


def test_et_domene_med_saerskilte_bokstaver_krever_ingenting_av_tjeneren(tmp_path: Path) -> None:
    with Epostfanger(tmp_path, "noekkel", enable_SMTPUTF8=False) as fanger:
        kanal(fanger.smtp_url).send(varsel("post@blåbær.no"))
        assert fanger.postkasse.nyeste()[0].til == "post@xn--blbr-roah.no"


def test_uten_smtputf8_feiler_en_slik_adresse_for_godt(tmp_path: Path) -> None:
    with Epostfanger(tmp_path, "noekkel", enable_SMTPUTF8=False) as fanger:
        with pytest.raises(VarigFeil, match="SMTPUTF8") as feil:
            kanal(fanger.smtp_url).send(varsel("bjørn@example.no"))
        assert feil.value.kode == "SMTPUTF8_MANGLER"
        assert fanger.postkasse.leveringer == 0


@pytest.mark.parametrize(
    "adresse",
    [
        "",
        "kari",
        "@example.no",
        "kari@",
        "kari@example.no\r\nRCPT TO:<andre@example.no>",
        "ka ri@example.no",
        "<kari>@example.no",
        "kari@andre@example.no",
        "kari\x00@example.no",
        "kari@\ud800.no",
        f"kari@{'a' * 64}.no",
        "kari@exam ple.no",
        "kari@example.no>",
        "kari@example..no",
        "kari@-",
    ],
)
def test_en_umulig_adresse_feiler_for_godt_og_gjentas_ikke(adresse: str) -> None:
    with pytest.raises(VarigFeil) as feil:
        kanal("smtp://127.0.0.1:1").send(varsel(adresse))
    assert feil.value.kode == "UGYLDIG_ADRESSE"
    assert "kari" not in str(feil.value)


def test_et_varsel_av_annen_type_feiler_for_godt() -> None:
    sms = VarselTilSending(
        id=ID,
        type=Varseltype.SMS,
        virksomhetsnummer="312914174",
        varsel=EksterntVarsel(sms=Sms(tlf="99999999", sms_tekst="Hei")),
        forsoek=1,
    )
    with pytest.raises(VarigFeil, match="EPOST only"):
        kanal("smtp://127.0.0.1:1").send(sms)


# --- servers that fail ---------------------------------------------------------------------------------------------

Samtale = Callable[[socket.socket], None]


@pytest.fixture
def tjener() -> Iterator[Callable[[Samtale], str]]:
    """Start a server that has this conversation with each client; returns its URL."""
    sokler: list[socket.socket] = []
    slutt = threading.Event()

    def start(samtale: Samtale) -> str:
        lytter = socket.create_server(("127.0.0.1", 0))
        sokler.append(lytter)

        def betjen() -> None:
            while not slutt.is_set():
                try:
                    klient, _ = lytter.accept()
                except OSError:
                    return
                sokler.append(klient)
                try:
                    samtale(klient)
                except OSError:
                    klient.close()

        threading.Thread(target=betjen, daemon=True).start()
        return f"smtp://127.0.0.1:{lytter.getsockname()[1]}"

    yield start
    slutt.set()
    for sokkel in sokler:
        try:
            sokkel.shutdown(socket.SHUT_RDWR)
        except OSError:
            sokkel.close()  # it was not connected
        sokkel.close()


def svarer(**avvik: str) -> Samtale:
    """A server that answers so to some commands (`HILSEN`: the greeting, `KROPP`: the message); "" hangs up."""
    svar = {
        "HILSEN": "220 test",
        "EHLO": "250 test",
        "MAIL": "250 ok",
        "RCPT": "250 ok",
        "DATA": "354 go",
        "KROPP": "250 ok",
        "RSET": "250 ok",
        "QUIT": "221 bye",
        **avvik,
    }

    def samtale(klient: socket.socket) -> None:
        with closing(klient), klient.makefile("rb") as inn:

            def si(hva: str) -> bool:
                if svar[hva]:
                    klient.sendall(svar[hva].encode() + b"\r\n")
                return bool(svar[hva])

            if not si("HILSEN"):
                return
            for linje in inn:
                kommando = linje[:4].decode().upper()
                if not si(kommando):
                    return
                if kommando == "DATA" and svar["DATA"].startswith("354"):
                    while inn.readline() != b".\r\n":
                        pass
                    if not si("KROPP"):
                        return

    return samtale


@pytest.mark.parametrize(
    ("avvik", "type_", "kode"),
    [
        ({"RCPT": f"550 5.1.1 <{ADRESSE}> no such user"}, VarigFeil, "550 5.1.1"),
        ({"RCPT": f"550 {ADRESSE} unknown"}, VarigFeil, "550"),
        ({"RCPT": "553 5.1.3 bad address"}, VarigFeil, "553 5.1.3"),
        ({"RCPT": "530 5.7.0 authentication required"}, MidlertidigFeil, "530 5.7.0"),
        ({"RCPT": "450 4.2.1 greylisted"}, MidlertidigFeil, "450 4.2.1"),
        ({"RCPT": "452 too many"}, MidlertidigFeil, "452"),
        ({"RCPT": "421 4.3.2 closing"}, MidlertidigFeil, "421 4.3.2"),
        ({"RCPT": ""}, MidlertidigFeil, "BRUTT_FORBINDELSE"),
        ({"RCPT": "søppel"}, MidlertidigFeil, "-1"),
        ({"DATA": "554 5.6.0 no"}, VarigFeil, "554 5.6.0"),
        ({"DATA": "451 4.3.0 later"}, MidlertidigFeil, "451 4.3.0"),
        ({"KROPP": f"554 5.7.1 spam from {ADRESSE}"}, VarigFeil, "554 5.7.1"),
        ({"KROPP": "552 5.3.4 too big"}, VarigFeil, "552 5.3.4"),
        ({"KROPP": "452 4.3.1 full"}, MidlertidigFeil, "452 4.3.1"),
        ({"KROPP": "421 closing"}, MidlertidigFeil, "421"),
        ({"KROPP": ""}, UklartUtfall, "UKLART_UTFALL"),
        ({"KROPP": "søppel"}, UklartUtfall, "UKLART_UTFALL"),
        ({"MAIL": "550 5.7.1 sender refused"}, MidlertidigFeil, "550 5.7.1"),
        ({"MAIL": "552 5.3.4 too big"}, VarigFeil, "552 5.3.4"),
        ({"MAIL": "451 later"}, MidlertidigFeil, "451"),
        ({"EHLO": "", "HELO": ""}, MidlertidigFeil, "BRUTT_FORBINDELSE"),
        ({"HILSEN": "554 5.3.2 no service"}, MidlertidigFeil, "554 5.3.2"),
        ({"HILSEN": "421 busy"}, MidlertidigFeil, "421"),
        ({"HILSEN": ""}, MidlertidigFeil, "BRUTT_FORBINDELSE"),
        ({"HILSEN": "HTTP/1.1 400 Bad Request"}, MidlertidigFeil, "-1"),
    ],
)
def test_midlertidige_feil_skilles_fra_varige(
    tjener, avvik: dict[str, str], type_: type[MidlertidigFeil | VarigFeil | UklartUtfall], kode: str
) -> None:
    with pytest.raises(type_) as feil:
        kanal(tjener(svarer(**avvik))).send(varsel())
    assert feil.value.kode == kode
    assert ADRESSE not in str(feil.value)
    assert feil.value.melding
    assert feil.value.__cause__ is None
    assert feil.value.__context__ is None


@pytest.mark.parametrize("quit_", ["", "500 what", "421 closing"])
def test_det_tjeneren_svarer_paa_farvel_gjoer_ingenting_ugjort(tjener, quit_: str) -> None:
    assert kanal(tjener(svarer(QUIT=quit_))).send(varsel()) == Sendt(kode="250")


def test_en_tjener_som_henger_etter_aa_ha_tatt_eposten_hefter_ingen(tjener) -> None:
    slipp = threading.Event()

    def samtale(klient: socket.socket) -> None:
        svarer(QUIT="")(_Sokkel(klient, slipp))

    class _Sokkel:
        """A socket whose closing waits, so that QUIT gets no answer."""

        def __init__(self, sokkel: socket.socket, slipp: threading.Event) -> None:
            self.sendall, self.makefile = sokkel.sendall, sokkel.makefile
            self._sokkel, self._slipp = sokkel, slipp

        def close(self) -> None:
            self._slipp.wait(5)
            self._sokkel.close()

    start = time.monotonic()
    assert kanal(tjener(samtale)).send(varsel()) == Sendt(kode="250")
    assert time.monotonic() - start < 2
    slipp.set()


def test_ingen_tjener_er_en_midlertidig_feil() -> None:
    with socket.create_server(("127.0.0.1", 0)) as sokkel:
        port = sokkel.getsockname()[1]
    with pytest.raises(MidlertidigFeil) as feil:
        kanal(f"smtp://127.0.0.1:{port}").send(varsel())
    assert feil.value.kode == "INGEN_KONTAKT"


def test_en_ukjent_vert_er_en_midlertidig_feil() -> None:
    with pytest.raises(MidlertidigFeil) as feil:
        kanal("smtp://finnes-ikke.invalid:25").send(varsel())
    assert feil.value.kode in ("INGEN_KONTAKT", "TIDSAVBRUDD")


def test_en_taus_tjener_gis_opp_i_tide(tjener) -> None:
    start = time.monotonic()
    with pytest.raises(MidlertidigFeil) as feil:
        kanal(tjener(lambda klient: None), sekunder_i_alt=0.3).send(varsel())
    assert feil.value.kode == "TIDSAVBRUDD"
    assert time.monotonic() - start < 2


def test_en_tjener_som_drypper_gis_opp_i_tide_og_kuttes(tjener) -> None:
    brutt = threading.Event()

    def samtale(klient: socket.socket) -> None:
        klient.sendall(b"220 test\r\n")
        try:
            while True:
                klient.sendall(b"2")
                klient.settimeout(0.05)
                try:
                    if klient.recv(1024) == b"":
                        break
                except TimeoutError:
                    continue
        finally:
            brutt.set()

    start = time.monotonic()
    with pytest.raises(MidlertidigFeil) as feil:
        kanal(tjener(samtale), sekunder_i_alt=0.3).send(varsel())
    assert feil.value.kode == "TIDSAVBRUDD"
    assert time.monotonic() - start < 2
    assert brutt.wait(5)


def test_standardtiden_er_under_ti_sekunder() -> None:
    assert SmtpKanal("smtp://127.0.0.1:25", AVSENDER)._sekunder_i_alt < 10


# --- TLS and log-in ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sertifikat(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """TLS for a server on 127.0.0.1, and for a client that trusts it."""
    fil = lag_sertifikat(tmp_path_factory.mktemp("tls"))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(fil)
    return server, ssl.create_default_context(cafile=str(fil))


def godta(_tjener, _samtale, _konvolutt, _mekanisme, data: object) -> AuthResult:
    riktig = isinstance(data, LoginPassword) and (data.login, data.password) == (b"nav@bruker", b"p@ss/ord")
    return AuthResult(success=riktig, handled=False)


INNLOGGING = {"auth_required": True, "authenticator": godta}
RIKTIG, GALT = "nav%40bruker:p%40ss%2Ford", "nav%40bruker:galt"


def med_bruker(fanger: Epostfanger, bruker: str) -> str:
    return fanger.smtp_url.replace("://", f"://{bruker}@")


def test_starttls_brukes_foer_passordet_sendes(tmp_path: Path, sertifikat) -> None:
    server, klient = sertifikat
    with Epostfanger(tmp_path, "noekkel", tls_context=server, **INNLOGGING) as fanger:
        kanal(med_bruker(fanger, RIKTIG), tls=klient).send(varsel())
        assert len(fanger.postkasse) == 1


def test_en_avvist_innlogging_er_en_midlertidig_feil(tmp_path: Path, sertifikat) -> None:
    server, klient = sertifikat
    with Epostfanger(tmp_path, "noekkel", tls_context=server, **INNLOGGING) as fanger:
        for url in (med_bruker(fanger, GALT), fanger.smtp_url):
            with pytest.raises(MidlertidigFeil, match="SMTP_URL") as feil:
                kanal(url, tls=klient).send(varsel())
            assert feil.value.kode.startswith(("535", "530"))
            assert "galt" not in str(feil.value)


def test_et_sertifikat_en_ikke_stoler_paa_er_en_midlertidig_feil(tmp_path: Path, sertifikat) -> None:
    server, _ = sertifikat
    with Epostfanger(tmp_path, "noekkel", tls_context=server, **INNLOGGING) as fanger:
        with pytest.raises(MidlertidigFeil) as feil:
            kanal(med_bruker(fanger, RIKTIG)).send(varsel())
        assert feil.value.kode == "TLS"


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_paa_denne_maskinen_kan_et_passord_gaa_i_klartekst(tmp_path: Path) -> None:
    with Epostfanger(tmp_path, "noekkel", auth_require_tls=False, **INNLOGGING) as fanger:
        kanal(med_bruker(fanger, RIKTIG)).send(varsel())
        assert len(fanger.postkasse) == 1


def test_smtps_taler_tls_fra_starten(tjener, sertifikat) -> None:
    server, klient = sertifikat

    def samtale(sokkel: socket.socket) -> None:
        with server.wrap_socket(sokkel, server_side=True) as kryptert:
            svarer(AUTH="235 ok", EHLO="250-test\r\n250 AUTH PLAIN")(kryptert)

    url = tjener(samtale).replace("smtp://", "smtps://u:p@")
    assert kanal(url, tls=klient).send(varsel()) == Sendt(kode="250")


def test_en_tjener_uten_innlogging_er_en_midlertidig_feil(tjener) -> None:
    with pytest.raises(MidlertidigFeil) as feil:
        kanal(tjener(svarer()).replace("://", "://u:p@")).send(varsel())
    assert feil.value.kode == "MANGLER_UTVIDELSE"


# --- the settings --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:25",
        "http://localhost:25",
        "smtp://",
        "smtp://localhost:port",
        "smtp://localhost:70000",
        "smtp://bruker@localhost",
        "smtp://:hemmelig@localhost",
        "smtp://bruker:hemmelig%C3%A5@localhost",
    ],
)
def test_en_ubrukelig_url_stopper_starten_og_gjentar_intet_passord(url: str) -> None:
    with pytest.raises(Innstillingsfeil, match="SMTP_URL: ") as feil:
        SmtpKanal(url, AVSENDER)
    assert "hemmelig" not in str(feil.value)


@pytest.mark.parametrize("avsender", ["", "nav", "Nav <a@nav.no>", "kåre@nav.no"])
def test_en_ubrukelig_avsender_stopper_starten(avsender: str) -> None:
    with pytest.raises(Innstillingsfeil, match="EPOST_AVSENDER: "):
        SmtpKanal("smtp://localhost", avsender)
