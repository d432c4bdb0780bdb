"""The adapters as a plugin: every hook that they bring is called as the gateway calls it."""

from __future__ import annotations

import pluggy

from adapters import testpersoner
from adapters.registrer import Adaptere
from gateway import hookspecs
from gateway.plugin import PROSJEKT, Tilganger, Varseltype


def hooks(adaptere: Adaptere) -> pluggy.HookRelay:
    pm = pluggy.PluginManager(PROSJEKT)
    pm.add_hookspecs(hookspecs)
    pm.register(adaptere, name="adaptere")
    pm.check_pending()
    return pm.hook


def test_all_adapters_are_brought() -> None:
    person = testpersoner.Testperson(fnr="15488510042", navn="Kari Leder", tilganger=Tilganger())
    hook = hooks(Adaptere(smtp_url="smtp://localhost:25", epost_avsender="ikke-svar@nav.no", personer=[person]))
    [ordninger], [[kanal]], [[kilde]] = hook.signaturordninger(), hook.varselkanaler(), hook.tilgangskilder()
    assert [ordning.navn for ordning in ordninger] == ["github", "standard-webhooks"]
    assert (kanal.navn, kanal.typer) == ("smtp", {Varseltype.EPOST})
    assert kilde.personer == (person,)


def test_what_is_not_configured_is_not_brought() -> None:
    hook = hooks(Adaptere())
    assert [list(svar) for svar in (*hook.varselkanaler(), *hook.tilgangskilder())] == [[], []]
