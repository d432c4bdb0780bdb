"""The services outside that a producer's plugin may look things up in: address, secret and limits, in the register."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate

from gateway.nabo import adressefeil
from gateway.oppsett.hemmelighetsfil import FRA_FIL, FRA_MILJOE, er_referanse, les_referanse
from gateway.oppsett.konfigfil import Konfigskjema

NAVN = validate.Regexp(r"[a-z][a-z0-9-]{0,99}$", error="must be lower-case letters, digits and hyphens.")
HODE = re.compile(r"[A-Za-z0-9-]{1,100}: \S.*")
HEMMELIGHET = "{hemmelighet}"
LENGSTE_SEKUNDER = 10.0
FLEST_FORSOEK = 5
LENGSTE_MELLOMLAGER = 86_400
STOERSTE_SVAR = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Oppslagsvalg:
    """One service. `hode` is a header of each question, in which `{hemmelighet}` stands for the secret.

    `hemmelighet` is a reference, `env:NAME` or `file:/path`, that is read at each question: a secret that is missing
    stops nobody but who asks. `sekunder` for one try, `forsoek` tries at once; `mellomlager`: for how long an answer
    is used again; `stoerst`: bytes of an answer.
    """

    url: str
    hode: str | None = None
    hemmelighet: str | None = field(default=None, repr=False)
    sekunder: float = 2.0
    forsoek: int = 2
    mellomlager: dt.timedelta = dt.timedelta()
    stoerst: int = STOERSTE_SVAR

    def hoder(self) -> dict[str, str]:
        """The header with its secret. Raises ValueError, with what is missing, without what it is."""
        if self.hode is None:
            return {}
        navn, _, verdi = self.hode.partition(": ")
        if HEMMELIGHET in verdi:
            verdi = verdi.replace(HEMMELIGHET, les_referanse(self.hemmelighet or ""))
        if not verdi.isprintable() or not verdi.isascii():
            raise ValueError("has a header that is not plain ASCII; correct the secret")
        return {navn: verdi}


class OppslagSkjema(Konfigskjema):
    url = fields.String(required=True)
    hode = fields.String(load_default=None)
    hemmelighet = fields.String(load_default=None)
    sekunder = fields.Float(load_default=Oppslagsvalg.sekunder, validate=validate.Range(0.1, LENGSTE_SEKUNDER))
    forsoek = fields.Integer(load_default=Oppslagsvalg.forsoek, validate=validate.Range(1, FLEST_FORSOEK))
    mellomlager = fields.Integer(load_default=0, validate=validate.Range(0, LENGSTE_MELLOMLAGER))
    stoerst = fields.Integer(load_default=STOERSTE_SVAR, validate=validate.Range(1, STOERSTE_SVAR))

    @post_load
    def bygg(self, data: dict[str, Any], **_: Any) -> Oppslagsvalg:
        feil: dict[str, list[str]] = {}
        # Whether http:// is allowed hangs on the environment, which a file of the configuration does not know.
        if galt := adressefeil(data["url"], dev=True):
            feil["url"] = [galt]
        if data["hode"] is not None and not HODE.fullmatch(data["hode"]):
            feil["hode"] = [f"must be such as `Authorization: Bearer {HEMMELIGHET}`"]
        referanse = data["hemmelighet"]
        if referanse is not None and not er_referanse(referanse):
            feil["hemmelighet"] = [f"must be {FRA_MILJOE}NAME or {FRA_FIL}/path"]
        if (referanse is not None) != (HEMMELIGHET in (data["hode"] or "")):
            feil["hode"] = [f"must hold {HEMMELIGHET} where there is a hemmelighet, and only then"]
        if feil:
            raise ValidationError(feil)
        return Oppslagsvalg(**{**data, "mellomlager": dt.timedelta(seconds=data["mellomlager"])})
