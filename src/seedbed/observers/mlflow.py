"""Runs in MLflow's tracking."""

from typing import Any

from seedbed.observers.needing import imported
from seedbed.observers.observer import ObservedRun, Observer, figures
from seedbed.training.history import EpochRecord
from seedbed.training.outcome import Outcome

_LONGEST = 500
"""Characters of a parameter's value that every MLflow server takes."""


class MLflow(Observer):
    """One MLflow run for each run, with its settings as parameters and its figures by epoch as metrics.

    Parameters
    ----------
    tracking_uri : str, optional
        Of the server, or of a database: ``http://localhost:5000``, ``sqlite:///runs.db``; MLflow's own default if left
        out.
    experiment : str
        Made if it is missing.

    Raises
    ------
    EngineError
        MLflow is not installed.
    """

    def __init__(self, tracking_uri: str | None = None, experiment: str = "seedbed") -> None:
        tracking = imported("mlflow", "mlflow").tracking
        self._client = tracking.MlflowClient(tracking_uri=tracking_uri)
        found = self._client.get_experiment_by_name(experiment)
        self._experiment = found.experiment_id if found else self._client.create_experiment(experiment)
        # Ids that the server gives, by ours.
        self._ids: dict[str, str] = {}

    def started(self, run: ObservedRun, epoch: int) -> None:
        tags = {"seedbed.run": run.id, "mlflow.runName": run.name[:_LONGEST]}
        before = self._before(run)
        if before is not None:
            self._client.update_run(before, status="RUNNING")
        self._ids[run.id] = before or self._client.create_run(self._experiment, tags=tags).info.run_id
        for key, value in run.settings.items():
            self._client.log_param(self._ids[run.id], key, str(value)[:_LONGEST])

    def epoch_ended(self, run: ObservedRun, record: EpochRecord) -> None:
        for name, value in figures(record).items():
            self._client.log_metric(self._ids[run.id], name, value, step=record.epoch)

    def ended(self, run: ObservedRun, outcome: Outcome, test_error: float | None) -> None:
        own = self._ids.pop(run.id)
        self._client.set_tag(own, "outcome", outcome.text or str(outcome.kind))
        self._client.set_terminated(own, status="FINISHED" if outcome.is_complete else "FAILED")

    def close(self) -> None:
        for own in self._ids.values():
            self._client.set_terminated(own, status="KILLED")
        self._ids.clear()

    def _before(self, run: ObservedRun) -> str | None:
        """The server's id of a run that was interrupted and goes on."""
        asked = f"tags.`seedbed.run` = '{run.id}'"
        found: list[Any] = self._client.search_runs([self._experiment], filter_string=asked, max_results=1)
        return str(found[0].info.run_id) if found else None
