"""The workspace: a folder with the ledger, the run files and the reports.

The ledger is the truth: a run counts when its file has the SHA-256 that the ledger states. `workspace` keeps files and
ledger in step, `ledger` is the only module that speaks SQL, `lock` lets one process write at a time.
"""

from seedbed.store.ledger import Ledger, RunEntry, RunKey
from seedbed.store.workspace import Workspace

__all__ = ["Ledger", "RunEntry", "RunKey", "Workspace"]
