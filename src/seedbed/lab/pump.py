"""Drives one experiment: does what the page asks for, and sends the latest of each thing that is shown."""

import contextlib
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from numpy.typing import NDArray

from seedbed.data import Dataset
from seedbed.errors import SeedbedError
from seedbed.insight.range_test import range_test
from seedbed.lab import snapshot, wire
from seedbed.lab.configuration import Configuration
from seedbed.lab.describe import description
from seedbed.lab.drawing import as_image
from seedbed.lab.examination import Examination
from seedbed.lab.experiment import Experiment, LabRun, other_seeds
from seedbed.lab.forms import forms
from seedbed.lab.lesion import lesion_frame
from seedbed.lab.plane import own_points
from seedbed.lab.publisher import Publisher
from seedbed.lab.rate_map import rate_map
from seedbed.lab.snapshot import Viewed
from seedbed.lab.trainer import Speed, Trainer
from seedbed.lab.weights import weight_frame
from seedbed.lab.wire import Control, Frame, error_frame
from seedbed.training.outcome import Kind
from seedbed.training.recipe import Recipe


class Pump:
    """One page's experiment.

    Parameters
    ----------
    load : callable
        Gives a data set by its name.
    send : callable
        Gets frames, one or several that belong together.
    threads : int
        That train.
    first_data : str
        The data set of a page that names none.
    """

    def __init__(
        self, load: Callable[[str], Dataset], send: Callable[..., None], threads: int, first_data: str = "mnist"
    ) -> None:
        self._load, self._send, self._threads, self._first_data = load, send, threads, first_data
        self._controls: queue.SimpleQueue[Control | None] = queue.SimpleQueue()
        self._trainer: Trainer | None = None
        self._viewed: Viewed | None = None
        self._own: Dataset | None = None
        """Points that a person placed."""
        self._side_work: threading.Thread | None = None
        self._first_speed: Speed = "auto"
        self._publisher = Publisher(send)
        self._examination = Examination()
        self._defect = ""
        """Told last: once is enough."""

    def tell(self, control: Control | None) -> None:
        """Something that the page asks for; None ends everything. From any thread."""
        self._controls.put(control)

    def run(self) -> None:
        """Work until the end."""
        try:
            while True:
                try:
                    control = self._controls.get(timeout=self._wait_s())
                except queue.Empty:
                    with self._telling("page"):
                        self._publish()
                    continue
                if control is None:
                    return
                with self._telling(control.kind):
                    self._do(control)
        finally:
            if self._trainer is not None:
                self._trainer.close()

    @contextlib.contextmanager
    def _telling(self, field: str) -> Iterator[None]:
        """Tell the page what goes wrong, and go on: an experiment of hours must not end by a picture of it."""
        try:
            yield
        except SeedbedError as error:
            self._send(error_frame(error, field))
        except MemoryError:
            self._send(error_frame(SeedbedError("not enough memory for this experiment."), field))
        except Exception as error:
            text = f"a defect of the lab, please report it: {type(error).__name__}: {error}"
            if text != self._defect:
                self._defect = text
                self._send(error_frame(SeedbedError(text), field))

    def _wait_s(self) -> float:
        return 1.0 if self._trainer is None else min(self._publisher.wait_s, self._examination.wait_s)

    def _do(self, control: Control) -> None:
        if isinstance(control, wire.Configure):
            return self._begin(Configuration.from_values({"data": self._first_data} | dict(control.values)))
        if self._trainer is None or self._viewed is None:
            return None
        trainer, viewed, experiment = self._trainer, self._viewed, self._trainer.experiment
        match control:
            case wire.Play():
                trainer.play()
            case wire.Pause():
                trainer.pause()
            case wire.Step():
                trainer.play(1)
            case wire.Epoch():
                trainer.play(whole_epoch=True)
            case wire.Reset(same_seeds=same):
                self._begin(experiment.configuration if same else other_seeds(experiment.configuration))
            case wire.Speed(steps_per_s=speed):
                trainer.speed = speed
            case wire.Seeds(count=count):
                was_done = trainer.is_done
                experiment.add_seeds(count)
                trainer.follow()
                if was_done:
                    trainer.play()
                self._look_at(viewed.run.side, min(viewed.run.place, count - 1), None)
                self._send(description(experiment))
            case wire.LearningRate(side=side, value=value):
                for run in experiment.of_side(side):
                    with trainer.holding(run):
                        run.loop.set_learning_rate(value)
            case wire.Watch():
                self._publisher.topics = tuple(control.topics)
                self._look_at(control.side, control.seed, control.at)
            case wire.Pin(image=image):
                viewed.image = image
            case wire.Draw():
                # Only what is made of the drawing changes by it, and sees that by itself.
                return self._answer(control, as_image(control, experiment.dataset))
            case wire.Teach(label=label):
                self._teach(viewed, label)
            case wire.Weight(layer=layer, unit=unit, place=place, value=value):
                with trainer.holding(viewed.run):
                    self._send(weight_frame(viewed.run, layer, unit, place, value))
            case wire.Lesion():
                self._switch(viewed, control)
            case wire.Gallery():
                self._send(snapshot.gallery(experiment, viewed.run.side, control.truth, control.answer, control.group))
            case wire.FindRate(side=side):
                recipe, dataset = experiment.recipe(self._known(side)), experiment.dataset
                self._aside(control.kind, lambda: [_rates(recipe, dataset, side)])
            case wire.RateMap(side=side):
                frames = rate_map(experiment.recipe(self._known(side)), experiment.dataset, side)
                self._aside(control.kind, lambda: frames)
            case wire.Forms():
                self._send(forms(experiment))
            case wire.Report(language=language):
                ended = [run for run in experiment.runs if _counts(run)]
                self._aside(control.kind, lambda: [_report(experiment, ended, language)])
            case wire.Points(points=points):
                self._own = own_points(points)
                self._begin(experiment.configuration.with_data(self._own.name))
        self._publisher.forget()
        return None

    def _begin(self, configuration: Configuration) -> None:
        """Begin an experiment; the one that is there goes on if the new one is wrong."""
        recipes = configuration.recipes()
        name = recipes[0].data
        dataset = self._own if self._own is not None and name == self._own.name else self._load(name)
        experiment = Experiment(configuration, dataset)
        before, drawing = self._trainer, None
        was_playing, speed = True, self._first_speed
        if before is not None:
            was_playing, speed = before.is_playing or before.is_done, before.speed
            before.close()
        self._trainer, self._examination = Trainer(experiment, self._threads), Examination()
        self._trainer.speed = speed
        if self._viewed is not None and self._viewed.drawing is not None:
            drawing = self._viewed.drawing if self._viewed.drawing.shape == dataset.image_shape else None
        self._viewed = Viewed(experiment.runs[0], drawing=drawing)
        self._publisher.forget()
        self._send(description(experiment))
        if was_playing:
            self._trainer.play()

    def _look_at(self, side: str, place: int, at: int | None) -> None:
        assert self._trainer is not None and self._viewed is not None
        own = self._trainer.experiment.of_side(self._known(side))
        self._viewed.run = own[min(place, len(own) - 1)]
        self._viewed.at = at if self._viewed.run.kept is not None else None

    def _known(self, side: str) -> str:
        assert self._trainer is not None
        return side if side in self._trainer.experiment.sides else "a"

    def _answer(self, control: wire.Draw, image: NDArray[Any]) -> None:
        assert self._trainer is not None and self._viewed is not None
        self._viewed.drawing = image
        run = self._trainer.free_run(self._viewed.run)
        with self._trainer.holding(run):
            self._send(snapshot.answer(self._trainer.experiment, run, image, control.id))

    def _teach(self, viewed: Viewed, label: int) -> None:
        assert self._trainer is not None
        if viewed.drawing is None:
            raise SeedbedError("teach: draw something first.")
        for run in self._trainer.experiment.of_side(viewed.run.side):
            with self._trainer.holding(run):
                self._trainer.experiment.teach(run, viewed.drawing, label)
                if run is viewed.run:
                    self._send(snapshot.answer(self._trainer.experiment, run, viewed.drawing, -1))

    def _switch(self, viewed: Viewed, control: wire.Lesion) -> None:
        assert self._trainer is not None
        unit = (control.layer, control.unit)
        if not control.layer:
            viewed.off = frozenset()
        else:
            viewed.off = viewed.off | {unit} if control.off else viewed.off - {unit}
        with self._trainer.holding(viewed.run):
            try:
                self._send(lesion_frame(self._trainer.experiment, viewed))
            except SeedbedError:
                viewed.off = viewed.off - {unit}
                raise

    def _aside(self, kind: str, work: Callable[[], Iterable[Frame]]) -> None:
        """Do what takes long beside everything else, one thing at a time."""
        if self._side_work is not None and self._side_work.is_alive():
            raise SeedbedError("something else is still being worked out; wait a moment.")

        def run() -> None:
            with self._telling(kind):
                for frame in work():
                    self._send(frame)

        self._side_work = threading.Thread(target=run, daemon=True)
        self._side_work.start()

    def _publish(self) -> None:
        trainer, viewed = self._trainer, self._viewed
        if trainer is None or viewed is None:
            return
        if trainer.error is not None:
            error, trainer.error = trainer.error, None
            self._send(error_frame(error if isinstance(error, SeedbedError) else SeedbedError(str(error))))
        self._examination.go_on(trainer)
        self._publisher.publish(trainer, viewed)


def _counts(run: LabRun) -> bool:
    """Whether a run has ended and nobody reached into it."""
    return run.outcome is not None and run.outcome.kind is not Kind.STOPPED and not run.has_interventions


def _rates(recipe: Recipe, dataset: Dataset, side: str) -> Frame:
    found = range_test(recipe, dataset)
    values = {"side": side, "lrs": found.lrs, "losses": found.smooth, "suggestion": found.suggestion}
    return Frame("rates", values, is_kept=True)


def _report(experiment: Experiment, runs: list[LabRun], language: str) -> Frame:
    # Drawing takes a good part of a second to import.
    from seedbed.lab.report import write_report

    return Frame("report", {"path": str(write_report(experiment, runs, language))}, is_kept=True)
