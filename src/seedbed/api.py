"""``sb.train``: one network, one seed, one call."""

import os
from collections.abc import Callable, Sequence
from contextlib import closing, nullcontext
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from seedbed.checks import whole_number
from seedbed.data import Dataset, load_data
from seedbed.data.catalogue import check_is_known
from seedbed.data.likeness import look_at
from seedbed.data.preparation import fit_input
from seedbed.engine import choose_engine, load_engine
from seedbed.errors import DataError, StoreError
from seedbed.files import given_path
from seedbed.language import LANGUAGES, speaking
from seedbed.machine import MOST_THREADS, usable_cores
from seedbed.network import Layer, Network
from seedbed.notebook import html_table
from seedbed.observers import ObservedListener, Observer
from seedbed.progress_line import in_notebook, live_line, progress_only, stderr_is_terminal
from seedbed.runner.interruption import TrainingInterrupted
from seedbed.runner.job import run_key
from seedbed.runner.local import Conducted, Listener, Note, conduct, ignore
from seedbed.store import Workspace
from seedbed.training import History, Kind, Model, Outcome, Progress, Recipe
from seedbed.training.history import drawn_by
from seedbed.training.provenance import provenance_of
from seedbed.training.recording import Recording
from seedbed.training.settings import RUN, Settings
from seedbed.training.signatures import takes_settings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from seedbed.insight import Mistake
    from seedbed.report import InspectionReport
    from seedbed.report.training_plot import TrainingPlot
    from seedbed.statistics import ClassificationReport


def _draw(history: History) -> "TrainingPlot":
    from seedbed.report.training_plot import TrainingPlot

    return TrainingPlot(history)


# Drawing takes matplotlib, which is imported when something is drawn.
drawn_by(_draw)


