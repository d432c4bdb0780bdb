"""The fixtures that pytest finds where the gateway is installed. Who does not ask for them pays nothing: what they need
is imported when they are used.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from gateway.verktoey.benk import Proevebenk, Verksted
    from gateway.verktoey.pakke import Pluginpakke


@pytest.fixture(scope="session")
def _proeveverksted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Verksted]:
    from gateway.verktoey.benk import Verksted

    verksted = Verksted(tmp_path_factory.mktemp("proevebenk"))
    yield verksted
    verksted.lukk()


@pytest.fixture
def pluginpakke(request: pytest.FixtureRequest) -> Pluginpakke:
    """The plugin that is tested: the one of the nearest `produsent.yaml` above the test. Define it to say another."""
    from gateway.verktoey.pakke import PRODUSENTFIL, pakke_i

    for mappe in request.path.parents:
        if (mappe / PRODUSENTFIL).is_file():
            return pakke_i(mappe)
    raise pytest.UsageError(
        f"no {PRODUSENTFIL} above {request.path}; put one beside the plugin, or define the fixture `pluginpakke`"
    )


@pytest.fixture
def proevebenk(pluginpakke: Pluginpakke, _proeveverksted: Verksted) -> Proevebenk:
    """An empty gateway with the plugin of `pluginpakke`, and nobody else's."""
    from gateway.verktoey.benk import Proevebenk

    return Proevebenk(pluginpakke, _proeveverksted)
