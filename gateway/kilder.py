"""The webhook sources: how each is signed, whose events it sends, and where a message says what it is."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jmespath
from marshmallow import ValidationError, fields, post_load, validate

from gateway.domain.feil import KildeFinnesIkke, Valideringsfeil
from gateway.inbox.format import Format, LestHendelse, identifisert, les_cloudevents, les_json
from gateway.konfigfil import Konfigskjema, Liste, les_konfig
from gateway.plugin import Signaturordning
from gateway.produsentregister import IKKE_TOM, Produsentregister

FRA_MILJOE = "env:"
KILDER = Liste(hva="kilde", navn="navn", unike=("navn",), skjulte=frozenset({"hemmeligheter"}))


@dataclass(frozen=True, kw_only=True)
class Kilde:
    """One source. `type`, `id`, `noekkel` and `ignorer` are compiled JMESPath expressions over the message."""

    navn: str
    produsent: str
    ordning: Signaturordning
    hemmeligheter: tuple[str, ...] = field(repr=False)
    type: Any
    id: Any
    noekkel: Any
    ignorer: Any

    def les(self, innholdstype: str, hoder: Mapping[str, str], kropp: bytes) -> tuple[LestHendelse, bool]:
        """The event in a verified request, and whether the source says to ignore it.

        A CloudEvent identifies itself, under the source's name. Raises UgyldigJson, Valideringsfeil.
        """
        if "cloudevents" in innholdstype or "ce-specversion" in hoder:
            leste = les_cloudevents(innholdstype, hoder, kropp)
            if len(leste) != 1 or not isinstance(leste[0], LestHendelse):
                raise Valideringsfeil("A webhook carries one event; send batches to /api/v1/hendelser.")
            return leste[0], self._ignorert(leste[0].data)
        data = les_json(kropp)
        lest = identifisert(
            kilde=self.navn,
            id_=self.id.search(data),
            type_=self.type.search(data),
            noekkel=self.noekkel.search(data) if self.noekkel else None,
            format_=Format.JSON,
            raa=kropp,
            data=data,
        )
        return lest, self._ignorert(data)

    def _ignorert(self, data: Any) -> bool:
        return bool(self.ignorer and self.ignorer.search(data))


class Kilder:
    def __init__(self, kilder: Sequence[Kilde]) -> None:
        self._etter_navn = {kilde.navn: kilde for kilde in kilder}

    def hent(self, navn: str) -> Kilde:
        """Raises KildeFinnesIkke."""
        try:
            return self._etter_navn[navn]
        except KeyError:
            raise KildeFinnesIkke("No such kilde; the path is /webhooks/<navn>, with a navn of kilder.yaml.") from None


class JmesPath(fields.String):
    """A JMESPath expression, compiled once."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        tekst = super()._deserialize(value, attr, data, **kwargs)
        try:
            return jmespath.compile(tekst)
        except jmespath.exceptions.JMESPathError as feil:
            raise ValidationError(f"is not JMESPath: {str(feil).splitlines()[0]}") from None


class KildeSkjema(Konfigskjema):
    navn = fields.String(
        required=True,
        validate=validate.Regexp(r"[a-z0-9][a-z0-9-]*$", error="must be lower-case letters, digits and hyphens."),
    )
    produsent = fields.String(required=True)
    adapter = fields.String(required=True)
    hemmeligheter = fields.List(fields.String(validate=IKKE_TOM), required=True, validate=IKKE_TOM)
    type = JmesPath(required=True)
    id = JmesPath(required=True)
    noekkel = JmesPath(load_default=None)
    ignorer = JmesPath(load_default=None)

    def __init__(self, ordninger: Mapping[str, Signaturordning], produsenter: Produsentregister, *, dev: bool) -> None:
        super().__init__()
        self._ordninger = ordninger
        self._produsenter = produsenter
        self._dev = dev

    @post_load
    def bygg(self, data: dict[str, Any], **_: Any) -> Kilde:
        feil: dict[str, Any] = {}
        if data["produsent"] not in self._produsenter.oppfoeringer:
            feil["produsent"] = [
                f"is not in the produsentregister; it knows {', '.join(self._produsenter.oppfoeringer)}"
            ]
        if data["adapter"] not in self._ordninger:
            feil["adapter"] = [f"is not known; use one of {', '.join(sorted(self._ordninger))}"]
        hemmeligheter = [self._hemmelighet(nr, tekst, feil) for nr, tekst in enumerate(data["hemmeligheter"])]
        if not feil:
            self._kontroller(data["adapter"], hemmeligheter)
        if feil:
            raise ValidationError(feil)
        return Kilde(
            navn=data["navn"],
            produsent=data["produsent"],
            ordning=self._ordninger[data["adapter"]],
            hemmeligheter=tuple(hemmeligheter),
            type=data["type"],
            id=data["id"],
            noekkel=data["noekkel"],
            ignorer=data["ignorer"],
        )

    def _kontroller(self, adapter: str, hemmeligheter: Sequence[str]) -> None:
        for nr, hemmelighet in enumerate(hemmeligheter):
            try:
                self._ordninger[adapter].kontroller(hemmelighet)
            except ValueError as avvik:
                raise ValidationError({"hemmeligheter": {nr: [str(avvik)]}}) from None

    def _hemmelighet(self, nr: int, tekst: str, feil: dict[str, Any]) -> str:
        if not tekst.startswith(FRA_MILJOE):
            if not self._dev:
                raad = f"must be {FRA_MILJOE}NAME in prod; a literal secret is for dev only"
                feil.setdefault("hemmeligheter", {})[nr] = [raad]
            return tekst
        variabel = tekst.removeprefix(FRA_MILJOE)
        if not os.environ.get(variabel):
            raad = f"names the environment variable {variabel}, which is not set; set it"
            feil.setdefault("hemmeligheter", {})[nr] = [raad]
        return os.environ.get(variabel, "")


def les_kilder(fil: Path, ordninger: Sequence[Signaturordning], produsenter: Produsentregister, *, dev: bool) -> Kilder:
    """Raises Innstillingsfeil, with file, line and remedy."""
    skjema = KildeSkjema({ett.navn: ett for ett in ordninger}, produsenter, dev=dev)
    return Kilder(les_konfig(fil, skjema, KILDER))
