"""``sb.train``: one network, one seed, one call."""

import os
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from seedbed.checks import whole_number
from seedbed.data import Dataset, FittedInput, load_data
from seedbed.data.preparation import Augmentation, InputStep
from seedbed.engine import choose_engine, load_engine
from seedbed.engine.losses import Loss
from seedbed.engine.optimizers import SGD, Optimizer
from seedbed.errors import DataError, RecipeError
from seedbed.language import LANGUAGES, speaking
from seedbed.machine import MOST_THREADS, usable_cores
from seedbed.network import Init, Layer, Network, network_text
from seedbed.notebook import html_table
from seedbed.progress_line import ProgressLine, stderr_is_terminal
from seedbed.training import History, Model, Progress, Recipe, RunState, Standardize, Status, TrainingLoop
from seedbed.training.recording import Recorder, Recording
from seedbed.training.schedules import Schedule

if TYPE_CHECKING:
    from seedbed.report import InspectionReport


class Run:
    """One recipe trained with one random seed.

    Attributes
    ----------
    recipe : Recipe
        All that decided the run but its seed.
    seed : int
    history : History
        Losses and errors by epoch, the loss of every step.
    status : Status
        ``finished``, ``diverged``, or ``running`` if it was stopped before its end.
    note : str
        What went wrong in words, empty if nothing did: ``constant answer: class '6'``.
    engine : str
        What executed it: ``native (avx512)``.
    state : RunState
        The run as training left it, to look inside with ``seedbed.insight``.
    """

    def __init__(
        self,
        recipe: Recipe,
        seed: int,
        network: Network,
        input: FittedInput,
        state: RunState,
        engine: str,
        image_count: int,
        record: Path | None = None,
        dataset: Dataset | None = None,
    ) -> None:
        self.recipe, self.seed, self.engine, self.state = recipe, seed, engine, state
        self.history: History = state.history
        self.status: Status = state.status
        self.note: str = state.note
        self._network, self._input, self._image_count, self._record = network, input, image_count, record
        self._dataset = dataset

    @property
    def test_error(self) -> float:
        """Percent of wrong answers on the test images after the last epoch, with early stopping after the best one; NaN
        without any, or if the run diverged."""
        result = self.history.result
        return float("nan") if self.status is Status.DIVERGED or result is None else result.test_error

    @property
    def images_per_second(self) -> float:
        """Training speed, without evaluation; NaN before the first step."""
        return self.history.images_per_second(self._image_count, self.recipe.batch_size)

    @cached_property
    def model(self) -> Model:
        """The trained network: ``logits(images)``, ``predict(images)``, ``save(path)``."""
        return Model(self._network, self.state.state, self._input, engine=self.engine.split()[0])

    @cached_property
    def recording(self) -> Recording | None:
        """States of the run after some of its epochs, if it was recorded.

        Raises
        ------
        StoreError
            They cannot be read any more.
        """
        return Recording.load(self._record) if self._record is not None else None

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

        given = self._dataset if data is None else data
        dataset = self.recipe.split(load_data(self.recipe.data) if given is None else given)
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

    def __repr__(self) -> str:
        parts = [
            f"test_error={self.test_error:.2f}%",
            f"epochs={len(self.history.epochs)}/{self.recipe.epochs}",
            f"seed={self.seed}",
            f"data={self.recipe.data!r}",
            f"engine={self.engine!r}",
            f"{self.images_per_second:,.0f} images/s",
        ]
        if self.note:
            parts.append(self.note)
        return f"<Run {self.status}: {', '.join(parts)}>"

    def _repr_html_(self) -> str:
        """The run and its last epochs as tables for notebooks."""
        about = {
            "network": self.recipe.network,
            "data": self.recipe.data,
            "seed": str(self.seed),
            "status": f"{self.status} {self.note}".strip(),
            "test error": f"{self.test_error:.2f}%",
            "speed": f"{self.images_per_second:,.0f} images/s, {self.engine}",
        }
        return html_table(list(about), [list(about.values())]) + self.history._repr_html_()


