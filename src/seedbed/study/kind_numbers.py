"""What the verdict on a claim of another kind than "A errs less than B" rests on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from seedbed.study.claim_definition import Kind
from seedbed.study.claim_numbers import Side, Verdict

Lack = Literal["", "early", "tested", "runs"]


@dataclass(frozen=True)
class KindNumbers:
    """A sentence of the source against what was measured.

    Attributes
    ----------
    text : str
    kind : str
        See ``seedbed.study.claim_definition.KINDS``.
    sides : tuple of tuple of Side
        The variants, by the place that they have in the claim.
    value, layer : str
        What is claimed of; the layer is empty for a value of the whole network.
    stated : mapping
        The numbers that the claim names: a bound, a margin, a target.
    verdict : str
        ``supported``, ``contradicted`` or ``undecided``.
    estimate : float
        ``order``, ``equal``: the difference of the means, second minus first, or first minus second; ``under``: the
        mean; ``reaches``: the chance that the best run does; ``best``: by how much the nearest rival errs more;
        ``crossing``: the epoch; ``speed``: epochs that the second needs more; ``trend``: the change over the epochs.
    interval : (low, high)
        Of the estimate, for new seeds, at ``confidence``.
    confidence : float
    p_value : float
        Of the test on whose side the runs lie, corrected over the study's claims (Holm); NaN where none was made.
    level : float
        What it has to be under.
    claims : int
        Tested together.
    details : mapping
        What else the test tells.
    lack : str
        Why there is no test: ``early``, the planned seeds are not all there; ``tested``, it was tested before with
        another number of seeds; ``runs``, too few runs, or recordings of them.
    """

    text: str
    kind: Kind
    sides: tuple[tuple[Side, ...], ...]
    value: str
    layer: str
    stated: Mapping[str, object]
    verdict: Verdict
    estimate: float
    interval: tuple[float, float]
    confidence: float
    p_value: float
    level: float = 0.05
    claims: int = 1
    details: Mapping[str, object] = field(default_factory=dict)
    lack: Lack = ""
