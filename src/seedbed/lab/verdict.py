"""A against B while it trains: a verdict that stays valid however often one looks."""

from seedbed.lab.experiment import Experiment, LabRun
from seedbed.statistics import SequentialComparison

_FIRST_LOOK = 3


def verdict(experiment: Experiment) -> dict[str, object]:
    """What the runs that have reached their end say of B against A.

    The test is the sequential one of studies: it looks after every pair of runs with the same seed, and errs in at most
    5% of all experiments. Runs that are still training, diverged, or that a person reached into, do not count: their
    errors at different times would be further looks.

    Returns
    -------
    dict
        ``verdict`` (``lower``, ``higher``, ``undecided``, ``waiting``), ``pairs`` that count, ``running``,
        ``left_out``, ``difference`` error(A) - error(B) in percent points and its ``interval``, or None.
    """
    if len(experiment.sides) < 2:
        return {"verdict": "none"}
    a = {run.place: run for run in experiment.of_side("a")}
    b = {run.place: run for run in experiment.of_side("b")}
    places = sorted(a.keys() & b.keys())
    left_out = sum(any(_is_void(run) for run in (a[place], b[place])) for place in places)
    running = sum(any(run.outcome is None for run in (a[place], b[place])) for place in places)
    counting = []
    for place in places:
        if a[place].outcome is None or b[place].outcome is None:
            # In the order of the seeds: a later pair that is done first waits.
            break
        if not (_is_void(a[place]) or _is_void(b[place])):
            counting.append(place)
    found: dict[str, object] = {"pairs": len(counting), "running": running, "left_out": left_out}
    if len(counting) < _FIRST_LOOK:
        return found | {"verdict": "waiting", "difference": None, "interval": None}
    decision = SequentialComparison(0.05, 1).decide(
        [a[place].tested[-1][1] for place in counting], [b[place].tested[-1][1] for place in counting]
    )
    words = {"supported": "lower", "contradicted": "higher", "undecided": "undecided"}
    return found | {
        "verdict": words[decision.verdict],
        "difference": decision.difference,
        "interval": decision.interval,
    }


def _is_void(run: LabRun) -> bool:
    has_failed = run.outcome is not None and not (run.outcome.is_complete and run.tested)
    return run.has_interventions or has_failed
