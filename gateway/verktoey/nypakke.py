"""A new plugin: a typed package with examples, tests and README that pass as they are."""

from __future__ import annotations

import json
import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from string import Template

from gateway.oppsett.innstillinger import Innstillingsfeil

MALER = Path(__file__).parent / "maler"
# What the test persons of `dev` may see.
RESSURS = "nav_sykepenger_inntektsmelding"
LENGSTE = 60
I_PAKKEN: Mapping[str, str] = {
    "__init__.py": "plugin.py.mal",
    "produsent.yaml": "produsent.yaml.mal",
    "eksempler/{eksempel}.json": "eksempel.json.mal",
    "eksempler/{eksempel}.ventet.json": "ventet.json.mal",
    "tests/test_{navn}.py": "test.py.mal",
}


@dataclass(frozen=True, kw_only=True)
class Nypakke:
    """What the new plugin is called, and what its one event type and its producer are. Raises Innstillingsfeil."""

    navn: str
    type: str
    merkelapp: str
    ressurs: str = RESSURS

    def __post_init__(self) -> None:
        feil = []
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.navn) or keyword.iskeyword(self.navn) or len(self.navn) > LENGSTE:
            feil.append(f"NAVN: must be lower-case letters, digits and _, and no word of Python; it says {self.navn!r}")
        for felt in ("type", "merkelapp", "ressurs"):
            verdi = getattr(self, felt)
            if not verdi.strip() or not verdi.isprintable() or set(verdi) & set('"\\\\') or len(verdi) > LENGSTE:
                feil.append(f'--{felt}: must be text of 1 to {LENGSTE} characters, without " and \\; it says {verdi!r}')
        if feil:
            raise Innstillingsfeil("\n".join(feil))

    @property
    def produsent(self) -> str:
        """The producer's id in the register."""
        return self.navn.replace("_", "-")

    @property
    def applikasjon(self) -> str:
        return f"dev-gcp:{self.produsent}:{self.produsent}"

    @property
    def eksempel(self) -> str:
        """The file name of the example, without its ending."""
        return re.sub(r"\W+", "_", self.type.lower()).strip("_") or "eksempel"

    def skriv_i_huset(self, plugins: Path) -> list[Path]:
        """Make it among the gateway's own plugins; return its files, the first being the plugin itself.

        Raises Innstillingsfeil when something is there.
        """
        pakke = plugins / self.navn
        _krev_ledig(pakke)
        readme = {pakke / "README.md": "README.md.mal"}
        return self._skriv({**{pakke / self._sti(sti): mal for sti, mal in I_PAKKEN.items()}, **readme}, pakke)

    def skriv_for_seg(self, mappe: Path) -> list[Path]:
        """Make a project of its own in the folder, to be installed beside the gateway; return its files.

        Raises Innstillingsfeil when something is there, or when another module has the name.
        """
        _krev_ledig(mappe)
        if find_spec(self.navn):
            raise Innstillingsfeil(f"NAVN: there is a module {self.navn} already, which it would hide; choose another")
        pakke = mappe / self.navn
        utenfor = {mappe / "pyproject.toml": "pyproject.toml.mal", mappe / "README.md": "README.md.mal"}
        return self._skriv({**{pakke / self._sti(sti): mal for sti, mal in I_PAKKEN.items()}, **utenfor}, pakke)

    def _sti(self, sti: str) -> str:
        return sti.format(navn=self.navn, eksempel=self.eksempel)

    def _skriv(self, filer: Mapping[Path, str], pakke: Path) -> list[Path]:
        ord_ = self._ord(pakke)
        for fil, mal in filer.items():
            fil.parent.mkdir(parents=True, exist_ok=True)
            fil.write_text(Template((MALER / mal).read_text(encoding="utf-8")).substitute(ord_), encoding="utf-8")
        return list(filer)

    def _ord(self, pakke: Path) -> dict[str, str]:
        """What the templates are filled in with; `…_json` is right in JSON, YAML and Python alike."""
        tittel = self.navn.replace("_", " ").capitalize()
        lenke = f"https://arbeidsgiver.nav.no/{self.produsent}/"
        return {
            "navn": self.navn,
            "id": self.produsent,
            "tittel": tittel,
            "type": self.type,
            "merkelapp": self.merkelapp,
            "eksempel": self.eksempel,
            "pakke": vist(pakke),
            "type_json": _json(self.type),
            "merkelapp_json": _json(self.merkelapp),
            "ressurs_json": _json(self.ressurs),
            "innstilling_json": _json(lenke),
            "lenke_json": _json(f"{lenke}1"),
            "beskrivelse_json": _json(f"The plugin {self.navn} of the produsentgateway"),
        }


def vist(sti: Path) -> str:
    """The path as one writes it here."""
    her = Path.cwd()
    return str(sti.resolve().relative_to(her)) if sti.resolve().is_relative_to(her) else str(sti)


def _json(tekst: str) -> str:
    return json.dumps(tekst, ensure_ascii=False)


def _krev_ledig(mappe: Path) -> None:
    if mappe.exists() and (not mappe.is_dir() or any(mappe.iterdir())):
        raise Innstillingsfeil(f"{mappe}: is there already; remove it, or choose another name or folder")
