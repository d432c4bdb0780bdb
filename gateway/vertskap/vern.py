"""What a plugin's process may not do to others: a filter in the kernel, that it puts on itself and cannot take off.

The process runs as the same user as the gateway, so the system would let it kill the gateway or read its memory. On
Linux the calls for that are refused with EPERM. Elsewhere, or where the kernel has no such filters, nothing is refused.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys
from dataclasses import dataclass

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LES, HVIS_LIK, HVIS_MINST, SVAR = 0x20, 0x15, 0x35, 0x06  # BPF: load a word, jump if equal, or at least; return
TILLAT, NEKT = 0x7FFF0000, 0x00050000 | 1  # EPERM
X32 = 0x40000000  # from here on the same calls have other numbers
NUMMER, ARKITEKTUR, FOERSTE_ARGUMENT = 0, 4, 16  # where they stand in what the kernel shows the filter


@dataclass(frozen=True, kw_only=True)
class Maskin:
    """The numbers of the calls on one kind of machine. `signaler` name whom they signal first; `andre` are refused."""

    arkitektur: int
    signaler: tuple[int, ...]
    andre: tuple[int, ...]


# kill, tkill, tgkill, rt_sigqueueinfo, rt_tgsigqueueinfo; ptrace, process_vm_readv, process_vm_writev,
# pidfd_send_signal, pidfd_getfd, process_madvise.
MASKINER = {
    "x86_64": Maskin(arkitektur=0xC000003E, signaler=(62, 200, 234, 129, 297), andre=(101, 310, 311, 424, 438, 440)),
    "aarch64": Maskin(arkitektur=0xC00000B7, signaler=(129, 130, 131, 138, 240), andre=(117, 270, 271, 424, 438, 440)),
}


def vern_de_andre() -> bool:
    """Put the filter on this process, and on what it starts; whether there is one."""
    maskin = MASKINER.get(platform.machine())
    if sys.platform != "linux" or maskin is None:
        return False
    filter_ = _filter(maskin, os.getpid())
    program = ctypes.create_string_buffer(b"".join(filter_))

    class Program(ctypes.Structure):
        _fields_ = (("antall", ctypes.c_ushort), ("filter", ctypes.c_void_p))

    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return False
    pekt = Program(len(filter_), ctypes.addressof(program))
    return not libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(pekt), 0, 0)


def _filter(maskin: Maskin, pid: int) -> list[bytes]:
    """Whom the process signals must be itself; all else that touches others is refused, the rest let through."""
    kall = [*maskin.signaler, *maskin.andre]
    # The kernel's own order of things: another machine's calls (32 bits on 64) are refused, all of them.
    linjer = [
        _linje(LES, ARKITEKTUR),
        _linje(HVIS_LIK, maskin.arkitektur, ja=1),
        _linje(SVAR, NEKT),
        _linje(LES, NUMMER),
    ]
    for nummer, ett in enumerate(kall):
        igjen = len(kall) - nummer - 1
        til = igjen + 1 if ett in maskin.signaler else igjen + 4
        linjer.append(_linje(HVIS_LIK, ett, ja=til))
    linjer += [
        _linje(SVAR, TILLAT),
        _linje(LES, FOERSTE_ARGUMENT),
        _linje(HVIS_LIK, pid, ja=0, nei=1),
        _linje(SVAR, TILLAT),
        _linje(SVAR, NEKT),
    ]
    return linjer


def _linje(hva: int, verdi: int, *, ja: int = 0, nei: int = 0) -> bytes:
    return struct.pack("<HBBI", hva, ja, nei, verdi & 0xFFFFFFFF)
