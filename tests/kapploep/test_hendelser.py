"""Events that come many times, and beside the deletion of what they are about."""

from __future__ import annotations

from gateway.domain.kommandoer import Saksreferanse, SlettSak
from gateway.store.tabeller import Hendelse, Hendelsesobjekt, Logg, Notifikasjon, Sak
from tests.handling.gjoer import rader
from tests.kapploep.bane import PAR, PROSESSER, Bane
from tests.kapploep.loepere import hendelse, kommando, runde
from tests.kapploep.orden import antall_rader, avslagene
from tests.verden import melding


def test_like_hendelser_lagres_en_gang_og_behandles_en_gang_i_rekkefoelge(bane: Bane) -> None:
    meldinger = [melding(f"inntektsmelding/{navn}") for navn in ("1_opprett", "2_fjern_paaminnelse", "3_besvart")]
    for data in meldinger:  # the same key: the order of arrival is that of the messages
        svar = bane.loep(*[hendelse(data, "inntektsmelding")] * 4)
        assert len({ett["id"] for ett in svar}) == 1
        assert [ett["ny"] for ett in svar].count(True) == 1
    enkeltvise = [{**melding("permittering/masseoppsigelse"), "id": f"m{nr}"} for nr in range(PAR)]
    bane.loep(*(hendelse(data, "permittering") for data in enkeltvise))
    svar = bane.loep(*[runde("innboks")] * PROSESSER)
    assert sum(ett["antall"] for ett in svar) == 3 + PAR
    assert {rad.tilstand for rad in rader(bane.kjerne, Hendelse)} == {"BEHANDLET"}
    hva = [rad.hva for rad in rader(bane.kjerne, Logg, Logg.produsent == "inntektsmelding")]
    assert hva == ["NySak", "NyOppgave", "EndrePaaminnelse", "NyStatus", "OppgaveUtfoert"]
    assert antall_rader(bane.kjerne, Sak) == (1 + PAR,)
    assert bane.loep(runde("innboks"))[0]["antall"] == 0


def test_hendelser_og_slettingen_av_det_de_handler_om(bane: Bane) -> None:
    data = melding("inntektsmelding/1_opprett")
    bane.loep(hendelse(data, "inntektsmelding"))
    bane.loep(runde("innboks"))
    (sak,) = rader(bane.kjerne, Sak)
    bane.loep(hendelse({**data, "@id": "igjen"}, "inntektsmelding"))
    slett = SlettSak(sak=Saksreferanse(id=sak.id))
    svar = bane.loep(runde("innboks"), kommando(slett, "inntektsmelding"), runde("innboks"))
    assert not avslagene(svar)
    assert antall_rader(bane.kjerne, Sak, Notifikasjon, Hendelsesobjekt) == (0, 0, 0)
    for rad in rader(bane.kjerne, Hendelse):
        kom_for_sent = rad.utfall == [{"avslag": "DuplikatGrupperingsidEtterDelete"}]
        assert kom_for_sent or (bytes(rad.raa), rad.kommandoer) == (b"", None), "what it said of the sak is gone too"
