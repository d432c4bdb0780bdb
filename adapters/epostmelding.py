"""The e-mail of a varsel as a MIME message."""

from __future__ import annotations

import datetime as dt
import email.policy
import re
import unicodedata
from email.header import Header
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UniqueUnstructuredHeader
from email.message import EmailMessage
from email.utils import format_datetime
from functools import partial
from typing import Any, ClassVar, Literal
from uuid import UUID

import idna

from adapters.ren_tekst import ren_tekst
from gateway.plugin import Epost, VarigFeil

UGYLDIG_ADRESSE = "UGYLDIG_ADRESSE"
LENGSTE_RETT_FRAM = 60
LENGSTE_DOMENE = 253
# The letters of any script, and no character with a meaning of its own in a header or a command.
_LOKAL_DEL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+")
_LEDD = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMENE = re.compile(rf"{_LEDD}(?:\.{_LEDD})*")
_nfc = partial(unicodedata.normalize, "NFC")


class _Emne(UniqueUnstructuredHeader, BaseHeader):
    """A subject that is taken as it stands, and folded by `Header`: the folding of `EmailMessage` loses spaces."""

    max_count: ClassVar[Literal[1]] = 1

    @classmethod
    def parse(cls, value: str, kwds: dict[str, Any]) -> None:
        super().parse(value, kwds)
        kwds["decoded"] = value

    def fold(self, *, policy: email.policy.Policy) -> str:
        rett_fram = self.isascii() and len(self) <= LENGSTE_RETT_FRAM and "=?" not in self
        verdi = str(self) if rett_fram else Header(str(self), "utf-8", header_name=self.name).encode()
        return f"{self.name}: {verdi}\n".replace("\n", policy.linesep)


def _lag_policy() -> email.policy.EmailPolicy[EmailMessage]:
    hoder = HeaderRegistry()
    hoder.map_to_type("subject", _Emne)
    return email.policy.SMTP.clone(header_factory=hoder)


_POLICY = _lag_policy()


def epostmelding(id: UUID, epost: Epost, avsender: Address, sendt: dt.datetime) -> EmailMessage:
    """HTML with plain text beside it. `id` makes the Message-ID, so that it is the same at every try.

    Raises VarigFeil for an address that no mail can be sent to.
    """
    html = _gyldig_unicode(epost.epost_html_body)
    melding = EmailMessage(policy=_POLICY)
    melding["Message-ID"] = f"<{id}@{avsender.domain}>"
    melding["Date"] = format_datetime(sendt)
    melding["From"] = avsender
    melding["To"] = adresse(epost.epostadresse)
    melding["Subject"] = _en_linje(epost.epost_tittel)
    melding["Auto-Submitted"] = "auto-generated"
    # Quoted-printable, since a server need not offer 8BITMIME, and html may have longer lines than SMTP takes.
    melding.set_content(ren_tekst(html), cte="quoted-printable")
    melding.add_alternative(html, subtype="html", cte="quoted-printable")
    return melding


def som_sendes(melding: EmailMessage, *, smtputf8: bool) -> bytes:
    """The message as it goes over the wire, no line of it changed."""
    return melding.as_bytes(policy=_POLICY.clone(utf8=smtputf8))


def adresse(tekst: str) -> Address:
    """The address, with a domain that every server understands; raises VarigFeil, without naming it."""
    lokal, _, domene = tekst.rpartition("@")
    try:
        # IDNA 2008 as it stands. Python's own codec is of 2003, which gives another owner's domain for ß and its like;
        # what only a mapping on the way would let in (another form of a letter) is refused.
        ascii_domene = domene if domene.isascii() else idna.encode(_nfc(domene.lower()), strict=True).decode()
    except idna.IDNAError:
        ascii_domene = ""
    if not _LOKAL_DEL.fullmatch(lokal) or not _DOMENE.fullmatch(ascii_domene) or len(ascii_domene) > LENGSTE_DOMENE:
        raise VarigFeil(UGYLDIG_ADRESSE, "the epostadresse is not one that mail can be sent to")
    return Address(username=lokal, domain=ascii_domene)


def _en_linje(tittel: str) -> str:
    """The title without line breaks and control characters, which would end the header or begin another."""
    tegn = (" " if unicodedata.category(t) == "Cc" else t for t in _gyldig_unicode(tittel))
    return " ".join("".join(tegn).split())


def _gyldig_unicode(tekst: str) -> str:
    return tekst.encode(errors="replace").decode()
