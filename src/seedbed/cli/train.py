"""``seedbed train``: one network, one random seed, with a checkpoint to go on from."""

import os
import shlex
import sys
from collections.abc import Callable
from dataclasses import fields
from math import isnan
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any, Self

import typer
from rich.text import Text

from seedbed.api import Run, check_seed, check_threads, train_recipe
from seedbed.cli import options
from seedbed.cli.as_json import AsJson, print_json
from seedbed.cli.console import FAILED, INTERRUPTED, examples, note, say
from seedbed.cli.options import option, takes_settings, typed
from seedbed.data import Dataset, load_data
from seedbed.errors import StoreError
from seedbed.export import SUFFIXES, form_of, require
from seedbed.formatting import seconds_text
from seedbed.observers import observer_named
from seedbed.progress_line import ProgressLine, stderr_is_terminal
from seedbed.runner.interruption import TrainingInterrupted
from seedbed.runner.local import Note, Resumed
from seedbed.store import Workspace
from seedbed.terminal import Terminal
from seedbed.training import EpochEnded, EpochRecord, Event, Kind, Recipe
from seedbed.training.model import check_model_path
from seedbed.training.setting import RUNNING

app = typer.Typer(add_completion=False)

_EPILOG = examples(
    "seedbed train lenet5",
    "seedbed train lenet5+ --data fashion-mnist --epochs 5 --lr 0.002",
    "seedbed train 'flatten linear(32) relu linear(10)' --data digits --lr 0.05 --save mlp.safetensors",
)


@app.command(epilog=_EPILOG)
@takes_settings
def train(
    context: typer.Context,
    network: options.Network,
    lr: options.LearningRate = None,
    seed: int = 0,
    engine: str | None = None,
    threads: int | None = None,
    workspace: Annotated[
        Path | None, option(RUNNING, "Folder that keeps runs.", "SEEDBED_WORKSPACE, else ./seedbed-workspace")
    ] = None,
    save: Annotated[
        Path | None, option(RUNNING, "Write the trained model to this file: .safetensors, .onnx or .keras.")
    ] = None,
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
    observe: options.Observers = None,
    as_json: AsJson = False,
    **settings: Any,
) -> None:
    """Train one network with one random seed.

    The run is kept in the workspace. After Ctrl-C, or even kill -9, the same
    command goes on from the last checkpoint and ends with the same bits (the
    reference engine: to rounding); when the run is complete, it shows the
    result at once.

    Exit status: 0 trained; 1 diverged; 2 wrong input; 130 interrupted.
    """
    recipe = _recipe(network, settings["data"], typed(context, settings | {"lr": lr}), workspace)
    check_seed(seed)
    threads = check_threads(threads)
    if save is not None:
        _check_can_write(save)
    observers = [observer_named(text) for text in observe or ()]
    dataset = recipe.split(_load(recipe.data))
    place = Workspace(workspace)
    with _Listener(recipe.epochs) as listener:
        try:
            run = train_recipe(
                recipe,
                dataset,
                seed,
                engine=engine,
                threads=threads,
                workspace=place,
                record=record,
                again=again,
                listen=listener,
                observers=observers,
            )
        except TrainingInterrupted as stopped:
            history = stopped.state.history
            at = f"step {len(history.step_losses):,} in epoch {len(history.epochs) + 1}"
            if stopped.state.outcome is not None:
                listener.tell(str(stopped))
            else:
                listener.tell(f"stopped at {at}; the same command, without --again, goes on from there")
            sys.exit(INTERRUPTED)
    if as_json:
        if save is not None and not run.has_diverged:
            run.model.save(save)
        print_json("train/1", _answer(run, place, save))
    else:
        if run.was_there:
            say("already trained; --again trains it from the start")
        _summarize(run, place, dataset, save)
    if run.has_diverged:
        sys.exit(FAILED)


def _recipe(network: str, data: str, given: dict[str, Any], workspace: Path | None) -> Recipe:
    """That of a network by name or text, of a file, or of a variant of a study."""
    name = data if "data" in given else None
    given = {key: value for key, value in given.items() if key != "data"}
    if not (network.endswith(".toml") or "/" in network):
        return Recipe.make(network, data, **given)
    # Studies bring pydantic.
    from seedbed.study.comparing import find_recipe

    return find_recipe(network, given if name is None else given | {"data": name}, workspace)


class _Listener:
    """A live line on a terminal, and a line for each epoch."""

    def __init__(self, epochs: int) -> None:
        self._epochs = epochs
        self._line = ProgressLine() if stderr_is_terminal() else None
        self.tell: Callable[[str], None] = self._line.print if self._line is not None else note

    def __enter__(self) -> Self:
        if self._line is not None:
            self._line.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._line is not None:
            self._line.__exit__(kind, error, trace)

    def __call__(self, event: Event | Note | Resumed) -> None:
        if self._line is not None:
            self._line(event)
        match event:
            case EpochEnded(record=record):
                self.tell(epoch_line(record, self._epochs))
            case Resumed(epochs=epochs, steps=steps):
                self.tell(f"going on after epoch {epochs}, step {steps:,}")
            case Note(text=text):
                self.tell(f"{text}.")


