"""The plugins' keyed state: read, compared, written with its event, counted, forgotten, as if one came at a time."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.feil import UgyldigMerkelapp
from gateway.domain.kommandoer import Notifikasjonsreferanse, Saksreferanse, SlettNotifikasjon, SlettSak
from gateway.inbox.lager import EIEREN_ER_BORTE, Lager, LagerEndret, LagerFullt
from gateway.kjerne import Kjerne, ny_id
from gateway.plugin import Endring, Endringsslag
from gateway.runder.bevaring import rydd
from gateway.store import lager as rader
from gateway.store.produsentnoekkel import Produsentnoekler
from gateway.store.tabeller import Hendelse, Hendelsesnoekkel, Lagerskuff, Lagret, Logg
from gateway.vertskap.oppdrag import Oppdrag
from gateway.vertskap.oversettelse import Lagring, Oversettelse
from gateway.vertskap.oversetter import Oversetter
from tests.handling.gjoer import gjoer, til_det_er_tomt
from tests.plugins.moduler import Moduler
from tests.verden import START, FastKlokke, en_beskjed, en_oppgave, en_sak

A, B = "aa" * 32, "bb" * 32
FAGER = "fager"
SAKEN = {"slag": "Saksreferanse", "innhold": {"id": None, "merkelapp": "Fager", "grupperingsid": "sak-1"}}
OPPGAVEN = {"slag": "Notifikasjonsreferanse", "innhold": {"id": None, "merkelapp": "Fager", "ekstern_id": "oppgave-1"}}


def lagring(noekkel: str = A, verdi: Any = "v", versjon: int = 1, **felter: Any) -> Lagring:
    ett = Lagring(
        noekkel=noekkel,
        verdi=verdi,
        skjemaversjon=1,
        versjon=versjon,
        utloeper_tidspunkt=START + dt.timedelta(days=90),
    )
    return replace(ett, **felter)


def ta(
    kjerne: Kjerne, oversettelse: Oversettelse, produsent: str = FAGER, mellom: Callable[[], Any] = int
) -> list[str]:
    """What the engine does with an event: all of it in one transaction."""
    lager = Lager(kjerne, produsent)

    def arbeid() -> list[str]:
        lager.hold([oversettelse])
        lager.krev_uendret(oversettelse)
        mellom()
        return lager.skriv(oversettelse)

    return kjerne.database.i_transaksjon(arbeid)


def skriv(kjerne: Kjerne, *lagringer: Lagring, produsent: str = FAGER) -> list[str]:
    return ta(kjerne, Oversettelse(lagre=lagringer), produsent)


def les(kjerne: Kjerne, noekkel: str = A, produsent: str = FAGER) -> Any:
    funnet = Lager(kjerne, produsent).les(noekkel)
    return funnet and (funnet.verdi, funnet.versjon)


def bruk(kjerne: Kjerne, produsent: str = FAGER) -> tuple[int, int]:
    with kjerne.database.tilkobling():
        return rader.bruk(produsent)


def krev_at_tellingen_stemmer(kjerne: Kjerne) -> None:
    with kjerne.database.tilkobling():
        talte: dict[tuple[str, int], list[int]] = {}
        for rad in Lagret.select():
            skuff = talte.setdefault((rad.produsent, int(rad.noekkel[:2], 16)), [0, 0])
            skuff[0] += 1
            skuff[1] += rad.stoerrelse
        foert = {(rad.produsent, rad.skuff): [rad.antall, rad.byte] for rad in Lagerskuff.select()}
    assert {noekkel: tall for noekkel, tall in foert.items() if tall != [0, 0]} == talte


VERDIER: Sequence[Any] = [
    *("tekst", 7, -1.5, True, False, 0, "", [], {}, [None], {"a": [{"b": None}]}, 1 << 63, -(1 << 63)),
    *("æøå 🎈", "x" * 60_000, {"æ" * 100: "'\"\\%s?$1{}"}, "null", ["\n\t"]),
]


@pytest.mark.parametrize("verdi", VERDIER, ids=lambda verdi: str(verdi)[:20])
def test_en_verdi_leses_slik_den_ble_lagret(kjerne: Kjerne, verdi: Any) -> None:
    skriv(kjerne, lagring(verdi=verdi, versjon=5))
    assert les(kjerne) == (verdi, 5)
    assert type(les(kjerne)[0]) is type(verdi)


def test_en_verdi_skrives_over_og_fjernes_og_tellingen_foelger_med(kjerne: Kjerne) -> None:
    skriv(kjerne, lagring(verdi="x"), lagring(B, "xx"))
    assert bruk(kjerne) == (2, 7)
    skriv(kjerne, lagring(verdi="xxxx", versjon=2))
    assert (les(kjerne), bruk(kjerne)) == (("xxxx", 2), (2, 10))
    skriv(kjerne, lagring(verdi=None))
    skriv(kjerne, lagring(verdi=None))
    assert (les(kjerne), les(kjerne, B), bruk(kjerne)) == (None, ("xx", 1), (1, 4))
    krev_at_tellingen_stemmer(kjerne)


def test_tilstanden_er_produsentens_egen(kjerne: Kjerne) -> None:
    skriv(kjerne, lagring(verdi="fagers"))
    skriv(kjerne, lagring(verdi="permitterings"), produsent="permittering")
    assert les(kjerne)[0] == "fagers"
    assert les(kjerne, produsent="permittering")[0] == "permitterings"
    skriv(kjerne, lagring(verdi=None))
    assert (les(kjerne), les(kjerne, produsent="permittering")[0]) == (None, "permitterings")
    krev_at_tellingen_stemmer(kjerne)


def test_det_som_er_oversatt_foer_i_samme_bolk_leses_foer_det_er_lagret(kjerne: Kjerne) -> None:
    skriv(kjerne, lagring(verdi="foer"), lagring(B))
    lager = Lager(kjerne, FAGER)
    lager.skrevet(Oversettelse(lagre=[lagring(verdi="ny", versjon=9), lagring(B, None, 10)]))
    assert (lager.les(A).verdi, lager.les(A).versjon, lager.les(B)) == ("ny", 9, None)  # type: ignore[union-attr]
    assert les(kjerne) == ("foer", 1)


@pytest.mark.parametrize(
    ("lest", "endret"),
    [
        ({A: 1}, False),
        ({A: 2}, True),
        ({A: 0}, True),
        ({B: 0}, False),
        ({B: 1}, True),
        ({A: 1, B: 0}, False),
        ({}, False),
    ],
)
def test_det_som_ble_lest_maa_staa_naar_det_tar_effekt(kjerne: Kjerne, lest: dict[str, int], endret: bool) -> None:
    skriv(kjerne, lagring())
    oversettelse = Oversettelse(lagre=[lagring(verdi="ny", versjon=3)], lest=lest)
    if endret:
        with pytest.raises(LagerEndret):
            ta(kjerne, oversettelse)
    else:
        ta(kjerne, oversettelse)
    assert les(kjerne) == (("v", 1) if endret else ("ny", 3))


def test_det_som_er_utloept_er_ikke_der_enten_raden_er_fjernet_eller_ikke(kjerne: Kjerne, klokke: FastKlokke) -> None:
    skriv(kjerne, lagring())
    klokke.gaa(days=90)
    assert les(kjerne) is None
    ta(kjerne, Oversettelse(lest={A: 0}))
    with pytest.raises(LagerEndret):
        ta(kjerne, Oversettelse(lest={A: 1}))
    skriv(kjerne, lagring(verdi="for sen"))
    assert les(kjerne) is None
    skriv(kjerne, lagring(verdi="ny", versjon=2, utloeper_tidspunkt=klokke.naa() + dt.timedelta(days=1)))
    assert les(kjerne) == ("ny", 2)
    krev_at_tellingen_stemmer(kjerne)


def test_det_som_er_utloept_fjernes_av_bevaringen_med_en_kvittering_uten_innhold(
    kjerne: Kjerne, klokke: FastKlokke
) -> None:
    skriv(kjerne, *(lagring(f"{nr:02x}" * 32, "hemmelig") for nr in range(30)))
    skriv(kjerne, lagring(A, "hemmelig", utloeper_tidspunkt=START + dt.timedelta(days=200)))
    skriv(kjerne, lagring(), produsent="permittering")
    klokke.gaa(days=90)
    til_det_er_tomt(rydd, kjerne)
    with kjerne.database.tilkobling():
        assert [(rad.produsent, rad.noekkel) for rad in Lagret.select()] == [(FAGER, A)]
        kvitteringer = [(rad.produsent, rad.innhold) for rad in Logg.select().where(Logg.hva == "BevaringFjernet")]
    assert sorted(kvitteringer, key=str) == [
        (FAGER, {"tabell": "lager", "antall": 30}),
        ("permittering", {"tabell": "lager", "antall": 1}),
    ]
    krev_at_tellingen_stemmer(kjerne)


@pytest.mark.parametrize(
    ("eier", "slett"),
    [
        (SAKEN, SlettSak(sak=Saksreferanse(merkelapp="Fager", grupperingsid="sak-1"))),
        (OPPGAVEN, SlettNotifikasjon(notifikasjon=Notifikasjonsreferanse(merkelapp="Fager", ekstern_id="oppgave-1"))),
        (OPPGAVEN, SlettSak(sak=Saksreferanse(merkelapp="Fager", grupperingsid="sak-1"))),
    ],
)
def test_tilstanden_slettes_med_det_den_hoerer_til(kjerne: Kjerne, eier: dict[str, Any], slett: Any) -> None:
    gjoer(kjerne, en_sak())
    gjoer(kjerne, en_oppgave(grupperingsid="sak-1"))
    gjoer(kjerne, en_beskjed())
    beskjeden = {"slag": "Notifikasjonsreferanse", "innhold": {"merkelapp": "Fager", "ekstern_id": "beskjed-1"}}
    assert skriv(kjerne, lagring(hoerer_til=eier), lagring(B, "blir", hoerer_til=beskjeden)) == []
    gjoer(kjerne, slett)
    assert (les(kjerne), les(kjerne, B)) == (None, ("blir", 1))
    with kjerne.database.tilkobling():
        assert Lagret.get(Lagret.noekkel == A).verdi == {}, "emptied in the transaction that deleted its object"
    with pytest.raises(LagerEndret):
        ta(kjerne, Oversettelse(lest={A: 1}))
    til_det_er_tomt(rydd, kjerne)
    assert bruk(kjerne)[0] == 1
    krev_at_tellingen_stemmer(kjerne)


def test_det_som_hoerer_til_noe_som_ikke_finnes_lagres_ikke_og_det_sies(kjerne: Kjerne) -> None:
    skriv(kjerne, lagring(verdi="foer"))
    assert skriv(kjerne, lagring(verdi="ny", versjon=2, hoerer_til=SAKEN), lagring(B)) == [EIEREN_ER_BORTE]
    assert (les(kjerne), les(kjerne, B)) == (None, ("v", 1))
    assert skriv(kjerne, lagring(verdi=None, hoerer_til=SAKEN)) == []


def test_tilstanden_kan_hoere_til_det_hendelsen_selv_lager(kjerne: Kjerne) -> None:
    oversettelse = Oversettelse(lagre=[lagring(hoerer_til=SAKEN)])
    assert ta(kjerne, oversettelse, mellom=lambda: gjoer(kjerne, en_sak())) == []
    assert les(kjerne) == ("v", 1)


def test_tilstanden_kan_ikke_hoere_til_en_annens(kjerne: Kjerne) -> None:
    annens = {"slag": "Saksreferanse", "innhold": {"merkelapp": "Permittering", "grupperingsid": "g"}}
    with pytest.raises(UgyldigMerkelapp):
        skriv(kjerne, lagring(hoerer_til=annens))
    assert les(kjerne) is None


@pytest.mark.parametrize(
    ("grenser", "sagt"),
    [
        ({"lager_noekler": 2}, "would have 3 keys; LAGER_NOEKLER is 2."),
        ({"lager_mb": 1}, "bytes; LAGER_MB is 1 MiB."),
    ],
)
def test_mer_enn_en_produsent_kan_ha_lagres_ikke_og_ingenting_annet_heller(
    kjerne: Kjerne, grenser: dict[str, Any], sagt: str
) -> None:
    trang = replace(kjerne, innstillinger=replace(kjerne.innstillinger, **grenser))
    skriv(trang, lagring(verdi="x" * 500_000), lagring(B, "x" * 500_000))
    with pytest.raises(LagerFullt, match=sagt):
        ta(trang, Oversettelse(lagre=[lagring("cc" * 32, "x" * 100_000)]), mellom=lambda: gjoer(trang, en_sak()))
    assert les(trang, "cc" * 32) is None
    with pytest.raises(Exception, match="No such sak"):
        gjoer(trang, SlettSak(sak=Saksreferanse(merkelapp="Fager", grupperingsid="sak-1")))
    skriv(trang, lagring(verdi="mindre", versjon=2))
    skriv(trang, lagring(verdi=None))
    skriv(trang, lagring("cc" * 32, "x" * 100_000))
    skriv(trang, lagring(verdi="v"), produsent="permittering")
    krev_at_tellingen_stemmer(trang)


# --- at the same time ----------------------------------------------------------------------------------------------


def om_igjen(kjerne: Kjerne, lag: Callable[[Lager], Oversettelse]) -> None:
    """As the engine does: map anew when what was read has changed."""
    while True:
        try:
            ta(kjerne, lag(Lager(kjerne, FAGER)))
        except LagerEndret:
            continue
        return


def test_ingen_skriver_over_det_en_annen_nettopp_skrev(kjerne: Kjerne) -> None:
    """Two workers count on one key, which is not there to begin with."""
    traader, hver = 4, 15
    klare = threading.Barrier(traader)

    def tell(nr: int) -> None:
        klare.wait(30)
        for gang in range(hver):

            def lag(lager: Lager, versjon: int = 1 + nr * hver + gang) -> Oversettelse:
                foer = lager.les(A)
                ny = (foer.verdi if foer else 0) + 1
                return Oversettelse(lagre=[lagring(verdi=ny, versjon=versjon)], lest={A: foer.versjon if foer else 0})

            om_igjen(kjerne, lag)

    with ThreadPoolExecutor(traader) as alle:
        list(alle.map(tell, range(traader)))
    assert les(kjerne)[0] == traader * hver
    krev_at_tellingen_stemmer(kjerne)


def test_to_stroemmer_som_moetes_ser_alltid_hverandre(kjerne: Kjerne) -> None:
    """Each stores its own half and looks for the other's: one of them, at least, must find both."""
    par = [(f"{nr:02x}" * 32, f"{nr:02x}" * 31 + "ff") for nr in range(40)]
    funnet: list[str] = []
    klare = threading.Barrier(2)

    def halvdel(min_: int) -> None:
        for nr, noekler in enumerate(par):
            klare.wait(30)
            egen, andres = noekler[min_], noekler[1 - min_]

            sett: list[str] = []

            def lag(
                lager: Lager, egen: str = egen, andres: str = andres, nr: int = nr, sett: list[str] = sett
            ) -> Oversettelse:
                den_andre = lager.les(andres)
                sett[:] = [egen] if den_andre else []
                lest = {andres: den_andre.versjon if den_andre else 0}
                return Oversettelse(lagre=[lagring(egen, versjon=1 + nr)], lest=lest)

            om_igjen(kjerne, lag)
            funnet.extend(sett)

    with ThreadPoolExecutor(2) as alle:
        list(alle.map(halvdel, range(2)))
    assert {noekkel[:60] for noekkel in funnet} == {noekkel[:60] for noekkel, _ in par}


