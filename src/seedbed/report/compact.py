"""The numbers of a study in one small file: what is needed to check every sentence of its report, and no more."""

import json
import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

_DIGITS = 6
_LEFT_OUT_OF_LOOK = ("mistakes", "occlusion", "activation_inputs")
_LEFT_OUT_OF_SEEDS = ("calibration", "confusion", "hardest")


def compact_numbers(numbers: Mapping[str, Any]) -> dict[str, Any]:
    """What a compact report keeps of the numbers of a study.

    Kept are texts, settings, claims, summaries, and of each run its seed, state, errors and time. Of the epochs stay
    the means over the runs of each variant outside grids (those that its curves draw); of the looks inside networks,
    what goes over epochs but the quantiles, and how many images how many seeds get wrong.

    Parameters
    ----------
    numbers : mapping
        From `study_numbers`, with ``inside`` or without, as plain values or as its JSON file gives them.

    Returns
    -------
    dict
        ``kind`` is ``study`` still, ``form`` is ``compact``; the runs of a variant are columns, the seeds first.
    """
    kept = dict(numbers) | {"form": "compact", "variants": [_variant(variant) for variant in numbers["variants"]]}
    if "inside" in numbers:
        kept["inside"] = {name: _look(look) for name, look in numbers["inside"].items()}
    return {name: _rounded(value) for name, value in kept.items()}


def compact_text(numbers: Mapping[str, Any]) -> str:
    """JSON with a line for each key, and for each variant."""
    lines = []
    for name, value in numbers.items():
        text = _line(value)
        if name == "variants":
            text = "[\n  " + ",\n  ".join(_line(one) for one in value) + "\n ]"
        lines.append(f" {_line(name)}: {text}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _variant(variant: Mapping[str, Any]) -> dict[str, Any]:
    spreads = {
        name: None if variant[name] is None else {key: variant[name][key] for key in ("mean", "std", "interval")}
        for name in ("measured", "without_collapsed", "best_epoch")
    }
    runs = variant["runs"]
    curves = {} if variant["grid"] else {"curves": {name: _curve(runs, name) for name in ("test_error", "train_loss")}}
    return dict(variant) | spreads | {"runs": _columns(runs)} | curves


def _columns(runs: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    rows = [_run(run) for run in runs]
    return {name: [row[name] for row in rows] for name in (rows[0] if rows else ())}


def _run(run: Mapping[str, Any]) -> dict[str, Any]:
    history = run["history"]
    errors = [
        (error, epoch) for error, epoch in zip(history["test_error"], history["epoch"], strict=True) if _is(error)
    ]
    lowest, epoch = min(errors, default=(None, None))
    return {
        "seed": run["seed"],
        "outcome": run["outcome"]["kind"],
        "step": run["outcome"]["step"],
        "answer": run["outcome"]["answer"],
        "test_error": run["test_error"],
        "lowest_test_error": lowest,
        "lowest_at_epoch": epoch,
        "train_error": history["train_error"][-1] if history["epoch"] else None,
        "epochs_done": len(history["epoch"]),
        "train_s": sum(value for value in history["train_s"] if _is(value)),
        "engine": run["engine"],
    }


def _curve(runs: Sequence[Mapping[str, Any]], name: str) -> dict[str, list[Any]] | None:
    """Mean and standard deviation by epoch over the runs that learned; over all that finished where none did."""
    finished = [run for run in runs if run["outcome"]["kind"] in ("finished", "one_answer")]
    typical = [run for run in finished if run["outcome"]["kind"] == "finished"] or finished
    by_epoch: dict[int, list[float]] = {}
    for run in typical:
        for epoch, value in zip(run["history"]["epoch"], run["history"][name], strict=True):
            if _is(value):
                by_epoch.setdefault(epoch, []).append(value)
    if not by_epoch:
        return None
    epochs = sorted(by_epoch)
    columns = [by_epoch[epoch] for epoch in epochs]
    has_band = all(len(column) > 1 for column in columns)
    return {
        "epoch": epochs,
        "mean": [statistics.fmean(column) for column in columns],
        "std": [statistics.stdev(column) for column in columns] if has_band else [],
    }


def _look(look: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in look.items() if name not in _LEFT_OUT_OF_LOOK}
    seeds = {name: value for name, value in look["all_seeds"].items() if name not in _LEFT_OUT_OF_SEEDS}
    agreement = {name: value for name, value in seeds["agreement"].items() if name != "wrong_seeds"}
    return kept | {"all_seeds": seeds | {"agreement": agreement}}


def _is(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}")
    if isinstance(value, Mapping):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    return value
