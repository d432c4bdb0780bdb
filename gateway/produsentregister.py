"""The produsentregister: who may create content, read from YAML and checked at start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from gateway.domain.feil import UkjentProdusent
from gateway.domain.noekkel import normalisert
from gateway.domain.produsent import Produsent, Vilkaar
from gateway.konfigfil import les_konfig
from gateway.settings import Innstillingsfeil

IKKE_TOM = validate.Length(min=1, error="must not be empty; give at least one.")


@dataclass(frozen=True, kw_only=True)
class Pluginvalg:
    """The plugin that maps a producer's events, with its settings."""

    navn: str
    innstillinger: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Oppfoering:
    produsent: Produsent
    plugin: Pluginvalg | None


class Produsentregister:
    """Producers by id and by the applications that send in their name."""

    def __init__(self, oppfoeringer: Iterable[Oppfoering]) -> None:
        self.oppfoeringer = {ett.produsent.id: ett for ett in oppfoeringer}
        self._etter_applikasjon = {
            applikasjon: ett.produsent
            for ett in self.oppfoeringer.values()
            for applikasjon in ett.produsent.applikasjoner
        }

    def for_applikasjon(self, applikasjon: str) -> Produsent:
        """Raises UkjentProdusent."""
        try:
            return self._etter_applikasjon[applikasjon]
        except KeyError:
            raise UkjentProdusent(
                "The application in the token (azp_name) is not in the produsentregister; ask for it to be added "
                "under applikasjoner of your produsent."
            ) from None

    def hent(self, produsent_id: str) -> Produsent:
        """Raises KeyError."""
        return self.oppfoeringer[produsent_id].produsent


def _ja_eller_nei(verdi: object) -> None:
    # 1 equals True, and is not what the document says.
    if not isinstance(verdi, bool):
        raise ValidationError("must be true or false.")


class MottakereSkjema(Schema):
    ressurser = fields.List(fields.String(), load_default=list)
    naermesteLeder = fields.Raw(load_default=False, validate=_ja_eller_nei)


class VilkaarSkjema(Schema):
    versjon = fields.String(required=True)
    dato = fields.Raw(required=True)  # YAML reads dates by itself

    @post_load
    def bygg(self, data: dict[str, Any], **_: Any) -> Vilkaar:
        return Vilkaar(**data)


class PluginSkjema(Schema):
    navn = fields.String(required=True, validate=IKKE_TOM)
    innstillinger = fields.Dict(keys=fields.String(), load_default=dict)

    @post_load
    def bygg(self, data: dict[str, Any], **_: Any) -> Pluginvalg:
        return Pluginvalg(**data)


class ProdusentSkjema(Schema):
    id = fields.String(
        required=True,
        validate=validate.Regexp(r"[a-z][a-z0-9-]*$", error="must be lower-case letters, digits and hyphens."),
    )
    applikasjoner = fields.List(fields.String(), required=True, validate=IKKE_TOM)
    merkelapper = fields.List(fields.String(), required=True, validate=IKKE_TOM)
    mottakere = fields.Nested(MottakereSkjema(), required=True)
    vilkaarGodkjent = fields.Nested(VilkaarSkjema(), load_default=None, allow_none=True)
    plugin = fields.Nested(PluginSkjema(), load_default=None, allow_none=True)

    @post_load
    def bygg(self, data: dict[str, Any], **_: Any) -> Oppfoering:
        return Oppfoering(
            produsent=Produsent(
                id=data["id"],
                applikasjoner=tuple(data["applikasjoner"]),
                merkelapper=tuple(map(normalisert, data["merkelapper"])),
                ressurser=tuple(data["mottakere"]["ressurser"]),
                naermeste_leder=data["mottakere"]["naermesteLeder"],
                vilkaar_godkjent=data["vilkaarGodkjent"],
            ),
            plugin=data["plugin"],
        )


def les_register(fil: Path) -> Produsentregister:
    """Raises Innstillingsfeil, with file, line and remedy; also when two producers claim the same."""
    oppfoeringer: list[Oppfoering] = les_konfig(fil, ProdusentSkjema(many=True))
    feil: list[str] = []
    for hva, av in (
        ("id", lambda ett: (ett.produsent.id,)),
        ("application", lambda ett: ett.produsent.applikasjoner),
        ("plugin", lambda ett: (ett.plugin.navn,) if ett.plugin else ()),
    ):
        eier: dict[str, str] = {}
        for ett in oppfoeringer:
            for verdi in av(ett):
                if verdi in eier:
                    feil.append(
                        f"{fil}: the {hva} {verdi!r} stands both under {eier[verdi]} and under {ett.produsent.id}; "
                        "it can have one owner only"
                    )
                eier[verdi] = ett.produsent.id
    if feil:
        raise Innstillingsfeil("\n".join(feil))
    return Produsentregister(oppfoeringer)
