"""Webhooks with an HMAC as the sender happens to make it: which hash, of what, written how, in which header."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hmac
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from adapters.signaturer.hemmeligheter import en_stemmer, krev_hemmeligheter, krev_styrke, som_bytes
from adapters.signaturer.ordning import Ordning, krev_hode
from adapters.signaturer.tidsvindu import FORMER, VINDU, krev_form, krev_innenfor
from adapters.signaturer.valg import Hodenavn, KortTekst, en_av
from gateway.plugin import Anmodning, Dekning, Signert, UgyldigSignatur
from gateway.plugin.oppsett import Konfigskjema

SHA256, SHA512 = "sha256", "sha512"
BYTE = {SHA256: 32, SHA512: 64}
HEX, BASE64, TEKST = "hex", "base64", "tekst"
KROPP, TIDSPUNKT, ID = "{body}", "{timestamp}", "{id}"
LENGSTE_VINDU = 3600
MINST_BYTE = 16
_ID = re.compile(r"[!-~]{1,256}")
_DELER = re.compile(r"(\{[^{}]*\})")


def les_mal(mal: str) -> tuple[str, ...]:
    """What is signed, as a row of placeholders and texts. Raises ValueError.

    Every two placeholders have a text between them: without it a signed message could be read as another, with a part
    of its body for its time.
    """
    deler = tuple(del_ for del_ in _DELER.split(mal) if del_)
    kjente = [del_ for del_ in deler if del_ in (KROPP, TIDSPUNKT, ID)]
    if any(("{" in del_ or "}" in del_) and del_ not in kjente for del_ in deler):
        raise ValueError(f"may hold {KROPP}, {TIDSPUNKT} and {ID}, and no other braces")
    if kjente.count(KROPP) != 1:
        raise ValueError(f"must hold {KROPP} once: what is not signed can be anybody's")
    if len(set(kjente)) < len(kjente):
        raise ValueError(f"must hold {TIDSPUNKT} and {ID} once at most")
    if any(foerste in kjente and andre in kjente for foerste, andre in pairwise(deler)):
        raise ValueError(f"must have a text between its parts, as in {TIDSPUNKT}.{KROPP}")
    return deler


def skiller(deler: Sequence[str], plass: str) -> frozenset[str]:
    """The characters that tell a part from its neighbours; it may hold none of them."""
    nr = deler.index(plass)
    # A text at the very beginning or end parts it from nothing.
    venstre = deler[nr - 1] if nr > 1 else ""
    hoeyre = deler[nr + 1] if nr < len(deler) - 2 else ""
    return frozenset(venstre + hoeyre)


class HmacValg(Konfigskjema):
    hode = Hodenavn(required=True)
    prefiks = KortTekst(load_default="", hoeyst=50)
    algoritme = fields.String(load_default=SHA256, validate=en_av(*BYTE))
    koding = fields.String(load_default=HEX, validate=en_av(HEX, BASE64))
    noekkel = fields.String(load_default=TEKST, validate=en_av(TEKST, HEX, BASE64))
    signert = KortTekst(load_default=KROPP, hoeyst=200)
    tidspunkt_hode = Hodenavn(load_default=None)
    tidspunkt_form = fields.String(load_default="sekunder", validate=en_av(*FORMER))
    id_hode = Hodenavn(load_default=None)
    vindu = fields.Integer(
        load_default=int(VINDU.total_seconds()),
        strict=True,
        validate=validate.Range(min=1, max=LENGSTE_VINDU, error="must be 1 to {max} seconds"),
        error_messages={"invalid": "must be a whole number of seconds"},
    )

    @validates_schema
    def _henger_sammen(self, valg: Mapping[str, Any], **_: Any) -> None:
        try:
            deler = les_mal(valg["signert"])
        except ValueError as feil:
            raise ValidationError({"signert": [str(feil)]}) from None
        feil_ = {}
        for plass, hode in ((TIDSPUNKT, "tidspunkt_hode"), (ID, "id_hode")):
            if plass in deler and valg[hode] is None:
                feil_[hode] = [f"must name the header that {plass} of `signert` stands in"]
            if plass not in deler and valg[hode] is not None:
                feil_[hode] = [f"must be left out: `signert` has no {plass}, so the header is not signed"]
        if TIDSPUNKT in deler and skiller(deler, TIDSPUNKT) & set(FORMER[valg["tidspunkt_form"]].tegn):
            feil_["signert"] = [f"must part {TIDSPUNKT} from the rest by what cannot be in a time"]
        if feil_:
            raise ValidationError(feil_)


class HmacSignatur(Ordning):
    """Every source says how; what is brought to the gateway is only where `med` makes those of."""

    navn = "hmac"
    skjema = HmacValg

    def __init__(self, valg: Mapping[str, Any] | None = None) -> None:
        self._valg = valg = valg or HmacValg().load({"hode": "X-Signature"})
        self._deler = les_mal(valg["signert"])
        self._form = FORMER[valg["tidspunkt_form"]]
        self._vindu = dt.timedelta(seconds=valg["vindu"])
        id_hode = valg["id_hode"]
        self.dekker = Dekning(id_hode=id_hode.lower() if id_hode else None, dekker_tid=TIDSPUNKT in self._deler)

    def med(self, valg: Mapping[str, Any]) -> HmacSignatur:
        return HmacSignatur(self.les_valg(valg))

    def kontroller(self, hemmelighet: str) -> None:
        if len(self._noekkel(hemmelighet)) < MINST_BYTE:
            raise ValueError(
                f"a hemmelighet for hmac must be at least {MINST_BYTE} bytes; make one with `openssl rand -hex 32`, "
                "and give it to the sender too"
            )

    def verifiser(self, anmodning: Anmodning, hemmeligheter: Sequence[str], naa: dt.datetime) -> None:
        krev_hemmeligheter(hemmeligheter)
        sendt = self._signatur(krev_hode(anmodning, self._valg["hode"]))
        satt_inn = {KROPP: anmodning.kropp}
        if TIDSPUNKT in self._deler:
            satt_inn[TIDSPUNKT] = self._tidspunkt(anmodning, naa)
        if ID in self._deler:
            satt_inn[ID] = self._id(anmodning)
        signert = self._sett_sammen(satt_inn)
        if not en_stemmer((self._hmac(hemmelighet, signert) for hemmelighet in hemmeligheter), [sendt]):
            raise UgyldigSignatur(
                f"{self._valg['hode']} does not match; check the hemmelighet, and sign `{self._valg['signert']}` with "
                f"{self._valg['algoritme']}, over raw bytes"
            )

    def _signatur(self, tekst: str) -> bytes:
        """The bytes that were sent. Raises UgyldigSignatur for what has not the form."""
        hode, prefiks, koding = (self._valg[navn] for navn in ("hode", "prefiks", "koding"))
        antall = BYTE[self._valg["algoritme"]]
        try:
            kodet = tekst.removeprefix(prefiks).encode("ascii") if tekst.startswith(prefiks) else b""
            sendt = binascii.unhexlify(kodet) if koding == HEX else base64.b64decode(kodet, validate=True)
        except (ValueError, binascii.Error):
            sendt = b""
        if len(sendt) != antall:
            foran = f"`{prefiks}` and " if prefiks else ""
            raise UgyldigSignatur(f"{hode} must be {foran}{antall} bytes in {koding}")
        return sendt

    def _tidspunkt(self, anmodning: Anmodning, naa: dt.datetime) -> bytes:
        hode = self._valg["tidspunkt_hode"]
        tekst = krev_hode(anmodning, hode)
        krev_innenfor(hode, krev_form(hode, tekst, self._form), naa, self._vindu)
        return tekst.encode()

    def _id(self, anmodning: Anmodning) -> bytes:
        hode = self._valg["id_hode"]
        tekst = krev_hode(anmodning, hode)
        if not _ID.fullmatch(tekst) or skiller(self._deler, ID) & set(tekst):
            ikke = "".join(sorted(skiller(self._deler, ID)))
            uten = f", none of them of `{ikke}`" if ikke else ""
            raise UgyldigSignatur(f"{hode} must be 1 to 256 visible ASCII characters{uten}")
        return tekst.encode()

    def _sett_sammen(self, satt_inn: Mapping[str, bytes]) -> bytes:
        return b"".join(satt_inn[del_] if del_ in satt_inn else del_.encode() for del_ in self._deler)

    def _hmac(self, hemmelighet: str, signert: bytes) -> bytes:
        return hmac.digest(self._noekkel(hemmelighet), signert, self._valg["algoritme"])

    def _noekkel(self, hemmelighet: str) -> bytes:
        """Raises ValueError, without the secret."""
        if self._valg["noekkel"] == TEKST:
            krev_styrke(self.navn, hemmelighet)
            return som_bytes(self.navn, hemmelighet)
        try:
            kodet = hemmelighet.strip().encode("ascii")
            if self._valg["noekkel"] == HEX:
                return binascii.unhexlify(kodet)
            return base64.b64decode(kodet, validate=True)
        except ValueError:
            hva = self._valg["noekkel"]
            raise ValueError(f"a hemmelighet for hmac is not {hva}, as `noekkel: {hva}` says") from None

    def signert(self, kropp: bytes, hemmelighet: str, id_: str, naa: dt.datetime) -> Signert:
        satt_inn, hoder = {KROPP: kropp}, {}
        for plass, navn, verdi in ((TIDSPUNKT, "tidspunkt_hode", self._form.skriv(naa)), (ID, "id_hode", id_)):
            if plass in self._deler:
                satt_inn[plass] = verdi.encode()
                hoder[self._valg[navn].lower()] = verdi
        signert = self._hmac(hemmelighet, self._sett_sammen(satt_inn))
        kodet = signert.hex() if self._valg["koding"] == HEX else base64.b64encode(signert).decode()
        hoder[self._valg["hode"].lower()] = f"{self._valg['prefiks']}{kodet}"
        return Signert(hoder=hoder)
