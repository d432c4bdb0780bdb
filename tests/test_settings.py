"""The settings: read once, wrong ones told all at once with their remedy, secrets never shown."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from gateway.oppsett.innstillinger import KREVES_I_PROD, Innstillinger, Innstillingsfeil, les_innstillinger

I_PROD = {
    "MILJOE": "prod",
    "DATABASE_URL": "postgresql://bruker:passord@db/gateway",
    "REDIS_URL": "rediss://bruker:passord@redis:6379",
    "SMTP_URL": "smtps://bruker:hemmelig@smtp:465",
    "HEMMELIG_NOEKKEL": "0123456789abcdef0123456789abcdef",
    **{
        f"{hvem}_{hva}": f"https://{hvem.lower()}.example"
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
    ("variabel", "verdi", "raad"),
    [
        ("MILJOE", "test", "must be dev or prod; the environment says 'test'"),
        ("PORT", "mange", "must be a whole number from 1 to 65535; the environment says 'mange'"),
        ("PORT", "80000", "must be a whole number from 1 to 65535; the environment says '80000'"),
        ("PORT", "80.5", "must be a whole number from 1 to 65535; the environment says '80.5'"),
        (
            "DATABASE_URL",
            "mysql://db:hemmelig@x",
            "must be an address that starts with postgresql:// or postgres:// or",
        ),
        (
            "DATABASE_URL",
            "postgresql://[hemmelig",
            "must be an address that starts with postgresql:// or postgres:// or",
        ),
        ("REDIS_URL", "http://hemmelig", "must be an address that starts with redis:// or rediss:// or unix:// (it is"),
        (
            "SMTP_URL",
            "mailto:hemmelig",
            "must be an address that starts with smtp:// or smtps:// (it is set in the envi",
        ),
        ("OVERSETT_SEKUNDER", "0", "must be a number from 0.001 to 3600; the environment says '0'"),
        ("OVERSETT_SEKUNDER", "nan", "must be a number from 0.001 to 3600; the environment says 'nan'"),
        ("OVERSETT_SEKUNDER", "inf", "must be a number from 0.001 to 3600; the environment says 'inf'"),
        (
            "GRENSE_PRODUSENT",
            "mange",
            "must be such as 100/sekund, 6000/minutt or 5000/time, at most 1000000, or",
        ),
        ("GRENSE_KILDE", "0/sekund", "must be such as 100/sekund, 6000/minutt or 5000/time, at most 1000000, or"),
        ("WEB_TRAADER", "0", "must be a whole number from 1 to 256; the environment says '0'"),
        ("WEB_PROSESSER", "65", "must be a whole number from 1 to 64; the environment says '65'"),
        ("MAKS_KROPP", "-1", "must be a whole number, 1 or more; the environment says '-1'"),
        ("STRENGE_PLUGINS", "kanskje", "must be 1 or 0; the environment says 'kanskje'"),
        ("HEMMELIG_NOEKKEL", "hemmelig", "must be at least 32 characters; make one with `openssl rand -hex 32` (it is"),
    ],
)
def test_en_verdi_som_ikke_kan_brukes_sies_med_variabel_raad_og_hvor_den_staar(
    variabel: str, verdi: str, raad: str
) -> None:
    with pytest.raises(Innstillingsfeil) as fanget:
        les_innstillinger({variabel: verdi})
    (linje,) = str(fanget.value).splitlines()
    assert linje.startswith(f"{variabel}: {raad}")
    assert "It means: " in linje
    assert "hemmelig" not in linje


def test_alle_feil_i_innstillingene_sies_paa_en_gang() -> None:
    with pytest.raises(Innstillingsfeil) as fanget:
        les_innstillinger({**I_PROD, "PORT": "0", "REDIS_URL": "http://x", "PERSON_AUDIENCE": ""})
    assert [linje.split(":")[0] for linje in str(fanget.value).splitlines()] == ["REDIS_URL", "PORT", "PERSON_AUDIENCE"]


def test_en_verdi_fra_env_filen_sies_aa_staa_der(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for navn in ("PORT", "REDIS_URL", "MILJOE"):
        monkeypatch.delenv(navn, raising=False)
    (tmp_path / ".env").write_text("PORT=mange\nREDIS_URL=http://hemmelig\n")
    with pytest.raises(Innstillingsfeil, match=r"\.env says 'mange'") as fanget:
        les_innstillinger()
    assert "(it is set in .env)" in str(fanget.value)
    assert "hemmelig" not in str(fanget.value)
    monkeypatch.setenv("PORT", "flere")
    with pytest.raises(Innstillingsfeil, match="the environment says 'flere'"):
        les_innstillinger()
    (tmp_path / ".env").write_bytes("NAVN=søknad".encode("latin-1"))
    with pytest.raises(Innstillingsfeil, match=r"\.env: is not UTF-8"):
        les_innstillinger()


def test_hemmeligheter_vises_aldri() -> None:
    innstillinger = les_innstillinger(I_PROD)
    vist = repr(innstillinger) + repr(innstillinger.vis())
    for hemmelig in ("passord@", "hemmelig@", "0123456789abcdef"):
        assert hemmelig not in vist
    assert ("DATABASE_URL", "(hidden)") in {(navn, verdi) for navn, verdi, _ in innstillinger.vis()}
    assert len(innstillinger.vis()) == len(Innstillinger.__dataclass_fields__)


# --- secrets in files ----------------------------------------------------------------------------------------------

HEMMELIGE = [felt.metadata["variabel"] for felt in fields(Innstillinger) if felt.metadata["hemmelig"]]
I_FIL = {**I_PROD, "HEMMELIG_NOEKKEL": "0123456789abcdef0123456789abcdef"}


@pytest.mark.parametrize("variabel", sorted(set(HEMMELIGE) & set(I_FIL)))
@pytest.mark.parametrize("slutt", ["", "\n", "\r\n"])
def test_hver_hemmelighet_kan_staa_i_en_fil(tmp_path: Path, variabel: str, slutt: str) -> None:
    fil = tmp_path / "hemmelighet"
    fil.write_bytes((I_FIL[variabel] + slutt).encode())
    innstillinger = les_innstillinger({**I_FIL, variabel: "", f"{variabel}_FILE": str(fil)})
    felt = next(felt for felt in fields(Innstillinger) if felt.metadata["variabel"] == variabel)
    assert getattr(innstillinger, felt.name) == I_FIL[variabel]
    ((vist, mening),) = [(vist, mening) for navn, vist, mening in innstillinger.vis() if navn == variabel]
    assert vist == f"(hidden, from {fil})"
    assert f"`{variabel}_FILE`" in mening


@pytest.mark.parametrize(
    ("innhold", "raad"),
    [
        (None, "SMTP_URL_FILE: names a file that cannot be read (No such file or directory) (it is set in"),
        (b"", "SMTP_URL_FILE: names a file that is empty"),
        (b"\n", "SMTP_URL_FILE: names a file that is empty"),
        (b"\xe6", "SMTP_URL_FILE: names a file that is not UTF-8"),
        (b"s" * 100_000, "SMTP_URL_FILE: names a file that is larger than any secret"),
        (b"http://hemmelig", "SMTP_URL: must be an address that starts with smtp:// or smtps://. It means"),
    ],
)
def test_en_fil_som_ikke_kan_brukes_sies_uten_aa_gjenta_det_som_staar_der(
    tmp_path: Path, innhold: bytes | None, raad: str
) -> None:
    fil = tmp_path / "fil"
    if innhold is not None:
        fil.write_bytes(innhold)
    with pytest.raises(Innstillingsfeil) as fanget:
        les_innstillinger({"SMTP_URL_FILE": str(fil)})
    assert str(fanget.value).startswith(raad)
    assert "hemmelig" not in str(fanget.value)


def test_en_hemmelighet_som_staar_to_steder_stopper_oppstarten(tmp_path: Path) -> None:
    with pytest.raises(Innstillingsfeil, match=r"^SMTP_URL: is set, and SMTP_URL_FILE too; remove one of them"):
        les_innstillinger({"SMTP_URL": "smtp://hemmelig", "SMTP_URL_FILE": str(tmp_path / "fil")})


def test_miljoet_gaar_foran_env_filen_ogsaa_der_det_ene_er_en_fil(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for navn in ("MILJOE", "SMTP_URL_FILE"):
        monkeypatch.delenv(navn, raising=False)
    (tmp_path / ".env").write_text("SMTP_URL_FILE=finnes/ikke\n")
    monkeypatch.setenv("SMTP_URL", "smtp://miljoet")
    assert les_innstillinger().smtp_url == "smtp://miljoet"


def test_bare_hemmeligheter_leses_fra_filer(tmp_path: Path) -> None:
    assert les_innstillinger({"PORT_FILE": str(tmp_path / "finnes ikke")}).port == 8080
