"""Reading what a request says: strictly, and with all its faults in one answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

import marshmallow
from flask import Request
from marshmallow import ValidationError, fields, missing
from webargs.flaskparser import FlaskParser

from gateway.api.skjema import Skjema, delvis
from gateway.domain.feil import Valideringsfeil
from gateway.domain.hendelsesdata import les_json
from gateway.domain.kommandoer import KOMMANDOER
from gateway.domain.validering import BRUTT, finn_feil
from gateway.http.kropp import les_kropp
from gateway.plugin.formater import UkjentInnholdstype

JSON = "application/json"
UKJENT = "Unknown field."


class Leser(FlaskParser):
    """Reads bodies with the gateway's own JSON reader, which bounds the nesting; and says 415 for what is not JSON.

    What breaks a rule of the domain is told together with what could not be read.
    """

    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = {  # noqa: RUF012  # as the base class has it
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "query": marshmallow.RAISE,
    }

    def load_json(self, req: Request, schema: Any) -> Any:
        del schema
        kropp = les_kropp()
        if not kropp:
            return missing
        if req.mimetype != JSON:
            raise UkjentInnholdstype(f"Send the body as {JSON}.")
        return les_json(kropp)

    def load_querystring(self, req: Request, schema: Any) -> Any:
        flere = {felt.data_key or navn for navn, felt in schema.fields.items() if isinstance(felt, fields.List)}
        gjentatt = [navn for navn in req.args if navn not in flere and len(req.args.getlist(navn)) > 1]
        if gjentatt:
            raise ValidationError({navn: ["must be given once."] for navn in gjentatt})
        return super().load_querystring(req, schema)

    def handle_error(
        self, error: ValidationError, req: Request, schema: Any, *, error_status_code: Any, error_headers: Any
    ) -> NoReturn:
        del error_status_code, error_headers
        felter: dict[str, Any] = _som_tre(error.messages)
        if "json" in felter and isinstance(schema, Skjema):
            felter["json"] = _flett(felter["json"], self._domenets_feil(felter["json"], req, schema))
        raise Valideringsfeil(BRUTT, felter=felter) from None

    def _domenets_feil(self, feil: Any, req: Request, skjema: Skjema) -> dict[str, Any]:
        """What the domain finds wrong with those fields that could be read."""
        data = self.load_json(req, skjema)
        klasse = skjema.gjelder or skjema.bygger
        if not isinstance(data, dict) or klasse is None or klasse not in KOMMANDOER.values() or "_schema" in feil:
            return {}
        lest = skjema.load(_uten(data, feil), partial=True)
        return finn_feil(lest if skjema.bygger else delvis(klasse, lest))


def _som_tre(feil: Any) -> Any:
    """Faults by path, with the places of lists as text, as they are answered."""
    return {str(navn): _som_tre(ett) for navn, ett in feil.items()} if isinstance(feil, dict) else feil


def _uten(data: Any, feil: Mapping[str, Any]) -> Any:
    """The data without what could not be read. An element of a list leaves its place empty."""
    if isinstance(data, list):
        return [{} if _er_ulest(feil.get(str(nummer))) else _rest(ett, feil, nummer) for nummer, ett in enumerate(data)]
    return {navn: _rest(ett, feil, navn) for navn, ett in data.items() if not _er_ulest(feil.get(navn))}


def _rest(data: Any, feil: Mapping[str, Any], ledd: str | int) -> Any:
    under = feil.get(str(ledd))
    return data if under is None else _uten(data, under)


def _er_ulest(feil: Any) -> bool:
    return isinstance(feil, list) or (isinstance(feil, dict) and "_schema" in feil)


def _flett(lesefeil: Any, domenets: Mapping[str, Any]) -> Any:
    """Both trees in one. Where both tell of a field, what could not be read comes first."""
    if _er_ulest(lesefeil):
        return lesefeil
    svar = dict(lesefeil)
    for navn, feil in domenets.items():
        if navn not in svar:
            svar[navn] = feil
        elif isinstance(feil, dict):
            svar[navn] = _flett(svar[navn], feil)
    return svar
