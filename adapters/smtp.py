"""The channel of e-mail varsler: SMTP, one connection a sending."""

from __future__ import annotations

import datetime as dt
import ipaddress
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from functools import cache
from urllib.parse import unquote, urlsplit

from adapters.epostmelding import adresse, epostmelding
from adapters.smtpfeil import oversett
from gateway.plugin import MidlertidigFeil, Sendt, VarigFeil, VarselTilSending, Varseltype
from gateway.plugin.oppsett import Innstillingsfeil

SEKUNDER_I_ALT = 9.0
SEKUNDER_PER_SVAR = 5.0
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
    ) -> None:
        self._tjener = Smtptjener.fra_url(url)
        self._avsender = _avsender(avsender)
        self._klokke = klokke
        self._tls = tls
        self._sekunder_i_alt = sekunder_i_alt

    def send(self, varsel: VarselTilSending) -> Sendt:
        epost = varsel.varsel.epost
        if epost is None:
            raise VarigFeil("FEIL_TYPE", f"the smtp channel sends EPOST only, not {varsel.type}")
        forsoek = _Forsoek(self._tjener, epostmelding(varsel.id, epost, self._avsender, self._klokke()), self._tls)
        # smtplib's time-outs are for one read each, so a slow name server or a server that drips could hold us for
        # ever. A thread of its own is what can be left behind when the time is over.
        threading.Thread(target=forsoek.kjoer, name="smtp", daemon=True).start()
        try:
            return forsoek.utfall.result(timeout=self._sekunder_i_alt)
        except TimeoutError:
            forsoek.avbryt()
            raise MidlertidigFeil("TIDSAVBRUDD", "the server did not take the mail in time") from None


class _Forsoek:
    """One try of one message, run in a thread that whoever asked may give up waiting for."""

    def __init__(self, tjener: Smtptjener, melding: EmailMessage, tls: ssl.SSLContext | None) -> None:
        self.utfall: Future[Sendt] = Future()
        self._tjener = tjener
        self._melding = melding
        self._tls = tls
        self._avbrutt = False
        self._smtp: smtplib.SMTP | None = None

    def kjoer(self) -> None:
        try:
            self._send()
        except (MidlertidigFeil, VarigFeil) as feil:
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

    def avbryt(self) -> None:
        """Stop, if it is not too late: before the message is handed over, a thread left behind sends nothing."""
        self._avbrutt = True
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
        if self._avbrutt:
            raise MidlertidigFeil("TIDSAVBRUDD", "the connection took too long")
        smtp.send_message(self._melding, self._melding["From"].addresses[0].addr_spec, [mottaker.addr_spec])

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
