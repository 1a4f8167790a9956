"""Data sets: found on this machine or fetched, verified by SHA-256, and handed out as arrays of images and labels.

`catalogue` names all data sets; each is an `entry`, made by a module of `sets`. A published entry's files are looked
for in the `places` of this machine (`local`, `verified_hashes`), else taken from its `sources` (`fetching`), and read
by the modules in `formats`. Data of a user's own is read by `importing`.
"""

from seedbed.data.catalogue import CATALOGUE, fetch, load_data, locate, verify
from seedbed.data.dataset import Dataset, fingerprint
from seedbed.data.entry import Entry, Fetched, FileCheck
from seedbed.data.importing import Imported, import_data
from seedbed.data.importing.number_table import Unlabelled, read_unlabelled
from seedbed.data.overview import Overview, look_over
from seedbed.data.preparation import FittedInput, Preparation
from seedbed.data.removal import remove
from seedbed.data.sets.imported_set import ImportedSet

__all__ = [
    "CATALOGUE",
    "Dataset",
    "Entry",
    "Fetched",
    "FileCheck",
    "FittedInput",
    "Imported",
    "ImportedSet",
    "Overview",
    "Preparation",
    "Unlabelled",
    "fetch",
    "fingerprint",
    "import_data",
    "load_data",
    "locate",
    "look_over",
    "read_unlabelled",
    "remove",
    "verify",
]
