"""What a run was made on: processor, cores, memory, operating system, versions."""

import os
import platform
import subprocess
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from seedbed import __version__

_LIBRARIES = ("numpy", "scipy")
MOST_THREADS = 4
"""More of them seldom help one run of a small network."""
_MEMORY_INFO = Path("/proc/meminfo")
_GROUP_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def usable_cores() -> int:
    """Cores that this process may use, which may be fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def available_bytes() -> int | None:
    """Memory that this process can have: what is free, or the limit of its control group if that is less.

    None where the operating system does not tell.
    """
    found: list[int] = []
    with suppress(OSError, ValueError, KeyError):
        lines = (line.split() for line in _MEMORY_INFO.read_text("ascii").splitlines())
        info = {words[0]: int(words[1]) for words in lines if len(words) > 1}
        found.append(1024 * (info["MemAvailable:"] + info.get("SwapFree:", 0)))
    if not found:
        with suppress(OSError, ValueError, AttributeError):
            found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    for limit in _GROUP_LIMITS:
        # It holds "max" where there is no limit.
        with suppress(OSError, ValueError):
            found.append(int(limit.read_text("ascii")))
    return min(found, default=None)


def describe_machine() -> dict[str, str]:
    """Processor, cores and operating system in words."""
    return {
        "processor": _processor(),
        "cores": f"{usable_cores()} usable of {os.cpu_count() or 1}",
        "operating system": platform.platform(terse=True),
    }


def describe_versions() -> dict[str, str]:
    """Versions of Seedbed, Python and the libraries that compute."""
    found = {"seedbed": __version__, "python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except (OSError, UnicodeDecodeError):
        pass
    if platform.system() == "Darwin":
        command = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
        found = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
        if found:
            return found
    return platform.processor() or platform.machine() or "unknown"