def test_mange_som_holder_mange_noekler_laaser_seg_aldri_fast(kjerne: Kjerne) -> None:
    noekler = [f"{nr:02x}" * 32 for nr in range(12)]
    klare = threading.Barrier(4)

    def arbeid(nr: int) -> None:
        klare.wait(30)
        for gang in range(6):
            lagringer = [lagring(noekkel, versjon=1 + nr * 100 + gang) for noekkel in noekler]
            skriv(kjerne, *(reversed(lagringer) if nr % 2 else lagringer))

    with ThreadPoolExecutor(4) as alle:
        list(alle.map(arbeid, range(4)))
    assert bruk(kjerne)[0] == len(noekler)
    krev_at_tellingen_stemmer(kjerne)


# --- parked events -------------------------------------------------------------------------------------------------


def parker(kjerne: Kjerne, noekkel: str, id_: str, produsent: str = FAGER) -> None:
    naa, til = kjerne.klokke.naa(), kjerne.klokke.naa() + dt.timedelta(days=1)

    def arbeid() -> None:
        Hendelsesnoekkel.insert(produsent=produsent, noekkel=id_, siste_loepenummer=1, klar_tidspunkt=til).execute()
        Hendelse.insert(
            id=ny_id(),
            produsent=produsent,
            kilde="k",
            ekstern_id=id_,
            type="T",
            noekkel=id_,
            loepenummer=1,
            format="json",
            raa=b"{}",
            applikasjon="a",
            korrelasjonsid="k",
            mottatt_tidspunkt=naa,
            tilstand="PAA_VENT",
            neste_forsoek=til,
            venter_paa=noekkel,
            vent_til=til,
        ).execute()

    kjerne.database.i_transaksjon(arbeid)


