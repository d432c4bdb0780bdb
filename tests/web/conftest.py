"""The pages over an in-memory source, and a reader of what they answer."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gateway.domain.bjelle import er_ny
from gateway.domain.tilstand import Notifikasjonstype, Oppgavetilstand, Saksstatus
from gateway.http.tokens import Tokenkontroll
from gateway.http.vern import vern
from gateway.kjerne import ny_id
from gateway.reading.visning import Bjelle, Notifikasjonsvisning, Saksliste, Saksvisning, Virksomhet
from gateway.web.innlogging import Devinnlogging, Person, Tokeninnlogging, lag_logg_inn
from gateway.web.sider import lag_sider

NAA = dt.datetime(2026, 11, 12, 13, 30, tzinfo=dt.UTC)
KARI = Person(fnr="15488510042", navn="Kari Leder")
ROLF = Person(fnr="07448350260", navn="Rolf Regnskapsfører")
TORSK = Virksomhet(virksomhetsnummer="312914174", navn="GLAD TORSK AS")
UTEN_SLUTTAGG = ("meta", "link", "input", "path", "circle")


def beskjed(**endringer: Any) -> Notifikasjonsvisning:
    tid = endringer.pop("tid", NAA - dt.timedelta(hours=1))
    grunnlag = Notifikasjonsvisning(
        id=ny_id(),
        type=Notifikasjonstype.BESKJED,
        merkelapp="Inntektsmelding sykepenger",
        tekst="Inntektsmeldingen er mottatt",
        lenke="https://arbeidsgiver.nav.no/im/1",
        virksomhet=TORSK,
        tilstand=None,
        frist=None,
        sortering_tidspunkt=tid,
        opprettet_tidspunkt=tid,
        paaminnelse_tidspunkt=None,
        utfoert_tidspunkt=None,
        utgaatt_tidspunkt=None,
        klikket_paa=False,
        ulest=False,
        sak=None,
    )
    return replace(grunnlag, **endringer)


def oppgave(**endringer: Any) -> Notifikasjonsvisning:
    standard = {"type": Notifikasjonstype.OPPGAVE, "tekst": "Send inn inntektsmelding", "tilstand": Oppgavetilstand.NY}
    return beskjed(**{**standard, **endringer})


def sak(**endringer: Any) -> Saksvisning:
    grunnlag = Saksvisning(
        id=ny_id(),
        merkelapp="Permittering",
        tittel="Varsel om permittering",
        tilleggsinformasjon=None,
        lenke="https://arbeidsgiver.nav.no/permittering/1",
        virksomhet=TORSK,
        siste_status=Saksstatus.MOTTATT,
        statustekst="Mottatt",
        status_tidspunkt=NAA - dt.timedelta(days=3),
        neste_steg=None,
    )
    return replace(grunnlag, **endringer)


def _sortering(notifikasjon: Notifikasjonsvisning) -> dt.datetime:
    return notifikasjon.sortering_tidspunkt


@dataclass
class Minnekilde:
    """What each person may see, with the bell's rule of what is unread."""

    notifikasjoner: dict[str, list[Notifikasjonsvisning]] = field(default_factory=dict)
    sakene: dict[str, list[Saksvisning]] = field(default_factory=dict)
    sist_lest: dict[str, dt.datetime] = field(default_factory=dict)
    klikk: list[tuple[str, UUID]] = field(default_factory=list)
    feil_altinn: bool = False
    feil_digisyfo: bool = False
    tid: dt.datetime = NAA
    feil: Exception | None = None

    def bjelle(self, fnr: str) -> Bjelle:
        if self.feil:
            raise self.feil
        lest = self.sist_lest.get(fnr)
        notifikasjoner = tuple(
            replace(notifikasjon, ulest=er_ny(notifikasjon.sortering_tidspunkt, notifikasjon.tilstand, lest))
            for notifikasjon in sorted(
                self.notifikasjoner.get(fnr, []), key=lambda v: v.sortering_tidspunkt, reverse=True
            )
        )
        return Bjelle(
            notifikasjoner=notifikasjoner,
            antall_uleste=sum(notifikasjon.ulest for notifikasjon in notifikasjoner),
            sist_lest=lest,
            feil_altinn=self.feil_altinn,
            feil_digisyfo=self.feil_digisyfo,
        )

    def bjelle_aapnet(self, fnr: str) -> Bjelle:
        foer = self.bjelle(fnr)
        self.sist_lest[fnr] = self.tid
        return foer

    def saker(self, fnr: str, antall: int) -> Saksliste:
        return Saksliste(
            saker=tuple(self.sakene.get(fnr, [])[:antall]),
            feil_altinn=self.feil_altinn,
            feil_digisyfo=self.feil_digisyfo,
        )

    def klikket(self, fnr: str, notifikasjon_id: UUID) -> str | None:
        for notifikasjon in self.notifikasjoner.get(fnr, []):
            if notifikasjon.id == notifikasjon_id:
                self.klikk.append((fnr, notifikasjon_id))
                return notifikasjon.lenke
        return None

    def naa(self) -> dt.datetime:
        return self.tid


