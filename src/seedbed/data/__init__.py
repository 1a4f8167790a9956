"""Data sets: found on this machine or fetched, verified by SHA-256, and handed out as arrays of images and labels.

`catalogue` names all data sets; each is an `entry`. A published entry's files (`file_set`) are looked for in the
`places` of this machine (`local`, `marks`), else taken from its `sources` (`fetching`), and read by the modules in
`formats`. Data of a user's own is read by `importing` and kept by `kept_set`; `toys` are drawn.
"""

from seedbed.data.catalogue import CATALOGUE, fetch, load_data, locate, verify
from seedbed.data.dataset import Dataset, fingerprint
from seedbed.data.entry import Entry, Fetched, FileCheck
from seedbed.data.importing import Imported, import_data
from seedbed.data.kept_set import ImportedSet
from seedbed.data.preparation import FittedInput, Preparation

__all__ = [
    "CATALOGUE",
    "Dataset",
    "Entry",
    "Fetched",
    "FileCheck",
    "FittedInput",
    "Imported",
    "ImportedSet",
    "Preparation",
    "fetch",
    "fingerprint",
    "import_data",
    "load_data",
    "locate",
    "verify",
]
