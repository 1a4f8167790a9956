"""Finding a run by its id: the one form in which every command and function takes it."""

from collections.abc import Iterable

from seedbed.errors import StoreError
from seedbed.store.row import RunKey
from seedbed.store.workspace import Workspace

_MOST_NAMED = 6


def find_key(text: str, workspace: Workspace) -> RunKey:
    """The finished run whose identity begins with a text.

    Parameters
    ----------
    text : str
        An identity such as ``0f3a9c61d2b4-3-native``, its beginning, or the name of the run's file.
    workspace : Workspace

    Raises
    ------
    StoreError
        There is no such run, or more than one.
    """
    known = {key.identity: key for key in workspace.ledger.all_keys()}
    return known[choose_identity(text, known, workspace)]


def choose_identity(text: str, identities: Iterable[str], workspace: Workspace) -> str:
    """The one of several identities that a text means: the whole one, or the only one that begins so.

    Raises
    ------
    StoreError
        There is no such identity, or more than one.
    """
    wanted = text.removesuffix(".safetensors")
    found = sorted(one for one in identities if one.startswith(wanted))
    if wanted in found:
        return wanted
    if not found:
        raise StoreError(
            f"run '{text}': workspace '{workspace.path}' has no run whose id begins so. 'seedbed runs' lists all; a "
            "variant of a study is STUDY/VARIANT."
        )
    if len(found) > 1:
        more = f" and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
        raise StoreError(f"run '{text}' may be {', '.join(found[:_MOST_NAMED])}{more}. Give more of its id.")
    return found[0]
