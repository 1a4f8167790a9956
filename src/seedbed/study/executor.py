"""Runs side by side: one worker process per core, and one ledger that only this process touches."""

import queue
from collections import deque
from collections.abc import Sequence, Set
from datetime import UTC, datetime
from typing import Any

from seedbed.errors import StoreError
from seedbed.machine import MOST_THREADS, describe_machine, describe_versions, usable_cores
from seedbed.store import RunEntry, RunKey, Workspace
from seedbed.study.crew import Events, Member, dismiss_all
from seedbed.study.lending import Lending
from seedbed.study.plan import Job
from seedbed.study.watching import Watcher
from seedbed.training.loop import Progress

CHECKPOINT_S = 10.0
_RESTARTS = 2


class Executor:
    """Takes jobs to their end and enters each into the workspace.

    A worker that dies is replaced, and its run goes on from its last checkpoint, at most twice. Whatever ends
    ``run``, Ctrl-C included, the workers store their runs and end first.

    Parameters
    ----------
    workspace : Workspace
        Claimed by the caller.
    lending : Lending
        Has the data of every job.
    processes : int
        Workers at a time, one core each; where there are fewer runs, each gets several.
    watcher : Watcher
    checkpoint_s : float
        Seconds between two checkpoints of a run.
    recorded : set of RunKey
        Runs to record.
    """

    def __init__(
        self,
        workspace: Workspace,
        lending: Lending,
        processes: int,
        watcher: Watcher,
        checkpoint_s: float = CHECKPOINT_S,
        recorded: Set[RunKey] = frozenset(),
    ) -> None:
        self._workspace, self._lending = workspace, lending
        self._processes, self._watcher = processes, watcher
        self._checkpoint_s, self._recorded = checkpoint_s, recorded
        self._machine, self._versions = describe_machine(), describe_versions()
        self._events: Events = queue.SimpleQueue()
        self._waiting: deque[Job] = deque()
        self._members: list[Member] = []
        self._deaths: dict[Job, int] = {}
        self._failures: list[str] = []
        self._threads = 1

    def run(self, jobs: Sequence[Job]) -> tuple[str, ...]:
        """Do all jobs, in their order.

        Returns
        -------
        tuple of str
            For each run that was given up, a sentence that says why.

        Raises
        ------
        StoreError
            The workspace cannot be written any more.
        """
        self._waiting.extend(jobs)
        cores = min(self._processes, usable_cores())
        self._threads = max(1, min(MOST_THREADS, cores // max(1, len(jobs))))
        try:
            for core in range(min(self._processes, len(jobs))):
                self._hire(core)
            while any(member.job for member in self._members):
                member, event = self._next_event()
                if event is None:
                    self._bury(member)
                elif member.job is not None:
                    self._hear(member, member.job, event)
        finally:
            dismiss_all(self._members)
        return tuple(self._failures)

    def _next_event(self) -> tuple[Member, dict[str, Any] | None]:
        while True:
            # Without a time limit Windows would not let Ctrl-C through.
            try:
                return self._events.get(timeout=1.0)
            except queue.Empty:
                continue

    def _hire(self, core: int) -> None:
        member = Member(core, self._events)
        self._members.append(member)
        self._give_job(member)

    def _give_job(self, member: Member) -> None:
        if self._waiting:
            job = self._waiting.popleft()
            file = self._workspace.staging_file(job.key).absolute()
            folder = self._workspace.recording_folder(job.key).absolute() if job.key in self._recorded else ""
            data = self._lending.folder(job.recipe)
            member.do(job, str(data), str(file), self._checkpoint_s, str(folder), self._threads)
        else:
            member.job = None
            member.dismiss()

    def _hear(self, member: Member, job: Job, event: dict[str, Any]) -> None:
        match event.pop("event"):
            case "note":
                self._watcher.note(f"{job.name}: {event['text']}")
            case "started":
                self._watcher.started(member.core, job, event["epoch"])
            case "progress":
                self._watcher.progressed(member.core, job, Progress(**event["progress"]))
            case "failed":
                if event["is_fatal"]:
                    raise StoreError(event["message"])
                self._fail(job, event["message"])
                self._give_job(member)
            case "finished":
                test_error = event.pop("test_error")
                entry = self._entry(job, event)
                if self._workspace.enter(entry):
                    self._watcher.finished(member.core, job, entry, test_error)
                else:
                    self._try_again(job, "something else wrote to its file")
                self._give_job(member)

    def _bury(self, member: Member) -> None:
        self._members.remove(member)
        reason = member.bury()
        if member.job is not None:
            self._try_again(member.job, reason)
            if self._waiting:
                self._hire(member.core)

    def _try_again(self, job: Job, reason: str) -> None:
        self._deaths[job] = self._deaths.get(job, 0) + 1
        if self._deaths[job] > _RESTARTS:
            self._fail(job, f"{reason}, {self._deaths[job]} times; given up")
        else:
            self._waiting.appendleft(job)
            self._watcher.restarted(job, reason)

    def _fail(self, job: Job, reason: str) -> None:
        self._failures.append(f"{job.name} failed: {reason.rstrip('.')}.")
        self._watcher.failed(job, reason)

    def _entry(self, job: Job, event: dict[str, Any]) -> RunEntry:
        created = datetime.now(UTC).isoformat(timespec="seconds")
        return RunEntry(
            key=job.key,
            recipe=job.recipe.to_dict(),
            machine=self._machine,
            versions=self._versions,
            created=created,
            **event,
        )
