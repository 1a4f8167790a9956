"""The numbers of a report as files for programs: JSON with everything, CSV with a row for each run."""

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, is_dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seedbed.formatting import spreadsheet_cell
from seedbed.study.chain_wording import chain_sentence
from seedbed.study.summaries import VariantSummary, summarize
from seedbed.training.history import EpochRecord

if TYPE_CHECKING:
    from seedbed.study.chains import ChainResult
    from seedbed.study.result import RunResult
    from seedbed.study.study_result import StudyResult
    from seedbed.study.sweep_result import SweepResult

Rows = Sequence[Mapping[str, Any]]


def study_numbers(result: "StudyResult") -> dict[str, Any]:
    """All that a report of a study shows, as plain values; percent, seconds; ``again`` gives the result again."""
    return plain_dict(
        {
            "kind": "study",
            "name": result.name,
            "title": result.title,
            "question": result.question,
            "source": result.source,
            "size": result.size,
            "command": result.command,
            "again": result.again,
            "variants": [_variant(summarize(variant)) for variant in result.variants],
            "looks": asdict(result.looks) | {"chance": result.looks.chance},
            "claims": result.claim_records(),
            "chains": [_chain(chain) for chain in result.chains],
            "remarks": result.remarks,
            "failures": [failure.text for failure in result.failures],
            "data_source": result.data_source,
            "machine": result.machine,
            "versions": result.versions,
        }
    )


def sweep_numbers(result: "SweepResult") -> dict[str, Any]:
    """All that a report of a sweep shows, as plain values; ``definition`` is what ``Sweep`` takes."""
    return plain_dict(
        {
            "kind": "sweep",
            "definition": result.definition,
            "command": result.command,
            "search": result.search,
            "axes": result.axes,
            "validation": result.validation,
            "seeds": result.seeds,
            "points": [
                {
                    "coordinates": point.coordinates,
                    "fingerprint": point.recipe.fingerprint,
                    "recipe": point.recipe.to_dict(),
                    "validation_errors": point.errors,
                    "mean": point.mean,
                    "std": point.std,
                    "diverged": point.diverged,
                    "is_best": point is result.winner,
                    "is_told_apart": point is not result.winner and point not in result.ties,
                }
                for point in result.points
            ],
            "test_errors": result.test_errors,
            "test_error": result.test_error,
            "test_std": result.test_std,
            "test_interval": result.test_interval,
            "failures": [failure.text for failure in result.failures],
            "data_source": result.data_source,
            "machine": result.machine,
            "versions": result.versions,
        }
    )


def json_text(numbers: Mapping[str, Any]) -> str:
    """JSON that every reader takes: what is not finite is null."""
    return json.dumps(_plain(numbers), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def csv_text(rows: Rows) -> str:
    """A line of names, then one for each row; what a row lacks, and what is not finite, is empty.

    Text that a spreadsheet would carry out as a formula has an apostrophe before it.
    """
    columns = list(dict.fromkeys(name for row in rows for name in row))
    target = io.StringIO()
    writer = csv.DictWriter(target, columns, restval="", lineterminator="\n")
    writer.writerow({name: _cell(name) for name in columns})
    writer.writerows({name: _cell(_plain(value)) for name, value in row.items()} for row in rows)
    return target.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return spreadsheet_cell(value)
    return "" if value is None else value


def _variant(item: VariantSummary) -> dict[str, Any]:
    variant = item.variant
    return {
        "name": variant.name,
        "title": variant.title,
        "fingerprint": variant.recipe.fingerprint,
        "recipe": variant.recipe.to_dict(),
        "parameters": variant.parameter_count,
        "published": variant.published,
        "replication": item.replication,
        "grid": variant.grid,
        "coordinates": variant.coordinates,
        "measured": item.measured,
        "without_collapsed": item.trained,
        "best_epoch": item.best_epoch,
        "finished": item.finished,
        "collapsed": item.collapsed,
        "diverged": item.diverged,
        "epoch_s": item.epoch_s,
        "images_per_second": item.images_per_second,
        "runs": [_run(run) for run in variant.runs],
    }


def _chain(chain: "ChainResult") -> dict[str, Any]:
    as_published = {"variant": chain.as_published.name, "replication": chain.replication_as_published}
    return {
        "title": chain.title,
        "published": chain.as_published.published,
        "as_published": as_published,
        "as_meant": {"variant": chain.as_meant.name, "replication": chain.replication_as_meant},
        "whole": chain.whole,
        "steps": [
            {
                "variant": step.side.name,
                "change": step.change,
                "difference": step.difference,
                "interval": step.interval,
                "p_value": step.p_value,
                "level": step.level,
            }
            for step in chain.steps
        ],
        "sentence": chain_sentence(chain),
    }


def _run(run: "RunResult") -> dict[str, Any]:
    return {
        "seed": run.seed,
        "outcome": asdict(run.outcome),
        "test_error": run.test_error,
        "balanced_error": run.balanced_error,
        "engine": run.engine,
        "images_per_second": run.images_per_second,
        "history": {
            field.name: [getattr(record, field.name) for record in run.history.epochs] for field in fields(EpochRecord)
        },
    }


def plain_dict(values: Mapping[str, Any]) -> dict[str, Any]:
    """Each value made of lists, dicts, texts and finite numbers only; what is not finite is None."""
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic | np.ndarray):
        return _plain(value.tolist())
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value
