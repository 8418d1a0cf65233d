"""Takes away what a reader of files has no need of: memory, time, files, network, other processes."""

import ctypes
import resource
import signal
from pathlib import Path

from rollcall.universe.sources.sandbox.limits import Limits

_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
_DIE_WITH_PARENT, _NOT_DUMPABLE, _NO_NEW_RIGHTS = 1, 4, 38
_PAGE = resource.getpagesize()


def confine(limits: Limits, *, file_bytes: int) -> None:
    """Call it when everything needed is imported: from here on no file and no socket can be opened."""
    system = ctypes.CDLL(None, use_errno=True)
    system.prctl(_DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
    system.prctl(_NOT_DUMPABLE, 0, 0, 0, 0)
    system.prctl(_NO_NEW_RIGHTS, 1, 0, 0, 0)
    # An empty network, where the system allows it; the limit on descriptors below keeps sockets away in any case.
    system.unshare(_NEW_USER | _NEW_NETWORK)
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * _PAGE
    most = taken + limits.memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    allow_time(limits, file_bytes=file_bytes)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def allow_time(limits: Limits, *, file_bytes: int) -> None:
    """Some more seconds of computing, within what the whole file may take; beyond it the system ends the process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = limits.total_cpu_seconds(file_bytes)
    soft = min(int(used.ru_utime + used.ru_stime) + limits.cpu_seconds, most)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, most))
