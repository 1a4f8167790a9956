"""What a run was made on: processor, cores, operating system, versions."""

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from seedbed import __version__

_LIBRARIES = ("numpy", "scipy")
MOST_THREADS = 4
"""More of them seldom help one run of a small network."""


def usable_cores() -> int:
    """Cores that this process may use, which may be fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


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
