"""The channel of e-mail varsler: SMTP, one connection a sending."""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextlib import suppress
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from functools import cache
from urllib.parse import unquote, urlsplit

from adapters.epostmelding import adresse, epostmelding, som_sendes
from adapters.smtpfeil import oversett
from gateway.plugin import MidlertidigFeil, Sendt, UklartUtfall, VarigFeil, VarselTilSending, Varseltype
from gateway.plugin.oppsett import Innstillingsfeil

# Until the message's final dot, and for each answer on the way. After the dot the server may have taken the mail, and
# to give up then is to risk a second copy: so it has longer.
SEKUNDER_I_ALT = 9.0
SEKUNDER_PER_SVAR = 5.0
SEKUNDER_ETTER_PUNKTUM = 60.0
_OK, _VIDERESENDES, _KOM_MED_MELDINGEN, _LAVESTE_KODE = 250, 251, 354, 200
_PUNKTUM_FOERST = re.compile(rb"^\.", re.MULTILINE)
STANDARDPORT = {"smtp": 25, "smtps": 465}


@dataclass(frozen=True, kw_only=True)
class Smtptjener:
    vert: str
    port: int
    tls_fra_start: bool
    bruker: str = ""
    passord: str = field(default="", repr=False)

    @classmethod
    def fra_url(cls, url: str) -> Smtptjener:
        """From `smtp://host:port` or `smtps://user:password@host:port`, user and password percent-encoded."""
        deler = urlsplit(url)
        try:
            port = deler.port
        except ValueError:
            raise Innstillingsfeil("SMTP_URL: the port must be a number from 1 to 65535") from None
        if deler.scheme not in STANDARDPORT or not deler.hostname:
            raise Innstillingsfeil("SMTP_URL: must be smtp://host:port or smtps://user:password@host:port")
        bruker, passord = unquote(deler.username or ""), unquote(deler.password or "")
        if bool(bruker) != bool(passord) or not (bruker + passord).isascii():
            raise Innstillingsfeil("SMTP_URL: give both user and password, percent-encoded and in ASCII, or neither")
        return cls(
            vert=deler.hostname,
            port=port or STANDARDPORT[deler.scheme],
            tls_fra_start=deler.scheme == "smtps",
            bruker=bruker,
            passord=passord,
        )

    @property
    def paa_denne_maskinen(self) -> bool:
        try:
            return ipaddress.ip_address(self.vert).is_loopback
        except ValueError:
            return self.vert == "localhost"


class SmtpKanal:
    """Hands e-mail varsler to one SMTP server. Threads may share it."""

    navn = "smtp"
    typer = frozenset({Varseltype.EPOST})

    def __init__(
        self,
        url: str,
        avsender: str,
        *,
        klokke: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
        tls: ssl.SSLContext | None = None,
        sekunder_i_alt: float = SEKUNDER_I_ALT,
        sekunder_etter_punktum: float = SEKUNDER_ETTER_PUNKTUM,
    ) -> None:
        self._tjener = Smtptjener.fra_url(url)
        self._avsender = _avsender(avsender)
        self._klokke = klokke
        self._tls = tls
        self._sekunder_i_alt = sekunder_i_alt
        self._sekunder_etter_punktum = sekunder_etter_punktum

    def send(self, varsel: VarselTilSending) -> Sendt:
        epost = varsel.varsel.epost
        if epost is None:
            raise VarigFeil("FEIL_TYPE", f"the smtp channel sends EPOST only, not {varsel.type}")
        melding = epostmelding(varsel.id, epost, self._avsender, self._klokke())
        forsoek = _Forsoek(self._tjener, melding, self._tls, self._sekunder_etter_punktum)
        # smtplib's time-outs are for one read each, so a slow name server or a server that drips could hold us for
        # ever. A thread of its own is what can be left behind when the time is over.
        threading.Thread(target=forsoek.kjoer, name="smtp", daemon=True).start()
        if forsoek.ferdig_innen(self._sekunder_i_alt):
            return forsoek.utfall.result()
        if forsoek.avbryt():
            raise MidlertidigFeil("TIDSAVBRUDD", "the server did not take the mail in time")
        if forsoek.ferdig_innen(self._sekunder_etter_punktum):
            return forsoek.utfall.result()
        forsoek.bryt_forbindelsen()
        raise UklartUtfall("the server had the whole mail, and did not answer in time")