def ventende(kjerne: Kjerne) -> dict[tuple[str, str], tuple[bool, bool]]:
    """Whether each event waits for a key still, and whether its own key is to be looked at now."""
    with kjerne.database.tilkobling():
        klare = {
            (rad.produsent, rad.noekkel): rad.klar_tidspunkt <= kjerne.klokke.naa() for rad in Hendelsesnoekkel.select()
        }
        return {
            (rad.produsent, rad.ekstern_id): (rad.venter_paa is not None, klare[rad.produsent, rad.noekkel])
            for rad in Hendelse.select()
        }


def test_de_som_venter_paa_en_noekkel_vekkes_naar_noe_lagres_der_og_bare_de(kjerne: Kjerne) -> None:
    ringt: list[str] = []

    class Noterer:
        def ring(self, runde: str) -> None:
            ringt.append(runde)

    kjerne = replace(kjerne, doerklokke=Noterer())
    for noekkel, id_ in ((A, "1"), (A, "2"), (B, "3")):
        parker(kjerne, noekkel, id_)
    parker(kjerne, A, "1", "permittering")
    skriv(kjerne, lagring(verdi=None))
    with pytest.raises(ZeroDivisionError):
        ta(kjerne, Oversettelse(lagre=[lagring()]), mellom=lambda: 1 / 0)
    assert (set(ventende(kjerne).values()), ringt) == ({(True, False)}, [])
    skriv(kjerne, lagring())
    assert ventende(kjerne) == {
        (FAGER, "1"): (False, True),
        (FAGER, "2"): (False, True),
        (FAGER, "3"): (True, False),
        ("permittering", "1"): (True, False),
    }
    assert ringt == ["innboks"]
    with kjerne.database.tilkobling():
        assert all(rad.vent_til for rad in Hendelse.select())


