"""The table of claims of other kinds than "A errs less than B"."""

import math
from collections.abc import Sequence

from seedbed.formatting import DASH, p_value_text
from seedbed.language import phrase
from seedbed.report.tables import Cell, RowGroup, Table
from seedbed.study.kind_claim import KindClaim
from seedbed.study.kind_wording import kind_sentence, runs_clause, value_number


def kind_table(claims: Sequence[KindClaim]) -> Table:
    """Each claim with its verdict, what was found and the numbers behind it."""
    columns = (
        Cell(phrase("Claim")),
        Cell(phrase("Verdict")),
        Cell(phrase("Estimate"), is_number=True),
        Cell(phrase("Interval"), phrase("new seeds"), is_number=True),
        Cell("p", phrase("corrected"), is_number=True),
    )
    caption = phrase(
        "Claims of other kinds. Estimate: what the claim is about, as the line below it says; p-values are those of "
        "the claim or of its contrary, whichever the runs favour, corrected for all claims of this study "
        "together (Holm)."
    )
    return Table("claims-of-kinds", caption, columns, (RowGroup(tuple(_row(claim) for claim in claims)),))


def _row(claim: KindClaim) -> tuple[Cell, ...]:
    is_told = not math.isnan(claim.estimate)
    has_ends = not any(map(math.isnan, claim.interval))
    low, high = (value_number(claim, end) if has_ends else DASH for end in claim.interval)
    percent = f"{100 * claim.confidence:.4g}%"
    return (
        Cell(claim.text, kind_sentence(claim)),
        Cell(chip=claim.verdict),
        Cell(value_number(claim, claim.estimate) if is_told else DASH, runs_clause(claim), is_number=True),
        Cell(f"[{low}, {high}]" if has_ends else DASH, percent if has_ends else "", is_number=True),
        Cell(p_value_text(claim.p_value), is_number=True),
    )
