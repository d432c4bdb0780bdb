"""Sending varsler over real SMTP: due ones once each, faults told apart, and the outcome on the notifikasjon."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.epostfanger import Epostfanger
from adapters.smtp import SmtpKanal
from gateway.domain.aapningstider import Sendevindu
from gateway.domain.kommandoer import EndrePaaminnelse, Notifikasjonsreferanse
from gateway.domain.paaminnelse import Paaminnelse, Paaminnelsestidspunkt
from gateway.domain.varsel import Altinnvarsel, EksterntVarsel, Epost, Sendetidspunkt, Sms, Varseltype
from gateway.handling.utfoer import utfoer
from gateway.kjerne import Kjerne
from gateway.plugin import Sendt, VarselTilSending
from gateway.store.logg import Hvem
from gateway.store.tabeller import Logg, Varsel, VarselHistorikk
from gateway.varsling.utsending import LEIE, Varselrunde
from tests.verden import RESSURS, FastKlokke, aktoer, en_beskjed, en_oppgave

HVEM = Hvem(korrelasjonsid="runde-1")
EN_TIME = dt.timedelta(hours=1)


@pytest.fixture
def fanger(tmp_path: Path) -> Iterator[Epostfanger]:
    """A real SMTP server that refuses as the address says: `500@…` for good, `400@…` for now."""

    def svar(mottaker: str) -> str | None:
        return {"5": "550 no such user", "4": "451 try again later"}.get(mottaker[0])

    with Epostfanger(tmp_path / "epost", "noekkel", feilbryter=svar) as ny:
        yield ny


def _epost(adresse: str, vindu: Sendevindu = Sendevindu.LOEPENDE) -> EksterntVarsel:
    return EksterntVarsel(
        epost=Epost(
            epostadresse=adresse,
            epost_tittel="Ny oppgave",
            epost_html_body="<p>Hei</p><script>alert(1)</script>",
            sendetidspunkt=Sendetidspunkt(sendevindu=vindu),
        )
    )


def _bestill(kjerne: Kjerne, *varsler: EksterntVarsel) -> None:
    utfoer(kjerne, en_beskjed(eksterne_varsler=varsler), aktoer(kjerne))


def _runde(kjerne: Kjerne, *kanaler: Any, sann_tid: FastKlokke | None = None) -> int:
    klokke = sann_tid or FastKlokke()
    return Varselrunde(kjerne, kanaler, klokke, HVEM).kjoer()


def _varsler(kjerne: Kjerne) -> list[Any]:
    with kjerne.database.tilkobling():
        return list(Varsel.select().order_by(Varsel.id))


def test_et_varsel_sendes_en_gang_med_renset_html_og_sin_egen_id(kjerne: Kjerne, fanger: Epostfanger) -> None:
    _bestill(kjerne, _epost("post@example.com"))
    kanal = SmtpKanal(fanger.smtp_url, "ikke-svar@nav.no")
    assert (_runde(kjerne, kanal), _runde(kjerne, kanal)) == (1, 0)
    (varsel,) = _varsler(kjerne)
    assert (varsel.status, varsel.neste_forsoek, varsel.forsoek) == ("SENDT", None, 1)
    (fil,) = (fanger.postkasse.vent_paa(1),)
    raa = next(iter(Path(fanger.postkasse._mappe).glob("*.eml"))).read_text()
    assert len(fil) == 1
    assert f"<{varsel.id}@" in raa
    assert "alert(1)" not in raa
    with kjerne.database.tilkobling():
        assert [(h.hendelse, h.kanal) for h in VarselHistorikk.select()] == [("BESTILT", None), ("SENDT", "smtp")]
        innslag = Logg.get(Logg.hva == "VarselAvsluttet")
    assert (innslag.varsel_id, innslag.innhold["status"]) == (varsel.id, "SENDT")


def test_varige_feil_ender_straks_og_midlertidige_proeves_igjen_senere(
    kjerne: Kjerne, klokke: FastKlokke, fanger: Epostfanger
) -> None:
    _bestill(kjerne, _epost("500@example.com"), _epost("400@example.com"))
    kanal = SmtpKanal(fanger.smtp_url, "ikke-svar@nav.no")
    assert _runde(kjerne, kanal) == 2
    varig, midlertidig = _varsler(kjerne)
    assert (varig.status, varig.neste_forsoek) == ("FEILET", None)
    assert varig.feilkode
    assert "500@example.com" not in varig.feilmelding
    assert (midlertidig.status, midlertidig.forsoek) == ("NY", 1)
    assert midlertidig.neste_forsoek > klokke.naa()
    pauser = []
    for _ in range(6):
        foer = klokke.naa()
        klokke.still(_varsler(kjerne)[1].neste_forsoek)
        pauser.append(klokke.naa() - foer)
        assert _runde(kjerne, kanal) == 1
    assert pauser[-1] > 4 * pauser[0], "the pauses grow"
    with kjerne.database.tilkobling():
        proevd = VarselHistorikk.select().where(VarselHistorikk.hendelse == "FORSOEK_FEILET").count()
    assert proevd == 7


def test_et_nytt_forsoek_holder_seg_i_vinduet(kjerne: Kjerne, klokke: FastKlokke, fanger: Epostfanger) -> None:
    klokke.still(dt.datetime(2026, 11, 27, 13, 29, 59, 900000, tzinfo=dt.UTC))  # Friday, the window closes at 13:30
    _bestill(kjerne, _epost("400@example.com", Sendevindu.NKS_AAPNINGSTID))
    _runde(kjerne, SmtpKanal(fanger.smtp_url, "ikke-svar@nav.no"))
    (varsel,) = _varsler(kjerne)
    assert varsel.neste_forsoek == dt.datetime(2026, 11, 30, 7, 30, tzinfo=dt.UTC)


def test_en_type_uten_kanal_ender_aerlig_i_feilet(kjerne: Kjerne) -> None:
    altinn = Altinnvarsel(ressurs_id=RESSURS, epost_tittel="T", epost_html_body="<p>h</p>", sms_tekst="s")
    _bestill(kjerne, EksterntVarsel(sms=Sms(tlf="99999999", sms_tekst="Hei")), EksterntVarsel(altinnressurs=altinn))
    assert _runde(kjerne) == 2
    assert [(v.status, v.feilkode) for v in _varsler(kjerne)] == [("FEILET", "KanalMangler")] * 2


def test_varsler_som_ikke_er_klare_ligger_i_ro(kjerne: Kjerne, klokke: FastKlokke, fanger: Epostfanger) -> None:
    klokke.still(dt.datetime(2026, 11, 28, 12, tzinfo=dt.UTC))  # a Saturday
    paaminnelse = Paaminnelse(
        tidspunkt=Paaminnelsestidspunkt(etter_opprettelse="P1D"), eksterne_varsler=(_epost("p@example.com"),)
    )
    _bestill(kjerne, _epost("v@example.com", Sendevindu.NKS_AAPNINGSTID))
    utfoer(kjerne, en_oppgave(paaminnelse=paaminnelse), aktoer(kjerne))
    kanal = SmtpKanal(fanger.smtp_url, "ikke-svar@nav.no")
    assert _runde(kjerne, kanal) == 0
    klokke.still(dt.datetime(2026, 11, 30, 7, 30, tzinfo=dt.UTC))
    assert _runde(kjerne, kanal) == 1, "the window has opened; what belongs to a paaminnelse waits for it"


def test_et_kansellert_varsel_sendes_ikke(kjerne: Kjerne, klokke: FastKlokke, fanger: Epostfanger) -> None:
    paaminnelse = Paaminnelse(
        tidspunkt=Paaminnelsestidspunkt(etter_opprettelse="P1D"), eksterne_varsler=(_epost("p@example.com"),)
    )
    utfoer(kjerne, en_oppgave(paaminnelse=paaminnelse), aktoer(kjerne))
    oppgaven = Notifikasjonsreferanse(merkelapp="Fager", ekstern_id="oppgave-1")
    utfoer(kjerne, EndrePaaminnelse(oppgave=oppgaven, paaminnelse=None), aktoer(kjerne))
    klokke.gaa(days=30)
    assert _runde(kjerne, SmtpKanal(fanger.smtp_url, "ikke-svar@nav.no")) == 0


class Notert:
    """A channel that notes what it was handed, and does as it is told."""

    navn = "notert"
    typer = frozenset({Varseltype.EPOST})

    def __init__(self, feil: BaseException | None = None) -> None:
        self.ider: list[Any] = []
        self._feil = feil

    def send(self, varsel: VarselTilSending) -> Sendt:
        self.ider.append(varsel.id)
        if self._feil:
            raise self._feil
        return Sendt(kode="250")


class Drept(BaseException):
    """Stands in for SIGKILL: nothing after it runs."""


def test_en_arbeider_som_doer_midt_i_sendingen_lar_en_annen_sende_med_samme_id(kjerne: Kjerne) -> None:
    _bestill(kjerne, _epost("a@example.com"))
    sann_tid, doed, frisk = FastKlokke(), Notert(Drept()), Notert()
    with pytest.raises(Drept):
        _runde(kjerne, doed, sann_tid=sann_tid)
    assert _runde(kjerne, frisk, sann_tid=sann_tid) == 0, "the lease still holds"
    sann_tid.gaa(seconds=LEIE.total_seconds() + 1)
    assert _runde(kjerne, frisk, sann_tid=sann_tid) == 1
    assert doed.ider == frisk.ider


def test_en_feil_som_kanalen_ikke_forklarer_proeves_igjen(kjerne: Kjerne) -> None:
    _bestill(kjerne, _epost("a@example.com"))
    assert _runde(kjerne, Notert(RuntimeError("post to a@example.com broke"))) == 1
    (varsel,) = _varsler(kjerne)
    assert (varsel.status, varsel.forsoek) == ("NY", 1)
    with kjerne.database.tilkobling():
        bestilt, historikk = VarselHistorikk.select().order_by(VarselHistorikk.id)
        assert bestilt.hendelse == "BESTILT"
    assert (historikk.hendelse, historikk.kode) == ("FORSOEK_FEILET", "RuntimeError")


def test_mange_varsler_sendes_i_bolker_og_hver_en_gang(kjerne: Kjerne) -> None:
    kanal = Notert()
    for nr in range(45):
        beskjed = en_beskjed(ekstern_id=str(nr), eksterne_varsler=(_epost("a@example.com"),))
        utfoer(kjerne, beskjed, aktoer(kjerne))
    assert _runde(kjerne, kanal) == 45
    assert len(kanal.ider) == len(set(kanal.ider)) == 45
