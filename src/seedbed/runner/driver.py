"""Conducting one run: the only place that goes on from a checkpoint, stores checkpoints, and records."""

import time
from collections.abc import Generator
from pathlib import Path

from seedbed.data import Dataset
from seedbed.engine.base import Engine
from seedbed.errors import StoreError
from seedbed.network import State
from seedbed.training.checkpoint import load_run, save_run
from seedbed.training.events import Ended, EpochEnded, Event
from seedbed.training.loop import TrainingLoop
from seedbed.training.recipe import Recipe
from seedbed.training.recording import Recorder
from seedbed.training.run_state import RunState, UnfitStateError

CHECKPOINT_S = 10.0
_CHECKPOINT_SHARE = 0.05
"""Of the time, at most, for checkpoints."""


class Driver:
    """Takes one run to its end, whoever asks for it and wherever it is kept.

    Parameters
    ----------
    recipe : Recipe
    dataset : Dataset
        As ``Recipe.split`` gives it.
    seed : int
    engine : Engine
    threads : int
    file : Path, optional
        Where its checkpoints and then its end are stored, and where to go on if it exists; nothing is stored if left
        out.
    recording : Path, optional
        The folder to record it in.
    checkpoint_s : float
        Seconds between two checkpoints; more if a checkpoint takes more than a twentieth of them.
    after_epochs : bool
        Whether it is stored after each epoch too, where that takes no more than a twentieth of the time.
    begin : State, optional
        Parameters, buffers and optimizer memory to begin with in place of first values; not used by a run that goes on
        from a checkpoint.
    is_free : bool
        Whether a person may change the run while it trains; else a checkpoint with interventions is no use.

    Raises
    ------
    SeedbedError
        The recipe does not fit the data, or the files cannot be written.

    Attributes
    ----------
    loop : TrainingLoop
        What is driven; between two events it may be looked into or changed.
    is_resumed : bool
        Whether it goes on from a checkpoint.
    problem : str
        Why the file that was there is of no use, in words; it is set aside. Empty if all is well.
    sha256 : str
        Of the file, once the run has ended.
    """

    def __init__(
        self,
        recipe: Recipe,
        dataset: Dataset,
        seed: int,
        engine: Engine,
        *,
        threads: int = 1,
        file: Path | None = None,
        recording: Path | None = None,
        checkpoint_s: float = CHECKPOINT_S,
        after_epochs: bool = False,
        begin: State | None = None,
        is_free: bool = False,
    ) -> None:
        self._recipe, self._seed, self._file, self._checkpoint_s = recipe, seed, file, checkpoint_s
        self._after_epochs, self._is_free = after_epochs, is_free
        self.problem = self.sha256 = ""
        resume = self._checkpoint()
        begun = None if begin is None else RunState(begin)
        self.loop = self._start(dataset, engine, threads, resume, begun)
        self.is_resumed = resume is not None and self.loop.run is resume
        self._recorder = Recorder(recording, recipe, seed, self.loop.plan.network) if recording is not None else None
        if self._recorder is not None:
            self._recorder(self.loop.run)

    @property
    def run(self) -> RunState:
        """The run as it stands: whole between two events."""
        return self.loop.snapshot()

    def events(self) -> Generator[Event, None, None]:
        """Advance the run to its end, storing and recording on the way.

        Whoever closes this iterator between two events leaves a checkpoint at exactly that place.

        Raises
        ------
        StoreError
            A checkpoint or a recording cannot be written.
        """
        stored_at, cost_s = time.monotonic(), 0.0
        has_ended = False
        try:
            while not has_ended:
                event = self.loop.advance()
                has_ended = isinstance(event, Ended)
                self._record(event)
                elapsed_s = time.monotonic() - stored_at
                if has_ended:
                    self._store()
                elif self._is_due(event, elapsed_s) and elapsed_s * _CHECKPOINT_SHARE >= cost_s:
                    self._store()
                    cost_s = time.monotonic() - stored_at - elapsed_s
                    stored_at = time.monotonic()
                yield event
        except GeneratorExit:
            if not has_ended:
                self._store()
            raise

    def _is_due(self, event: Event, elapsed_s: float) -> bool:
        return elapsed_s >= self._checkpoint_s or (self._after_epochs and isinstance(event, EpochEnded))

    def _record(self, event: Event) -> None:
        if self._recorder is not None and isinstance(event, EpochEnded) and self._recorder.wants(event.record.epoch):
            self._recorder(self.run)

    def _store(self) -> None:
        if self._file is not None:
            self.sha256 = save_run(self._file, self.run, self._recipe, self._seed)

    def _checkpoint(self) -> RunState | None:
        """Where the run stopped earlier; a file that is none of its checkpoints is set aside."""
        if self._file is None or not self._file.exists():
            return None
        try:
            run, *stored_for = load_run(self._file)
            if stored_for != [self._recipe, self._seed]:
                self.problem = f"checkpoint '{self._file}' belongs to another run"
            elif run.history.interventions and not self._is_free:
                self.problem = f"checkpoint '{self._file}' is of a run that was changed while it trained"
            else:
                return run
        except StoreError as error:
            self.problem = str(error).rstrip(".")
        self._set_aside()
        return None

    def _start(
        self, dataset: Dataset, engine: Engine, threads: int, resume: RunState | None, begun: RunState | None
    ) -> TrainingLoop:
        if resume is not None:
            try:
                return TrainingLoop(self._recipe, dataset, self._seed, engine, threads, resume)
            except UnfitStateError as error:
                self.problem = f"checkpoint '{self._file}' does not fit its recipe: {error}"
                self._set_aside()
        return TrainingLoop(self._recipe, dataset, self._seed, engine, threads, begun)

    def _set_aside(self) -> None:
        assert self._file is not None
        self.problem += "; it is set aside and the run begins anew"
        try:
            self._file.replace(self._file.with_name(f"{self._file.name}.damaged"))
        except OSError as error:
            raise StoreError(f"{self.problem}, but it cannot be renamed: {error.strerror or error}.") from None
