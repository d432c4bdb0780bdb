"""What the hooks answer: every form that is allowed, and what is said of those that are not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from gateway.domain.hendelse import Feilklasse
from gateway.domain.innhold import til_json
from gateway.plugin import Endring, Endringsslag, Hendelse, Identitet, Oppslag
from gateway.vertskap.feil import Bruddkode, Grensebrudd, Pluginfeil
from gateway.vertskap.grenser import Grenser
from gateway.vertskap.innlesning import last
from gateway.vertskap.kjoering import Omgivelser, Pluginkjoering
from gateway.vertskap.oppdrag import Lagersvar, Lagreoenske, Resultat, Venteoenske
from tests.plugins.moduler import OVERSETT, TYPER, Moduler
from tests.plugins.oversatt import hendelse
from tests.verden import START, en_beskjed

MELDING = {"id": "1", "type": "FRISK", "liste": [{"a": 1}]}
HENDELSE: Hendelse = hendelse(MELDING)
GRENSER = Grenser(kommandoer=3, lager_noekler=2, lager_bytes=100)
B = "from tests.verden import en_beskjed as b; "
ENDRING = Endring(id="e", slag=Endringsslag.VARSEL_FEILET, tidspunkt=START, merkelapp="Fager")


def lastet(moduler: Moduler, kropp: str, hook: str = "oversett", foran: str = "") -> Pluginkjoering:
    """A plugin whose hook has the given body."""
    argumenter = "endring, kontekst" if hook == "etter_endring" else "hendelse, kontekst"
    kode = TYPER.format(type_="FRISK") + f"{foran}\n@hookimpl\ndef {hook}({argumenter}):\n    {kropp}\n"
    if hook != "oversett":
        kode += OVERSETT
    return last(moduler.skriv("proevd", kode), GRENSER, hashnoekkel=b"produsentens egen")


def svaret(moduler: Moduler, kropp: str, hook: str = "oversett", foran: str = "", **annet: Any) -> Any:
    plugin = lastet(moduler, kropp, hook, foran)
    match hook:
        case "noekkel":
            return plugin.noekkel(HENDELSE, MELDING)
        case "identitet":
            return plugin.identitet(HENDELSE, MELDING)
        case "oppslag":
            return plugin.oppslag(HENDELSE)
        case "etter_endring":
            return plugin.etter_endring(ENDRING, Omgivelser(naa=START, **annet))
    return plugin.oversett(HENDELSE, Omgivelser(naa=START, **annet))


def steg(**felter: Any) -> dict[str, Any]:
    return {**til_json(en_beskjed(**felter)), "tillatteAvslag": [], "avslutter": False}


TILLATT: dict[str, tuple[str, Resultat]] = {
    "nothing": ("return []", Resultat()),
    "anything that can be gone through": ("return iter(())", Resultat()),
    "a kommando": (f"{B}return [b()]", Resultat(steg=[steg()])),
    "a kommando of which refusals are allowed": (
        f"{B}return [Tillat(kommando=b(), avslag=(SakFinnesIkke,), avslutter=True)]",
        Resultat(steg=[{**steg(), "tillatteAvslag": ["SakFinnesIkke"], "avslutter": True}]),
    ),
    "a note": ("return [Merknad(tekst='Uten navn')]", Resultat(merknader=["Uten navn"])),
    "passed over, with a note": (
        "return [HoppOver(grunn='Er eldre'), Merknad(tekst='Gammel')]",
        Resultat(hoppet_over="Er eldre", merknader=["Gammel"]),
    ),
    "a wait": ("return [VentPaa(noekkel='k')]", Resultat(venter_paa=Venteoenske(noekkel="k", lengst="P1D"))),
    "a value to keep, with what it goes with": (
        "return [Lagre(noekkel='k', verdi={'a': (1,)}, levetid='P7D', "
        "hoerer_til=Saksreferanse(merkelapp='M', grupperingsid='g'))]",
        Resultat(
            lagre=[
                Lagreoenske(
                    noekkel="k",
                    verdi={"a": [1]},
                    levetid="P7D",
                    hoerer_til={
                        "slag": "Saksreferanse",
                        "innhold": {"id": None, "merkelapp": "M", "grupperingsid": "g", "saksnoekkel": None},
                    },
                )
            ]
        ),
    ),
    "a value to forget": (
        "return [Lagre(noekkel='k', verdi=None)]",
        Resultat(lagre=[Lagreoenske(noekkel="k", verdi=None, levetid="P90D")]),
    ),
    "parts": (
        f"{B}return [Del(navn='a', kommandoer=[b()]), Del(navn='b', kommandoer=(b(ekstern_id='2'),))]",
        Resultat(steg=[{**steg(), "del": "a"}, {**steg(ekstern_id="2"), "del": "b"}]),
    ),
    "parts, with a note and a value to keep": (
        f"{B}return [Del(navn='a', kommandoer=[b()]), Merknad(tekst='Delt'), Lagre(noekkel='k', verdi=1)]",
        Resultat(
            steg=[{**steg(), "del": "a"}],
            merknader=["Delt"],
            lagre=[Lagreoenske(noekkel="k", verdi=1, levetid="P90D")],
        ),
    ),
    "a key of the state in another Unicode form": (
        "return [Lagre(noekkel='a\\u030a', verdi=1)]",
        Resultat(lagre=[Lagreoenske(noekkel="å", verdi=1, levetid="P90D")]),
    ),
    "its own settings, frozen": (
        "return [Merknad(tekst=type(kontekst.innstillinger).__name__)]",
        Resultat(merknader=["mappingproxy"]),
    ),
}


@pytest.mark.parametrize(("kropp", "ventet"), TILLATT.values(), ids=TILLATT)
def test_det_en_oversettelse_kan_svare(moduler: Moduler, kropp: str, ventet: Resultat) -> None:
    assert svaret(moduler, kropp) == ventet


VENT = "VentPaa(noekkel='k')"
FEIL: dict[str, tuple[str, str]] = {
    "None": ("return None", "proevd.oversett answered NoneType; it must answer a list of kommandoer"),
    "no answer at all": ("pass", "proevd.oversett answered NoneType; it must answer a list of kommandoer"),
    "a dict": ("return {}", "proevd.oversett answered dict; it must answer a list of kommandoer"),
    "a number": ("return 7", "proevd.oversett answered int; it must answer a list of kommandoer"),
    "text": ("return 'NySak'", "proevd.oversett answered str; it must answer a list of kommandoer"),
    "bytes": ("return b'NySak'", "proevd.oversett answered bytes; it must answer a list of kommandoer"),
    "a reference": (
        "return Saksreferanse()",
        "proevd.oversett answered Saksreferanse; it must answer a list of kommandoer",
    ),
    "what is no kommando": (
        "return [{'not': 'a kommando'}]",
        "proevd.oversett: what it returned as number 0 is no kommando: is not a kommando",
    ),
    "raises": ("raise LookupError(hendelse.id)", "proevd.oversett raised LookupError"),
    "a key that is not there": ("return hendelse.data['Ola Nordmann']", "proevd.oversett raised KeyError"),
    "changes the event": ("hendelse.data['x'] = 1", "proevd.oversett raised TypeError"),
    "changes what is in the event": ("hendelse.data['liste'][0]['a'] = 2", "proevd.oversett raised TypeError"),
    "adds to the event": ("hendelse.data['liste'].append(1)", "proevd.oversett raised AttributeError"),
    "ends the process": ("raise SystemExit(1)", "proevd.oversett raised SystemExit"),
    "changes its settings": ("kontekst.innstillinger['x'] = 1", "proevd.oversett raised TypeError"),
    "waits, and does something": (
        f"{B}return [{VENT}, b()]",
        "proevd.oversett: VentPaa must be all that it answers",
    ),
    "waits, and notes something": (
        f"return [{VENT}, Merknad(tekst='x')]",
        "proevd.oversett: VentPaa must be all that it answers",
    ),
    "waits, and stores something": (
        f"return [{VENT}, Lagre(noekkel='x', verdi=1)]",
        "proevd.oversett: VentPaa must be all that it answers",
    ),
    "waits twice": (f"return [{VENT}, {VENT}]", "proevd.oversett: VentPaa must be all that it answers"),
    "waits for ever": (
        "return [VentPaa(noekkel='k', lengst='P1Y')]",
        "proevd.oversett: VentPaa (number 0): lengst must be longer than nothing, and P90D at most",
    ),
    "waits no time": (
        "return [VentPaa(noekkel='k', lengst='PT0S')]",
        "proevd.oversett: VentPaa (number 0): lengst must be longer than nothing, and P90D at most",
    ),
    "waits a time that is none": (
        "return [VentPaa(noekkel='k', lengst='en dag')]",
        "proevd.oversett: VentPaa (number 0): lengst must be an ISO 8601 duration in whole numbers, not negative, "
        "such as P5D, P1M or PT3H",
    ),
    "passes over, and does something": (
        f"{B}return [HoppOver(grunn='x'), b()]",
        "proevd.oversett: HoppOver must be all that it answers, but for Merknad",
    ),
    "passes over twice": (
        "return [HoppOver(grunn='x'), HoppOver(grunn='y')]",
        "proevd.oversett: HoppOver must be all that it answers, but for Merknad",
    ),
    "passes over for no reason": (
        "return [HoppOver(grunn=' ')]",
        "proevd.oversett: HoppOver (number 0): the grunn must be text of 1 to 200 characters, without control "
        "characters",
    ),
    "notes a novel": (
        "return [Merknad(tekst='x' * 201)]",
        "proevd.oversett: Merknad (number 0): the tekst must be text of 1 to 200 characters, without control "
        "characters",
    ),
    "notes NUL": (
        "return [Merknad(tekst='x\\0')]",
        "proevd.oversett: Merknad (number 0): the tekst must be text of 1 to 200 characters, without control "
        "characters",
    ),
    "notes all day": (
        "return [Merknad(tekst='x')] * 51",
        "proevd.oversett answered more than 50 Merknad for one event",
    ),
    "parts, and a kommando outside": (
        f"{B}return [Del(navn='a', kommandoer=[b()]), b()]",
        "proevd.oversett: an event in parts has no kommando outside them; put it into a Del",
    ),
    "two parts of one name": (
        "return [Del(navn='a', kommandoer=[]), Del(navn='a', kommandoer=[])]",
        "proevd.oversett: Del (number 1): two parts have the navn 'a'; give each its own",
    ),
    "a part without a name": (
        "return [Del(navn='', kommandoer=[])]",
        "proevd.oversett: Del (number 0): the navn must be text of 1 to 100 characters, without control characters",
    ),
    "a part of nothing that can be gone through": (
        "return [Del(navn='a', kommandoer=7)]",
        "proevd.oversett: Del (number 0): the kommandoer are int; they must be a list of kommandoer",
    ),
    "a part that stores": (
        "return [Del(navn='a', kommandoer=[Lagre(noekkel='k', verdi=1)])]",
        "proevd.oversett: Del (number 0): a part has kommandoer only; put Lagre outside it",
    ),
    "a part in a part": (
        "return [Del(navn='a', kommandoer=[Del(navn='b', kommandoer=[])])]",
        "proevd.oversett: Del (number 0): a part has kommandoer only; put Del outside it",
    ),
    "stores under a key that is no text": (
        "return [Lagre(noekkel=7, verdi=1)]",
        "proevd.oversett: Lagre (number 0): the noekkel is int; it must be text",
    ),
    "stores under a key that is too long": (
        "return [Lagre(noekkel='k' * 501, verdi=1)]",
        "proevd.oversett: Lagre (number 0): the noekkel must be at most 500 characters; it is 501.",
    ),
    "stores under a key of control characters": (
        "return [Lagre(noekkel='a\\0', verdi=1)]",
        "proevd.oversett: Lagre (number 0): the noekkel must not hold control characters or lone surrogates.",
    ),
    "stores one key twice": (
        "return [Lagre(noekkel='k', verdi=1), Lagre(noekkel='k', verdi=2)]",
        "proevd.oversett: Lagre (number 1): the same noekkel is stored twice; store it once",
    ),
    "stores what is no JSON": (
        "return [Lagre(noekkel='k', verdi={1, 2})]",
        "proevd.oversett: Lagre (number 0): the verdi is not JSON that can be kept: TypeError: set is no JSON",
    ),
    "stores what is no number": (
        "return [Lagre(noekkel='k', verdi=float('nan'))]",
        "proevd.oversett: Lagre (number 0): the verdi is not JSON that can be kept: ValueError: Out of range float "
        "values are not JSON compliant",
    ),
    "stores a number that no database keeps": (
        "return [Lagre(noekkel='k', verdi=1 << 70)]",
        "proevd.oversett: Lagre (number 0): the verdi is not JSON that can be kept: OverflowError",
    ),
    "stores lone surrogates": (
        "return [Lagre(noekkel='k', verdi={'a': '\\ud800'})]",
        "proevd.oversett: Lagre (number 0): the verdi is not JSON that can be kept: UnicodeEncodeError",
    ),
    "stores NUL": (
        "return [Lagre(noekkel='k', verdi={'a\\0': 1})]",
        "proevd.oversett: Lagre (number 0): the verdi holds text with NUL characters or lone surrogates, which "
        "cannot be stored",
    ),
    "stores for ever": (
        "return [Lagre(noekkel='k', verdi=1, levetid='P3Y')]",
        "proevd.oversett: Lagre (number 0): levetid must be longer than nothing, and P2Y at most",
    ),
    "stores for a time that is no text": (
        "return [Lagre(noekkel='k', verdi=1, levetid=90)]",
        "proevd.oversett: Lagre (number 0): levetid is int; it must be an ISO 8601 duration, such as P7D",
    ),
    "stores with what is no reference": (
        "return [Lagre(noekkel='k', verdi=1, hoerer_til='sak-1')]",
        "proevd.oversett: Lagre (number 0): hoerer_til is str; it must be a Saksreferanse or a Notifikasjonsreferanse",
    ),
    "stores with a reference that is none": (
        "return [Lagre(noekkel='k', verdi=1, hoerer_til=Saksreferanse(id=7))]",
        "proevd.oversett: Lagre (number 0): hoerer_til is no Saksreferanse that can be used",
    ),
    "raises as it is gone through": (
        "return (1 / 0 for _ in range(3))",
        "proevd.oversett raised ZeroDivisionError",
    ),
    "swallows what the state said": (
        "\n    try: kontekst.lager[7]\n    except LookupError: pass\n    return []",
        "proevd: kontekst.lager: the noekkel is int; it must be text",
    ),
    "lists the state": ("return list(kontekst.lager)", "proevd.oversett raised TypeError"),
    "reads a key that is not there": ("return [kontekst.lager['k']]", "proevd.oversett raised KeyError"),
    "hashes what is no text": ("kontekst.hashet(7)", "proevd.oversett raised TypeError"),
}


def _ingenting(_: str) -> Lagersvar:
    return Lagersvar()


@pytest.mark.parametrize(("kropp", "sagt"), FEIL.values(), ids=FEIL)
def test_det_en_oversettelse_gjoer_galt_navngis_og_hendelsen_gjentas_ikke(
    moduler: Moduler, kropp: str, sagt: str
) -> None:
    with pytest.raises(Pluginfeil) as feil:
        svaret(moduler, kropp, les=_ingenting)
    assert str(feil.value).startswith(sagt)
    assert "Ola" not in str(feil.value)
    assert feil.value.klasse is Feilklasse.VARIG


OND = """
class Ond:
    def __getattribute__(self, navn): raise LookupError("Ola Nordmann")
    def __eq__(self, andre): raise LookupError("Ola Nordmann")
    def __hash__(self): raise LookupError("Ola Nordmann")
    def __repr__(self): raise LookupError("Ola Nordmann")
    def __iter__(self): raise LookupError("Ola Nordmann")
    def __len__(self): raise LookupError("Ola Nordmann")
    def __bool__(self): raise LookupError("Ola Nordmann")