class Run:
    """One recipe trained with one random seed.

    Attributes
    ----------
    recipe : Recipe
        All that decided the run but its seed.
    seed : int
    history : History
        Losses and errors by epoch, the loss of every step.
    outcome : Outcome or None
        How it ended: its ``kind`` is ``finished``, ``one_answer``, ``diverged`` or ``stopped``, its ``text`` says what
        went wrong. None if Ctrl-C stopped it.
    engine : str
        What executed it: ``native (avx512)``.
    id : str
        What the workspace calls it: ``0f3a9c61d2b4-3-native``.
    state : RunState
        The run as training left it, to look inside with ``seedbed.insight``.
    was_there : bool
        Whether the workspace had it already.
    """

    def __init__(self, conducted: Conducted, recipe: Recipe, seed: int, dataset: Dataset) -> None:
        self.recipe, self.seed, self.engine = recipe, seed, conducted.executed_by
        self.id, self.state, self.was_there = conducted.key.identity, conducted.state, conducted.was_there
        self.history: History = self.state.history
        self.outcome: Outcome | None = self.state.outcome
        self._recording, self._dataset = conducted.recording, dataset

    @property
    def test_error(self) -> float:
        """Percent of wrong answers on the test images after the last epoch, with early stopping after the best one; NaN
        without any, or if the run diverged."""
        result = self.history.result
        return float("nan") if self.has_diverged or result is None else result.test_error

    @property
    def has_diverged(self) -> bool:
        """Whether its loss was not finite in the end."""
        return self.outcome is not None and self.outcome.kind is Kind.DIVERGED

    @property
    def images_per_second(self) -> float:
        """Training speed, without evaluation; NaN before the first step."""
        return self.history.images_per_second(len(self._dataset.train_images), self.recipe.batch_size)

    @cached_property
    def model(self) -> Model:
        """The trained network: ``logits(images)``, ``predict(images)``, ``save(path)``."""
        input = fit_input(self.recipe.parts.input, self._dataset)
        network = self.recipe.build_network(self._dataset.image_shape)
        return Model(
            network,
            self.state.state,
            input,
            engine=self.engine.split()[0],
            classes=self._dataset.classes,
            provenance=provenance_of(self._dataset, self.recipe.to_dict(), self.seed, self.id, self.test_error),
            appearance=look_at(self._dataset),
        )

    def classification_report(self) -> "ClassificationReport":
        """Accuracy, balanced accuracy, and recall, precision and F1 of every class of the test images, with intervals.

        ``print`` shows it as a table; ``to_dict()`` gives plain values.

        Raises
        ------
        DataError
            There are no answers to test images.
        """
        from seedbed.insight import report_classes

        return report_classes(self._answers(), self._dataset)

    def mistakes(self) -> "tuple[Mistake, ...]":
        """All wrong answers on test images, the surest first: ``number`` of the image, ``label``, ``answer``,
        ``probability``.

        Raises
        ------
        DataError
            There are no answers to test images.
        """
        from seedbed.insight import confident_mistakes, probabilities

        shares = probabilities(self._answers(), self.recipe.build_network(self._dataset.image_shape))
        return confident_mistakes(shares, self._dataset.test_labels, count=None)

    def _answers(self) -> "NDArray[np.float32]":
        outputs = self.state.outputs
        if outputs is None or self.has_diverged:
            reason = "it diverged" if self.has_diverged else f"data '{self.recipe.data}' has none"
            raise DataError(f"run '{self.id}' has no answers to test images: {reason}.")
        return outputs

    @cached_property
    def recording(self) -> Recording | None:
        """States of the run after some of its epochs, if it was recorded.

        Raises
        ------
        StoreError
            They cannot be read any more.
        """
        return Recording.load(self._recording) if self._recording is not None else None

    def inspect(
        self, data: Dataset | None = None, *, surface: bool = False, range_test: bool = False, lang: str = LANGUAGES[0]
    ) -> "InspectionReport":
        """Look inside: figures that a notebook shows inline and ``write(path)`` puts on the disk.

        With ``record`` they go over the epochs; without, they show the end.

        Parameters
        ----------
        data : Dataset, optional
            What the run was trained with; if left out, what it was given, or what its name stands for.
        surface, range_test : bool
            Also the loss around the parameters, and against the learning rate; both take a while.
        lang : str
            The language of the page: ``en`` or ``ko``.

        Raises
        ------
        SeedbedError
            The data cannot be had, or the recording cannot be read.
        """
        from seedbed.insight import inspect
        from seedbed.report import InspectionReport
        from seedbed.report.inspection import Subject, lacks, run_title

        dataset = self._dataset if data is None else self.recipe.split(data)
        with speaking(lang):
            left_out = [] if self.recording is not None else [lacks.not_recorded('record="recording"')]
            left_out += [] if surface else [lacks.no_surface("surface=True")]
            left_out += [] if range_test else [lacks.no_range_test("range_test=True")]
            subject = Subject(
                title=run_title(self.recipe, self.seed),
                history=self.history,
                is_surface=surface,
                is_range_test=range_test,
                left_out=tuple(left_out),
            )
        return InspectionReport(inspect(self.recipe, dataset, self.state, self.recording), subject, lang)

    def plot(self) -> "TrainingPlot":
        """Errors by epoch and the loss by step: a figure that a notebook shows inline; ``write("run.png")`` keeps it.

        Raises
        ------
        StoreError
            The run has no step yet.
        """
        from seedbed.report.training_plot import TrainingPlot

        return TrainingPlot(self.history, f"{self.recipe.network}, seed {self.seed}")

    def __repr__(self) -> str:
        parts = [
            f"test_error={self.test_error:.2f}%",
            f"epochs={len(self.history.epochs)}/{self.recipe.epochs}",
            f"seed={self.seed}",
            f"data={self.recipe.data!r}",
            f"engine={self.engine!r}",
            f"{self.images_per_second:,.0f} images/s",
        ]
        return f"<Run {self._ending}: {', '.join(parts)}>"

    @property
    def _ending(self) -> str:
        """``finished``, or what went wrong."""
        return "stopped" if self.outcome is None else self.outcome.text or str(self.outcome.kind)

    def _repr_html_(self) -> str:
        """The run and its last epochs as tables for notebooks."""
        about = {
            "network": self.recipe.network,
            "data": self.recipe.data,
            "seed": str(self.seed),
            "outcome": self._ending,
            "test error": f"{self.test_error:.2f}%",
            "speed": f"{self.images_per_second:,.0f} images/s, {self.engine}",
        }
        return html_table(list(about), [list(about.values())]) + self.history._repr_html_()


