"""kill -9: at every call that changes the disk, in turn, and at random moments."""

import random
from collections.abc import Iterator

from command_cases import CASES, told_wrong
from disk_calls import Action

from scorecard.commands import Place, servers, tried
from scorecard.row import Row, Size, spread

_RANDOM = ("train", "train --record, early stopping", "compare")


def rows(size: Size) -> Iterator[Row]:
    """A row for each command, then those of random moments."""
    moments = -(-(1000 if size.is_long else 50) // len(_RANDOM))
    with servers(size) as where:
        for case in CASES:
            row = Row("kills", f"kill -9 at every write, fsync, rename, unlink …: {case.name}")
            if size.wants(row.what):
                yield tried(row, size, case, where, lambda place: spread(place.calls, size.random("kills")), _at_call)
        for case in CASES:
            row = Row("kills", f"kill -9 at random moments: {case.name}")
            if case.name in _RANDOM and size.wants(row.what):
                yield tried(row, size, case, where, lambda place: range(moments), _at_moment)


def _at_call(place: Place, number: int) -> str:
    """Before the call, or in the middle of it, by turns: both would rarely differ."""
    action = Action.KILL if number % 2 else Action.KILL_AFTER
    with place.copy() as folder:
        ended = place.server.run(place.words, folder, action, at=number)
        # A worker that is killed is replaced: then the command goes on.
        wrong = "" if ended.status == -9 else told_wrong(ended)
        return wrong or place.ends_the_same(folder)


def _at_moment(place: Place, number: int) -> str:
    chance = random.Random(f"{place.case.name} {number}")
    with place.copy() as folder:
        for _ in range(chance.randrange(1, 4)):
            victim = chance.choice(["group", "one"])
            moment_s = chance.uniform(0, 1.1 * place.seconds)
            ended = place.server.run(place.words, folder, kill_s=moment_s, victim=victim)
            wrong = "" if ended.status == -9 else told_wrong(ended)
            if wrong:
                return wrong
        return place.ends_the_same(folder)
