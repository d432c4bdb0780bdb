"""The same content is the same whichever way it came in, other content never is, and JSON keeps all of it."""

from __future__ import annotations

import datetime as dt
import json
import typing
from dataclasses import dataclass, fields, replace
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gateway.domain.innhold import IKKE_INNHOLD, fra_json, innhold_hash, til_json
from gateway.domain.kommandoer import (
    EndrePaaminnelse,
    Kommando,
    Notifikasjonsreferanse,
    NyBeskjed,
    NyNotifikasjon,
    NyOppgave,
    OppgaveUtfoert,
    OppgaveUtgaatt,
    Saksreferanse,
)
from gateway.domain.mottaker import Mottaker, NaermesteLeder
from gateway.domain.paaminnelse import Paaminnelse, Paaminnelsestidspunkt
from gateway.domain.sletting import NySlettetid, Slettestrategi, Slettetidspunkt
from gateway.domain.tid import instant
from gateway.domain.tilstand import Saksstatus
from gateway.domain.varsel import EksterntVarsel, Sendetidspunkt, Sms
from tests.domain.klokkeslett import utc, veggur
from tests.domain.strategier import jevnt, kommandoer
from tests.verden import ANSATT, LEDER, en_beskjed, en_oppgave, en_sak

OPPGAVEN = Notifikasjonsreferanse(merkelapp="Fager", ekstern_id="oppgave-1")
SAKEN = Saksreferanse(merkelapp="Fager", grupperingsid="sak-1")


def sms(**naar: Any) -> EksterntVarsel:
    return EksterntVarsel(sms=Sms(tlf="99999999", sms_tekst="Hei", sendetidspunkt=Sendetidspunkt(**naar)))


def paaminnelse(**naar: Any) -> Paaminnelse:
    return Paaminnelse(tidspunkt=Paaminnelsestidspunkt(**naar))


NORSK, SAMME_UTC = veggur("2026-12-01T08:00"), utc("2026-12-01T07:00")
SAMME_I_INDIA = dt.datetime.fromisoformat("2026-12-01T12:30+05:30")


@pytest.mark.parametrize("samme", [SAMME_UTC, SAMME_I_INDIA], ids=["utc", "india"])
@pytest.mark.parametrize(
    "lag",
    [
        pytest.param(lambda tid: en_sak(tidspunkt=tid), id="tidspunkt"),
        pytest.param(lambda tid: en_oppgave(eksterne_varsler=(sms(tidspunkt=tid),)), id="sendetidspunkt"),
        pytest.param(
            lambda tid: EndrePaaminnelse(oppgave=OPPGAVEN, paaminnelse=paaminnelse(konkret=tid)), id="paaminnelse"
        ),
        pytest.param(lambda tid: OppgaveUtfoert(oppgave=OPPGAVEN, utfoert_tidspunkt=tid), id="utfoertTidspunkt"),
        pytest.param(
            lambda tid: OppgaveUtfoert(
                oppgave=OPPGAVEN,
                hard_delete=NySlettetid(ny_tid=Slettetidspunkt(den=tid), strategi=Slettestrategi.FORLENG),
            ),
            id="nyTid",
        ),
    ],
)
def test_samme_oeyeblikk_er_samme_innhold_hvordan_det_enn_er_skrevet(lag: Any, samme: dt.datetime) -> None:
    assert innhold_hash(lag(NORSK)) == innhold_hash(lag(samme))
    assert innhold_hash(lag(NORSK)) != innhold_hash(lag(NORSK + dt.timedelta(microseconds=1)))


@dataclass(frozen=True, kw_only=True)
class NyBeskjedSenere(NyBeskjed):
    """NyBeskjed as a later version may have it."""

    vedlegg: tuple[str, ...] = ()
    farge: str | None = None


def test_et_felt_som_kommer_til_senere_endrer_ikke_det_som_er_lagret() -> None:
    naa = en_beskjed()
    senere = NyBeskjedSenere(**{felt.name: getattr(naa, felt.name) for felt in fields(naa)})
    assert _uten_navn(senere) == _uten_navn(naa)
    assert _uten_navn(replace(senere, farge="rød")) != _uten_navn(naa)


def _uten_navn(kommando: NyBeskjed) -> str:
    """The hash, as if the class were called NyBeskjed: it is known by its name."""
    klasse = type("NyBeskjed", (type(kommando),), {})
    return innhold_hash(klasse(**{felt.name: getattr(kommando, felt.name) for felt in fields(kommando)}))


