"""The headers of all answers: no copies of data in caches, no frames, and no script but Swagger UI's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from gateway.drift.doer import drift
from gateway.http.applikasjon import lag_applikasjon
from gateway.http.tokens import Tokenkontroll
from gateway.kjerne import Kjerne
from gateway.oppsett.innstillinger import Miljoe
from tests.api.conftest import FAGER

MED_DATA = [
    ("GET", "/api/v1/whoami", 200),
    ("GET", "/api/v1/saker/0198f3c2-a4b4-7c55-a3a1-c0ffee00000c", 404),
    ("POST", "/api/v1/saker", 415),
    ("POST", "/webhooks/permittering", 401),
    ("OPTIONS", "/webhooks/permittering", 200),
    ("GET", "/drift", 200),
    ("GET", "/drift/klokke", 403),
    ("GET", "/finnes/ikke", 404),
]


@pytest.mark.parametrize(("metode", "sti", "status"), MED_DATA)
@pytest.mark.parametrize("vil_ha", ["application/json", "text/html"])
def test_ingen_svar_med_data_tas_vare_paa_eller_vises_i_en_ramme(
    klient: FlaskClient, som: Callable[[str], dict[str, str]], metode: str, sti: str, status: int, vil_ha: str
) -> None:
    svar = klient.open(sti, method=metode, data=b"{", headers={**som(FAGER), "Accept": vil_ha})
    assert svar.status_code == status
    assert svar.headers["Cache-Control"] == "no-store"
    assert svar.headers["X-Content-Type-Options"] == "nosniff"
    policy = svar.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "frame-ancestors 'none'" in policy
    assert "script-src" not in policy


def test_swagger_ui_kjoerer_bare_sitt_eget_skript(klient: FlaskClient) -> None:
    sider = [klient.get("/swagger-ui/", headers={"Host": vert}) for vert in ("en.example", "to.example")]
    assert sider[0].data == sider[1].data, "nothing of the request is in the page"
    policy = sider[0].headers["Content-Security-Policy"]
    assert policy == sider[1].headers["Content-Security-Policy"]
    (skript,) = [ledd for ledd in policy.split("; ") if ledd.startswith("script-src ")]
    assert "unsafe" not in skript
    assert "'sha256-" in skript
    assert sider[0].headers["Cache-Control"] == "no-store"
    fil = klient.get("/swagger-ui/swagger-ui.css")
    assert "no-store" not in fil.headers["Cache-Control"], "files may be kept"


def test_bare_i_prod_kreves_tls_av_nettleseren(kjerne: Kjerne, klient: FlaskClient) -> None:
    i_prod = replace(kjerne, innstillinger=replace(kjerne.innstillinger, miljoe=Miljoe.PROD))
    app = lag_applikasjon(i_prod, tokens=Tokenkontroll([]), doerer=(drift,))
    assert app.test_client().get("/drift").headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "Strict-Transport-Security" not in klient.get("/drift").headers
