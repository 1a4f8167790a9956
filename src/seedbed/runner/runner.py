"""Many runs side by side: jobs go to the workers of a pool, and each run that ends is entered into the ledger."""

import contextlib
from collections import deque
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import ExitStack
from datetime import UTC, datetime

from seedbed.engine import load_engine
from seedbed.errors import StoreError
from seedbed.machine import MOST_THREADS, describe_machine, describe_versions, usable_cores
from seedbed.runner.dask_cluster import open_dask_pool
from seedbed.runner.driver import CHECKPOINT_S
from seedbed.runner.failures import Death, ErrorRaised, FileReplaced, GivenUp, Reason, RunFailure
from seedbed.runner.job import Job
from seedbed.runner.local_pool import LocalPool
from seedbed.runner.messages import Advanced, Answer, EpochDone, Failed, Finished, Noted, Started, Task
from seedbed.runner.pool import Died, Pool, Report
from seedbed.runner.shared_data import sharing
from seedbed.runner.watcher import Watcher
from seedbed.store import LockedError, RunEntry, RunKey, Workspace

_RESTARTS = 2
_POLL_S = 1.0


class Runner:
    """Takes jobs to their end and enters each into the workspace.

    A worker that dies is replaced, and its run goes on from its last checkpoint, at most twice. A run that another
    process trains already is waited for. The runner holds the runs that are in progress; only it touches the ledger.

    Parameters
    ----------
    workspace : Workspace
    pool : Pool
    watcher : Watcher
    checkpoint_s : float
        Seconds between two checkpoints of a run.
    """

    def __init__(self, workspace: Workspace, pool: Pool, watcher: Watcher, checkpoint_s: float = CHECKPOINT_S) -> None:
        self._workspace, self._pool, self._watcher, self._checkpoint_s = workspace, pool, watcher, checkpoint_s
        self._machine, self._versions = describe_machine(), describe_versions()
        self._waiting: deque[Job] = deque()
        self._busy: dict[str, Job] = {}
        """In progress, by identity."""
        self._held: dict[str, ExitStack] = {}
        self._deaths: dict[Job, int] = {}
        self._awaited: set[Job] = set()
        """Other processes train them."""
        self._failures: list[RunFailure] = []

    def run(
        self, jobs: Sequence[Job], data: Mapping[Job, str], recorded: Set[RunKey] = frozenset()
    ) -> tuple[RunFailure, ...]:
        """Do all jobs, in their order.

        Parameters
        ----------
        jobs : sequence of Job
        data : mapping of Job to str
            The name under which the pool knows the data of each.
        recorded : set of RunKey
            Runs to record.

        Returns
        -------
        tuple of RunFailure
            One for each run that was given up.

        Raises
        ------
        StoreError
            The workspace cannot be written any more.
        """
        self._failures, self._deaths, self._awaited = [], {}, set()
        self._waiting = deque(jobs)
        threads = max(1, min(MOST_THREADS, min(self._pool.size, self._pool.cores) // max(1, len(jobs))))
        try:
            while self._waiting or self._busy:
                while self._waiting and len(self._busy) < self._pool.size and self._submit(data, recorded, threads):
                    pass
                # Without a time limit Windows would not let Ctrl-C through.
                if report := self._pool.next(_POLL_S):
                    self._handle(report)
        finally:
            if self._busy:
                # The runs are held until their workers have stored them.
                self._pool.close()
            for held in self._held.values():
                held.close()
            self._held.clear()
            self._busy.clear()
        return tuple(self._failures)

    def _submit(self, data: Mapping[Job, str], recorded: Set[RunKey], threads: int) -> bool:
        """Begin the first waiting job that no other process trains; False if there is none."""
        for _ in range(len(self._waiting)):
            job = self._waiting.popleft()
            run = job.key.identity
            with ExitStack() as held:
                try:
                    held.enter_context(self._workspace.hold(job.key))
                except LockedError as error:
                    if not self._busy and job not in self._awaited:
                        self._watcher.note(f"{job.name}: {error.holder} trains it; waiting for it.")
                        self._awaited.add(job)
                    self._waiting.append(job)
                    continue
                if entry := self._intact(job):
                    self._watcher.finished(None, job, entry, None)
                    return True
                self._busy[run], self._held[run] = job, held.pop_all()
            self._pool.submit(
                Task(
                    run=run,
                    recipe=job.recipe.to_dict(),
                    seed=job.key.seed,
                    engine=job.key.engine,
                    data=data[job],
                    checkpoint_s=self._checkpoint_s,
                    is_recorded=job.key in recorded,
                    threads=threads,
                )
            )
            return True
        return False

    def _intact(self, job: Job) -> RunEntry | None:
        """The entry of a job that is done; one whose file is damaged is taken out."""
        entry = self._workspace.ledger.find(job.key)
        if entry is not None and (damage := self._workspace.damage(entry)):
            self._workspace.set_aside(job.key, damage)
            self._watcher.note(f"{job.name}: {damage.text}; the run is done again.")
            return None
        return entry

    def _handle(self, report: Report) -> None:
        job = self._busy.get(report.content.run)
        if job is None:
            return
        match report.content:
            case Died(reason=reason):
                self._try_again(job, reason)
            case Finished():
                self._enter(report.worker, job, report.content)
            case Failed(reason=ErrorRaised(message=message), is_fatal=True):
                raise StoreError(message)
            case Failed(reason=reason):
                self._release(job)
                self._fail(job, reason)
            case _:
                self._tell(report.worker, job, report.content)

    def _tell(self, worker: int, job: Job, answer: Answer) -> None:
        match answer:
            case Noted(text=text):
                self._watcher.note(f"{job.name}: {text}")
            case Started(epoch=epoch):
                self._watcher.started(worker, job, epoch)
            case Advanced(progress=progress):
                self._watcher.progressed(worker, job, progress)
            case EpochDone(event=event):
                self._watcher.epoch_ended(worker, job, event)

    def _enter(self, worker: int, job: Job, finished: Finished) -> None:
        self._pool.collect(finished.run)
        entry = RunEntry(
            key=job.key,
            recipe=job.recipe.to_dict(),
            outcome=finished.outcome,
            sha256=finished.sha256,
            executed_by=finished.executed_by,
            seconds=finished.seconds,
            images_per_second=finished.images_per_second,
            data_source=finished.data_source,
            machine=self._machine,
            versions=self._versions,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        if self._workspace.enter(entry):
            self._release(job)
            self._watcher.finished(worker, job, entry, finished.test_error)
        else:
            self._try_again(job, FileReplaced())

    def _try_again(self, job: Job, reason: Death) -> None:
        self._release(job)
        self._deaths[job] = self._deaths.get(job, 0) + 1
        if self._deaths[job] > _RESTARTS:
            self._fail(job, GivenUp(reason, self._deaths[job]))
        else:
            self._waiting.appendleft(job)
            self._watcher.restarted(job, reason)

    def _release(self, job: Job) -> None:
        del self._busy[job.key.identity]
        self._held.pop(job.key.identity).close()

    def _fail(self, job: Job, reason: Reason) -> None:
        self._failures.append(RunFailure(job.title, job.key.seed, reason))
        self._watcher.failed(job, reason)


@contextlib.contextmanager
def open_runner(
    workspace: Workspace,
    engine: str,
    jobs: int | None,
    watcher: Watcher,
    checkpoint_s: float = CHECKPOINT_S,
    on: str | None = None,
) -> Iterator[tuple[Runner, Pool]]:
    """A runner and its pool, which end with the block.

    Parameters
    ----------
    workspace : Workspace
    engine : str
        Name of the engine.
    jobs : int, optional
        Runs at once; one per usable core, or per thread of the cluster, if left out.
    watcher : Watcher
    checkpoint_s : float
        Seconds between two checkpoints of a run.
    on : str, optional
        A Dask cluster, see ``open_dask_pool``; worker processes of this machine if left out.

    Raises
    ------
    SeedbedError
        The engine is unknown, the workspace cannot be written, or there is no such cluster.
    """
    load_engine(engine)
    with sharing(workspace.staging) as shared:
        if on is not None:
            with open_dask_pool(on, jobs, shared.folder, workspace.staging, workspace.recordings) as cluster:
                yield Runner(workspace, cluster, watcher, checkpoint_s), cluster
            return
        pool = LocalPool(jobs or usable_cores(), shared, workspace.staging, workspace.recordings)
        try:
            yield Runner(workspace, pool, watcher, checkpoint_s), pool
        finally:
            pool.close()
