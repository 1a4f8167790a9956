"""The parameters of a run after some of its epochs, kept to look inside later."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Self

import numpy as np

from seedbed.errors import StoreError
from seedbed.network import Network, State
from seedbed.training.checkpoint import load_run, save_run
from seedbed.training.recipe import Recipe
from seedbed.training.run_state import RunState

_MOST_STATES = 40
_MOST_BYTES = 64_000_000
_PREFIX, _SUFFIX = "epoch-", ".safetensors"


def recorded_epochs(epochs: int, size_bytes: int) -> tuple[int, ...]:
    """After which epochs a run is recorded: all if there is room, else in about equal factors.

    At most 40 states, and at most 64 MB in all. The last epoch is always among them, unless it alone takes more.

    Parameters
    ----------
    epochs : int
        Of the recipe.
    size_bytes : int
        Of one state.

    Returns
    -------
    tuple of int
        Ascending; 0 is the start.
    """
    room = min(_MOST_STATES, _MOST_BYTES // max(1, size_bytes))
    if room > epochs:
        return tuple(range(epochs + 1))
    if room < 2:
        return (epochs,)[:room]
    chosen = [0]
    for wanted in np.geomspace(1, epochs, room - 1).round().astype(int).tolist():
        # The first factors are less than an epoch.
        chosen.append(max(wanted, chosen[-1] + 1))
    chosen[-1] = epochs
    return tuple(chosen)


class Recorder:
    """Keeps states of a run while it trains.

    Call it with a snapshot of the run after the epochs that it ``wants``, and before training too: for the state at the
    start, or, where a run goes on, for an epoch that ended right before it was stopped. A run that was interrupted
    leaves the same files as one that was not.

    Parameters
    ----------
    folder : Path
        Made if it is missing. A run that begins takes an older recording out of it.
    recipe : Recipe
    seed : int
    network : Network
        Of the recipe, for the images of the data set.
    """

    def __init__(self, folder: Path, recipe: Recipe, seed: int, network: Network) -> None:
        self._folder, self._recipe, self._seed = folder, recipe, seed
        shapes = network.parameter_shapes | network.buffer_shapes
        self._names = tuple(shapes)
        self._epochs = recorded_epochs(recipe.epochs, 4 * sum(map(prod, shapes.values())))

    def wants(self, epoch: int) -> bool:
        """Whether the state after an epoch is recorded."""
        return epoch in self._epochs

    def __call__(self, run: RunState) -> None:
        """Write a file if the run stands between two epochs and this is one to be recorded.

        Raises
        ------
        StoreError
            The file cannot be written.
        """
        if run.outcome is not None or run.history.open_s > 0:
            return
        epoch = len(run.history.epochs)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if epoch == 0:
                forget_recording(self._folder)
        except OSError as error:
            raise StoreError(
                f"recording '{self._folder}' cannot be written: {error.strerror or error}. Give another folder."
            ) from None
        if epoch in self._epochs:
            state = RunState({name: run.state[name] for name in self._names})
            save_run(self._folder / f"{_PREFIX}{epoch:03}{_SUFFIX}", state, self._recipe, self._seed)


@dataclass(frozen=True)
class Recording:
    """A run after some of its epochs.

    Attributes
    ----------
    recipe : Recipe
    seed : int
    states : mapping of int to State
        Parameters and buffers, float32, by epoch, ascending; 0 is the start. Averages of parameters and the
        optimizer's memory are not recorded.
    problems : tuple of str
        A sentence for each file that is damaged and left out.
    """

    recipe: Recipe
    seed: int
    states: Mapping[int, State]
    problems: tuple[str, ...] = ()

    @classmethod
    def load(cls, folder: str | Path) -> Self:
        """Read what a ``Recorder`` wrote.

        Raises
        ------
        StoreError
            There is no recording, nothing of it can be read, or its files are of different runs.
        """
        states: dict[int, State] = {}
        runs: list[tuple[Recipe, int]] = []
        problems = []
        for epoch, path in sorted(_files(Path(folder)).items()):
            try:
                run, recipe, seed = load_run(path)
            except StoreError as error:
                problems.append(str(error))
                continue
            states[epoch] = run.state
            runs.append((recipe, seed))
        if not states:
            raise StoreError(
                problems[0] if problems else f"recording '{folder}': expected files epoch-….safetensors, found none."
            )
        if any(run != runs[0] for run in runs):
            raise StoreError(f"recording '{folder}': expected the epochs of one run, found those of several.")
        return cls(*runs[0], states, tuple(problems))


def forget_recording(folder: Path) -> None:
    """Take out what is recorded in a folder, which may be missing; other files stay."""
    for path in _files(folder).values():
        path.unlink(missing_ok=True)


def _files(folder: Path) -> dict[int, Path]:
    """The files of a recording by epoch."""
    names = {path: path.stem.removeprefix(_PREFIX) for path in folder.glob(f"{_PREFIX}*{_SUFFIX}")}
    return {int(name): path for path, name in names.items() if name.isdecimal()}
