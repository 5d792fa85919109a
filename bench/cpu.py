"""What each part of the site has used of the processors, by the kernel's own account (proc_pid_stat(5))."""

import os
from collections import Counter
from pathlib import Path

from qtweb.embedded import pid_file, processes, procfile
from qtweb.embedded.instance import Instance
from qtweb.embedded.supervisor import PROCFILE

_SERVERS = {"postgres": "postgres", "redis-server": "redis"}
_REST = "supervision"


def milliseconds(instance: Instance) -> Counter[str]:
    """Return the milliseconds used so far, children that have ended included, by line of the Procfile and server."""
    found = processes.of_instance(instance.home, instance.title)
    kept = {pid_file.read(instance.home, name): name for name in procfile.lines(PROCFILE)}
    parents = {process.pid: process.parent for process in found}
    used: Counter[str] = Counter()
    for process in found:
        part = _SERVERS.get(process.command) or _kept_above(process.pid, parents, kept)
        used[part] += _milliseconds_of(process.pid)
    return used


def _kept_above(pid: int, parents: dict[int, int], kept: dict[int | None, str]) -> str:
    while pid in parents:
        if pid in kept:
            return kept[pid]
        pid = parents[pid]
    return _REST


def _milliseconds_of(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0  # it ended in between: its parent's account has it
    return sum(map(int, fields[11:15])) * 1000 // os.sysconf("SC_CLK_TCK")