# --- from the plugin and back --------------------------------------------------------------------------------------

HUSKER = """
@hookimpl
def hendelsestyper():
    return [Hendelsestype(navn="T", beskrivelse="x", skjema={"type": "object"}, eksempel={})]

@hookimpl
def oversett(hendelse, kontekst):
    noekkel = hendelse.data["noekkel"]
    foer = kontekst.lager.get(noekkel, 0)
    if hendelse.data.get("vent"):
        return [VentPaa(noekkel=noekkel, lengst="P2D")]
    return [Lagre(noekkel=noekkel, verdi=foer + 1, levetid="PT1H"), Merknad(tekst=f"{foer} {kontekst.hashet(noekkel)}")]

@hookimpl
def etter_endring(endring, kontekst):
    return [Lagre(noekkel="n", verdi=[kontekst.lager["n"], endring.slag])]
"""


@pytest.fixture
def husker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kjerne: Kjerne) -> Iterator[Oversetter]:
    sted = replace(Moduler(tmp_path, monkeypatch).skriv("husker", HUSKER), produsent=FAGER)
    ny = Oversetter([sted], sekunder=20, hemmelighet=Produsentnoekler(kjerne.database, kjerne.noekkelring))
    yield ny
    ny.lukk()


def oppdrag(noekkel: str, **data: Any) -> Oppdrag:
    return Oppdrag(
        produsent=FAGER,
        kilde="k",
        id="1",
        type="T",
        mottatt=START,
        format="json",
        raa=json.dumps({"noekkel": noekkel, **data}).encode(),
    )