"""


@pytest.mark.parametrize(
    "svar",
    [
        *("Ond()", "[Ond()]", "[Tillat(kommando=Ond(), avslag=Ond())]"),
        *("[Merknad(tekst=Ond())]", "[HoppOver(grunn=Ond())]", "[Del(navn='a', kommandoer=[Ond()])]"),
        *("[Lagre(noekkel=Ond(), verdi=1)]", "[Lagre(noekkel='k', verdi=Ond())]", "[VentPaa(noekkel=Ond())]"),
        *("[Lagre(noekkel='k', verdi=1, levetid=Ond())]", "[Lagre(noekkel='k', verdi=1, hoerer_til=Ond())]"),
        *("[Del(navn=Ond(), kommandoer=())]", "[Del(navn='a', kommandoer=Ond())]"),
    ],
)
@pytest.mark.parametrize("hook", ["oversett", "noekkel", "identitet", "oppslag", "etter_endring"])
def test_et_svar_som_gjoer_motstand_er_pluginens_egen_feil(moduler: Moduler, hook: str, svar: str) -> None:
    with pytest.raises(Pluginfeil) as feil:
        svaret(moduler, f"return {svar}", hook, OND)
    assert f"proevd.{hook}" in str(feil.value)
    assert "Ola" not in str(feil.value)


@pytest.mark.parametrize(
    ("kropp", "kode", "sagt"),
    [
        (
            f"{B}return [b()] * 4",
            Bruddkode.FOR_MANGE_KOMMANDOER,
            "proevd.oversett answered more than 3 kommandoer for one event; split the event",
        ),
        (
            f"{B}return [Del(navn='a', kommandoer=[b()] * 2), Del(navn='b', kommandoer=[b()] * 2)]",
            Bruddkode.FOR_MANGE_KOMMANDOER,
            "proevd.oversett answered more than 3 kommandoer for one event; split the event",
        ),
        (
            "return [Lagre(noekkel=str(nr), verdi=1) for nr in range(3)]",
            Bruddkode.FOR_MYE_LAGER,
            "proevd.oversett stores more than 2 keys for one event; split the event",
        ),
        (
            "return [Lagre(noekkel='k', verdi='x' * 99)]",
            Bruddkode.FOR_MYE_LAGER,
            "proevd.oversett: Lagre (number 0): the verdi is 101 bytes as JSON; at most 100 (PLUGIN_LAGER_BYTES) can "
            "be stored",
        ),
    ],
)
def test_mer_enn_grensen_er_et_varig_brudd(moduler: Moduler, kropp: str, kode: Bruddkode, sagt: str) -> None:
    with pytest.raises(Grensebrudd) as brudd:
        svaret(moduler, kropp)
    assert (brudd.value.kode, brudd.value.varig, str(brudd.value)) == (kode, True, sagt)


def test_akkurat_grensen_er_lov(moduler: Moduler) -> None:
    kropp = f"{B}return [b()] * 3 + [Lagre(noekkel=str(nr), verdi='x' * 98) for nr in range(2)]"
    svar = svaret(moduler, kropp)
    assert (len(svar.steg), len(svar.lagre)) == (3, 2)


def test_en_oversettelse_som_spiser_minnet_er_ingen_vanlig_feil(moduler: Moduler) -> None:
    for kropp in ("raise MemoryError", "return (1 / 0 for _ in iter(lambda: bytearray(1 << 62), None))"):
        with pytest.raises(MemoryError):
            svaret(moduler, kropp)


# --- the other hooks -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hook", "kropp", "svar"),
    [
        ("noekkel", "return None", None),
        ("noekkel", "return 'n'", "n"),
        ("noekkel", "return hendelse.id", "1"),
        ("noekkel", "pass", None),
        ("identitet", "return None", None),
        ("identitet", "return Identitet(id='i')", Identitet(id="i")),
        (
            "identitet",
            "import datetime; return Identitet(id='a\\u030a', noekkel='n', tid=datetime.datetime(2026, 1, 1, 12))",
            Identitet(id="å", noekkel="n", tid=dt.datetime(2026, 1, 1, 11, tzinfo=dt.UTC)),
        ),
        ("oppslag", "return []", []),
        (
            "oppslag",
            "return [Oppslag(navn='n', tjeneste='t', sti='/a', parametre={'b': 'c'}, valgfritt=True)]",
            [Oppslag(navn="n", tjeneste="t", sti="/a", parametre={"b": "c"}, valgfritt=True)],
        ),
        ("etter_endring", "return []", Resultat()),
        (
            "etter_endring",
            "return [Lagre(noekkel=endring.id, verdi=endring.slag)]",
            Resultat(lagre=[Lagreoenske(noekkel="e", verdi="VARSEL_FEILET", levetid="P90D")]),
        ),
    ],
)
def test_det_de_andre_hookene_kan_svare(moduler: Moduler, hook: str, kropp: str, svar: Any) -> None:
    assert svaret(moduler, kropp, hook) == svar


@pytest.mark.parametrize(
    ("hook", "kropp", "sagt"),
    [
        ("noekkel", "return 7", "proevd.noekkel answered int; it must answer text or None"),
        ("noekkel", "return ('a', 'b')", "proevd.noekkel answered tuple; it must answer text or None"),
        ("noekkel", "return hendelse.data['borte']", "proevd.noekkel raised KeyError"),
        ("noekkel", "return '\\ud800'", "proevd.noekkel answered text that is no Unicode"),
        ("noekkel", "return kontekst.lager['k']", "proevd.noekkel raised RuntimeError"),
        ("identitet", "return 'i'", "proevd.identitet answered str; it must answer Identitet or None"),
        ("identitet", "return Identitet(id=7)", "proevd.identitet: the id is int; it must be text"),
        ("identitet", "return Identitet(id='')", "proevd.identitet: the id must not be empty."),
        ("identitet", "return Identitet(id='i', noekkel='\\0')", "proevd.identitet: the noekkel must not hold control"),
        ("identitet", "return Identitet(id='i', tid='i dag')", "proevd.identitet: the tid is str; it must be"),
        ("oppslag", "return None", "proevd.oppslag answered NoneType; it must answer a list of Oppslag"),
        ("oppslag", "return ['x']", "proevd.oppslag answered str as number 0; it must answer Oppslag"),
        (
            "oppslag",
            "return [Oppslag(navn='n', tjeneste='t')] * 2",
            "proevd.oppslag: two look-ups have the navn 'n'; give each its own",
        ),
        (
            "oppslag",
            "return [Oppslag(navn=str(nr), tjeneste='t') for nr in range(21)]",
            "proevd.oppslag answered more than 20 Oppslag for one event",
        ),
        ("oppslag", "return [Oppslag(navn='n', tjeneste='')]", "proevd.oppslag: number 0: the tjeneste must be text"),
        (
            "oppslag",
            "return [Oppslag(navn='n', tjeneste='t', parametre={'a': 7})]",
            "proevd.oppslag: number 0: sti and parametre must be text that can be sent",
        ),
        ("oppslag", "return [kontekst.lager['k']]", "proevd.oppslag raised RuntimeError"),
        (
            "etter_endring",
            "return [VentPaa(noekkel='k')]",
            "proevd.etter_endring answered VentPaa as number 0; it may answer kommandoer and Tillat and Lagre",
        ),
        ("etter_endring", "raise LookupError", "proevd.etter_endring raised LookupError"),
    ],
)
def test_det_de_andre_hookene_gjoer_galt_navngis(moduler: Moduler, hook: str, kropp: str, sagt: str) -> None:
    with pytest.raises(Pluginfeil) as feil:
        svaret(moduler, kropp, hook)
    assert str(feil.value).startswith(sagt)


# --- the hash, the state and the versions --------------------------------------------------------------------------


def test_hashet_gir_det_samme_for_det_samme_og_noe_annet_for_en_annen_produsent(moduler: Moduler) -> None:
    kropp = "return [Merknad(tekst=kontekst.hashet(t)) for t in ('21459310093', '21459310093', 'a\\0\\ud800')]"
    plugin = lastet(moduler, kropp)
    foerste, andre, tredje = plugin.oversett(HENDELSE).merknader
    assert foerste == andre != tredje
    assert len(foerste) == 64
    assert "21459310093" not in foerste
    sted = moduler.skriv("proevd", TYPER.format(type_="FRISK") + f"@hookimpl\ndef oversett(kontekst): {kropp}\n")
    assert last(sted, hashnoekkel=b"en annens").oversett(HENDELSE).merknader[0] != foerste


LAGER = """
LAGERVERSJON = 3
@hookimpl
def lageroppgraderinger():
    return {1: lambda gammel: {"navn": gammel}, 2: lambda gammel: {**gammel, "ny": gammel["navn"] == "feil" and 1 / 0}}
