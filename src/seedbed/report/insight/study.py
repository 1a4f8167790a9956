"""The sections of a study's report that look into recordings and mistakes."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from seedbed.data import Dataset, load_data
from seedbed.errors import SeedbedError, StoreError
from seedbed.insight import Agreement, Inspection, agreement, confusion, inspect
from seedbed.language import phrase
from seedbed.report.document import Block, Figure, Group, Paragraphs, Remarks, Section
from seedbed.report.insight.activations import activation_figure, units_figure
from seedbed.report.insight.gradients import gradient_share_figure, output_gradient_figure
from seedbed.report.insight.mistakes import agreement_text, confusion_figure, hardest_figure
from seedbed.report.words import seed_count
from seedbed.store import RunKey
from seedbed.training.checkpoint import load_run
from seedbed.training.recording import Recording

if TYPE_CHECKING:
    from seedbed.store import Workspace
    from seedbed.study.result import RunResult, StudyResult, VariantResult
    from seedbed.training.recipe import Recipe

_Measure = TypeVar("_Measure")
_Outputs = list[NDArray[np.float32]]

_MOST_STATES = 12
"""Of each variant: a report is written after every command and must not take longer than a short study."""


def study_sections(result: "StudyResult", workspace: "Workspace") -> tuple[Section, ...]:
    """What the workspace lets see of the variants outside grids; nothing where it has neither recording nor outputs.

    Parameters
    ----------
    result : StudyResult
    workspace : Workspace
        Where its runs lie.
    """
    alone = [variant for variant in result.variants if not variant.grid]
    library = _Library()
    try:
        return (*_inside(alone, workspace, library), *_mistakes(alone, workspace, library))
    except SeedbedError as error:
        # The report must come out where the images are no longer at hand.
        return (Section(phrase("Inside the networks"), (Remarks((phrase("Left out: {error}", error=error),)),)),)


class _Library:
    """Data sets, each loaded and split once."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int], Dataset] = {}

    def of(self, recipe: "Recipe") -> Dataset:
        key = (recipe.data, recipe.validation)
        if key not in self._kept:
            self._kept[key] = recipe.split(load_data(recipe.data))
        return self._kept[key]


def _key(variant: "VariantResult", run: "RunResult") -> RunKey:
    return RunKey(variant.recipe.fingerprint, run.seed, run.engine.split()[0])


def _inside(variants: "Sequence[VariantResult]", workspace: "Workspace", library: _Library) -> list[Section]:
    found: list[tuple[str, Inspection]] = []
    problems: list[str] = []
    for variant in variants:
        for run in _recorded_runs(variant, workspace):
            title = phrase("{title}, seed {seed}", title=variant.title, seed=run.seed)
            try:
                found.append((title, _inspection(variant, run, workspace, library, problems)))
            except StoreError as error:
                problems.append(str(error))
    if not found:
        return []
    blocks: list[Block] = [
        Paragraphs(
            (
                phrase(
                    "What a recording of one seed of each variant shows: parameters kept at the start and after some "
                    "epochs, and a fixed batch of training images, balanced by class, sent through each of them."
                ),
            )
        )
    ]
    for draw, measure in _FIGURES:
        items = _having(found, measure)
        if items:
            blocks.append(draw(items))
    if any(_is_mse_sigmoid(inspection.recipe) for _, inspection in found):
        blocks.append(output_gradient_figure())
    if problems:
        blocks.append(Remarks(tuple(problems)))
    return [Section(phrase("Inside the networks"), tuple(blocks))]


_FIGURES: tuple[tuple[Callable[..., Figure], Callable[[Inspection], object]], ...] = (
    (gradient_share_figure, lambda inspection: inspection.gradient_share),
    (activation_figure, lambda inspection: inspection.activation_inputs),
    (units_figure, lambda inspection: inspection.units),
)


def _having(
    found: "Sequence[tuple[str, Inspection]]", measure: "Callable[[Inspection], _Measure | None]"
) -> "list[tuple[str, _Measure]]":
    return [(title, value) for title, inspection in found if (value := measure(inspection)) is not None]


def _is_mse_sigmoid(recipe: "Recipe | None") -> bool:
    return recipe is not None and recipe.loss.startswith("mse") and recipe.network.split()[-1].startswith("sigmoid")


def _recorded_runs(variant: "VariantResult", workspace: "Workspace") -> "list[RunResult]":
    """The first finished run that has a recording; none if there is none."""
    runs = (run for run in variant.runs if run.status == "finished")
    return [run for run in runs if workspace.recording_folder(_key(variant, run)).is_dir()][:1]


def _inspection(
    variant: "VariantResult", run: "RunResult", workspace: "Workspace", library: _Library, problems: list[str]
) -> Inspection:
    recording = _thinned(Recording.load(workspace.recording_folder(_key(variant, run))))
    problems += recording.problems
    state, recipe, _ = load_run(workspace.run_file(_key(variant, run)))
    return inspect(recipe, library.of(recipe), state, recording)


def _thinned(recording: Recording) -> Recording:
    """At most `_MOST_STATES` of its states, the first and the last among them."""
    epochs = list(recording.states)
    places = np.linspace(0, len(epochs) - 1, min(len(epochs), _MOST_STATES)).round().astype(int)
    return replace(recording, states={epochs[place]: recording.states[epochs[place]] for place in places})


def _mistakes(variants: "Sequence[VariantResult]", workspace: "Workspace", library: _Library) -> list[Section]:
    groups, texts = [], []
    for place, variant in enumerate(variants):
        outputs = _outputs(variant, workspace)
        if not outputs:
            continue
        dataset = library.of(variant.recipe)
        counts = sum(confusion(one, dataset.test_labels) for one in outputs)
        seeds = seed_count(len(outputs))
        what = phrase("answers of {seeds} of {title} together", seeds=seeds, title=variant.title)
        blocks: list[Block] = [confusion_figure(f"confusion-{place}", np.asarray(counts), dataset.classes, what)]
        if len(outputs) > 1:
            agreed = agreement(outputs, dataset.test_labels)
            texts.append(f"{variant.title}: {agreement_text(agreed)}")
            answers = wrong_answers(agreed, outputs, dataset.test_labels)
            blocks.append(hardest_figure(f"hardest-{place}", agreed, dataset, answers))
        groups.append(Group(phrase("Mistakes of {title}", title=variant.title), tuple(blocks), is_folded=True))
    if not groups:
        return []
    return [Section(phrase("Mistakes"), (*([Remarks(tuple(texts))] if texts else []), *groups))]


def _outputs(variant: "VariantResult", workspace: "Workspace") -> _Outputs:
    """Outputs of every finished run whose file has them."""
    found = []
    for run in variant.runs:
        if run.status == "finished":
            state, _, _ = load_run(workspace.run_file(_key(variant, run)))
            if state.outputs is not None:
                found.append(state.outputs)
    return found


def wrong_answers(agreed: Agreement, outputs: _Outputs, labels: NDArray[np.uint8]) -> dict[int, int]:
    """The most frequent wrong answer to each image that some seed gets wrong, by its number."""
    numbers = np.flatnonzero(agreed.wrong)
    answers = np.stack([one[numbers].argmax(axis=1) for one in outputs])
    found = {}
    for place, number in enumerate(numbers):
        counts = np.bincount(answers[:, place], minlength=outputs[0].shape[1])
        counts[labels[number]] = 0
        found[int(number)] = int(counts.argmax())
    return found
