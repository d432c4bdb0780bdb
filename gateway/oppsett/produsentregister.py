"""The produsentregister: who may create content, read from YAML and checked at start."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate

from gateway.domain.bevaring import Bevaring, les_bevaringstid
from gateway.domain.feil import UkjentProdusent
from gateway.domain.noekkel import normalisert
from gateway.domain.produsent import Produsent, Vilkaar
from gateway.domain.takt import Takt
from gateway.domain.vilkaar import VERSJONER
from gateway.nabo import adressefeil
from gateway.oppsett.innstillinger import Innstillingsfeil
from gateway.oppsett.konfigfil import Dato, Konfigskjema, Liste, SantEllerUsant, Takten, les_konfig
from gateway.oppsett.oppslagsvalg import NAVN, OppslagSkjema, Oppslagsvalg

PRODUSENTER = Liste(
    hva="produsent",
    navn="id",
    unike=("id", "applikasjoner"),
    skjulte=frozenset({"innstillinger", "hemmelighet", "hode"}),
)
IKKE_TOM = validate.Length(min=1, error="must not be empty; give at least one.")


@dataclass(frozen=True, kw_only=True)
class Pluginvalg:
    """The plugin that maps a producer's events, with this producer's settings; it may serve others too.

    `oppslag`: the services that its look-ups may ask, by name.
    """

    navn: str
    innstillinger: Mapping[str, Any] = field(default_factory=dict)
    oppslag: Mapping[str, Oppslagsvalg] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Oppfoering:
    produsent: Produsent
    plugin: Pluginvalg | None
    grense: Takt | None = None


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

    @property
    def egne_grenser(self) -> dict[str, Takt]:
        """How often the producers may come that have a limit of their own, by their id."""
        return {id_: ett.grense for id_, ett in self.oppfoeringer.items() if ett.grense}

    def hent(self, produsent_id: str) -> Produsent:
        """Raises KeyError."""
        return self.oppfoeringer[produsent_id].produsent

    def bevaring(self, produsent_id: str) -> Bevaring:
        """How long a producer's events are kept; also for one that has left the register."""
        oppfoering = self.oppfoeringer.get(produsent_id)
        return oppfoering.produsent.bevaring if oppfoering else Bevaring()

    def eiere(self) -> Mapping[str, str]:
        """The producer of each merkelapp."""
        return {
            merkelapp: ett.produsent.id for ett in self.oppfoeringer.values() for merkelapp in ett.produsent.merkelapper
        }


class MottakereSkjema(Konfigskjema):
    ressurser = fields.List(fields.String(), load_default=list)
    naermesteLeder = SantEllerUsant(load_default=False)


class VilkaarSkjema(Konfigskjema):
    versjon = fields.String(
        required=True,
        validate=validate.OneOf(
            [ett.versjon for ett in VERSJONER], error="must be a version of the terms of use: {choices}"
        ),
    )
    dato = Dato(required=True)

    @post_load
    def bygg(self, data: dict[str, Any], **_: Any) -> Vilkaar:
        return Vilkaar(**data)


class Bevaringstid(fields.String):
    """An ISO 8601 duration."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        try:
            return les_bevaringstid(super()._deserialize(value, attr, data, **kwargs))
        except ValueError as feil:
            if isinstance(feil, ValidationError):
                raise
            raise ValidationError(f"{feil}.") from None


class BevaringSkjema(Konfigskjema):
    hendelser = Bevaringstid(load_default=Bevaring.hendelser)
    ignorerte = Bevaringstid(load_default=Bevaring.ignorerte)

    @post_load
    def bygg(self, data: dict[str, Any], **_: Any) -> Bevaring:
        return Bevaring(**data)


class PluginSkjema(Konfigskjema):
    navn = fields.String(required=True, validate=IKKE_TOM)
    innstillinger = fields.Dict(keys=fields.String(), load_default=dict)
    oppslag = fields.Dict(
        keys=fields.String(validate=NAVN),
        values=fields.Nested(OppslagSkjema()),
        load_default=dict,
    )

    @post_load
    def bygg(self, data: dict[str, Any], **_: Any) -> Pluginvalg:
        return Pluginvalg(**data)


class ProdusentSkjema(Konfigskjema):
    id = fields.String(
        required=True,
        validate=validate.Regexp(r"[a-z][a-z0-9-]*$", error="must be lower-case letters, digits and hyphens."),
    )
    applikasjoner = fields.List(fields.String(), required=True, validate=IKKE_TOM)
    merkelapper = fields.List(fields.String(), required=True, validate=IKKE_TOM)
    mottakere = fields.Nested(MottakereSkjema(), required=True)
    vilkaarGodkjent = fields.Nested(VilkaarSkjema(), load_default=None, allow_none=True)
    plugin = fields.Nested(PluginSkjema(), load_default=None, allow_none=True)
    bevaring = fields.Nested(BevaringSkjema(), load_default=Bevaring)
    grense = Takten(load_default=None)

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
                bevaring=data["bevaring"],
            ),
            plugin=data["plugin"],
            grense=data["grense"],
        )


def les_register(fil: Path, *, dev: bool = True) -> Produsentregister:
    """Raises Innstillingsfeil, with file, line and remedy; also when two producers claim the same."""
    register = Produsentregister(les_konfig(fil, ProdusentSkjema(), PRODUSENTER))
    if feil := [f"{fil}: {sted}: {galt}" for sted, galt in _adressefeil(register, dev=dev)]:
        raise Innstillingsfeil("\n".join(feil))
    return register


def _adressefeil(register: Produsentregister, *, dev: bool) -> Iterator[tuple[str, str]]:
    """The look-ups whose address will not do here, and what is wrong with it."""
    for id_, oppfoering in register.oppfoeringer.items():
        for navn, valg in (oppfoering.plugin.oppslag if oppfoering.plugin else {}).items():
            if galt := adressefeil(valg.url, dev=dev):
                yield f"produsent {id_}, plugin.oppslag.{navn}.url", galt
