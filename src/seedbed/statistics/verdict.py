"""What is made of p-values."""

from typing import Literal

Verdict = Literal["supported", "contradicted", "undecided"]


def verdict_of(difference: float, p_value: float, level: float) -> Verdict:
    """``supported`` where a difference above 0 is significant by a two-sided p, ``contradicted`` where one below 0 is;
    NaN decides nothing."""
    if not p_value < level:
        return "undecided"
    return "supported" if difference > 0 else "contradicted"


def verdict_of_sides(p_value: float, p_against: float, level: float) -> Verdict:
    """``supported`` where the first is significant, ``contradicted`` where the second is: a claim and its contrary,
    each tested on its own. NaN decides nothing."""
    if p_value < level:
        return "supported"
    return "contradicted" if p_against < level else "undecided"
