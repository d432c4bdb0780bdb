"""A new entry in the produsentregister: written at the end of the file, once the register would take it."""

from __future__ import annotations

import json
import os
import stat
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.domain.produsent import Vilkaar
from gateway.oppsett.innstillinger import Innstillingsfeil
from gateway.oppsett.produsentregister import les_register


@dataclass(frozen=True, kw_only=True)
class NyProdusent:
    id: str
    applikasjoner: Sequence[str]
    merkelapper: Sequence[str]
    ressurser: Sequence[str] = ()
    naermeste_leder: bool = False
    plugin: str | None = None
    vilkaar: Vilkaar | None = None

    def som_yaml(self) -> str:
        """The entry as it stands in the file; each text in quotes, so that YAML reads none as something else."""
        leder = str(self.naermeste_leder).lower()
        linjer = [
            f"- id: {_tekst(self.id)}",
            f"  applikasjoner: {_liste(self.applikasjoner)}",
            f"  merkelapper: {_liste(self.merkelapper)}",
            f"  mottakere: {{ressurser: {_liste(self.ressurser)}, naermesteLeder: {leder}}}",
        ]
        if self.vilkaar is not None:
            linjer.append(f"  vilkaarGodkjent: {{versjon: {_tekst(self.vilkaar.versjon)}, dato: {self.vilkaar.dato}}}")
        if self.plugin is not None:
            linjer.append(f"  plugin: {{navn: {_tekst(self.plugin)}}}")
        return "\n".join(linjer) + "\n"


def skriv_inn(fil: Path, ny: NyProdusent) -> str:
    """Append the entry, leaving all that stands there as it is; what was written.

    Raises Innstillingsfeil for what the register would refuse, and then nothing was written.
    """
    try:
        innhold = fil.read_text(encoding="utf-8") if fil.exists() else ""
    except (OSError, UnicodeDecodeError) as feil:
        raise Innstillingsfeil(f"PRODUSENTER: {fil} cannot be read ({feil}); correct it first.") from None
    skille = "" if not innhold else "\n" if innhold.endswith("\n") else "\n\n"
    oppfoering = ny.som_yaml()
    try:
        with tempfile.TemporaryDirectory(dir=fil.parent, prefix=".ny-produsent-") as mappe:
            proeve = Path(mappe) / fil.name
            proeve.write_text(innhold + skille + oppfoering, encoding="utf-8")
            try:
                les_register(proeve)
            except Innstillingsfeil as feil:
                raise Innstillingsfeil(str(feil).replace(str(proeve), str(fil))) from None
            if fil.exists():
                proeve.chmod(stat.S_IMODE(fil.stat().st_mode))
            os.replace(proeve, fil)
    except OSError as feil:
        raise Innstillingsfeil(f"PRODUSENTER: {fil} cannot be written ({feil.strerror}).") from None
    return oppfoering


def _tekst(verdi: str) -> str:
    return json.dumps(verdi, ensure_ascii=False)


def _liste(verdier: Sequence[str]) -> str:
    return f"[{', '.join(_tekst(verdi) for verdi in verdier)}]"
