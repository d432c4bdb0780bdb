"""Adapters are loaded as the gateway loads them: what they bring is used, and what is wrong with one is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from adapters import testpersoner
from adapters.registrer import Adaptere
from adapters.signaturer.github import GitHubSignatur
from gateway.http.jwks import JwksNoekler
from gateway.oppsett.innstillinger import Innstillingsfeil
from gateway.plugin import Sendt, Tilganger, VarselTilSending, Varseltype, hookimpl
from gateway.vertskap.adaptere import last_adaptere


def test_alle_adaptere_blir_med() -> None:
    person = testpersoner.Testperson(fnr="15488510042", navn="Kari Leder", tilganger=Tilganger())
    egne = Adaptere(
        smtp_url="smtp://localhost:25", epost_avsender="ikke-svar@nav.no", personer=[person], noekler=JwksNoekler
    )
    lastet = last_adaptere({"adaptere": egne})
    (kanal,) = lastet.varselkanaler
    assert [ordning.navn for ordning in lastet.signaturordninger] == [
        "github",
        "standard-webhooks",
        "stripe",
        "slack",
        "hmac",
        "basic",
        "api-noekkel",
        "hemmelig-sti",
        "jwt",
    ]
    assert (kanal.navn, kanal.typer) == ("smtp", {Varseltype.EPOST})
    assert isinstance(lastet.tilgangskilde, testpersoner.Testpersoner)
    assert lastet.tilgangskilde.personer == (person,)


def test_det_som_ikke_er_satt_opp_blir_ikke_med() -> None:
    lastet = last_adaptere({"adaptere": Adaptere()})
    assert (lastet.varselkanaler, lastet.tilgangskilde) == ([], None)


class Kanal:
    navn = "brevdue"
    typer = frozenset({Varseltype.SMS})

    def send(self, varsel: VarselTilSending) -> Sendt:
        return Sendt(kode="fløyet")


def bringer(hook: str, *ting: Any) -> object:
    """An adapter with one hook, which answers these things."""
    return _adapter(hook, lambda self: list(ting))


def _adapter(hook: str, kall: Callable[..., Any], *, merket: bool = True) -> object:
    kall.__name__ = hook
    kall.__module__ = __name__
    return type("Adapter", (), {hook: hookimpl(kall) if merket else kall, "__module__": __name__})()


def med(**felter: Any) -> Kanal:
    """A channel that is not as it should be."""
    kanal: Kanal = type("Kanal", (Kanal,), felter)()
    return kanal


def ordning(**felter: Any) -> Any:
    """A scheme that is not as it should be."""
    return type("Ordning", (GitHubSignatur,), {"navn": "brevsegl", **felter})()


async def _asynkron(self: Any, varsel: VarselTilSending) -> None: ...


def _raiser(self: Any) -> Any:
    raise LookupError("borte")


OEDELAGT: dict[str, tuple[object, str]] = {
    "misspelt hook": (
        bringer("varselkanal"),
        r"adapter syk\.varselkanal is no hook; did you mean varselkanaler\? The hooks of an adapter are signatur",
    ),
    "missing marker": (
        _adapter("varselkanaler", lambda self: [], merket=False),
        r"adapter syk\.varselkanaler lacks the marker @hookimpl",
    ),
    "a hook of producers' plugins": (
        bringer("hendelsestyper"),
        r"adapter syk\.hendelsestyper is not allowed in an adapter: the hook belongs in a producer's plugin, which the "
        "produsentregister names",
    ),
    "coroutine": (_adapter("varselkanaler", _asynkron), r"adapter syk\.varselkanaler: must be a plain function"),
    "an argument that the hook does not have": (
        _adapter("varselkanaler", lambda self, database: []),
        r"adapter syk\.varselkanaler: `varselkanaler\(database\)`: no argument is called database; it takes nothing",
    ),
    "raises": (
        _adapter("varselkanaler", _raiser),
        r"adapter syk\.varselkanaler raised LookupError: borte \(.*line \d+",
    ),
    "a wrong result": (
        _adapter("varselkanaler", lambda self: 7),
        r"adapter syk\.varselkanaler answered int; it must answer a list of Varselkanal",
    ),
    "no channel": (
        bringer("varselkanaler", object()),
        r"syk\.varselkanaler: object is no Varselkanal: navn must be str\n(.|\n)*: typer must (.|\n)*: send\(varsel\)",
    ),
    "a channel without a name": (bringer("varselkanaler", med(navn="")), "navn must be str"),
    "a channel of no types": (
        bringer("varselkanaler", med(typer=frozenset({"SMS!"}))),
        r"typer must be frozenset\[.*Varseltype\]",
    ),
    "a channel that cannot be called": (
        bringer("varselkanaler", med(send=lambda self: None)),
        r"Kanal is no Varselkanal: send\(varsel\) is what is called, and it is written send\(\)",
    ),
    "a channel that answers later": (
        bringer("varselkanaler", med(send=_asynkron)),
        r"send\(varsel\) must be a plain method, not a coroutine or a generator",
    ),
    "a channel twice": (
        bringer("varselkanaler", Kanal(), Kanal()),
        r"adapter syk\.varselkanaler: 'brevdue' is already brought by syk",
    ),
    "a scheme that does not say what it proves": (
        bringer("signaturordninger", ordning(dekker={"id_hode": None})),
        r"adapter syk\.signaturordninger: Ordning is no Signaturordning: dekker must be Dekning",
    ),
    "a scheme without options": (
        bringer("signaturordninger", ordning(med=None)),
        r"Ordning is no Signaturordning: med\(valg\) is missing",
    ),
    "a scheme of before": (
        bringer("signaturordninger", ordning(verifiser=lambda self, hoder, kropp, hemmeligheter, naa: None)),
        r"verifiser\(anmodning, hemmeligheter, naa\) is what is called, and it is written verifiser\(hoder, kropp, ",
    ),
    "a scheme that answers later": (
        bringer("signaturordninger", ordning(verifiser=_asynkron)),
        r"verifiser\(anmodning, hemmeligheter, naa\) must be a plain method, not a coroutine or a generator",
    ),
    "a scheme that another has": (
        bringer("signaturordninger", GitHubSignatur()),
        r"adapter syk\.signaturordninger: 'github' is already brought by adaptere",
    ),
    "a channel that another has": (
        bringer("varselkanaler", med(navn="smtp")),
        r"adapter syk\.varselkanaler: 'smtp' is already brought by adaptere",
    ),
    "a second source of access": (
        bringer("tilgangskilder", testpersoner.Testpersoner(())),
        "more than one source of employers' access is brought, by adaptere and syk; keep one",
    ),
}


@pytest.mark.parametrize(("adapter", "grunn"), OEDELAGT.values(), ids=OEDELAGT)
def test_det_som_er_galt_med_en_adapter_sies_med_navnet_dens(adapter: object, grunn: str) -> None:
    egne = Adaptere(smtp_url="smtp://localhost:25", personer=[], epost_avsender="ikke-svar@nav.no")
    with pytest.raises(Innstillingsfeil, match=grunn):
        last_adaptere({"adaptere": egne, "syk": adapter})


def test_alt_som_er_galt_med_alle_adaptere_sies_paa_en_gang() -> None:
    with pytest.raises(Innstillingsfeil) as feil:
        last_adaptere({"a": bringer("varselkanal"), "b": _adapter("varselkanaler", _raiser)})
    assert [linje.split()[1] for linje in str(feil.value).splitlines()] == ["a.varselkanal", "b.varselkanaler"]


def test_en_adapter_til_kan_bringe_sitt_eget() -> None:
    lastet = last_adaptere({"adaptere": Adaptere(), "due": bringer("varselkanaler", Kanal())})
    assert [kanal.navn for kanal in lastet.varselkanaler] == ["brevdue"]
