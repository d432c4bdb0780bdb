"""Messages kept as examples, and beside each what is expected of it.

`eksempler/avtale.json` is the message as it comes; `eksempler/avtale.ventet.json` says its type, what is there before
it (`gitt`), and what the plugin makes of it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.domain.hendelsesdata import Format, data_av
from gateway.oppsett.innstillinger import Innstillingsfeil
from gateway.vertskap.erklaering import Erklaering

SLUTT = ".ventet.json"
# An example means the same for ever.
NAA = dt.datetime(2026, 1, 15, 8, 0, tzinfo=dt.UTC)
SPECVERSION = "specversion"


@dataclass(frozen=True, kw_only=True)
class Gitt:
    """What a message meets: the state and the answers of look-ups that are there, and the time (an instant)."""

    lager: Mapping[str, Any] = field(default_factory=dict)
    oppslag: Mapping[str, Any] = field(default_factory=dict)
    naa: dt.datetime = NAA
    ventet_forgjeves: bool = False


@dataclass(frozen=True, kw_only=True)
class Eksempel:
    """`ventet` is what the file beside it says, as it stands there; None where there is none."""

    fil: Path
    raa: bytes
    format: Format
    ventet: Mapping[str, Any] | None
    gitt: Gitt

    @property
    def navn(self) -> str:
        return self.fil.stem

    @property
    def ventetfil(self) -> Path:
        return self.fil.with_name(self.fil.stem + SLUTT)

    @property
    def data(self) -> Any:
        """The data of the event."""
        return data_av(self.format, self.raa)

    @property
    def konvolutt(self) -> Mapping[str, Any]:
        """The CloudEvent that the message is; empty when it is none."""
        return json.loads(self.raa) if self.format is Format.CLOUDEVENT else {}

    def type_av(self, plugin: Erklaering, valgt: str | None = None) -> str:
        """Which event type the message is: as chosen, as the file beside it says, as a CloudEvent says, as one of its
        own texts says, or the only one there is. Raises Innstillingsfeil when none of it tells.
        """
        sagt = valgt or (self.ventet or {}).get("type") or self.konvolutt.get("type")
        if sagt is None:
            data = self.data
            tekster = [verdi for verdi in data.values() if isinstance(verdi, str)] if isinstance(data, dict) else []
            sagt = next((tekst for tekst in tekster if tekst in plugin.hendelsestyper), None)
        if sagt is None and len(plugin.hendelsestyper) == 1:
            (sagt,) = plugin.hendelsestyper
        kjente = ", ".join(sorted(plugin.hendelsestyper))
        if sagt is None:
            raise Innstillingsfeil(f"{self.fil}: does not say which event type it is; give --type, one of: {kjente}")
        if sagt not in plugin.hendelsestyper:
            raise Innstillingsfeil(f"{self.fil}: {plugin.navn} declares no event type {sagt!r}; it knows: {kjente}")
        return str(sagt)


def les_eksempel(fil: Path) -> Eksempel:
    """Raises Innstillingsfeil, with file and remedy."""
    try:
        raa = fil.read_bytes()
    except OSError as feil:
        raise Innstillingsfeil(f"{fil}: cannot be read ({feil.strerror}); check the path") from None
    melding = _json(fil, raa)
    format_ = Format.CLOUDEVENT if isinstance(melding, dict) and SPECVERSION in melding else Format.JSON
    ventetfil = fil.with_name(fil.stem + SLUTT)
    ventet = _json(ventetfil, ventetfil.read_bytes()) if ventetfil.exists() else None
    if ventet is not None and not isinstance(ventet, dict):
        raise Innstillingsfeil(f"{ventetfil}: must be a JSON object; `gateway plugin proev … --skriv` writes one")
    return Eksempel(fil=fil, raa=raa, format=format_, ventet=ventet, gitt=_gitt(ventetfil, (ventet or {}).get("gitt")))


def finn_eksempler(mappe: Path) -> list[Path]:
    """The messages in a folder, and in those beneath, by name; not what is expected of them."""
    return sorted(fil for fil in mappe.rglob("*.json") if not fil.name.endswith(SLUTT))


def _gitt(fil: Path, sagt: Any) -> Gitt:
    if sagt is None:
        return Gitt()
    felter = ("lager", "oppslag", "naa", "ventet_forgjeves")
    if not isinstance(sagt, dict) or set(sagt) - set(felter):
        raise Innstillingsfeil(f"{fil}: `gitt` must be an object, with these: {', '.join(felter)}")
    try:
        naa = dt.datetime.fromisoformat(sagt["naa"]) if "naa" in sagt else NAA
        if naa.tzinfo is None:
            raise ValueError
    except (TypeError, ValueError):
        raise Innstillingsfeil(f"{fil}: `gitt.naa` must be an instant, such as 2026-01-15T08:00:00Z") from None
    return Gitt(
        lager=sagt.get("lager", {}),
        oppslag=sagt.get("oppslag", {}),
        naa=naa.astimezone(dt.UTC),
        ventet_forgjeves=bool(sagt.get("ventet_forgjeves")),
    )


def _json(fil: Path, raa: bytes) -> Any:
    try:
        return json.loads(raa)
    except json.JSONDecodeError as feil:
        raise Innstillingsfeil(f"{fil}:{feil.lineno}: is not JSON: {feil.msg}") from None
    except UnicodeDecodeError:
        raise Innstillingsfeil(f"{fil}: is not UTF-8; save the file as UTF-8") from None