def epoch_line(record: EpochRecord, epochs: int) -> str:
    """What is said of a finished epoch."""
    validation = "" if isnan(record.validation_error) else f"validation error {record.validation_error:.2f}%  "
    return (
        f"epoch {record.epoch}/{epochs}  train loss {record.train_loss:.4f}  train error {record.train_error:.2f}%  "
        f"{validation}test error {record.test_error:.2f}%  {seconds_text(record.train_s)} s"
    )


def _answer(run: Run, workspace: Workspace, save: Path | None) -> dict[str, Any]:
    """What ``--json`` prints."""
    outcome, history, outputs = run.outcome, run.history, run.state.outputs
    assert outcome is not None
    has_answers = not run.has_diverged and outputs is not None and len(outputs)
    return {
        "run": run.id,
        "recipe": run.recipe.to_dict(),
        "seed": run.seed,
        "outcome": {"kind": str(outcome.kind), "text": outcome.text, "step": outcome.step, "answer": outcome.answer},
        "test_error": run.test_error,
        "epochs": len(history.epochs),
        "best_epoch": history.best_epoch,
        "history": {one.name: [getattr(epoch, one.name) for epoch in history.epochs] for one in fields(EpochRecord)},
        "classes": run.classification_report().to_dict() if has_answers else None,
        "was_there": run.was_there,
        "engine": run.engine,
        "images_per_second": run.images_per_second,
        "file": str(workspace.runs / f"{run.id}.safetensors"),
        "model": None if save is None or run.has_diverged else str(save),
    }


def _summarize(run: Run, workspace: Workspace, dataset: Dataset, save: Path | None) -> None:
    # Statistics bring SciPy: it is loaded after the training, not before it.
    from seedbed.cli.class_lines import never_answered, summary_lines

    recipe, outcome = run.recipe, run.outcome
    assert outcome is not None
    if run.has_diverged:
        say(f"{outcome.text}. Try a smaller --lr.", style="red")
    else:
        epochs = run.history.best_epoch or recipe.epochs
        say(f"test error {run.test_error:.2f}% after {epochs} epoch{'s' if epochs > 1 else ''}", style="bold")
        if run.history.best_epoch is not None:
            say(f"the best validation error of {len(run.history.epochs)} epochs; its state is kept")
    outputs = run.state.outputs
    if outcome.kind is Kind.ONE_ANSWER:
        say(f"{outcome.text}: the network gives it for every test image and has learned nothing", style="yellow")
    elif not run.has_diverged and outputs is not None and len(outputs):
        report = run.classification_report()
        for line in summary_lines(report):
            say(line)
        if lost := never_answered(report):
            say(lost, style="yellow")
        say(f"            seedbed runs show {run.id} --classes has every class")
    say(f"speed       {run.images_per_second:,.0f} images/s, {run.engine}")
    say(f"run         {workspace.runs / run.id}.safetensors")
    if run.has_diverged:
        if save is not None:
            say("model       not written: its parameters are not finite")
        return
    if save is None:
        say("model       the same command with --save model.safetensors writes it")
        return
    if _is_exported(save):
        run.model.export(save)
        say(f"model       {save}")
        return
    run.model.save(save)
    say(f"model       {save}")
    say(f"            seedbed predict {shlex.quote(str(save))} PICTURE asks it")
    say()
    say("import seedbed as sb", style="dim")
    say(f'model = sb.Model.load("{save}")', style="dim")
    say(f"model.predict(images)  # uint8, shape {('n', *dataset.image_shape)}".replace("'", ""), style="dim")


def _load(name: str) -> Dataset:
    """Load a data set, with a sign of life while it is fetched."""
    if not stderr_is_terminal():
        return load_data(name, note=note)
    console = Terminal(on_stderr=True)
    with console.status(f"loading {name}") as status:

        def progress(what: str, done_bytes: int, total_bytes: int | None) -> None:
            of = f" of {total_bytes / 1e6:.1f}" if total_bytes else ""
            status.update(Text(f"{what}: {done_bytes / 1e6:.1f}{of} MB"))

        return load_data(name, progress=progress, note=lambda text: console.print_line(text))


def _is_exported(path: Path) -> bool:
    """Whether the suffix is that of another program's file, for which no more needs to be said."""
    return path.suffix.lower() in (SUFFIXES["onnx"], SUFFIXES["keras"])


def _check_can_write(path: Path) -> None:
    """Find out before the training, not after it."""
    if _is_exported(path):
        require(form_of(path))
    else:
        check_model_path(path)
    try:
        is_writable = not path.is_dir() and path.parent.is_dir() and os.access(path.parent, os.W_OK)
    except (OSError, ValueError):
        is_writable = False
    if not is_writable:
        raise StoreError(f"--save '{path}': expected a file name in a folder that exists and can be written.")
