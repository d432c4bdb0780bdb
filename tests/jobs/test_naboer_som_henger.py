"""What hangs costs its own round only: an SMTP server that takes the connection and says nothing, beside events."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest
from redis import Redis

from adapters.smtp import SmtpKanal
from gateway.domain.aapningstider import Sendevindu
from gateway.domain.varsel import EksterntVarsel, Epost, Sendetidspunkt
from gateway.handling.utfoer import utfoer
from gateway.inbox.inntak import Avsender, ta_imot
from gateway.kjerne import Kjerne
from gateway.klokke import Systemklokke
from gateway.runder.alle import RUNDER
from gateway.runder.runde import Arbeidsplass
from gateway.store.tabeller import Hendelse
from gateway.vertskap.oversetter import Oversetter
from jobs.arbeider import Arbeider
from jobs.doerklokke import RqDoerklokke
from tests.ende_til_ende.kjoerende import vent_til
from tests.verden import aktoer, en_beskjed, lest, melding


@pytest.fixture
def taus() -> Iterator[tuple[str, list[socket.socket]]]:
    """An SMTP server that accepts and never answers: its URL, and who has called."""
    ringt: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def ta_imot_alle() -> None:
            try:
                while True:
                    ringt.append(server.accept()[0])
            except OSError:
                return

        threading.Thread(target=ta_imot_alle, daemon=True).start()
        yield f"smtp://127.0.0.1:{server.getsockname()[1]}", ringt
        server.shutdown(socket.SHUT_RDWR)
    for ett in ringt:
        ett.close()


def _send(kjerne: Kjerne, id_: str) -> float:
    """Seconds until an event that was taken in has been handled."""
    avsender = Avsender(produsent="permittering", applikasjon="test", korrelasjonsid="k")
    mottak = ta_imot(kjerne, lest({**melding("permittering/masseoppsigelse"), "id": id_}), avsender)
    start = time.monotonic()

    def ferdig() -> bool:
        with kjerne.database.tilkobling():
            return bool(Hendelse.get_by_id(mottak.id).tilstand == "BEHANDLET")

    vent_til(ferdig, sekunder=30, hva="the event")
    return time.monotonic() - start


def test_en_smtp_tjener_som_henger_sinker_ingen_hendelse(
    kjerne: Kjerne, redis: Redis, taus: tuple[str, list[socket.socket]]
) -> None:
    url, ringt = taus
    doerklokke = RqDoerklokke(redis)
    kjerne = Kjerne(**{**vars(kjerne), "doerklokke": doerklokke})
    plass = Arbeidsplass(
        kjerne=kjerne,
        oversetter=Oversetter(kjerne.plugins.steder, sekunder=10),
        observatoerer=Oversetter([], sekunder=10),
        kanaler=[SmtpKanal(url, "ikke-svar@nav.no")],
        sann_tid=Systemklokke(),
    )
    arbeider = Arbeider(plass, redis, [RUNDER["innboks"], RUNDER["varsler_epost"]])
    arbeider.start()
    try:
        _send(kjerne, "oppvarming")
        foer = max(_send(kjerne, f"foer-{nummer}") for nummer in range(5))
        varsler = tuple(
            EksterntVarsel(
                epost=Epost(
                    epostadresse=f"{nummer}@example.com",
                    epost_tittel="Hei",
                    epost_html_body="<p>Hei</p>",
                    sendetidspunkt=Sendetidspunkt(sendevindu=Sendevindu.LOEPENDE),
                )
            )
            for nummer in range(5)
        )
        utfoer(kjerne, en_beskjed(eksterne_varsler=varsler), aktoer(kjerne))
        doerklokke.ring("varsler_epost")
        vent_til(lambda: ringt, sekunder=20, hva="the round of e-mail hangs")
        under = max(_send(kjerne, f"under-{nummer}") for nummer in range(10))
        assert arbeider.tall["varsler_epost"].gaar_siden() > 0, "it still hangs"
        assert under < max(2.0, 5 * foer)
    finally:
        arbeider.be_om_stopp()
        for ett in ringt:
            ett.close()
        plass.oversetter.lukk()
        assert arbeider.avslutt(20) == []
