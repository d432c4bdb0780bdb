"""The bench for tests of plugins: import its types from here. The fixtures `proevebenk` and `pluginpakke` come by
themselves, where the gateway is installed.
"""

from __future__ import annotations

from gateway.verktoey.benk import START, Proevebenk, Proevekanal, Sendt
from gateway.verktoey.pakke import Pluginpakke, pakke_i

__all__ = ["START", "Pluginpakke", "Proevebenk", "Proevekanal", "Sendt", "pakke_i"]
