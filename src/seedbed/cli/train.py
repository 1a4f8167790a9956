"""``seedbed train``: one network, one random seed, with a checkpoint to go on from."""

import os
import signal
import sys
import time
from contextlib import ExitStack, nullcontext
from math import isnan
from pathlib import Path
from types import FrameType, TracebackType
from typing import Annotated, Self

import typer
from rich.console import Console
from rich.text import Text

from seedbed.api import Run, check_seed, check_threads
from seedbed.cli import options
from seedbed.cli.console import FAILED, INTERRUPTED, note, say
from seedbed.cli.keeper import Keeper
from seedbed.cli.options import RUNNING, option
from seedbed.data import Dataset, load_data
from seedbed.engine import ENGINES, choose_engine, load_engine
from seedbed.engine.optimizers import load_optimizer
from seedbed.errors import StoreError
from seedbed.progress_line import ProgressLine, stderr_is_terminal
from seedbed.store import Workspace
from seedbed.training import EpochRecord, Progress, Recipe, RunState, Status, TrainingLoop
from seedbed.training.recording import Recorder

_CHECKPOINT_S = 30.0
_CHECKPOINT_SHARE = 0.05
"""Of the time, at most, for checkpoints at the ends of short epochs."""

app = typer.Typer(add_completion=False)

_EPILOG = (
    "Examples:  seedbed train lenet5+ --data mnist --epochs 3   |   "
    "seedbed train 'flatten linear(32) relu linear(10)' --data digits --lr 0.05 --save mlp.safetensors"
)


@app.command(epilog=_EPILOG)
def train(
    network: options.Network,
    data: options.Data = options.DEFAULTS["data"],
    validation: options.Validation = int(options.DEFAULTS["validation"]),
    input: options.Input = options.DEFAULTS["input"],
    augment: options.Augment = options.DEFAULTS["augment"],
    epochs: options.Epochs = int(options.DEFAULTS["epochs"]),
    batch_size: options.BatchSize = int(options.DEFAULTS["batch_size"]),
    optimizer: options.Optimizer = None,
    lr: options.LearningRate = None,
    schedule: options.Schedule = options.DEFAULTS["schedule"],
    loss: options.Loss = None,
    init: options.Init = options.DEFAULTS["init"],
    weight_decay: options.WeightDecay = options.DEFAULTS["weight_decay"],
    average: options.Average = None,
    clip_norm: options.ClipNorm = None,
    patience: options.Patience = None,
    seed: Annotated[int, option(RUNNING, "Decides first values, the order of images, dropout.", True)] = 0,
    engine: Annotated[
        str | None,
        option(RUNNING, f"What computes: {', '.join(ENGINES)}.", "native; torch for large ones on CUDA", "NAME"),
    ] = None,
    threads: Annotated[int | None, option(RUNNING, "Cores to use.", "all usable ones, at most 4")] = None,
    workspace: Annotated[
        Path | None, option(RUNNING, "Folder that keeps runs.", "SEEDBED_WORKSPACE, else ./seedbed-workspace")
    ] = None,
    save: Annotated[Path | None, option(RUNNING, "Write the trained model to this safetensors file.")] = None,
    record: Annotated[
        bool,
        typer.Option(
            "--record",
            help="Keep the parameters after chosen epochs, to look inside the run; trains again if they were not kept.",
            rich_help_panel=RUNNING,
        ),
    ] = False,
    again: Annotated[
        bool,
        typer.Option("--again", help="Train from the start even if the run is there.", rich_help_panel=RUNNING),
    ] = False,
) -> None:
    """Train one network with one random seed.

    The run is kept in the workspace. After Ctrl-C, or even kill -9, the same
    command goes on from the last checkpoint and ends with the same bits (the
    reference engine: to rounding); when the run is complete, it shows the
    result at once.

    Exit status: 0 trained; 1 diverged; 2 wrong input; 130 interrupted.
    """
    chosen = load_optimizer(options.DEFAULTS["optimizer"] if optimizer is None else optimizer, lr)
    recipe = Recipe.make(
        network,
        data,
        loss=loss,
        optimizer=chosen,
        input=input,
        augment=augment,
        init=init,
        batch_size=batch_size,
        epochs=epochs,
        schedule=schedule,
        weight_decay=weight_decay,
        average=average,
        clip_norm=clip_norm,
        validation=validation,
        patience=patience,
    )
    check_seed(seed)
    threads = check_threads(threads)
    if save is not None:
        _check_can_write(save)
    dataset = recipe.split(_load(data))
    executor = load_engine(engine or choose_engine(recipe.build_network(dataset.image_shape)))
    keeper = Keeper(Workspace(workspace), recipe, seed, executor, dataset)
    with keeper.workspace.claim():
        run = None if again else keeper.finished()
        if again or (run is not None and record and not keeper.recording.is_dir()):
            keeper.forget()
            run = None
        if run is not None:
            say("already trained; --again trains it from the start")
        else:
            run = _train(keeper, threads, record)
        _summarize(run, keeper, save)
    if run.status is Status.DIVERGED:
        sys.exit(FAILED)


