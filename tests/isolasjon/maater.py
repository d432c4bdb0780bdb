"""Ways in which a plugin can misbehave, and what is to come of each. The same table stands in `isolasjon.md`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.domain.hendelse import Feilklasse, Hendelsestilstand


class Sted(StrEnum):
    """Where in the plugin it is."""

    IMPORT = "import"
    ERKLAERING = "hendelsestyper"
    IDENTITET = "identitet"
    NOEKKEL = "noekkel"
    OPPSLAG = "oppslag"
    OVERSETT = "oversett"
    OBSERVATOER = "etter_endring"


@dataclass(frozen=True, kw_only=True)
class Utfall:
    """What becomes of the event, or of what the observer is told; `sier` stands in what is told of it."""

    tilstand: Hendelsestilstand | str
    kode: str = ""
    klasse: Feilklasse | None = None
    sier: str = ""


@dataclass(frozen=True, kw_only=True)
class Maate:
    """`kode` is the body of a hook, or of the module."""

    sted: Sted
    hva: str
    kode: str
    utfall: Utfall


def _venter(sier: str) -> Utfall:
    """The plugin is broken: what comes in waits until it is mended."""
    return Utfall(
        tilstand=Hendelsestilstand.PAA_VENT, kode="PluginErOedelagt", klasse=Feilklasse.KONFIGURASJON, sier=sier
    )


def _feil(sier: str) -> Utfall:
    return Utfall(tilstand=Hendelsestilstand.KARANTENE, kode="Oversettelsesfeil", klasse=Feilklasse.VARIG, sier=sier)


def _varig(kode: str, sier: str) -> Utfall:
    return Utfall(tilstand=Hendelsestilstand.KARANTENE, kode=kode, klasse=Feilklasse.VARIG, sier=sier)


def _igjen(kode: str, sier: str) -> Utfall:
    return Utfall(tilstand=Hendelsestilstand.PAA_VENT, kode=kode, klasse=Feilklasse.MIDLERTIDIG, sier=sier)


def _til_side(kode: str) -> Utfall:
    return Utfall(tilstand="TIL_SIDE", kode=kode)


def _proeves(kode: str) -> Utfall:
    return Utfall(tilstand="PAA_NYTT", kode=kode)


GIKK_BRA = Utfall(tilstand=Hendelsestilstand.BEHANDLET)
OND = """
class Ond:
    def __getattribute__(self, navn): raise LookupError("Ola Nordmann")
    __eq__ = __hash__ = __repr__ = __iter__ = __len__ = __bool__ = __str__ = None