def train(
    network: str | Network | Sequence[Layer],
    data: str | Dataset = "mnist",
    *,
    loss: str | Loss | None = None,
    optimizer: str | Optimizer = SGD(lr=0.02),  # noqa: B008 - frozen
    epochs: int = 3,
    batch_size: int = 32,
    seed: int = 0,
    input: str | InputStep = Standardize(),  # noqa: B008 - frozen
    augment: str | Augmentation = "",
    init: str | Init = "lecun_uniform",
    schedule: str | Schedule = "constant",
    weight_decay: str = "",
    average: float | None = None,
    clip_norm: float | None = None,
    validation: int = 0,
    patience: int | None = None,
    engine: str | None = None,
    threads: int | None = None,
    progress: bool | Callable[[Progress], None] | None = None,
    record: str | Path | None = None,
) -> Run:
    """Train one network with one random seed.

    The same arguments give the same bits, whatever ``threads`` is.

    Parameters
    ----------
    network : str, Network or list of layers
        A name (``"lenet5++"``), a text (``"conv2d(6, 5) relu flatten linear(10)"``) or objects.
    data : str or Dataset
        ``"mnist"``, ``"fashion-mnist"``, ``"digits"``, or images of your own.
    loss : str or Loss, optional
        ``mse`` after ``sigmoid`` or ``softmax`` at the end of the network, else ``cross_entropy``.
    optimizer : str or Optimizer
        ``"sgd(lr=0.02, momentum=0.9)"`` or ``sb.SGD(lr=0.02)``.
    epochs, batch_size : int
    seed : int
        0 to 2**64 - 1.
    input : str or InputStep
        What is done to every image before it enters the network: ``"scale"``, ``"pad(2) standardize"``.
    augment : str or Augmentation
        What is done to training images beside, drawn anew in every epoch: ``"shift(2)"``.
    init : str or Init
        First values of the parameters: ``"xavier_uniform"``, ``"truncated_normal(0.1) constant(0.1, of=bias)"``.
    schedule : str or Schedule
        How the learning rate changes: ``"warmup(2) cosine"``, ``"step(30, 0.1)"``.
    weight_decay : str
        Weight decay of chosen parameters in place of the optimizer's: ``"l2(0.004, of=linear1)"``.
    average : float, optional
        Decay of moving averages of the parameters, such as 0.999; the averages then answer in place of the parameters.
    clip_norm : float, optional
        The gradient of all parameters together is shortened to this norm if it is longer.
    validation : int
        Training images held out, stratified and the same for every seed; the history then has a validation error.
    patience : int, optional
        Early stopping: the run ends after that many epochs without a lower validation error, and goes back to the epoch
        that had the lowest.
    engine : str, optional
        ``native``, ``torch`` or ``reference``; if left out, ``torch`` for a large network where PyTorch finds a CUDA
        device, else ``native``.
    threads : int, optional
        Cores to use; all that this process may use, at most 4, if left out.
    progress : bool or callable, optional
        A live line on the terminal: if stderr is one (left out), always (True), never (False). A callable gets a
        ``Progress`` about six times a second instead.
    record : str or Path, optional
        A folder to keep the parameters of chosen epochs in, at most 40 and 64 MB, to look inside the run later; made if
        it is missing.

    Returns
    -------
    Run
        A run that diverges is returned too: its ``status`` is ``diverged`` and its ``note`` says at which step.

    Raises
    ------
    SeedbedError
        An argument is wrong, the layers do not fit the data, or the data cannot be had.
    """
    network = network_text(network)
    if not isinstance(data, str | Dataset):
        raise DataError(f"data: expected a name such as 'mnist' or a Dataset, got {type(data).__name__}.")
    name = data if isinstance(data, str) else data.name
    recipe = Recipe.make(
        network,
        name,
        loss=loss,
        optimizer=optimizer,
        input=input,
        augment=augment,
        init=init,
        schedule=schedule,
        weight_decay=weight_decay,
        average=average,
        clip_norm=clip_norm,
        validation=validation,
        patience=patience,
        batch_size=batch_size,
        epochs=epochs,
        image_shape=None if isinstance(data, str) else data.image_shape,
    )
    seed, threads = check_seed(seed), check_threads(threads)
    dataset = recipe.split(load_data(data) if isinstance(data, str) else data)
    executor = load_engine(engine or choose_engine(recipe.build_network(dataset.image_shape)))
    loop = TrainingLoop(recipe, dataset, seed, executor, threads)
    folder = recorder = None
    if record is not None:
        folder = Path(record)
        recorder = Recorder(folder, recipe, seed, loop.plan.network)
        recorder(loop.run)
    if callable(progress):
        state = loop.train(progress, recorder)
    else:
        shown = stderr_is_terminal() if progress is None else progress
        with ProgressLine() if shown else nullcontext() as watch:
            state = loop.train(watch, recorder)
    image_count = len(dataset.train_images)
    given = None if isinstance(data, str) else data
    return Run(recipe, seed, loop.plan.network, loop.input, state, executor.description, image_count, folder, given)


def check_seed(seed: int) -> int:
    """A random seed, as Python's own kind of whole number.

    Raises
    ------
    RecipeError
    """
    try:
        return whole_number("seed", seed, 0, 2**64 - 1)
    except RecipeError:
        raise RecipeError(f"seed must be a whole number from 0 to 2**64 - 1, got {seed}.") from None


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
    threads = whole_number("threads", threads, 1)
    if threads > most:
        machine = f"this machine has {cores} core{'s' if cores > 1 else ''}"
        raise RecipeError(f"threads must be at most {most}, got {threads:,}; {machine}, and more threads help nothing.")
    return threads