class _Stopped(Exception):
    """Ctrl-C, noticed where the run can be stored."""


class _Interruption:
    """While entered, Ctrl-C is noticed between two steps, where a checkpoint is exact; a second one ends at once."""

    asked = False

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGINT, self._ask)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _train(keeper: Keeper, threads: int, record: bool) -> Run:
    begun = keeper.begun()
    loop = TrainingLoop(keeper.recipe, keeper.dataset, keeper.seed, keeper.engine, threads, begun)
    recorder = Recorder(keeper.recording, keeper.recipe, keeper.seed, keeper.plan.network) if record else None
    if recorder is not None:
        recorder(loop.run)
    with ExitStack() as stack:
        line = stack.enter_context(ProgressLine() if stderr_is_terminal() else nullcontext())
        tell = line.print if line is not None else note
        interruption = stack.enter_context(_Interruption())
        kept, cost = time.monotonic(), 0.0

        def keep(state: RunState) -> None:
            nonlocal kept, cost
            begin = time.monotonic()
            keeper.keep(state)
            kept = time.monotonic()
            cost = kept - begin

        def watch(progress: Progress) -> None:
            if line is not None:
                line(progress)
            if interruption.asked:
                raise _Stopped
            if time.monotonic() - kept > _CHECKPOINT_S:
                keep(loop.snapshot())

        def after_epoch(state: RunState) -> None:
            if state.status is Status.RUNNING:
                tell(epoch_line(state.history.epochs[-1], keeper.recipe.epochs))
                if cost < _CHECKPOINT_SHARE * (time.monotonic() - kept):
                    keep(state)
            if recorder is not None:
                recorder(state)

        if begun is not None:
            steps = len(begun.history.step_losses)
            tell(f"going on after epoch {len(begun.history.epochs)}, step {steps:,}")
        try:
            return keeper.finish(loop.train(watch, after_epoch))
        except _Stopped:
            state = loop.snapshot()
            keeper.keep(state)
            place = f"step {len(state.history.step_losses):,} in epoch {len(state.history.epochs) + 1}"
            tell(f"stopped at {place}; the same command, without --again, goes on from there")
            sys.exit(INTERRUPTED)


def epoch_line(record: EpochRecord, epochs: int) -> str:
    """What is said of a finished epoch."""
    validation = "" if isnan(record.validation_error) else f"validation error {record.validation_error:.2f}%  "
    return (
        f"epoch {record.epoch}/{epochs}  train loss {record.train_loss:.4f}  train error {record.train_error:.2f}%  "
        f"{validation}test error {record.test_error:.2f}%  {record.train_s:.1f} s"
    )


def _summarize(run: Run, keeper: Keeper, save: Path | None) -> None:
    recipe = run.recipe
    if run.status is Status.DIVERGED:
        say(f"{run.note}. Try a smaller --lr.", style="red")
    else:
        epochs = run.history.best_epoch or recipe.epochs
        say(f"test error {run.test_error:.2f}% after {epochs} epoch{'s' if epochs > 1 else ''}", style="bold")
        if run.history.best_epoch is not None:
            say(f"the best validation error of {len(run.history.epochs)} epochs; its state is kept")
    if run.status is Status.FINISHED and run.note:
        say(f"{run.note}: the network gives it for every test image and has learned nothing", style="yellow")
    say(f"speed       {run.images_per_second:,.0f} images/s, {run.engine}")
    say(f"run         {keeper.workspace.run_file(keeper.key)}")
    if run.status is Status.DIVERGED:
        if save is not None:
            say("model       not written: its parameters are not finite")
        return
    if save is None:
        say("model       the same command with --save model.safetensors writes it")
        return
    run.model.save(save)
    say(f"model       {save}")
    say()
    say("import seedbed as sb", style="dim")
    say(f'model = sb.Model.load("{save}")', style="dim")
    say(f"model.predict(images)  # uint8, shape {('n', *keeper.dataset.image_shape)}".replace("'", ""), style="dim")


def _load(name: str) -> Dataset:
    """Load a data set, with a sign of life while it is fetched."""
    if not stderr_is_terminal():
        return load_data(name, note=note)
    console = Console(stderr=True, markup=False, highlight=False)
    with console.status(f"loading {name}") as status:

        def progress(what: str, done_bytes: int, total_bytes: int | None) -> None:
            of = f" of {total_bytes / 1e6:.1f}" if total_bytes else ""
            status.update(Text(f"{what}: {done_bytes / 1e6:.1f}{of} MB"))

        return load_data(name, progress=progress, note=lambda text: console.print(text, soft_wrap=True))


def _check_can_write(path: Path) -> None:
    """Find out before the training, not after it."""
    if path.is_dir() or not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        raise StoreError(f"--save '{path}': expected a file name in a folder that exists and can be written.")