def test_en_bolk_leser_det_den_selv_har_oversatt_og_alt_staar_hashet(kjerne: Kjerne, husker: Oversetter) -> None:
    svar = husker.oversett_alle(FAGER, [oppdrag("n"), oppdrag("n"), oppdrag("annen")], Lager(kjerne, FAGER))
    foerste, andre, tredje = (ett for ett in svar if isinstance(ett, Oversettelse))
    assert [ett.merknader[0][0] for ett in (foerste, andre, tredje)] == ["0", "1", "0"]
    (noekkel,) = foerste.lest
    assert andre.lest == {noekkel: foerste.lagre[0].versjon}
    assert (foerste.lest, foerste.lagre[0].noekkel) == ({noekkel: 0}, noekkel)
    assert noekkel not in foerste.merknader[0], "the key is hashed by another key than the plugin hashes with"
    assert len({noekkel, *tredje.lest}) == 2
    assert foerste.lagre[0].utloeper_tidspunkt == START + dt.timedelta(hours=1)
    for ett in (foerste, andre):
        ta(kjerne, ett)
    assert les(kjerne, noekkel)[0] == 2
    (neste,) = husker.oversett_alle(FAGER, [oppdrag("n")], Lager(kjerne, FAGER))
    assert isinstance(neste, Oversettelse)
    assert neste.lest == {noekkel: andre.lagre[0].versjon}
    with pytest.raises(LagerEndret):
        ta(kjerne, foerste)