"""

MAATER: tuple[Maate, ...] = (
    # --- as it is imported ---
    Maate(
        sted=Sted.IMPORT,
        hva="raises",
        kode="raise LookupError('borte')",
        utfall=_venter("LookupError: borte"),
    ),
    Maate(sted=Sted.IMPORT, hva="is no Python", kode="def (", utfall=_venter("SyntaxError")),
    Maate(
        sted=Sted.IMPORT,
        hva="never ends, and catches all that could end it",
        kode="while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        utfall=_venter("Tidsgrense"),
    ),
    Maate(sted=Sted.IMPORT, hva="exits", kode="import sys; sys.exit(3)", utfall=_venter("SystemExit: 3")),
    Maate(
        sted=Sted.IMPORT,
        hva="ends its process",
        kode="import os; os._exit(7)",
        utfall=_venter("ProsessenDoede"),
    ),
    Maate(
        sted=Sted.IMPORT,
        hva="crashes in C",
        kode="import ctypes; ctypes.string_at(0)",
        utfall=_venter("was killed by SIGSEGV"),
    ),
    Maate(
        sted=Sted.IMPORT,
        hva="eats all memory",
        kode="a = [bytearray(1 << 26) for _ in range(1_000)]",
        utfall=_venter("Minnegrense"),
    ),
    Maate(
        sted=Sted.IMPORT,
        hva="closes every file, its connection to the gateway too",
        kode="import os, threading; os.closerange(0, 4000); threading.Event().wait()",
        utfall=_venter("closed the connection"),
    ),
    Maate(
        sted=Sted.IMPORT,
        hva="recurs for ever",
        kode="def f(): f()\nf()",
        utfall=_venter("RecursionError"),
    ),
    Maate(
        sted=Sted.IMPORT,
        hva="was made for another gateway",
        kode="API = 99",
        utfall=_venter("was made for version 99 of the plugin API"),
    ),
    # --- as it declares ---
    Maate(
        sted=Sted.ERKLAERING,
        hva="raises",
        kode="raise LookupError('borte')",
        utfall=_venter("hendelsestyper raised LookupError: borte"),
    ),
    Maate(sted=Sted.ERKLAERING, hva="never ends", kode="while True: pass", utfall=_venter("Tidsgrense")),
    Maate(
        sted=Sted.ERKLAERING,
        hva="answers nonsense",
        kode="return [None, 7, {'navn': 'T'}]",
        utfall=_venter("answered NoneType as number 0"),
    ),
    Maate(
        sted=Sted.ERKLAERING,
        hva="declares without end",
        kode="import itertools\n    en = Hendelsestype(navn='T', beskrivelse='x', skjema={}, eksempel={})\n"
        "    return itertools.repeat(en)",
        utfall=_venter("more than 500 event types"),
    ),
    Maate(
        sted=Sted.ERKLAERING,
        hva="has a schema that hangs on its own example",
        kode="return [Hendelsestype(navn='T', beskrivelse='x', "
        "skjema={'properties': {'a': {'pattern': '^(a+)+$'}}}, eksempel={'a': 'a' * 60 + 'b'})]",
        utfall=_venter("Tidsgrense"),
    ),
    Maate(
        sted=Sted.ERKLAERING,
        hva="has a schema that refers to itself for ever",
        kode="return [Hendelsestype(navn='T', beskrivelse='x', skjema={'$ref': '#'}, eksempel={})]",
        utfall=_venter("RecursionError"),
    ),
    Maate(
        sted=Sted.ERKLAERING,
        hva="has a name of lone surrogates and NUL",
        kode="return [Hendelsestype(navn='\\ud800\\0', beskrivelse='x', skjema={}, eksempel={})]",
        utfall=_venter("must be text of 1 to 500"),
    ),
    Maate(
        sted=Sted.ERKLAERING,
        hva="has an example of more than it may say",
        kode="return [Hendelsestype(navn='T', beskrivelse='x', skjema={}, eksempel={'a': 'a' * 3_000_000})]",
        utfall=_venter("ForStort"),
    ),
    # --- who the event is ---
    Maate(sted=Sted.IDENTITET, hva="raises", kode="raise LookupError", utfall=_feil("identitet raised LookupError")),
    Maate(sted=Sted.IDENTITET, hva="never ends", kode="while True: pass", utfall=_igjen("Tidsgrense", "more than")),
    Maate(sted=Sted.IDENTITET, hva="answers nonsense", kode="return 7", utfall=_feil("it must answer Identitet")),
    Maate(
        sted=Sted.IDENTITET,
        hva="answers an id of NUL",
        kode="return Identitet(id='a\\0')",
        utfall=_feil("the id must not hold control characters"),
    ),
    Maate(
        sted=Sted.IDENTITET,
        hva="answers an id of 3,000 bytes",
        kode="return Identitet(id='a' * 3000)",
        utfall=_feil("the id must be at most 500 characters"),
    ),
    Maate(
        sted=Sted.IDENTITET,
        hva="kills its process",
        kode="import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        utfall=_igjen("ProsessenDoede", "was killed by SIGKILL"),
    ),
    # --- its key ---
    Maate(sted=Sted.NOEKKEL, hva="raises", kode="raise LookupError", utfall=_feil("noekkel raised LookupError")),
    Maate(sted=Sted.NOEKKEL, hva="never ends", kode="while True: pass", utfall=_igjen("Tidsgrense", "more than")),
    Maate(sted=Sted.NOEKKEL, hva="answers a number", kode="return 10 ** 100", utfall=_feil("it must answer text")),
    Maate(
        sted=Sted.NOEKKEL,
        hva="answers lone surrogates",
        kode="return '\\ud800'",
        utfall=_feil("answered text that is no Unicode"),
    ),
    Maate(
        sted=Sted.NOEKKEL,
        hva="answers a key of 3,000 bytes",
        kode="return 'å' * 1500",
        utfall=_feil("the key that the plugin's noekkel answered must be at most 500 characters"),
    ),
    Maate(
        sted=Sted.NOEKKEL,
        hva="ends its process",
        kode="import os; os._exit(0)",
        utfall=_igjen("ProsessenDoede", "ended with exit code 0"),
    ),
    # --- what is to be looked up ---
    Maate(sted=Sted.OPPSLAG, hva="raises", kode="raise LookupError", utfall=_feil("oppslag raised LookupError")),
    Maate(sted=Sted.OPPSLAG, hva="never ends", kode="while True: pass", utfall=_igjen("Tidsgrense", "more than")),
    Maate(sted=Sted.OPPSLAG, hva="answers nonsense", kode="return [7]", utfall=_feil("it must answer Oppslag")),
    Maate(
        sted=Sted.OPPSLAG,
        hva="asks for 10,000 look-ups",
        kode="return [Oppslag(navn=str(nr), tjeneste='t') for nr in range(10_000)]",
        utfall=_feil("more than 20 Oppslag"),
    ),
    Maate(
        sted=Sted.OPPSLAG,
        hva="asks at an address of NUL and lone surrogates",
        kode="return [Oppslag(navn='n', tjeneste='t', sti='/\\0\\ud800')]",
        utfall=_feil("must be text that can be sent"),
    ),
    # --- what it becomes ---
    Maate(sted=Sted.OVERSETT, hva="raises", kode="raise LookupError", utfall=_feil("oversett raised LookupError")),
    Maate(
        sted=Sted.OVERSETT,
        hva="raises what cannot say what it is",
        kode="raise type('Taus', (Exception,), {'__str__': lambda self: 1 / 0})",
        utfall=_feil("oversett raised Taus"),
    ),
    Maate(
        sted=Sted.OVERSETT,
        hva="never ends, and catches all that could end it",
        kode="while True:\n        try:\n            while True: pass\n        except BaseException: pass",
        utfall=_igjen("Tidsgrense", "was stopped"),
    ),
    Maate(
        sted=Sted.OVERSETT,
        hva="never ends in C, where no signal is heard",
        kode="import re; re.match(r'(a+)+$', 'a' * 60 + 'b')",
        utfall=_igjen("Tidsgrense", "was stopped"),
    ),
    Maate(
        sted=Sted.OVERSETT,
        hva="sleeps, deaf to signals",
        kode="import signal, threading\n    for ett in (signal.SIGALRM, signal.SIGTERM, signal.SIGINT): "
        "signal.signal(ett, signal.SIG_IGN)\n    signal.setitimer(signal.ITIMER_REAL, 0)\n    threading.Event().wait()",
        utfall=_igjen("Tidsgrense", "was stopped"),
    ),
    Maate(sted=Sted.OVERSETT, hva="exits", kode="import sys; sys.exit(1)", utfall=_feil("raised SystemExit")),
    Maate(
        sted=Sted.OVERSETT,
        hva="ends its process",
        kode="import os; os._exit(3)",
        utfall=_igjen("ProsessenDoede", "ended with exit code 3"),
    ),
    Maate(
        sted=Sted.OVERSETT,
        hva="kills its process",
        kode="import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        utfall=_igjen("ProsessenDoede", "was killed by SIGKILL"),
    ),
    Maate(
        sted=Sted.OVERSETT,
        hva="kills the gateway",
        kode="import os, signal; os.kill(os.getppid(), signal.SIGKILL)",
        utfall=_feil("oversett raised PermissionError"),
    ),
    Maate(
        sted=Sted.OVERSETT,
        hva="kills all that it may",
        kode="import os, signal; os.kill(-1, signal.SIGKILL)",
        utfall=_feil("oversett raised PermissionError"),
    ),
    Maate(
        sted=Sted.OVERSETT,
        hva="crashes in C",
        kode="import ctypes; ctypes.string_at(0)",
        utfall=_igjen("ProsessenDoede", "was killed by SIGSEGV"),
    ),
    Maate(
        sted=Sted.OVERSETT,
        hva="eats all memory",
        kode="a = [bytearray(1 << 26) for _ in range(1_000)]",
        utfall=_igjen("Minnegrense", "MiB of memory"),
    ),
    Maate(
        sted=Sted.OVERSETT,
        hva="recurs for ever",
        kode="f = lambda f: f(f); f(f)",
        utfall=_feil("raised RecursionError"),
    ),
    Maate(
        sted=Sted.OVERSETT,
        hva="floods what it prints",
        kode="import os, sys\n    for _ in range(100): print('Ola Nordmann' * 10_000)\n    sys.stdout.flush()\n"
        "    for fd in (1, 2): os.write(fd, b'x' * 1_000_000)\n    return []",
        utfall=GIKK_BRA,
    ),
    Maate(
        sted=Sted.OVERSETT,
        hva="closes what it prints on",
        kode="import os; [os.close(fd) for fd in (0, 1, 2)]; return []",
        utfall=GIKK_BRA,
    ),
    Maate(
        sted=Sted.OVERSETT,
        hva="closes every file, its connection to the gateway too",
        kode="import os, threading; os.closerange(0, 4000); threading.Event().wait()",
        utfall=_igjen("ProsessenDoede", "closed the connection"),
    ),
    Maate(
        sted=Sted.OVERSETT,
        hva="writes nonsense to the gateway",
        kode="import os\n    for fd in range(3, 64):\n        try: os.write(fd, b'\\0\\0\\0\\4tull')\n"
        "        except OSError: pass\n    return []",
        utfall=_igjen("ProsessenDoede", "the process answered what is no answer"),
    ),
    Maate(
        sted=Sted.OVERSETT,
        hva="writes nonsense without end to the gateway",
        kode="import os\n    while True:\n        for fd in range(3, 64):\n            "
        "try: os.write(fd, b'\\xff' * 65536)\n            except OSError: pass",
        utfall=_varig("ForStort", "the answer is larger than"),
    ),
    Maate(
        sted=Sted.OVERSETT,
        hva="starts processes that never end, and hangs",
        kode="import os, threading\n    for _ in range(10):\n        if not os.fork(): threading.Event().wait()\n"
        "    threading.Event().wait()",
        utfall=_igjen("Tidsgrense", "was stopped"),
    ),
    Maate(
        sted=Sted.OVERSETT,
        hva="answers twice, from a process that it split off",
        kode="import os; os.fork(); return []",
        utfall=GIKK_BRA,
    ),
    Maate(
        sted=Sted.OVERSETT,
        hva="starts threads that never end",
        kode="import threading\n    spinn = lambda: [0 for i in iter(int, 1) if i]\n"
        "    for _ in range(3): threading.Thread(target=spinn).start()\n    return []",
        utfall=GIKK_BRA,
    ),
    Maate(sted=Sted.OVERSETT, hva="answers nothing", kode="pass", utfall=_feil("answered NoneType")),
    Maate(
        sted=Sted.OVERSETT,
        hva="answers nonsense",
        kode="return [{'not': 'a kommando'}]",
        utfall=_feil("number 0 is no kommando"),
    ),
    Maate(
        sted=Sted.OVERSETT,
        hva="answers without end",
        kode="import itertools; return itertools.count()",
        utfall=_varig("ForMangeKommandoer", "split the event"),
    ),
    Maate(
        sted=Sted.OVERSETT,
        hva="answers a kommando without end",
        kode="import itertools; return itertools.repeat(beskjed())",
        utfall=_varig("ForMangeKommandoer", "split the event"),
    ),
    Maate(
        sted=Sted.OVERSETT,
        hva="answers what never gets to its first",
        kode="return (ett for ett in iter(int, 1) if ett)",
        utfall=_igjen("Tidsgrense", "was stopped"),
    ),
    Maate(
        sted=Sted.OVERSETT,
        hva="answers what resists being looked at",
        kode="return [Ond()]",
        utfall=_feil("number 0"),
    ),
    Maate(
        sted=Sted.OVERSETT,
        hva="answers more than it may",
        kode="return [beskjed(tekst='a' * 3_000_000)]",
        utfall=_varig("ForStort", "the answer is larger than"),
    ),
    Maate(
        sted=Sted.OVERSETT,
        hva="answers a number of a hundred digits",
        kode="return [beskjed(tekst=10 ** 100)]",
        utfall=_feil("number 0 is no kommando"),
    ),
    Maate(
        sted=Sted.OVERSETT,
        hva="answers NUL",
        kode="return [beskjed(tekst='a\\0')]",
        utfall=_varig("Valideringsfeil", "NUL characters"),
    ),
    Maate(
        sted=Sted.OVERSETT,
        hva="answers lone surrogates",
        kode="return [beskjed(tekst='\\ud800')]",
        utfall=_feil("number 0 is no kommando"),
    ),
    Maate(
        sted=Sted.OVERSETT,
        hva="changes the event",
        kode="hendelse.data['x'] = 1",
        utfall=_feil("raised TypeError"),
    ),
    Maate(
        sted=Sted.OVERSETT,
        hva="rewrites the gateway's own modules",
        kode="import gateway.domain.validering as v, gateway.vertskap.roer as r\n"
        "    v.valider = lambda kommando: None\n    r.Roer.send = lambda *_: None\n    return []",
        utfall=_igjen("Tidsgrense", "was stopped"),
    ),
    Maate(
        sted=Sted.OVERSETT,
        hva="changes the working folder, the environment and the path of modules",
        kode="import os, sys; os.chdir('/'); os.environ.clear(); sys.path.clear(); return []",
        utfall=GIKK_BRA,
    ),
    Maate(
        sted=Sted.OVERSETT,
        hva="reads its state for ever",
        kode="while True: kontekst.lager.get('k')",
        utfall=_igjen("Tidsgrense", "was stopped"),
    ),
    Maate(
        sted=Sted.OVERSETT,
        hva="reads 10,000 keys of its state, and catches what stops it",
        kode="for nr in range(10_000):\n        try: kontekst.lager.get(str(nr))\n        except BaseException: pass\n"
        "    return []",
        utfall=_varig("ForMyeLager", "it reads more than 5 keys"),
    ),
    Maate(
        sted=Sted.OVERSETT,
        hva="stores 10,000 keys",
        kode="return [Lagre(noekkel=str(nr), verdi=nr) for nr in range(10_000)]",
        utfall=_varig("ForMangeKommandoer", "split the event"),
    ),
    Maate(
        sted=Sted.OVERSETT,
        hva="stores a value of 1 MB",
        kode="return [Lagre(noekkel='k', verdi='a' * 1_000_000)]",
        utfall=_varig("ForMyeLager", "PLUGIN_LAGER_BYTES"),
    ),
    Maate(
        sted=Sted.OVERSETT,
        hva="stores a value 100,000 lists deep",
        kode="v = []\n    for _ in range(100_000): v = [v]\n    return [Lagre(noekkel='k', verdi=v)]",
        utfall=_feil("is not JSON that can be kept"),
    ),
    Maate(
        sted=Sted.OVERSETT,
        hva="stores NUL, under a key of NUL",
        kode="return [Lagre(noekkel='\\0', verdi='\\0')]",
        utfall=_feil("the noekkel must not hold control characters"),
    ),
    Maate(
        sted=Sted.OVERSETT,
        hva="waits for ever",
        kode="return [VentPaa(noekkel='k', lengst='P9999Y')]",
        utfall=_feil("lengst leads outside the calendar"),
    ),
    # --- as it observes ---
    Maate(
        sted=Sted.OBSERVATOER,
        hva="raises",
        kode="raise LookupError",
        utfall=_til_side("Oversettelsesfeil"),
    ),
    Maate(sted=Sted.OBSERVATOER, hva="never ends", kode="while True: pass", utfall=_proeves("Tidsgrense")),
    Maate(
        sted=Sted.OBSERVATOER,
        hva="ends its process",
        kode="import os; os._exit(3)",
        utfall=_proeves("ProsessenDoede"),
    ),
    Maate(
        sted=Sted.OBSERVATOER,
        hva="answers nonsense",
        kode="return [7]",
        utfall=_til_side("Oversettelsesfeil"),
    ),
    Maate(
        sted=Sted.OBSERVATOER,
        hva="answers a kommando without end",
        kode="import itertools; return itertools.repeat(beskjed())",
        utfall=_til_side("ForMangeKommandoer"),
    ),
    Maate(
        sted=Sted.OBSERVATOER,
        hva="waits, which observers cannot",
        kode="return [VentPaa(noekkel='k')]",
        utfall=_til_side("Oversettelsesfeil"),
    ),
)
