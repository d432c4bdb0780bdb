"""The two ways to every object: by the gateway's `{id}`, and by the producer's own key. Each operation is told once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from marshmallow import Schema

from gateway.api.deler import IdsvarSkjema
from gateway.api.ramme import IdempotensSkjema, Ressurs, aktoer, les_id, svarer
from gateway.api.skjema import Skjema, spoerrenoekkel
from gateway.domain import feil
from gateway.domain.feil import Avslag
from gateway.domain.kommandoer import Notifikasjonsreferanse, Oppdatering, Saksreferanse, Sletting
from gateway.handling.utfall import Utfall
from gateway.handling.utfoer import utfoer
from gateway.http.anrop import kjerne

Referanse = Saksreferanse | Notifikasjonsreferanse


class GrupperingsidSkjema(Skjema):
    """Your own key of a sak."""

    merkelapp = spoerrenoekkel("The sak's merkelapp; one of yours.", "Fager", required=True)
    grupperingsid = spoerrenoekkel("The sak's grupperingsid.", "sak-1", required=True)


class EksternIdSkjema(Skjema):
    """Your own key of a notifikasjon."""

    merkelapp = spoerrenoekkel("The notifikasjon's merkelapp; one of yours.", "Fager", required=True)
    ekstern_id = spoerrenoekkel("The notifikasjon's eksternId.", "oppgave-1", required=True)


@dataclass(frozen=True, kw_only=True)
class EgenNoekkel:
    """How producers name an object by themselves: the path, the query, and what both ways end in."""

    sti: str
    skjema: Skjema
    referanse: Callable[..., Any]
    finnes_ikke: type[Avslag]


GRUPPERINGSID = EgenNoekkel(
    sti="med-grupperingsid",
    skjema=GrupperingsidSkjema(),
    referanse=Saksreferanse,
    finnes_ikke=feil.SakFinnesIkke,
)
EKSTERN_ID = EgenNoekkel(
    sti="med-ekstern-id",
    skjema=EksternIdSkjema(),
    referanse=Notifikasjonsreferanse,
    finnes_ikke=feil.NotifikasjonFinnesIkke,
)

IDSVAR = IdsvarSkjema()
IDEMPOTENS = IdempotensSkjema()
Dekorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def lesning(ressurs: Ressurs, understi: str, egen: EgenNoekkel, svar: Schema) -> Dekorator:
    """GET `/{id}{understi}`, and the same by own key; the function makes the answer from the reference."""

    def dekorer(funksjon: Callable[..., Any]) -> Callable[..., Any]:
        def pynt(vei: Callable[..., Any]) -> Callable[..., Any]:
            return _dokumenter(ressurs, ressurs.response(200, svar)(vei), egen, (), har_kropp=False)

        _registrer(ressurs, "GET", understi, egen, funksjon, funksjon, pynt)
        return funksjon

    return dekorer


def endring(
    ressurs: Ressurs,
    metode: str,
    understi: str,
    egen: EgenNoekkel,
    *avslag: type[Avslag],
    kropp: Schema | None = None,
    svar: Schema | None = IDSVAR,
    ny_gir: int = 200,
) -> Dekorator:
    """An update at `/{id}{understi}`, and the same by own key; the function makes the kommando.

    It is given the reference, and what was in the body if there is one. Without `svar` the answer is 204 and empty.
    `ny_gir` is the status of a change that was made now; the same under the same Idempotency-Key again is always 200.
    """

    def dekorer(lag: Callable[..., Oppdatering | Sletting]) -> Callable[..., Any]:
        def utfoert(referanse: Referanse, *lest: Any) -> tuple[Utfall | None, int]:
            *innhold, hoder = lest
            kommando = replace(lag(referanse, *innhold), idempotensnoekkel=hoder["noekkel"])
            utfall = utfoer(kjerne(), kommando, aktoer())
            return (None, 204) if svar is None else (utfall, ny_gir if utfall.ny else 200)

        def pynt(vei: Callable[..., Any]) -> Callable[..., Any]:
            vei = ressurs.response(204)(vei) if svar is None else ressurs.response(ny_gir, svar)(vei)
            if ny_gir != 200:
                vei = ressurs.alt_response(200, schema=svar, description="The same Idempotency-Key again")(vei)
            vei = _dokumenter(ressurs, vei, egen, (feil.Konflikt, feil.VilkaarIkkeGodkjent, *avslag), kropp is not None)
            vei = ressurs.arguments(IDEMPOTENS, location="headers")(vei)
            return vei if kropp is None else ressurs.arguments(kropp)(vei)

        _registrer(ressurs, metode, understi, egen, lag, utfoert, pynt)
        return lag

    return dekorer


def _dokumenter(
    ressurs: Ressurs, vei: Callable[..., Any], egen: EgenNoekkel, avslag: tuple[type[Avslag], ...], har_kropp: bool
) -> Callable[..., Any]:
    return svarer(ressurs, feil.UgyldigMerkelapp, egen.finnes_ikke, *avslag, kropp=har_kropp)(vei)


def _registrer(
    ressurs: Ressurs,
    metode: str,
    understi: str,
    egen: EgenNoekkel,
    navngiver: Callable[..., Any],
    arbeid: Callable[..., Any],
    pynt: Dekorator,
) -> None:
    def med_id(*lest: Any, id: str) -> Any:
        return arbeid(egen.referanse(id=les_id(id, egen.finnes_ikke)), *lest)

    def med_egen(noekkel: dict[str, str], *lest: Any) -> Any:
        return arbeid(egen.referanse(**noekkel), *lest)

    overskrift, *resten = (navngiver.__doc__ or "").split("\n")
    med_id.__name__, med_id.__doc__ = navngiver.__name__, navngiver.__doc__
    med_egen.__name__ = f"{navngiver.__name__}_{egen.sti.replace('-', '_')}"
    med_egen.__doc__ = "\n".join([f"{overskrift}, by your own key", *resten])
    # The fixed path first: a key is no id.
    ressurs.route(f"/{egen.sti}{understi}", methods=[metode])(
        ressurs.arguments(egen.skjema, location="query")(pynt(med_egen))
    )
    ressurs.route(f"/<id>{understi}", methods=[metode])(pynt(med_id))
