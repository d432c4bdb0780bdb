"""Alerts, runbook and dashboard: they hold together, and name only what the product really tells."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry, generate_latest

from gateway.drift.maalinger import Etterslepsmaaler
from gateway.http.maalinger import REGISTER as WEBREGISTER
from gateway.http.vakt import Proeve, Vakt
from gateway.kjerne import Kjerne
from jobs.maalinger import REGISTER as JOBBREGISTER
from jobs.maalinger import Rundemaaler
from tests.verden import ROT

ALARMER = ROT / "config" / "alarmer"
REGLER = [
    regel
    for gruppe in yaml.safe_load((ALARMER / "gateway.yaml").read_text(encoding="utf-8"))["groups"]
    for regel in gruppe["rules"]
]
RUNBOK = (ROT / "gateway" / "drift" / "runbook.md").read_text(encoding="utf-8")
TAVLE: dict[str, Any] = json.loads((ROT / "config" / "grafana" / "produsentgateway.json").read_text(encoding="utf-8"))
UTTRYKK = [regel["expr"] for regel in REGLER] + [maal["expr"] for panel in TAVLE["panels"] for maal in panel["targets"]]


def _promtool(*argumenter: str) -> None:
    if shutil.which("promtool") is None:
        assert not os.environ.get("CI"), "promtool is missing; it comes with Debian's prometheus"
        pytest.skip("promtool is not on this machine; it comes with Debian's prometheus")
    svar = subprocess.run(["promtool", *argumenter], capture_output=True, text=True, timeout=300)
    assert svar.returncode == 0, svar.stdout + svar.stderr


def test_reglene_kan_leses_av_prometheus() -> None:
    _promtool("check", "rules", str(ALARMER / "gateway.yaml"))


@pytest.mark.parametrize("fil", ["gateway_test.yaml", "gateway_uke_test.yaml"])
def test_hver_alarm_gaar_naar_den_skal_og_tier_ellers(fil: str) -> None:
    _promtool("test", "rules", str(ALARMER / fil))


def test_hver_alarm_er_proevd_baade_naar_den_gaar_og_naar_den_tier() -> None:
    proevd = {
        (proeve["alertname"], bool(proeve["exp_alerts"]))
        for fil in ("gateway_test.yaml", "gateway_uke_test.yaml")
        for test in yaml.safe_load((ALARMER / fil).read_text(encoding="utf-8"))["tests"]
        for proeve in test["alert_rule_test"]
    }
    assert proevd == {(regel["alert"], gaar) for regel in REGLER for gaar in (True, False)}


def test_alarmer_og_tavle_nevner_bare_tall_som_produktet_gir(kjerne: Kjerne) -> None:
    register = CollectorRegistry()
    register.register(Etterslepsmaaler(lambda: kjerne))
    register.register(Rundemaaler({}, lambda: True))
    proever = [Proeve(navn=navn, spoer=lambda: None) for navn in ("database", "redis")]
    Vakt(rolle="web", versjon="1", proever=proever, register=register)
    sagt = b"".join(generate_latest(ett) for ett in (register, WEBREGISTER, JOBBREGISTER)).decode()
    familier = dict(re.findall(r"^# TYPE (\S+) (\S+)$", sagt, flags=re.M))
    finnes = set(familier) | {
        f"{navn}_{endelse}" for navn, slag in familier.items() if slag == "histogram" for endelse in ("bucket", "count")
    }
    nevnt = {navn for uttrykk in UTTRYKK for navn in re.findall(r"\bgateway_\w+", uttrykk)}
    assert nevnt - finnes == set()


def test_hver_alarm_har_sin_side_i_runboka_og_hver_side_sin_alarm() -> None:
    ankere = {overskrift.lower() for overskrift in re.findall(r"^## (Gateway\w+)$", RUNBOK, flags=re.M)}
    assert {regel["annotations"]["runbook"].removeprefix("gateway/drift/runbook.md#") for regel in REGLER} == ankere
    assert {regel["labels"]["alvor"] for regel in REGLER} == {"kritisk", "advarsel"}


def test_tavla_kan_leses_av_grafana() -> None:
    assert TAVLE["uid"]
    assert len({panel["id"] for panel in TAVLE["panels"]}) == len(TAVLE["panels"])
    for panel in TAVLE["panels"]:
        assert panel["title"]
        assert all(maal["expr"] and maal["refId"] for maal in panel["targets"])
