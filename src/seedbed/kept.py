"""``sb.load_run``: a finished run of a workspace as ``sb.train`` gave it."""

from pathlib import Path

from seedbed.api import Run
from seedbed.data import CATALOGUE, load_data
from seedbed.errors import StoreError
from seedbed.runner.local import Conducted
from seedbed.store import RunEntry, RunKey, Workspace
from seedbed.store.finding import find_key
from seedbed.training import Recipe
from seedbed.training.checkpoint import load_run as read_run


def load_run(id: str | Path, workspace: str | Path | None = None) -> Run:
    """A finished run, with its history, its state and its model; nothing is trained, and nothing is written.

    Parameters
    ----------
    id : str or Path
        Its identity ``0f3a9c61d2b4-3-native``, the beginning of it, or the path of its file in a workspace.
    workspace : str or Path, optional
        Else the environment variable ``SEEDBED_WORKSPACE``, else ``seedbed-workspace`` in the current folder.

    Raises
    ------
    StoreError
        There is no such run, more than one, or its file is missing or damaged.
    DataError
        Its data cannot be had.
    """
    path = Path(id).expanduser()
    if workspace is None and path.suffix == ".safetensors" and path.is_file():
        place, text = Workspace(path.absolute().parent.parent, create=False), path.stem
    else:
        place, text = Workspace(workspace, create=False), str(id)
    key = find_key(text, place)
    entry = place.ledger.find(key)
    if entry is None:
        raise StoreError(f"run '{text}' has just been taken out of the ledger. Try again.")
    return open_run(place, entry)


def open_run(workspace: Workspace, entry: RunEntry) -> Run:
    """The run of an entry of the ledger.

    Raises
    ------
    StoreError
        Its file is missing, damaged or another one; or its data was imported anew.
    DataError
        Its data cannot be had.
    """
    key = entry.key
    check_data(key, Recipe.load(entry.recipe))
    if damage := workspace.damage(entry):
        raise StoreError(f"run '{key.identity}': {damage.text}. Train it again with the same command and --again.")
    state, recipe, seed = read_run(workspace.run_file(key))
    recorded = workspace.recording_folder(key)
    dataset = recipe.split(load_data(recipe.data))
    conducted = Conducted(state, entry.executed_by, recorded if recorded.is_dir() else None, key, was_there=True)
    return Run(conducted, recipe, seed, dataset)


def check_data(key: RunKey, recipe: Recipe) -> None:
    """Refuse a run whose data has been imported anew since.

    Raises
    ------
    StoreError
    """
    data = CATALOGUE.get(recipe.data)
    is_other = recipe.fingerprint != key.fingerprint or (data is not None and data.version != recipe.data_version)
    if recipe.data_version and is_other:
        raise StoreError(
            f"run '{key.identity}' was trained on images that '{recipe.data}' had before it was imported anew. "
            "Import those under a name of their own, or train again."
        )