@takes_settings
def train(
    network: str | Network | Sequence[Layer],
    data: str | Dataset = "mnist",
    *,
    seed: int = 0,
    engine: str | None = None,
    threads: int | None = None,
    progress: bool | Callable[[Progress], None] | None = None,
    workspace: str | Path | None = None,
    record: bool | str | Path = False,
    again: bool = False,
    observers: Sequence[Observer] = (),
    **settings: Unpack[Settings],
) -> Run:
    """Train one network with one random seed.

    The same arguments give the same bits, whatever ``threads`` is.

    Parameters
    ----------
    network : str, Network or list of layers
        A name (``"lenet5++"``), a text (``"conv2d(6, 5) relu flatten linear(10)"``) or objects.
    data : str or Dataset
        ``"mnist"``, ``"fashion-mnist"``, ``"digits"``, or images of your own.
    **settings
        Those of the recipe, and ``seed``, ``engine`` and ``threads``: see ``seedbed.training.settings``.
    progress : bool or callable, optional
        A live line on the terminal or under a notebook's cell: if there is one (left out), always (True), never
        (False). A callable gets a ``Progress`` about six times a second instead.
    workspace : str or Path, optional
        A folder that keeps the run, as the command line does: the same call later gives it at once, and after Ctrl-C,
        or even kill -9, goes on from its last checkpoint and ends with the same bits. Nothing is kept if left out.
    record : bool, str or Path
        Keep the parameters of chosen epochs, at most 40 and 64 MB, to look inside the run later: in the workspace
        (True), or in a folder, which is made if it is missing.
    again : bool
        Train from the start even if the workspace has the run.
    observers : sequence of Observer
        Told how the run goes: ``seedbed.observers.TensorBoard("logs")`` and others, or your own.

    Returns
    -------
    Run
        A run that diverges is returned too: its ``outcome`` says at which step.

    Raises
    ------
    TrainingInterrupted
        Ctrl-C, a KeyboardInterrupt: training stopped between two steps, and ``run`` of the exception is the run so far.
    SeedbedError
        An argument is wrong, the layers do not fit the data, or the data cannot be had.
    """
    if not isinstance(data, str | Dataset):
        raise DataError(field="data", expected="a name such as 'mnist' or a Dataset", got=type(data).__name__)
    name, own = (data, None) if isinstance(data, str) else (data.name, data)
    recipe = Recipe.make(network, name, dataset=own, **settings)
    seed, threads = check_seed(seed), check_threads(threads)
    dataset = recipe.split(load_data(data) if isinstance(data, str) else data)
    if workspace is not None and not isinstance(data, str):
        check_is_known(data)
    shown = stderr_is_terminal() or in_notebook() if progress is None else progress is True
    with live_line() if shown else nullcontext() as line:
        return train_recipe(
            recipe,
            dataset,
            seed,
            engine=engine,
            threads=threads,
            workspace=None if workspace is None else Workspace(workspace),
            record=record if isinstance(record, bool) else given_path("record", record, StoreError),
            again=again,
            listen=progress_only(progress) if callable(progress) else line or ignore,
            observers=observers,
        )


def train_recipe(
    recipe: Recipe,
    dataset: Dataset,
    seed: int,
    *,
    engine: str | None = None,
    threads: int,
    workspace: Workspace | None = None,
    record: bool | Path = False,
    again: bool = False,
    listen: Listener = ignore,
    observers: Sequence[Observer] = (),
) -> Run:
    """Train a recipe that has been checked; what ``train`` and the command line have in common.

    Parameters
    ----------
    dataset : Dataset
        As ``Recipe.split`` gives it.
    listen : callable
        Told what happens; see ``seedbed.runner.local``.
    observers : sequence of Observer
        Told so too, each in its own way; of a run that was there already from its history.

    Raises
    ------
    TrainingInterrupted
        Ctrl-C; has the run as it stands.
    SeedbedError
    """
    executor = load_engine(engine or choose_engine(recipe.build_network(dataset.image_shape)))
    told = ObservedListener(observers, recipe, seed, executor.name, listen)
    if recipe.remark:
        listen(Note(recipe.remark))
    try:
        with closing(told):
            done = conduct(
                recipe,
                dataset,
                seed,
                executor,
                threads=threads,
                workspace=workspace,
                record=record,
                again=again,
                listen=told,
            )
            if done.was_there:
                told.was_there(done.state)
    except TrainingInterrupted as stopped:
        key = run_key(recipe, seed, executor.name)
        stopped.run = Run(Conducted(stopped.state, executor.description, None, key), recipe, seed, dataset)
        raise
    return Run(done, recipe, seed, dataset)


def check_seed(seed: int) -> int:
    """A random seed, as Python's own kind of whole number.

    Raises
    ------
    RecipeError
    """
    return int(RUN["seed"].checked(seed))


def check_threads(threads: int | None) -> int:
    """The number of threads of one run: as given, else the usable cores, at most 4.

    Raises
    ------
    RecipeError
        It is no whole number from 1 to four times the machine's cores, or 64 if that is more.
    """
    if threads is None:
        return min(usable_cores(), MOST_THREADS)
    cores = os.cpu_count() or 1
    most = max(4 * cores, 64)
    machine = f"This machine has {cores} core{'s' if cores > 1 else ''}; more threads help nothing."
    return whole_number("threads", threads, 1, most, hint=machine)
