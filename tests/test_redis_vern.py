"""Redis in production takes a password over TLS, or a reason in words why it does not."""

from __future__ import annotations

import pytest

from gateway.oppsett.innstillinger import Innstillingsfeil, les_innstillinger
from tests.test_settings import I_PROD

MED_VERN = ("rediss://:passord@redis:6379/0", "rediss://bruker:passord@redis", "unix:///run/valkey/valkey.sock")
UTEN_VERN = (
    "redis://redis:6379",
    "redis://:passord@redis:6379",
    "rediss://redis:6379",
    "rediss://bruker@redis:6379",
    "rediss://:passord@redis:6379?ssl_cert_reqs=none",
)


@pytest.mark.parametrize("url", MED_VERN)
def test_redis_med_vern_godtas_i_prod(url: str) -> None:
    assert les_innstillinger({**I_PROD, "REDIS_URL": url}).redis_url == url


@pytest.mark.parametrize("url", UTEN_VERN)
def test_redis_uten_vern_stopper_starten_i_prod_om_ingen_sier_hvorfor(url: str) -> None:
    for grunn in ({}, {"REDIS_UTEN_VERN": "  "}):
        with pytest.raises(Innstillingsfeil, match="REDIS_UTEN_VERN must say in words") as fanget:
            les_innstillinger({**I_PROD, "REDIS_URL": url, **grunn})
        assert "passord" not in str(fanget.value).replace("user:password", "")
    assert les_innstillinger({**I_PROD, "REDIS_URL": url, "REDIS_UTEN_VERN": "same pod"}).redis_url == url
    assert les_innstillinger({"REDIS_URL": url}).dev


def test_worker_og_scheduler_svarer_paa_en_port_i_prod_og_ingen_i_dev() -> None:
    assert les_innstillinger(I_PROD).intern_port == 9090
    assert les_innstillinger({**I_PROD, "INTERN_PORT": "0"}).intern_port == 0
    assert les_innstillinger({}).intern_port == 0
