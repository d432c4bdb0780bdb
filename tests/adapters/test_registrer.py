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


def test_alle_adaptere_er_med() -> None:
    person = testpersoner.Testperson(fnr="15488510042", navn="Kari Leder", tilganger=Tilganger())
    hook = hooks(Adaptere(smtp_url="smtp://localhost:25", epost_avsender="ikke-svar@nav.no", personer=[person]))
    [ordninger], [[kanal]], [[kilde]] = hook.signaturordninger(), hook.varselkanaler(), hook.tilgangskilder()
    assert [ordning.navn for ordning in ordninger] == ["github", "standard-webhooks"]
    assert (kanal.navn, kanal.typer) == ("smtp", {Varseltype.EPOST})
    assert kilde.personer == (person,)


def test_det_som_ikke_er_satt_opp_er_ikke_med() -> None:
    hook = hooks(Adaptere())
    assert [list(svar) for svar in (*hook.varselkanaler(), *hook.tilgangskilder())] == [[], []]