def test_den_som_venter_har_lest_noekkelen_saa_ingenting_lagres_usett(kjerne: Kjerne, husker: Oversetter) -> None:
    (venter,) = husker.oversett_alle(FAGER, [oppdrag("n", vent=True)], Lager(kjerne, FAGER))
    assert isinstance(venter, Oversettelse)
    assert venter.venter_paa is not None
    assert venter.venter_paa.til == START + dt.timedelta(days=2)
    assert venter.lest == {venter.venter_paa.noekkel: 0}


def test_en_observatoer_leser_og_skriver_den_samme_tilstanden(kjerne: Kjerne, husker: Oversetter) -> None:
    (foerste,) = husker.oversett_alle(FAGER, [oppdrag("n")], Lager(kjerne, FAGER))
    assert isinstance(foerste, Oversettelse)
    ta(kjerne, foerste)
    endring = Endring(id="e", slag=Endringsslag.VARSEL_FEILET, tidspunkt=START, merkelapp="Fager")
    (svar,) = husker.endringer(FAGER, [endring], Lager(kjerne, FAGER), naa=START)
    assert isinstance(svar, Oversettelse)
    assert (svar.lagre[0].noekkel, svar.lagre[0].verdi) == (foerste.lagre[0].noekkel, [1, "VARSEL_FEILET"])
    ta(kjerne, svar)
