"""A port that is taken is told with the remedy; those that may be any are moved."""

from __future__ import annotations

import socket

import pytest

from gateway.dev.porter import krev_ledig, ledig
from gateway.oppsett.innstillinger import Innstillingsfeil


def test_en_port_i_bruk_sies_med_raad() -> None:
    with socket.create_server(("127.0.0.1", 0)) as opptatt:
        port = opptatt.getsockname()[1]
        with pytest.raises(Innstillingsfeil, match=rf"PORT: {port} on .*Address already in use.* set PORT"):
            krev_ledig("127.0.0.1", port)


def test_en_adresse_maskinen_ikke_har_er_ikke_en_port_i_bruk() -> None:
    with pytest.raises(Innstillingsfeil, match="Cannot assign requested address"):
        krev_ledig("192.0.2.1", 8080)


def test_den_oenskede_porten_tas_naar_den_er_ledig_og_ellers_en_annen() -> None:
    with socket.create_server(("127.0.0.1", 0)) as opptatt:
        oensket = opptatt.getsockname()[1]
        assert ledig(oensket) != oensket
    assert ledig(oensket) == oensket
