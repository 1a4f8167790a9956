"""What claims about layers need of recorded runs: shares of the gradient, and widths of what enters activations."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from seedbed.data import Dataset, load_data
from seedbed.errors import SeedbedError
from seedbed.insight import BatchSession, activation_inputs, gradient_share, probe_batch, probe_state
from seedbed.runner.job import run_key
from seedbed.store import Workspace
from seedbed.study.claim_definition import INSIDE, ClaimDefinition
from seedbed.study.result import RunResult, VariantResult
from seedbed.training.recipe import Recipe
from seedbed.training.recording import Recording

Layers = Mapping[tuple[str, str], Mapping[int, float]]


def recorded_variants(claims: Sequence[ClaimDefinition]) -> frozenset[str]:
    """Variants all of whose runs have to be recorded."""
    return frozenset(name for claim in claims if claim.quantity in INSIDE for name in claim.names)


def with_layers(
    claims: Sequence[ClaimDefinition], variants: Sequence[VariantResult], workspace: Workspace
) -> tuple[VariantResult, ...]:
    """The variants with ``layers`` of those runs whose recordings some claim needs and the workspace has."""
    wanted = recorded_variants(claims)
    known: dict[tuple[str, int, bool], Dataset] = {}
    return tuple(_of_variant(one, workspace, known) if one.name in wanted else one for one in variants)


def _of_variant(
    variant: VariantResult, workspace: Workspace, known: dict[tuple[str, int, bool], Dataset]
) -> VariantResult:
    recipe = variant.recipe
    try:
        key = recipe.data_key
        if key not in known:
            known[key] = recipe.split(load_data(recipe.data))
        session = BatchSession(recipe.plan(known[key]), probe_batch(recipe, known[key]))
        runs = tuple(replace(run, layers=_layers(run, recipe, session, workspace)) for run in variant.runs)
    except SeedbedError:
        # The images are not at hand: the claims say that they have no runs to be tested on.
        return variant
    return replace(variant, runs=runs)


def _layers(run: RunResult, recipe: Recipe, session: BatchSession, workspace: Workspace) -> Layers:
    folder = workspace.recording_folder(run_key(recipe, run.seed, run.engine.split()[0]))
    if not folder.is_dir() or not run.outcome.is_complete:
        return {}
    found: dict[tuple[str, str], dict[int, float]] = {}
    for epoch, state in Recording.load(folder).states.items():
        seen = probe_state(session, state, epoch)
        shares, inputs = gradient_share(seen), activation_inputs(seen)
        for name, share in zip(shares.names, shares.share[0], strict=True):
            found.setdefault(("gradient_share", name), {})[epoch] = float(share)
        for name, width in zip(inputs.sources, inputs.std[0], strict=True):
            found.setdefault(("input_width", name), {})[epoch] = float(width)
    return found
