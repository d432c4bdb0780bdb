"""What the faults of SMTP mean for a varsel: try again, or give up.

The text of a server may repeat the address or the message, so it is never passed on: only its codes are, with a text
of our own.
"""

from __future__ import annotations

import re
import smtplib
import ssl

from gateway.plugin import MidlertidigFeil, VarigFeil

_UTVIDET_KODE = re.compile(rb"\s*([245]\.\d{1,3}\.\d{1,3})(?=\s|$)")
# 5xx that speak of the gateway's own log-in, not of this mail: whoever mends the configuration mends them.
_MANGLER_INNLOGGING = frozenset({530, 534, 535, 538})
_FOR_STOR = 552

# By the subject (the second number) of an enhanced status code, RFC 3463.
_EMNER = {
    "1": "the receiving server does not know the address",
    "2": "the mailbox cannot take the mail: it is closed, full, or takes no mail of this size",
    "3": "the receiving mail system cannot take the mail",
    "4": "the mail could not be routed to the receiving server",
    "5": "the servers did not understand one another",
    "6": "the receiving server does not take the content of the mail",
    "7": "the receiving server refuses the mail by its policy",
}
_KODER = {
    421: "the server is closing, or takes no more mail now",
    450: "the mailbox is unavailable now",
    451: "the server had a fault of its own",
    452: "the server lacks storage now",
    550: "the mailbox is unavailable",
    551: "the mailbox is not at this server",
    552: "the mail or the mailbox is too large",
    553: "the server does not allow the address",
}


def oversett(feil: smtplib.SMTPException | OSError) -> MidlertidigFeil | VarigFeil:
    """The fault as the gateway knows it, without anything that the server wrote."""
    match feil:
        case smtplib.SMTPRecipientsRefused():
            return _fra_svar(*next(iter(feil.recipients.values())), avgjoert=True)
        case smtplib.SMTPAuthenticationError():
            kode = _vist_kode(feil.smtp_code, _utvidet_kode(feil.smtp_error))
            return MidlertidigFeil(kode, "the server refuses the log-in; check user and password in SMTP_URL")
        case smtplib.SMTPSenderRefused():
            # A refused sender is a fault of EPOST_AVSENDER or of the server's rules, unless it is about the size.
            return _fra_svar(feil.smtp_code, feil.smtp_error, avgjoert=feil.smtp_code == _FOR_STOR)
        case smtplib.SMTPDataError():
            return _fra_svar(feil.smtp_code, feil.smtp_error, avgjoert=True)
        case smtplib.SMTPResponseException():
            # The greeting, EHLO, STARTTLS: nothing has been said of this mail yet.
            return _fra_svar(feil.smtp_code, feil.smtp_error, avgjoert=False)
        case smtplib.SMTPServerDisconnected() if isinstance(feil.__context__, TimeoutError):
            return MidlertidigFeil("TIDSAVBRUDD", "the server did not answer in time")
        case smtplib.SMTPServerDisconnected():
            return MidlertidigFeil("BRUTT_FORBINDELSE", "the server closed the connection before it had taken the mail")
        case smtplib.SMTPNotSupportedError():
            return MidlertidigFeil("MANGLER_UTVIDELSE", "the server lacks AUTH or STARTTLS; check SMTP_URL")
        case ssl.SSLError():
            return MidlertidigFeil("TLS", "no trusted TLS connection; check the server's certificate and SMTP_URL")
        case TimeoutError():
            return MidlertidigFeil("TIDSAVBRUDD", "the server did not answer in time")
        case _:
            return MidlertidigFeil("INGEN_KONTAKT", "no connection to the server; check SMTP_URL, and that it runs")


def _fra_svar(kode: int, tekst: bytes | str, *, avgjoert: bool) -> MidlertidigFeil | VarigFeil:
    """`avgjoert`: a 5xx here is a decision on this mail, so it is permanent."""
    utvidet = _utvidet_kode(tekst)
    vist = _vist_kode(kode, utvidet)
    if kode in _MANGLER_INNLOGGING:
        return MidlertidigFeil(vist, "the server wants another log-in; check user and password in SMTP_URL")
    emne = utvidet.split(".")[1] if utvidet else ""
    forklaring = _EMNER.get(emne) or _KODER.get(kode) or "the server refuses the mail"
    if avgjoert and kode >= 500:
        return VarigFeil(vist, forklaring)
    return MidlertidigFeil(vist, forklaring)


def _utvidet_kode(tekst: bytes | str) -> str:
    """`5.1.1` from the beginning of a reply; empty from a server without enhanced codes."""
    utvidet = _UTVIDET_KODE.match(tekst.encode(errors="replace") if isinstance(tekst, str) else tekst)
    return utvidet[1].decode() if utvidet else ""


def _vist_kode(kode: int, utvidet: str) -> str:
    return f"{kode} {utvidet}".rstrip()
