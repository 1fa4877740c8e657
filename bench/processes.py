"""What processes cost: CPU seconds and peak memory, from /proc."""

import os
from collections.abc import Mapping
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def measure_cpu_seconds(processes: Mapping[str, int]) -> dict[str, float]:
    """CPU seconds so far of each named process and all of its children, dead ones included."""
    children = _children_by_parent()
    return {
        name: round(sum(_cpu_seconds(pid) for pid in _family(pid, children)), 2)
        for name, pid in processes.items()
    }


def measure_peak_memory(processes: Mapping[str, int]) -> dict[str, int]:
    """Peak resident memory of each process, in MB; those that are gone are left out."""
    peaks: dict[str, int] = {}
    for name, pid in processes.items():
        for line in _read(pid, "status").splitlines():
            if line.startswith("VmHWM:"):
                peaks[name] = int(line.split()[1]) // 1024
    return peaks


def subtract(after: Mapping[str, float], before: Mapping[str, float]) -> dict[str, float]:
    return {name: round(seconds - before.get(name, 0.0), 2) for name, seconds in after.items()}


def _cpu_seconds(pid: int) -> float:
    fields = _read(pid, "stat").rpartition(")")[2].split()
    # utime, stime, and what waited-for children have used
    return sum(map(int, fields[11:15])) / _TICKS if fields else 0.0


def _children_by_parent() -> dict[int, list[int]]:
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            fields = _read(int(folder.name), "stat").rpartition(")")[2].split()
            if fields:
                children.setdefault(int(fields[1]), []).append(int(folder.name))
    return children


def _family(pid: int, children: Mapping[int, list[int]]) -> list[int]:
    found = [pid]
    for member in found:
        found += children.get(member, [])
    return found


def _read(pid: int, name: str) -> str:
    try:
        return Path(f"/proc/{pid}/{name}").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
