"""Work for many producers at once: a thread for each that has any, so that one who hangs holds up nobody else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context

# So many producers may hang at once before others wait for one of them.
TRAADER = 32
SE_ETTER_SEKUNDER = 0.1

Arbeid = Callable[[], int]


def hver_for_seg(
    finn: Callable[[frozenset[str]], Iterable[tuple[str, Arbeid]]], *, fortsett: Callable[[], bool], navn: str
) -> int:
    """Do the work that `finn` has for each producer, until it has none or `fortsett` says stop; return how much.

    `finn` is given those that are at work, and leaves them out; it is asked again while they are.
    """
    antall = 0
    i_arbeid: dict[Future[int], str] = {}
    with ThreadPoolExecutor(TRAADER, thread_name_prefix=navn) as traader:
        while fortsett():
            opptatte = frozenset(i_arbeid.values())
            ledige = TRAADER - len(opptatte)
            for produsent, arbeid in finn(opptatte) if ledige else ():
                # The thread logs as the round does.
                i_arbeid[traader.submit(copy_context().run, arbeid)] = produsent
                ledige -= 1
                if not ledige:
                    break
            if not i_arbeid:
                break
            ferdige, _ = wait(i_arbeid, SE_ETTER_SEKUNDER, FIRST_COMPLETED)
            for ferdig in ferdige:
                del i_arbeid[ferdig]
                antall += ferdig.result()
        return antall + sum(ett.result() for ett in i_arbeid)
