"""Results as rows of plain values, as data frames and as small tables for notebooks."""

import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from seedbed.errors import StudyError
from seedbed.notebook import html_table
from seedbed.study.claim import ClaimResult
from seedbed.study.kind_claim import KindClaim
from seedbed.study.result import RunResult, VariantResult
from seedbed.study.rows import variant_rows
from seedbed.study.summaries import summarize

if TYPE_CHECKING:
    from pandas import DataFrame

Record = dict[str, Any]


def run_records(variants: Sequence[VariantResult]) -> list[Record]:
    """One row for each run of each variant.

    ``epochs_done`` may be less than ``epochs``, the recipe's; ``test_error`` and ``balanced_error`` are in percent and
    NaN for a diverged run, ``status`` is ``finished``, ``collapsed`` or ``diverged``. Parts of the recipe and axes of a
    grid have their names.
    """
    return [_row(variant, run) for variant in variants for run in variant.runs]


def claim_records(claims: Sequence[ClaimResult | KindClaim]) -> list[Record]:
    """One row for each claim; what a method does not tell is None, or is missing for claims of another kind."""
    return [_claim(claim) if isinstance(claim, ClaimResult) else _of_kind(claim) for claim in claims]


def data_frame(records: Sequence[Record]) -> "DataFrame":
    """Rows as a data frame of pandas.

    Raises
    ------
    StudyError
        pandas is not installed.
    """
    try:
        import pandas
    except ImportError:
        raise StudyError(
            f"a data frame needs pandas, which is not installed: {sys.executable} -m pip install pandas. "
            "The same rows come without it from records() and claim_records()."
        ) from None
    return pandas.DataFrame(list(records))


def result_html(variants: Sequence[VariantResult], claims: Sequence[ClaimResult | KindClaim]) -> str:
    """The errors of each variant and the verdict on each claim, as HTML tables."""
    found = variant_rows([summarize(variant) for variant in variants])
    rows = [(row.title, row.measured, row.published, row.runs) for row in found]
    tables = html_table(("variant", "test error, %", "published, %", "runs"), rows)
    if claims:
        verdicts = [(claim.text, claim.verdict, claim.sentence) for claim in claims]
        tables += html_table(("claim", "verdict", "in words"), verdicts)
    return tables


def _row(variant: VariantResult, run: RunResult) -> Record:
    row = {"variant": variant.name, "title": variant.title, **_run(run), **asdict(variant.recipe)}
    # An axis may be called like a part of the recipe, which then says more.
    return row | {axis: label for axis, label in variant.coordinates.items() if axis not in row}


def _run(run: RunResult) -> Record:
    return {
        "seed": run.seed,
        "status": "collapsed" if run.collapsed else str(run.outcome.kind),
        "note": run.outcome.text,
        "test_error": float("nan") if run.diverged else run.test_error,
        "balanced_error": float("nan") if run.diverged else run.balanced_error,
        "epochs_done": len(run.history.epochs),
        "train_s": run.history.train_s,
        "images_per_second": run.images_per_second,
        "engine": run.engine,
    }


def _claim(claim: ClaimResult) -> Record:
    images, published, correlation = claim.images, claim.published, claim.correlation
    replication = claim.replication
    return {
        "claim": claim.text,
        "kind": "less",
        "better": claim.better.name,
        "worse": claim.worse.name,
        "verdict": claim.verdict,
        "method": claim.method,
        "runs_better": len(claim.better.errors),
        "runs_worse": len(claim.worse.errors),
        "difference": claim.difference,
        "low": claim.interval[0],
        "high": claim.interval[1],
        "p_value": claim.p_value,
        "level": claim.decision.level if claim.decision else 0.05,
        "decided_at": claim.decision.seeds if claim.decision and claim.verdict != "undecided" else None,
        "welch_p": claim.welch.p_value if claim.welch else None,
        "permutation_p": claim.permutation.p_value if claim.permutation else None,
        "correlation": correlation.coefficient if correlation else None,
        "new_images_low": images.interval[0] if images else None,
        "new_images_high": images.interval[1] if images else None,
        "mcnemar_p": claim.networks.p_value if claim.networks else None,
        "difference_without_collapsed": claim.learned.difference if claim.learned else None,
        "further_runs": claim.further,
        "published_difference": claim.published_difference,
        "published_p": published.p_value if published else None,
        "published_low": replication.interval[0] if replication else None,
        "published_high": replication.interval[1] if replication else None,
        "sentence": claim.sentence,
    }


def _of_kind(claim: KindClaim) -> Record:
    return {
        "claim": claim.text,
        "kind": claim.kind,
        "variants": "; ".join(", ".join(one.name for one in side) for side in claim.sides),
        "verdict": claim.verdict,
        "value": f"{claim.value} of {claim.layer}" if claim.layer else claim.value,
        "estimate": claim.estimate,
        "low": claim.interval[0],
        "high": claim.interval[1],
        "confidence": claim.confidence,
        "p_value": claim.p_value,
        "level": claim.level,
        "stated": dict(claim.stated),
        "details": dict(claim.details),
        "lack": claim.lack,
        "sentence": claim.sentence,
    }