@pytest.mark.parametrize(
    ("en", "annen"),
    [
        pytest.param(en_oppgave(), en_oppgave(tekst="Noe annet"), id="tekst"),
        pytest.param(en_oppgave(), en_oppgave(frist=dt.date(2026, 12, 1)), id="a frist or none"),
        pytest.param(en_sak(), en_sak(neste_steg=""), id="an empty text is not the same as none"),
        pytest.param(en_sak(), en_sak(initiell_status=Saksstatus.FERDIG), id="status"),
        pytest.param(
            EndrePaaminnelse(oppgave=OPPGAVEN, paaminnelse=paaminnelse(foer_frist="P1D")),
            EndrePaaminnelse(oppgave=OPPGAVEN, paaminnelse=paaminnelse(etter_opprettelse="P1D")),
            id="the same words in another field",
        ),
        pytest.param(
            en_sak(mottakere=(Mottaker(naermeste_leder=NaermesteLeder(naermeste_leder_fnr=LEDER, ansatt_fnr=ANSATT)),)),
            en_sak(mottakere=(Mottaker(naermeste_leder=NaermesteLeder(naermeste_leder_fnr=ANSATT, ansatt_fnr=LEDER)),)),
            id="changed places",
        ),
        pytest.param(
            OppgaveUtfoert(oppgave=OPPGAVEN, ny_lenke="https://nav.no"),
            OppgaveUtgaatt(oppgave=OPPGAVEN, ny_lenke="https://nav.no"),
            id="another kommando with the same fields",
        ),
        pytest.param(
            NyBeskjed(**{felt.name: getattr(en_beskjed(), felt.name) for felt in fields(NyBeskjed)}),
            NyOppgave(**{felt.name: getattr(en_beskjed(), felt.name) for felt in fields(NyBeskjed)}),
            id="a beskjed is no oppgave",
        ),
    ],
)
def test_annet_innhold_er_annet_innhold(en: Kommando, annen: Kommando) -> None:
    assert innhold_hash(en) != innhold_hash(annen)


def test_idempotensnoekkelen_er_ikke_innhold() -> None:
    uten = EndrePaaminnelse(oppgave=OPPGAVEN, paaminnelse=None)
    assert innhold_hash(replace(uten, idempotensnoekkel="a")) == innhold_hash(uten)


@jevnt
@given(st.data(), kommandoer)
def test_ethvert_felt_som_endres_gir_en_annen_hash(data: st.DataObject, kommando: Kommando) -> None:
    typer = typing.get_type_hints(type(kommando))
    felt = data.draw(st.sampled_from(sorted(typer.keys() - {"idempotensnoekkel", *_ikke_innhold(kommando)})))
    endret = replace(kommando, **{felt: data.draw(st.from_type(typer[felt]))})
    assume(_betydning(getattr(endret, felt)) != _betydning(getattr(kommando, felt)))
    assert innhold_hash(endret) != innhold_hash(kommando)


def _ikke_innhold(kommando: Kommando) -> set[str]:
    utelatt = {felt for klasse, felter in IKKE_INNHOLD.items() if isinstance(kommando, klasse) for felt in felter}
    return utelatt | ({"paaminnelse"} if isinstance(kommando, NyNotifikasjon) else set())


def _betydning(verdi: Any) -> Any:
    if isinstance(verdi, tuple) and verdi and isinstance(verdi[0], Mottaker):
        return frozenset(verdi)
    if isinstance(verdi, dt.datetime):
        return instant(verdi)
    return verdi or None if isinstance(verdi, tuple) else verdi


@jevnt
@given(kommandoer)
def test_enhver_kommando_er_den_samme_etter_json_og_tilbake(kommando: Kommando) -> None:
    tilbake = fra_json(json.loads(json.dumps(til_json(kommando))))
    assert tilbake == kommando
    assert type(tilbake) is type(kommando)
    assert innhold_hash(tilbake) == innhold_hash(kommando)


def test_en_kommando_som_json_er_til_aa_lese() -> None:
    kommando = OppgaveUtfoert(
        oppgave=Notifikasjonsreferanse(id=UUID("0198c5a0-0000-7000-8000-000000000001")),
        utfoert_tidspunkt=SAMME_UTC,
        hard_delete=NySlettetid(ny_tid=Slettetidspunkt(om="P1M"), strategi=Slettestrategi.FORLENG),
    )
    assert til_json(kommando) == {
        "kommando": "OppgaveUtfoert",
        "innhold": {
            "oppgave": {"id": "0198c5a0-0000-7000-8000-000000000001", "merkelapp": None, "ekstern_id": None},
            "utfoert_tidspunkt": "2026-12-01T07:00:00Z",
            "ny_lenke": None,
            "hard_delete": {"ny_tid": {"den": None, "om": "P1M"}, "strategi": "FORLENG"},
            "idempotensnoekkel": None,
        },
    }


@pytest.mark.parametrize(
    ("data", "sagt"),
    [
        pytest.param({}, "is not a kommando", id="nothing"),
        pytest.param({"kommando": "SlettAlt", "innhold": {}}, "is not a kommando", id="an unknown kommando"),
        pytest.param({"kommando": "NySak"}, "Expected `object`", id="no content"),
        pytest.param({"kommando": "NySak", "innhold": {}}, "missing required field `merkelapp`", id="empty content"),
        pytest.param(
            {"kommando": "OppgaveUtfoert", "innhold": {"oppgave": "Ola Nordmann"}}, r"\$\.oppgave", id="a wrong type"
        ),
        pytest.param(
            {"kommando": "OppgaveUtfoert", "innhold": {"oppgave": {"id": "Ola Nordmann"}}},
            r"\$\.oppgave\.id",
            id="no id",
        ),
        pytest.param(
            {"kommando": "NyStatus", "innhold": {"sak": {}, "status": "Ola Nordmann - at `$.x`"}},
            r"^Invalid enum value - at `\$\.status`$",
            id="no status",
        ),
    ],
)
def test_det_som_ikke_er_en_kommando_avvises_og_feltet_navngis(data: dict[str, Any], sagt: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=sagt) as feil:
        fra_json(data)
    assert "Ola Nordmann" not in str(feil.value)
