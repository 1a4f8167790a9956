"""The ledger of looks: in which states the claims of a study were judged.

Who looks at a study while it runs, and may stop where it looks good, errs more often than a test of a fixed number of
seeds says. So each state in which a claim was judged is kept in the workspace, and a study that is judged before all
its seeds are there, or again with others, is judged by a test that allows for looks.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from seedbed.errors import StoreError
from seedbed.statistics.spending import spent
from seedbed.store import Ledger, LookEntry, Workspace
from seedbed.study.claim_definition import ClaimDefinition
from seedbed.study.result import VariantResult

LEVEL = 0.05


@dataclass(frozen=True)
class Looks:
    """A look at a study, and those before it.

    Attributes
    ----------
    number : int
        Of this look: 1 is the first. Equal states of all claims are one look, however often they are judged.
    is_early : bool
        Whether some claim lacks runs that were planned.
    seeds : (least, most)
        Runs of the variants that claims name.
    planned : (least, most)
        How many they are to have.
    before : tuple of int
        At each earlier look the most runs that a variant had, in the order of time.
    tested_before : tuple of bool
        For each claim, whether it was judged before with another number of runs by a test that supposes a fixed one.
    is_recorded : bool
        Whether the workspace could be written, so that later looks know of this one.
    """

    number: int = 1
    is_early: bool = False
    seeds: tuple[int, int] = (0, 0)
    planned: tuple[int, int] = (0, 0)
    before: tuple[int, ...] = ()
    tested_before: tuple[bool, ...] = ()
    is_recorded: bool = True

    @property
    def are_many(self) -> bool:
        """Whether a test is needed that allows for looks."""
        return self.is_early or self.number > 1

    @property
    def chance(self) -> float:
        """Bound of the probability of any false verdict, at this look or before it."""
        if not self.are_many:
            return LEVEL
        now = spent(self.seeds[1], LEVEL) if self.is_early else LEVEL
        return now + (LEVEL if any(self.tested_before) else 0.0)


def look(
    claims: Sequence[ClaimDefinition],
    variants: Sequence[VariantResult],
    planned: Mapping[str, int],
    ledger: Ledger,
    engine: str,
) -> Looks:
    """What was looked at before, and whether this look is an early one.

    Parameters
    ----------
    claims, variants
    planned : mapping of str to int
        Seeds of each variant.
    ledger : Ledger
    engine : str
    """
    named = {variant.name: variant for variant in variants}
    names = [name for claim in claims for name in claim.names]
    # Of one run each nothing is tested, whatever was looked at before.
    if all(planned[name] == 1 for name in names):
        return Looks()
    counts = {name: len(named[name].runs) for name in names}
    before: list[LookEntry] = []
    tested_before = []
    number = 1
    for claim in claims:
        kept = ledger.looks(claim_identity(claim, named, engine))
        now = tuple(counts[name] for name in claim.names)
        states = [entry.seeds for entry in kept]
        earlier = kept[: states.index(now)] if now in states else kept
        number = max(number, len(earlier) + 1)
        before = max(before, earlier, key=len)
        tested_before.append(any(entry.test == "fixed" for entry in earlier))
    return Looks(
        number=number,
        is_early=any(counts[name] < planned[name] for name in names),
        seeds=(min(counts.values()), max(counts.values())),
        planned=(min(planned[name] for name in names), max(planned[name] for name in names)),
        before=tuple(max(entry.seeds) for entry in before),
        tested_before=tuple(tested_before),
    )


def record(
    looks: Looks,
    claims: Sequence[ClaimDefinition],
    variants: Sequence[VariantResult],
    planned: Mapping[str, int],
    tests: Sequence[str],
    workspace: Workspace,
    engine: str,
    study: str,
) -> Looks:
    """Enter this look at every claim that at least two runs of each of its variants tell something of.

    Parameters
    ----------
    tests : sequence of str
        Of each claim: ``fixed``, ``sequential`` or ``none``.

    Returns
    -------
    Looks
        The same, ``is_recorded`` set right.
    """
    named = {variant.name: variant for variant in variants}
    entries = []
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    for claim, test in zip(claims, tests, strict=True):
        seeds = tuple(len(named[name].runs) for name in claim.names)
        if min(seeds) < 2:
            continue
        identity = claim_identity(claim, named, engine)
        own = tuple(planned[name] for name in claim.names)
        if seeds not in [entry.seeds for entry in workspace.ledger.looks(identity)]:
            entries.append(LookEntry(identity, seeds, own, test, study, now))  # type: ignore[arg-type]
    try:
        workspace.enter_looks(entries)
    except StoreError:
        return replace(looks, is_recorded=False)
    return looks


def claim_identity(claim: ClaimDefinition, variants: Mapping[str, VariantResult], engine: str) -> str:
    """What is tested, whatever it is called: the recipes, the kind with its numbers, and the engine."""
    values = claim.model_dump(exclude_none=True, exclude={"text", "published_difference"})
    recipes = [[variants[name].recipe.fingerprint for name in side] for side in claim.sides]
    numbers = {key: value for key, value in values.items() if key in _NUMBERS}
    # Two sides that are tested against each other in both directions are one test.
    ordered = sorted(recipes) if claim.kind in ("less", "order", "equal", "crossing", "speed") else recipes
    text = json.dumps([claim.kind, claim.quantity, numbers, ordered, engine], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


_NUMBERS = ("under", "reaches", "runs", "margin", "between", "target", "epochs", "layer", "epoch")