class _Forsoek:
    """One try of one message, run in a thread that whoever asked may give up waiting for."""

    def __init__(
        self, tjener: Smtptjener, melding: EmailMessage, tls: ssl.SSLContext | None, sekunder_etter_punktum: float
    ) -> None:
        self.utfall: Future[Sendt] = Future()
        self._tjener = tjener
        self._melding = melding
        self._tls = tls
        self._sekunder_etter_punktum = sekunder_etter_punktum
        # Guards which comes first, the final dot or the giving up.
        self._laas = threading.Lock()
        self._avbrutt = False
        self._overlevert = False
        self._smtp: smtplib.SMTP | None = None

    def ferdig_innen(self, sekunder: float) -> bool:
        """Wait for the outcome; whether it came."""
        return bool(wait([self.utfall], timeout=sekunder).done)

    def kjoer(self) -> None:
        try:
            self._send()
        except (MidlertidigFeil, VarigFeil, UklartUtfall) as feil:
            self.utfall.set_exception(feil)
        except (smtplib.SMTPException, OSError) as feil:
            self.utfall.set_exception(oversett(feil))
        except Exception as feil:  # noqa: BLE001 - it is raised again by `utfall`, in the thread that waits
            self.utfall.set_exception(feil)
        else:
            self.utfall.set_result(Sendt(kode="250"))
        # The outcome stands: how the server takes the farewell is of no consequence to it.
        if self._smtp is not None:
            with suppress(smtplib.SMTPException, OSError):
                self._smtp.quit()
            self._smtp.close()

    def avbryt(self) -> bool:
        """Stop; False when it is too late, since the whole message has been handed over or is about to be."""
        with self._laas:
            if self._overlevert:
                return False
            self._avbrutt = True
        self.bryt_forbindelsen()
        return True

    def bryt_forbindelsen(self) -> None:
        if self._smtp is not None and self._smtp.sock is not None:
            with suppress(OSError):
                self._smtp.sock.shutdown(socket.SHUT_RDWR)

    def _send(self) -> None:
        self._smtp = smtp = self._koble_til()
        smtp.ehlo_or_helo_if_needed()
        if self._tjener.bruker:
            self._logg_inn(smtp)
        mottaker: Address = self._melding["To"].addresses[0]
        if not mottaker.username.isascii() and not smtp.has_extn("smtputf8"):
            raise VarigFeil(
                "SMTPUTF8_MANGLER",
                "the address has letters outside a-z before the @, and the server offers no SMTPUTF8",
            )
        self._overlever(smtp, mottaker)

    def _overlever(self, smtp: smtplib.SMTP, mottaker: Address) -> None:
        """The conversation of one mail. Not smtplib's own `send_message`: that changes lines that begin with "From ",
        and cannot tell a mail that was never handed over whole from one that was.
        """
        internasjonal = not mottaker.username.isascii()
        raa = som_sendes(self._melding, smtputf8=internasjonal)
        valg = ["SMTPUTF8", "BODY=8BITMIME"] if internasjonal else []
        if smtp.has_extn("size"):
            valg.append(f"SIZE={len(raa)}")
        avsender = self._melding["From"].addresses[0].addr_spec
        kode, svar = smtp.mail(avsender, valg)
        if kode != _OK:
            raise smtplib.SMTPSenderRefused(kode, svar, avsender)
        kode, svar = smtp.rcpt(mottaker.addr_spec)
        if kode not in (_OK, _VIDERESENDES):
            raise smtplib.SMTPRecipientsRefused({mottaker.addr_spec: (kode, svar)})
        kode, svar = smtp.docmd("DATA")
        if kode != _KOM_MED_MELDINGEN:
            raise smtplib.SMTPDataError(kode, svar)
        # The dot goes alone, at once: until then, whoever has given up is sure that nothing was sent.
        _sokkel(smtp).setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        smtp.send(_PUNKTUM_FOERST.sub(b"..", raa if raa.endswith(b"\r\n") else raa + b"\r\n"))
        with self._laas:
            if self._avbrutt:
                raise MidlertidigFeil("TIDSAVBRUDD", "the server did not take the mail in time")
            self._overlevert = True
        kode, svar = self._siste_svar(smtp)
        if kode < _LAVESTE_KODE:
            raise UklartUtfall("the server had the whole mail, and the connection broke before it had answered")
        if kode != _OK:
            raise smtplib.SMTPDataError(kode, svar)

    def _siste_svar(self, smtp: smtplib.SMTP) -> tuple[int, bytes]:
        """What the server says of the whole message; a code below all others for no answer, or none of SMTP."""
        try:
            _sokkel(smtp).settimeout(self._sekunder_etter_punktum)
            smtp.send(b".\r\n")
            svar = smtp.getreply()
            _sokkel(smtp).settimeout(SEKUNDER_PER_SVAR)
        except (smtplib.SMTPException, OSError):
            return -1, b""
        return svar

    def _koble_til(self) -> smtplib.SMTP:
        tjener = self._tjener
        # Named here, since smtplib would ask the name server for it.
        navn = socket.gethostname() or "localhost"
        if tjener.tls_fra_start:
            return smtplib.SMTP_SSL(
                tjener.vert,
                tjener.port,
                local_hostname=navn,
                timeout=SEKUNDER_PER_SVAR,
                context=self._tls or _standard_tls(),
            )
        return smtplib.SMTP(tjener.vert, tjener.port, local_hostname=navn, timeout=SEKUNDER_PER_SVAR)

    def _logg_inn(self, smtp: smtplib.SMTP) -> None:
        if not self._tjener.tls_fra_start:
            if smtp.has_extn("starttls"):
                smtp.starttls(context=self._tls or _standard_tls())
            elif not self._tjener.paa_denne_maskinen:
                raise MidlertidigFeil(
                    "UKRYPTERT", "the server offers no STARTTLS, and the password is not sent in clear; use smtps://"
                )
        smtp.login(self._tjener.bruker, self._tjener.passord)


def _sokkel(smtp: smtplib.SMTP) -> socket.socket:
    if smtp.sock is None:
        raise smtplib.SMTPServerDisconnected("the connection is closed")
    return smtp.sock


@cache
def _standard_tls() -> ssl.SSLContext:
    """Verified by the system's certificates. Made when first used, since reading those takes a while."""
    return ssl.create_default_context()


def _avsender(tekst: str) -> Address:
    try:
        avsender = adresse(tekst)
    except VarigFeil:
        avsender = None
    if avsender is None or not avsender.username.isascii():
        raise Innstillingsfeil("EPOST_AVSENDER: must be an e-mail address in ASCII letters, such as ikke-svar@nav.no")
    return avsender