"""


def lest(moduler: Moduler, verdi: Any, versjon: int) -> Resultat:
    plugin = lastet(moduler, "return [Lagre(noekkel='ut', verdi=kontekst.lager['inn'])]", foran=LAGER)
    spurt: list[str] = []

    def les(noekkel: str) -> Lagersvar:
        spurt.append(noekkel)
        return Lagersvar(finnes=True, verdi=verdi, skjemaversjon=versjon)

    svar = plugin.oversett(HENDELSE, Omgivelser(naa=START, les=les))
    assert spurt == ["inn"]
    return svar


@pytest.mark.parametrize(("verdi", "versjon"), [("Kari", 1), ({"navn": "Kari"}, 2), ({"navn": "Kari", "ny": False}, 3)])
def test_gammel_tilstand_leses_i_dagens_versjon(moduler: Moduler, verdi: Any, versjon: int) -> None:
    assert lest(moduler, verdi, versjon).lagre[0].verdi == {"navn": "Kari", "ny": False}


def test_en_oppgradering_av_tilstanden_som_feiler_er_pluginens_feil(moduler: Moduler) -> None:
    with pytest.raises(Pluginfeil, match=r"^proevd\.lageroppgraderinger, from 2 raised ZeroDivisionError$"):
        lest(moduler, "feil", 1)


def test_tilstand_fra_en_nyere_versjon_venter_paa_den(moduler: Moduler) -> None:
    with pytest.raises(Pluginfeil) as feil:
        lest(moduler, "x", 4)
    assert (feil.value.kode, feil.value.klasse) == ("NyereLager", Feilklasse.KONFIGURASJON)
    assert "written by LAGERVERSJON 4, and this is 3; the event waits" in str(feil.value)


def test_tilstanden_er_frosset_huskes_i_hendelsen_og_kan_ikke_leses_etter_den(moduler: Moduler) -> None:
    kropp = (
        "globals()['lager'] = kontekst.lager\n"
        "    assert 'k' in kontekst.lager and kontekst.lager.get('borte') is None\n"
        "    assert kontekst.lager['k'] is kontekst.lager['k'] and repr(kontekst.lager) == \"<the plugin's state>\"\n"
        "    kontekst.lager['k']['a'] = 1"
    )
    plugin = lastet(moduler, kropp)
    spurt: list[str] = []

    def les(noekkel: str) -> Lagersvar:
        spurt.append(noekkel)
        return Lagersvar(finnes=noekkel == "k", verdi={"a": 0})

    with pytest.raises(Pluginfeil, match="raised TypeError"):
        plugin.oversett(HENDELSE, Omgivelser(naa=START, les=les))
    assert spurt == ["k", "borte"]
    lageret: Mapping[str, Any] = plugin._lastet.hooker["oversett"].args[0].__globals__["lager"]  # type: ignore[attr-defined]
    with pytest.raises(RuntimeError, match="the event is over"):
        lageret["k"]


VERSJONER = """
VERSJON = "1"
def type_(versjon, felt, **mer):
    skjema = {"type": "object", "required": [felt], "properties": {felt: {"type": "string"}}}
    return Hendelsestype(
        navn="T", beskrivelse="x", skjema=skjema, eksempel={felt: "e"}, versjon=versjon, **mer
    )
