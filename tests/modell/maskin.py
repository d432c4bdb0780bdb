"""The machine that tells one random history to both the gateway and the model, and looks at both after every step."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from functools import partial
from itertools import cycle
from typing import Any
from uuid import UUID

from hypothesis import note, reject
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from gateway.domain.feil import Avslag
from gateway.domain.kommandoer import (
    KansellerVarsel,
    Kommando,
    Notifikasjonsreferanse,
    NyBeskjed,
    NyKalenderavtale,
    NySak,
    Saksreferanse,
    Sikring,
)
from gateway.domain.tid import UTC
from gateway.domain.varsel import Varseltype
from gateway.handling.arbeidsgiver import bjelle_aapnet, klikket
from gateway.handling.utfall import Utfall
from gateway.kjerne import ny_id
from gateway.plugin import Lederforhold, Tilganger
from gateway.reading.arbeidsgiver import bjelle, saker
from tests.modell.forslag import (
    EKSTERNE_IDER,
    GRUPPERINGSIDER,
    MERKELAPPER,
    SAKSNOEKLER,
    TIME,
    avtaleoppdateringer,
    ett_av,
    i_annen_form,
    nye_avtaler,
    nye_beskjeder,
    nye_oppgaver,
    nye_saker,
    oppdateringer,
    oppgaveoppdateringer,
    saksoppdateringer,
    sikringer,
    slettinger,
)
from tests.modell.referanse import Avvist, Kanalsvar, Modell, NyeIder, Person, Svar, Varsel, vis_tid
from tests.modell.sammenligning import (
    lik,
    lik_tidslinje,
    lik_uansett_rekkefoelge_mellom_objekter,
    som_modellen,
    som_svar,
)
from tests.modell.verden import SVEIP, Kanal, Verden
from tests.verden import ANSATT, GLAD_TORSK, LEDER, RESSURS, aktoer, ser_glad_torsk

FAGER, PERMITTERING = "fager", "permittering"
SIDE = 20
FINNES_IKKE = {
    "saker": "SakFinnesIkke",
    "notifikasjoner": "NotifikasjonFinnesIkke",
    "varsler": "VarselFinnesIkke",
}
RESSURSEIER = Person(fnr=ANSATT, ressurser=frozenset({(GLAD_TORSK, RESSURS)}))
LEDEREN = Person(fnr=LEDER, ansatte=frozenset({(GLAD_TORSK, ANSATT)}))
PERSONER: dict[Person, Tilganger] = {
    RESSURSEIER: ser_glad_torsk(),
    LEDEREN: Tilganger(leder_for=(Lederforhold(virksomhetsnummer=GLAD_TORSK, ansatt_fnr=ANSATT),)),
}
# Just before the clocks go back and forward, a usual Monday, and before Easter and May with their closed days.
BEGYNNELSER = tuple(
    dt.datetime.fromisoformat(tekst).replace(tzinfo=UTC)
    for tekst in ("2026-11-23T09:00", "2026-10-23T20:15", "2027-03-27T22:30", "2027-03-24T12:00", "2027-04-29T14:00")
)
SKRITT = tuple(
    dt.timedelta(**tid)
    for tid in ({"minutes": 1}, {"hours": 1}, {"hours": 10}, {"days": 1}, {"days": 6}, {"days": 31}, {"days": 150})
)
FAGERS_OFTEST = (FAGER,) * 14 + (PERMITTERING,)


class Maskin(RuleBasedStateMachine):
    def __init__(self, verden: Verden) -> None:
        super().__init__()
        self.verden = verden
        self.verden.nullstill()
        self.fager, self.permittering = (
            verden.token(aktoer(verden.kjerne, navn).applikasjon) for navn in (FAGER, PERMITTERING)
        )
        self.modell = Modell(verden.klokke.naa())
        self.historien: list[tuple[Kommando, str]] = []
        self.sett: dict[str, Any] = {}  # what each address showed when it was last read
        self.lest_til: str | None = None  # the cursor of the change feed
        self.lest: list[dict[str, Any]] = []
        self.neste_liste = cycle([self._se_liste, *(partial(self._se_som, person) for person in PERSONER)])

    @property
    def naa(self) -> dt.datetime:
        return self.modell.naa

    @initialize(data=st.data(), naa=st.sampled_from(BEGYNNELSER))
    def det_begynner(self, data: st.DataObject, naa: dt.datetime) -> None:
        """With a sak, an oppgave and an appointment."""
        self._still_klokken(naa)
        self._gjoer(self._som_godtas(data, nye_saker(naa)))
        self._gjoer(self._som_godtas(data, nye_oppgaver(naa)))
        self._gjoer(self._som_godtas(data, nye_avtaler(naa, self.modell.saker.values())))

    def _som_godtas(self, data: st.DataObject, kommandoer: st.SearchStrategy[Kommando]) -> Kommando:
        """One that the contract accepts now, or the sequence is given up."""
        for _ in range(10):
            kommando = data.draw(kommandoer)
            if self._godtas(kommando):
                return kommando
        return reject()

    def _godtas(self, kommando: Kommando) -> bool:
        produsent = aktoer(self.verden.kjerne, FAGER).produsent
        try:
            deepcopy(self.modell).utfoer(kommando, produsent, _oppdiktede_ider(kommando))
        except Avvist:
            return False
        return True

    def _still_klokken(self, naa: dt.datetime) -> None:
        note(f"klokken er {vis_tid(naa)}")
        self.verden.klokke.still(naa)
        self.modell.naa = naa

    # --- kommandoer ------------------------------------------------------------------------------------------------

    def _gjoer(self, kommando: Kommando, produsent: str = FAGER) -> None:
        """Say it to both, and compare what they answer."""
        note(f"{produsent}: {kommando}")
        self.historien.append((kommando, produsent))
        faktisk = self.verden.utfoer(kommando, produsent)
        ventet = self._spoer_modellen(kommando, produsent, self._nye_ider(kommando, faktisk))
        if isinstance(ventet, Avvist):
            assert isinstance(faktisk, Avslag), f"should be refused with {ventet}, and was not: {faktisk}"
            assert faktisk.kode in ventet.koder
            if faktisk.kode.startswith("Duplikat"):
                assert faktisk.id_til_eksisterende == ventet.id_til_eksisterende
        else:
            assert isinstance(faktisk, Utfall), f"should be accepted, and was refused with {faktisk.kode}: {faktisk}"
            assert som_svar(faktisk) == ventet

    def _spoer_modellen(self, kommando: Kommando, produsent: str, nye: NyeIder) -> Svar | Avvist:
        try:
            return self.modell.utfoer(kommando, aktoer(self.verden.kjerne, produsent).produsent, nye)
        except Avvist as avvist:
            return avvist

    def _nye_ider(self, kommando: Kommando, faktisk: Utfall | Avslag) -> NyeIder:
        """The ids that the gateway made; one that says that it made something may not give ids that are known."""
        if isinstance(kommando, Sikring) and isinstance(faktisk, Utfall) and not faktisk.ny:
            return replace(_oppdiktede_ider(kommando), status=faktisk.status_id or ny_id())  # perhaps a new one
        if isinstance(faktisk, Avslag) or not faktisk.ny:
            return _oppdiktede_ider(kommando)
        nye = NyeIder(
            id=faktisk.id,
            status=faktisk.status_id or ny_id(),
            varsler=faktisk.eksterne_varsler or (),
            paaminnelsens=faktisk.paaminnelse_varsler or (),
        )
        kjente = self.modell.saker.keys() | self.modell.notifikasjoner.keys() | self.modell.varsler.keys()
        kjente |= self.modell.slettede
        kjente |= {status.id for sak in self.modell.saker.values() for status in sak.statuser}
        laget = {*nye.varsler, *nye.paaminnelsens, nye.status} | (
            {nye.id} if isinstance(kommando, NySak | NyBeskjed | NyKalenderavtale | Sikring) else set()
        )
        assert not laget & kjente
        return nye

    @rule(data=st.data())
    def noe_skjer(self, data: st.DataObject) -> None:
        """One of the things that can happen now. One rule for all: each is to be as likely as it is written here."""
        navn = data.draw(st.sampled_from(self._kan_skje()))
        getattr(self, navn)(data)

    def _kan_skje(self) -> list[str]:
        modell = self.modell
        typer = {n.type for n in modell.notifikasjoner.values()}
        kan_skje = {
            "_noe_nytt": 3,
            "_det_samme_en_gang_til": 1,
            "_noe_med_en_sak": 2 * bool(modell.saker),
            "_noe_med_en_oppgave": 4 * ("OPPGAVE" in typer),
            "_noe_med_en_kalenderavtale": 3 * ("KALENDERAVTALE" in typer),
            "_kanseller_varsel": 1 * bool(modell.varsler),
            "_slett": 1 * bool(modell.saker or modell.notifikasjoner),
            "_bom": 1,
            "_tiden_gaar": 1,
            "_til_noe_skal_skje": 5 * bool(modell.kommende_oeyeblikk()),
            "_noen_sveip": 1,
            "_send_varsler": 2 * bool(modell.skal_sendes()),
            "_send_det_som_er_klart": 1,
            "_arbeidsgiver_aapner_bjella": 1,
            "_arbeidsgiver_klikker": 1,
        }
        return [navn for navn, antall in kan_skje.items() for _ in range(antall)]

    def _noe_nytt(self, data: st.DataObject) -> None:
        nye = st.one_of(
            nye_oppgaver(self.naa),
            nye_avtaler(self.naa, self.modell.saker.values()),
            nye_saker(self.naa),
            sikringer(self.naa),
            nye_beskjeder(self.naa),
        )
        self._gjoer(data.draw(nye), data.draw(ett_av(*FAGERS_OFTEST)))

    def _det_samme_en_gang_til(self, data: st.DataObject) -> None:
        """A retry, a replay, or an event that comes late."""
        kommando, produsent = self.historien[-1 - data.draw(st.integers(0, len(self.historien) - 1))]
        av = data.draw(ett_av(produsent, produsent, produsent, FAGER, PERMITTERING))
        self._gjoer(i_annen_form(kommando) if data.draw(st.booleans()) else kommando, av)

    def _noe_med_en_sak(self, data: st.DataObject) -> None:
        self._gjoer(data.draw(saksoppdateringer(self.naa, self._saksreferanser())))

    def _noe_med_en_oppgave(self, data: st.DataObject) -> None:
        self._gjoer(data.draw(oppgaveoppdateringer(self.naa, self._referanser("OPPGAVE"))))

    def _noe_med_en_kalenderavtale(self, data: st.DataObject) -> None:
        self._gjoer(data.draw(avtaleoppdateringer(self.naa, self._referanser("KALENDERAVTALE"))))

    def _kanseller_varsel(self, data: st.DataObject) -> None:
        ider = sorted(self.modell.varsler, reverse=True)
        self._gjoer(data.draw(oppdateringer(KansellerVarsel, varsel_id=st.sampled_from(ider))))

    def _slett(self, data: st.DataObject) -> None:
        self._gjoer(data.draw(slettinger(self._saksreferanser(), self._referanser(None))))

    def _bom(self, data: st.DataObject) -> None:
        """Said of what is not there, is no longer, is of another type, or is another's."""
        saker = [Saksreferanse(id=id_) for id_ in sorted(self.modell.slettede)] + [
            Saksreferanse(merkelapp=merkelapp, grupperingsid=grupperingsid)
            for merkelapp in (*MERKELAPPER, "Permittering")
            for grupperingsid in GRUPPERINGSIDER
        ]
        saker += self._ved_saksnoekkel()
        notifikasjoner = [Notifikasjonsreferanse(id=id_) for id_ in sorted(self.modell.slettede)] + [
            Notifikasjonsreferanse(merkelapp=merkelapp, ekstern_id=ekstern_id)
            for merkelapp in (*MERKELAPPER, "Permittering")
            for ekstern_id in EKSTERNE_IDER
        ]
        varsler = [UUID(int=0), *sorted(self.modell.slettede), *sorted(self.modell.varsler)]
        kommandoer = st.one_of(
            saksoppdateringer(self.naa, saker),
            oppgaveoppdateringer(self.naa, self._referanser(None) + notifikasjoner),
            avtaleoppdateringer(self.naa, self._referanser(None) + notifikasjoner),
            oppdateringer(KansellerVarsel, varsel_id=st.sampled_from(varsler)),
            slettinger(saker, notifikasjoner),
        )
        self._gjoer(data.draw(kommandoer), data.draw(ett_av(FAGER, PERMITTERING)))

    def _saksreferanser(self) -> list[Saksreferanse]:
        """Those that there are, each by id and by own key."""
        funnet: list[Saksreferanse] = []
        for sak in self.modell.saker.values():
            merkelapp, grupperingsid = sak.noekkel
            funnet += [Saksreferanse(id=sak.id), Saksreferanse(merkelapp=merkelapp, grupperingsid=grupperingsid)]
        return funnet + [den for den in self._ved_saksnoekkel() if self.modell.har_hatt(den)]

    @staticmethod
    def _ved_saksnoekkel() -> list[Saksreferanse]:
        """The open sak of each key, whether or not there is one."""
        return [Saksreferanse(merkelapp=merkelapp, saksnoekkel=ett) for merkelapp in MERKELAPPER for ett in SAKSNOEKLER]

    def _referanser(self, type_: str | None) -> list[Notifikasjonsreferanse]:
        """Those that there are of the type, or of any; each by id and by own key."""
        funnet: list[Notifikasjonsreferanse] = []
        for n in self.modell.notifikasjoner.values():
            if type_ in (None, n.type):
                egen = Notifikasjonsreferanse(merkelapp=n.merkelapp, ekstern_id=n.sagt.ekstern_id)
                funnet += [Notifikasjonsreferanse(id=n.id), egen]
        return funnet

    # --- time, sweeps and sending ----------------------------------------------------------------------------------

    def _tiden_gaar(self, data: st.DataObject) -> None:
        """And nobody sweeps."""
        self._still_klokken(self.naa + data.draw(st.sampled_from(SKRITT)))

    def _til_noe_skal_skje(self, data: st.DataObject) -> None:
        """Exactly to a moment at which something is due, perhaps by way of the instant before it; with all sweeps."""
        kommende = self.modell.kommende_oeyeblikk()
        oeyeblikk = kommende[data.draw(st.sampled_from(sorted(kommende)))]
        naa = oeyeblikk[data.draw(st.integers(0, min(2, len(oeyeblikk) - 1)))]
        rekkefoelge = data.draw(st.permutations(list(SVEIP)))
        if data.draw(st.booleans()):
            self._still_klokken(max(self.naa, naa - dt.timedelta(microseconds=1)))
            self._sveip(rekkefoelge)
        self._still_klokken(naa)
        self._sveip(rekkefoelge)

    def _noen_sveip(self, data: st.DataObject) -> None:
        """Some of the sweeps, in any order."""
        self._sveip(data.draw(st.permutations(list(SVEIP)))[: data.draw(st.integers(1, len(SVEIP)))])

    def _sveip(self, navn: Sequence[str]) -> None:
        """Each until nothing is due, and once more, when it must find nothing to do."""
        for ett in navn:
            note(f"sweep: {ett}")
            sveip, modellens = SVEIP[ett]
            antall = self.verden.til_det_er_tomt(sveip)
            if modellens is not None:
                assert antall == modellens(self.modell)
            assert self.verden.til_det_er_tomt(sveip) == 0

    def _send_varsler(self, data: st.DataObject) -> None:
        svar = {type_: data.draw(st.sampled_from(Kanalsvar)) for type_ in Varseltype}
        self._send(Kanal(svar=svar, vent=data.draw(st.sampled_from(SKRITT))))

    def _send_det_som_er_klart(self, data: st.DataObject) -> None:
        """Which may be nothing."""
        self._send(Kanal(svar=dict.fromkeys(Varseltype, Kanalsvar.SENDT), vent=TIME))

    def _send(self, kanal: Kanal) -> None:
        note(f"the channel answers {kanal.svar}, and asks to be left alone for {kanal.vent}")

        def svar_for(varsel: Varsel) -> Kanalsvar:
            return kanal.svar[varsel.bestilling.type]

        antall = len(self.modell.skal_sendes())
        assert self.verden.send(kanal) == antall
        assert sorted(kanal.sendt) == sorted(self.modell.send(svar_for, kanal.vent))
        assert self.verden.send(kanal) == 0

    # --- employers -------------------------------------------------------------------------------------------------

    def _arbeidsgiver_aapner_bjella(self, data: st.DataObject) -> None:
        person = data.draw(st.sampled_from(list(PERSONER)))
        bjelle_aapnet(self.verden.kjerne, person.fnr)
        self.modell.aapne_bjella(person.fnr)

    def _arbeidsgiver_klikker(self, data: st.DataObject) -> None:
        person = data.draw(st.sampled_from(list(PERSONER)))
        if synlige := self.modell.bjelle(person)[:3]:
            id_ = data.draw(st.sampled_from([ett["id"] for ett in synlige]))
            klikket(self.verden.kjerne, person.fnr, id_)
            self.modell.klikk(person.fnr, id_)

    # --- what is seen ----------------------------------------------------------------------------------------------

    @invariant()
    def begge_viser_det_samme(self) -> None:
        """What should have changed, and one of the lists, which also show what should not have."""
        if len(self.modell.endringer) > len(self.lest):
            self._se_endringer()  # an entry that should not be there is seen by the next one, or in the end
        self._se_enkeltvis(alt=False)
        next(self.neste_liste)()

    def teardown(self) -> None:
        """Read everything one by one, the lists page by page, and the whole change feed from its beginning."""
        if sys.exc_info()[0] is not None:
            return  # a step has failed already: its error is the one to see
        self._se_endringer()
        self._se_liste(antall=2)
        self._se_utvalg()
        for person in PERSONER:
            self._se_som(person)
        self._se_enkeltvis(alt=True)
        self._se_hele_loggen()

    def _se_liste(self, antall: int = 50) -> None:
        sett = self.verden.les_alle("/notifikasjoner", self.fager, antall=antall)
        lik(sett, [self.modell.vis_notifikasjon(n) for n in self.modell.notifikasjoner.values()])

    def _se_utvalg(self) -> None:
        for merkelapp, grupperingsid in zip(cycle(MERKELAPPER), GRUPPERINGSIDER):
            utvalg = {"merkelapp": merkelapp, "grupperingsid": grupperingsid}
            sett = self.verden.les_alle("/notifikasjoner", self.fager, antall=1, **utvalg)
            ventet = [n.id for n in self.modell.notifikasjoner.values() if n.i_sak == (merkelapp, grupperingsid)]
            assert [ett["id"] for ett in sett] == [str(id_) for id_ in ventet]
        assert self.verden.les_alle("/notifikasjoner", self.permittering) == []

    def _se_enkeltvis(self, *, alt: bool) -> None:
        """Each object that, by the model, looks otherwise than when last seen, or is gone; or all that there is."""
        modell, sider = self.modell, {}
        for sak in modell.saker.values():
            sider[f"/saker/{sak.id}"] = modell.vis_sak(sak)
            sider[f"/saker/{sak.id}/tidslinje"] = modell.vis_tidslinje(sak)
        for n in modell.notifikasjoner.values():
            sider[f"/notifikasjoner/{n.id}"] = modell.vis_notifikasjon(n)
        for varsel in modell.varsler.values():
            if not varsel.eier_slettet:
                sider[f"/varsler/{varsel.id}"] = modell.vis_varsel(varsel)
        for sti, ventet in sider.items():
            if alt or self.sett.get(sti) != ventet:
                self._se(sti, ventet)
        for sti in self.sett.keys() - sider.keys():
            status, svar = self.verden.les(sti, self.fager)
            assert (status, svar["kode"]) == (404, FINNES_IKKE[sti.split("/")[1]])
        self.sett = sider

    def _se(self, sti: str, ventet: Any) -> None:
        status, sett = self.verden.les(sti, self.fager)
        assert status == 200, (sti, sett)
        if sti.endswith("/tidslinje"):
            lik_tidslinje(sett["elementer"], ventet)
        else:
            lik(sett, ventet)

    def _se_endringer(self) -> None:
        """Read on in the change feed from where it was left: exactly what has come since."""
        nye = self.modell.endringer[len(self.lest) :]
        lest: list[dict[str, Any]] = []
        # Another database of the same server may hold back the newest entries for a moment: it is asked again.
        for _ in range(1_000):
            lest += self._les_videre()
            if len(lest) >= len(nye):
                break
        lik_uansett_rekkefoelge_mellom_objekter(lest, nye)
        self.lest += lest

    def _les_videre(self) -> list[dict[str, Any]]:
        etter = {"etter": self.lest_til} if self.lest_til else {}
        lest: list[dict[str, Any]] = []
        while True:
            status, side = self.verden.les("/endringer", self.fager, antall=SIDE, **etter)
            assert status == 200, side
            lest += side["elementer"]
            if side["neste"] is not None:
                self.lest_til = side["neste"]
                etter = {"etter": side["neste"]}
            if len(side["elementer"]) < SIDE:
                return lest

    def _se_hele_loggen(self) -> None:
        uten_innhold = [{**ett, "innhold": None} for ett in self.lest]
        igjen = self.verden.les_alle("/endringer", self.fager, antall=7)
        assert [{**ett, "innhold": None} for ett in igjen] == uten_innhold, "the order of the change feed has changed"
        borte = {str(id_) for id_ in self.modell.slettede}
        assert not [ett for ett in igjen if {ett["sakId"], ett["notifikasjonId"]} & borte and ett["innhold"]]
        assert self.verden.les_alle("/endringer", self.permittering) == []

    def _se_som(self, person: Person) -> None:
        kjerne, tilganger = self.verden.kjerne, PERSONER[person]
        sett = bjelle(kjerne, person.fnr, tilganger)
        ventet = self.modell.bjelle(person)
        lik([som_modellen(ett, tilganger) for ett in sett.notifikasjoner], ventet)
        assert sett.antall_uleste == sum(ett["ulest"] for ett in ventet)
        viste = saker(kjerne, person.fnr, tilganger, antall=3).saker
        lik([som_modellen(ett, tilganger) for ett in viste], self.modell.saksliste(person)[:3])


def _oppdiktede_ider(kommando: Kommando) -> NyeIder:
    """For what the gateway did not make."""
    paaminnelse = getattr(kommando, "paaminnelse", None)
    antall = len(getattr(kommando, "eksterne_varsler", ())), len(paaminnelse.eksterne_varsler if paaminnelse else ())
    varsler, paaminnelsens = (tuple(ny_id() for _ in range(tall)) for tall in antall)
    return NyeIder(id=ny_id(), status=ny_id(), varsler=varsler, paaminnelsens=paaminnelsens)
