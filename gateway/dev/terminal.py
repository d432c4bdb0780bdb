"""What `gateway dev` writes: the lines of all its processes, each under its name."""

from __future__ import annotations

import threading
from collections.abc import Callable

import click

FARGER = {"web": "cyan", "worker": "green", "scheduler": "yellow", "epost": "magenta", "valkey": "blue"}
BREDDE = max(map(len, FARGER))


class Terminal:
    """Written to by many threads, a line at a time.

    A terminal that goes away (closed, or the reader of a pipe ended) is told once to `borte`, and then written to no
    more: a reader thread that fell over would leave its process waiting for room in the pipe.
    """

    def __init__(self, borte: Callable[[], None]) -> None:
        self._laas = threading.Lock()
        self._borte = borte
        self._er_borte = False

    def linje(self, navn: str, tekst: str) -> None:
        """One line of a process."""
        self.si(f"{click.style(navn.ljust(BREDDE), fg=FARGER.get(navn))} {tekst}")

    def si(self, tekst: str) -> None:
        """What `gateway dev` itself has to say."""
        with self._laas:
            if self._er_borte:
                return
            try:
                click.echo(tekst)
            except OSError:
                self._er_borte = True
        if self._er_borte:
            self._borte()