@hookimpl
def hendelsestyper(): return [type_(1, "en"), type_(3, "tre"), type_(2, "to")]
@hookimpl
def noekkel(hendelse): return f"v{hendelse.versjon}"
@hookimpl
def oversett(hendelse):
    return [Merknad(tekst=f"v{hendelse.versjon} {sorted(hendelse.data.items())}")]
"""
OPPGRADERINGER = """
@hookimpl
def oppgraderinger():
    return {
        ("T", 1): lambda data: {"to": "x" if data["en"] == "e" else data["en"]},
        ("T", 2): lambda data: {"tre": 7 if data["to"] == "syv" else data["to"]},
    }
"""


@pytest.mark.parametrize(
    ("data", "uten", "med"),
    [
        ({"tre": "a"}, "v3 [('tre', 'a')]", "v3 [('tre', 'a')]"),
        ({"to": "a"}, "v2 [('to', 'a')]", "v3 [('tre', 'a')]"),
        ({"en": "a"}, "v1 [('en', 'a')]", "v3 [('tre', 'a')]"),
        ({"en": "a", "tre": "b"}, "v3 [('en', 'a'), ('tre', 'b')]", "v3 [('en', 'a'), ('tre', 'b')]"),
    ],
)
def test_en_hendelse_er_av_den_nyeste_versjonen_den_foelger_og_oppgraderes_om_det_er_en_vei(
    moduler: Moduler, data: dict[str, Any], uten: str, med: str
) -> None:
    hendelsen = replace(HENDELSE, type="T", data=data)
    for kode, ventet in ((VERSJONER, uten), (VERSJONER + OPPGRADERINGER, med)):
        plugin = last(moduler.skriv("versjoner", kode))
        assert plugin.oversett(plugin.tilpass(hendelsen, data)).merknader == [ventet]
        assert plugin.noekkel(hendelsen, data) == f"v{uten[1]}", "the key sees what was sent"


def test_en_hendelse_som_ikke_foelger_noen_versjon_faar_vite_hva_som_er_galt_etter_den_nyeste(moduler: Moduler) -> None:
    plugin = last(moduler.skriv("versjoner", VERSJONER))
    for data, regel in (({}, r"\$, the rule 'required'"), ({"tre": 7}, r"\$\.tre, the rule 'type'")):
        with pytest.raises(Pluginfeil, match=f"the schema of version 3 of T: at {regel} is broken"):
            plugin.tilpass(replace(HENDELSE, type="T", data=data), data)
        assert plugin.noekkel(replace(HENDELSE, type="T", data=data), data) == "v3"


def test_en_oppgradering_maa_svare_det_den_neste_versjonen_krever(moduler: Moduler) -> None:
    plugin = last(moduler.skriv("versjoner", VERSJONER + OPPGRADERINGER))
    with pytest.raises(Pluginfeil) as feil:
        plugin.tilpass(replace(HENDELSE, type="T", data={"en": "syv"}), {"en": "syv"})
    assert feil.value.melding == (
        "versjoner.oppgraderinger, T from 2: what it answered does not follow the schema of 3"
    )
    assert feil.value.utdyping == "at $.tre, the rule 'type' is broken"


IDENTITET: dict[str, tuple[str, dict[str, Any], Any]] = {
    "declared": (
        'id="a.id", noekkel="a.n", tid="t"',
        {"a": {"id": "i", "n": 7}, "t": "2026-01-01T12:00"},
        Identitet(id="i", noekkel="7", tid=dt.datetime(2026, 1, 1, 11, tzinfo=dt.UTC)),
    ),
    "not found": ('id="a.id"', {}, None),
    "not declared": ("", {"id": "i"}, None),
}


@pytest.mark.parametrize(("felter", "data", "ventet"), IDENTITET.values(), ids=IDENTITET)
def test_identiteten_leses_av_typens_egne_uttrykk_der_ingen_hook_sier_den(
    moduler: Moduler, felter: str, data: dict[str, Any], ventet: Identitet | None
) -> None:
    kode = TYPER.format(type_="FRISK").replace("eksempel={}", f"eksempel={{}}, {felter}") + OVERSETT
    plugin = last(moduler.skriv("frisk", kode))
    assert plugin.identitet(replace(HENDELSE, id="", data=data), data) == ventet


@pytest.mark.parametrize(
    ("data", "sagt"),
    [
        ({"id": ["i"]}, "the id that its type declares is no text in this message"),
        ({"id": True}, "the id that its type declares is no text in this message"),
        ({"id": "x" * 501}, "the id must be at most 500 characters"),
        ({"id": "i", "t": "i dag"}, "the tid that its type declares must be an ISO 8601 date and time"),
    ],
)
def test_et_uttrykk_som_finner_noe_annet_sier_det_uten_aa_gjenta_hendelsen(
    moduler: Moduler, data: dict[str, Any], sagt: str
) -> None:
    kode = TYPER.format(type_="FRISK").replace("eksempel={}", 'eksempel={}, id="id", tid="t"') + OVERSETT
    with pytest.raises(Pluginfeil, match=sagt) as feil:
        last(moduler.skriv("frisk", kode)).identitet(replace(HENDELSE, id="", data=data), data)
    assert "i dag" not in str(feil.value)
