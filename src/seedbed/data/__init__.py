"""Data sets: found on this machine or fetched, verified by SHA-256, and handed out as uint8 arrays.

`catalogue` names all data sets; each is an `entry`. An entry's files are looked for in the `places` of this machine
(`local`, `marks`), else taken from its `sources` (`fetching`), and read by the modules in `formats`.
"""

from seedbed.data.catalogue import CATALOGUE, fetch, load_data, locate, verify
from seedbed.data.dataset import Dataset, fingerprint
from seedbed.data.entry import Entry, Fetched, FileCheck

__all__ = [
    "CATALOGUE",
    "Dataset",
    "Entry",
    "Fetched",
    "FileCheck",
    "fetch",
    "fingerprint",
    "load_data",
    "locate",
    "verify",
]
