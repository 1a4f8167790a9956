"""A disk that says no: each call that changes it fails in turn, once or from then on."""

import errno
from collections.abc import Iterator

from command_cases import CASES, told_wrong
from disk_calls import Action

from scorecard.commands import Place, servers, tried
from scorecard.row import Row, Size, spread

_ERRORS = (errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EROFS)
_WAYS = tuple((action, error) for error in _ERRORS for action in (Action.FAIL, Action.FAIL_FROM_HERE))


def rows(size: Size) -> Iterator[Row]:
    """A row for each command; the long size tries every error, once and lasting, at every call."""

    def numbers(place: Place) -> list[int]:
        """Calls and ways in one number."""
        calls = spread(place.calls, size.random("faults"))
        if size.is_long:
            return [call * len(_WAYS) + way for way in range(len(_WAYS)) for call in calls]
        return [call * len(_WAYS) + turn % len(_WAYS) for turn, call in enumerate(calls)]

    with servers(size) as where:
        for case in CASES:
            row = Row("faults", f"ENOSPC, EIO, EDQUOT, EROFS at every write, fsync, …: {case.name}")
            if size.wants(row.what):
                yield tried(row, size, case, where, numbers, _at_call)


def _at_call(place: Place, number: int) -> str:
    call, way = divmod(number, len(_WAYS))
    action, error = _WAYS[way]
    with place.copy() as folder:
        ended = place.server.run(place.words, folder, action, at=call, error=error)
        wrong = told_wrong(ended) or place.ends_the_same(folder)
        return (
            f"call {call}, {place.server.calls.what}, {action.name} {errno.errorcode[error]}: {wrong}" if wrong else ""
        )
