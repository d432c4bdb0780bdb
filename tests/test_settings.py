"""The settings: read once, wrong ones told all at once with their remedy, secrets never shown."""

from __future__ import annotations

import pytest

from gateway.oppsett.innstillinger import KREVES_I_PROD, Innstillinger, Innstillingsfeil, les_innstillinger

I_PROD = {
    "MILJOE": "prod",
    "DATABASE_URL": "postgresql://bruker:passord@db/gateway",
    "REDIS_URL": "redis://redis:6379",
    "SMTP_URL": "smtps://bruker:hemmelig@smtp:465",
    "HEMMELIG_NOEKKEL": "0123456789abcdef0123456789abcdef",
    **{
        f"{hvem}_{hva}": "https://utsteder.example"
        for hvem in ("PRODUSENT", "PERSON")
        for hva in ("UTSTEDER", "JWKS_URL", "AUDIENCE")
    },
}


def test_uten_noe_satt_er_det_dev_med_sqlite_og_egen_mappe() -> None:
    innstillinger = les_innstillinger({})
    assert (innstillinger.dev, innstillinger.database_url, innstillinger.port) == (True, "", 8080)
    assert innstillinger.host == "127.0.0.1"


def test_prod_starter_bare_naar_alt_som_kreves_er_satt() -> None:
    assert les_innstillinger(I_PROD).host == "0.0.0.0"
    with pytest.raises(Innstillingsfeil) as fanget:
        les_innstillinger({"MILJOE": "prod"})
    linjer = str(fanget.value).splitlines()
    assert len(linjer) == len(KREVES_I_PROD)
    assert all("must be set in prod" in linje for linje in linjer)


@pytest.mark.parametrize(
    ("variabel", "verdi"),
    [
        ("MILJOE", "test"),
        ("PORT", "mange"),
        ("PORT", "80000"),
        ("DATABASE_URL", "mysql://db"),
        ("REDIS_URL", "http://redis"),
        ("SMTP_URL", "mailto:post"),
        ("OVERSETT_SEKUNDER", "0"),
        ("WEB_TRAADER", "0"),
        ("STRENGE_PLUGINS", "kanskje"),
        ("HEMMELIG_NOEKKEL", "kort"),
    ],
)
def test_en_verdi_som_ikke_kan_brukes_stopper_starten_med_variabelens_navn(variabel: str, verdi: str) -> None:
    with pytest.raises(Innstillingsfeil, match=f"^{variabel}: "):
        les_innstillinger({variabel: verdi})


def test_hemmeligheter_vises_aldri() -> None:
    innstillinger = les_innstillinger(I_PROD)
    vist = repr(innstillinger) + repr(innstillinger.vis())
    for hemmelig in ("passord", "hemmelig@", "0123456789abcdef"):
        assert hemmelig not in vist
    assert ("DATABASE_URL", "(hidden)") in {(navn, verdi) for navn, verdi, _ in innstillinger.vis()}
    assert len(innstillinger.vis()) == len(Innstillinger.__dataclass_fields__)
