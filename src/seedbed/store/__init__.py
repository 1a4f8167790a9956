"""The workspace: a folder with the ledger, the run files and the reports.

The ledger is the truth: a run counts when its file has the SHA-256 that the ledger states. `workspace` keeps files and
ledger in step, `ledger` and `migrations` are the only modules that speak SQL, `lock` lets one process at a time train a
run or write the ledger.
"""

from seedbed.store.damage import Damage
from seedbed.store.ledger import Ledger
from seedbed.store.lock import LockedError
from seedbed.store.look import LookEntry, Test
from seedbed.store.row import RunEntry, RunKey
from seedbed.store.workspace import Workspace

__all__ = ["Damage", "Ledger", "LockedError", "LookEntry", "RunEntry", "RunKey", "Test", "Workspace"]