def lag_app(kilde: Minnekilde) -> Flask:
    app = Flask("gateway.web")
    app.secret_key = "en hemmelighet som bare testene har"
    app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
    app.register_blueprint(lag_sider(kilde, innlogging=Devinnlogging([KARI, ROLF], Tokeninnlogging(Tokenkontroll([])))))
    app.register_blueprint(lag_logg_inn([KARI, ROLF]))
    app.after_request(vern(dev=True))
    return app


@dataclass
class Element:
    tagg: str
    attributter: dict[str, str]
    barn: list[Element | str] = field(default_factory=list)

    @property
    def tekst(self) -> str:
        """As a screen reader gets it: hidden parts left out, white space collapsed."""
        return " ".join("".join(self._deler()).split())

    def _deler(self) -> list[str]:
        if self.attributter.get("aria-hidden") == "true":
            return [" "]
        return [del_ for barn in self.barn for del_ in ([barn] if isinstance(barn, str) else barn._deler())]

    def alle(self, tagg: str = "", **attributter: str) -> list[Element]:
        """Descendants of the tag with these attributes; `klasse` is one class among others."""
        klasse = attributter.pop("klasse", None)
        funn: list[Element] = []
        for barn in self.barn:
            if isinstance(barn, Element):
                har_klasse = klasse is None or klasse in barn.attributter.get("class", "").split()
                if tagg in ("", barn.tagg) and har_klasse and attributter.items() <= barn.attributter.items():
                    funn.append(barn)
                funn += barn.alle(tagg, **attributter, **({"klasse": klasse} if klasse else {}))
        return funn

    def en(self, tagg: str = "", **attributter: str) -> Element:
        (funn,) = self.alle(tagg, **attributter)
        return funn


class _Leser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.rot = Element("", {})
        self._sti = [self.rot]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        nytt = Element(tag, {navn: verdi or "" for navn, verdi in attrs})
        self._sti[-1].barn.append(nytt)
        if tag not in UTEN_SLUTTAGG:
            self._sti.append(nytt)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._sti[-1].barn.append(Element(tag, {navn: verdi or "" for navn, verdi in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self._sti.pop().tagg == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        self._sti[-1].barn.append(data)


def les(svar: TestResponse) -> Element:
    leser = _Leser()
    leser.feed(svar.text)
    leser.close()
    assert leser._sti == [leser.rot], "an element is not closed"
    return leser.rot


@dataclass
class Nettleser:
    """Sends forms as a browser does: with what the page gave it."""

    klient: FlaskClient

    def aapne(self, sti: str) -> Element:
        svar = self.klient.get(sti)
        assert svar.status_code == 200, svar.status_code
        return les(svar)

    def send(self, skjema: Element, knapp: Element | None = None, **felter: str) -> TestResponse:
        innhold = {felt.attributter["name"]: felt.attributter["value"] for felt in skjema.alle("input")}
        if knapp and "name" in knapp.attributter:
            innhold[knapp.attributter["name"]] = knapp.attributter["value"]
        return self.klient.post(skjema.attributter["action"], data={**innhold, **felter})

    def logg_inn(self, person: Person = KARI) -> TestResponse:
        side = self.aapne("/logg-inn")
        skjema = next(skjema for skjema in side.alle("form") if str(person.navn) in skjema.tekst)
        return self.send(skjema, skjema.en("button"))

    def bjelleskjema(self) -> Element:
        return next(skjema for skjema in self.aapne("/min-side").alle("form") if "Varsler" in skjema.tekst)

    def aapne_bjella(self) -> Element:
        svar = self.send(self.bjelleskjema())
        assert svar.status_code == 303
        return self.aapne(svar.headers["Location"].split("#")[0])


@pytest.fixture
def kilde() -> Minnekilde:
    return Minnekilde()


@pytest.fixture
def nettleser(kilde: Minnekilde) -> Nettleser:
    return Nettleser(lag_app(kilde).test_client())


@pytest.fixture
def kari(nettleser: Nettleser) -> Nettleser:
    """Kari, signed in."""
    nettleser.logg_inn(KARI)
    return nettleser
