"""Commands on which something falls, carried out side by side: what all rows about them share."""

import shutil
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from command_cases import Case, copied, what_counts
from command_server import CommandServer

from scorecard.row import Row, Size


class Place:
    """A case prepared on a server: a folder that is copied for every try, and how it ends undisturbed."""

    def __init__(self, server: CommandServer, case: Case) -> None:
        self.server, self.case = server, case
        server.wait_until_ready()
        self._before, self.words = case.prepare(server)
        with self.copy() as folder:
            begun = time.monotonic()
            ended = server.run(self.words, folder)
            self.seconds = time.monotonic() - begun
            assert ended.status == 0, f"{case.name}: {ended.err}"
            self.calls, self.expected = ended.calls, what_counts(folder)

    @contextmanager
    def copy(self) -> Iterator[Path]:
        """A folder for one try."""
        folder = copied(self._before, f"try {self.case.name}")
        try:
            yield folder
        finally:
            # A worker that is being killed may still write.
            shutil.rmtree(folder, ignore_errors=True)
            shutil.rmtree(folder, ignore_errors=True)

    def remove(self) -> None:
        """Take the folder away."""
        shutil.rmtree(self._before)

    def ends_the_same(self, folder: Path) -> str:
        """What is wrong after the same command again, undisturbed; empty if all is as it would have been."""
        ended = self.server.run(self.words, folder)
        if ended.status is None:
            return "then: hangs"
        if ended.status != 0 and not (self.case.may_be_done and ended.status == 2):
            return f"then: status {ended.status}: {ended.err[-250:]}"
        try:
            found = what_counts(folder)
        except Exception as error:
            return f"then: {type(error).__name__}: {error}"
        differs = {name for name in self.expected | found if self.expected.get(name) != found.get(name)}
        return f"then: other bits: {sorted(differs)}" if differs else ""


Try = Callable[[Place, int], str]


@contextmanager
def servers(size: Size) -> Iterator[list[CommandServer]]:
    """One for each core."""
    with ExitStack() as stack:
        folders = [Path(stack.enter_context(tempfile.TemporaryDirectory(dir=size.folder))) for _ in range(size.cores)]
        yield [stack.enter_context(CommandServer(folder)) for folder in folders]


def tried(
    row: Row,
    size: Size,
    case: Case,
    where: Sequence[CommandServer],
    numbers: Callable[[Place], Sequence[int]],
    attempt: Try,
) -> Row:
    """Try all numbers of a case, side by side, and count; in time, if the size has one.

    Parameters
    ----------
    numbers : callable
        The numbers: which calls, or which seeds.
    attempt : callable
        One try; gives what went wrong.
    """
    begun = time.monotonic()
    with ThreadPoolExecutor(len(where)) as pool:
        places = list(pool.map(lambda server: Place(server, case), where))
        waiting = deque(numbers(places[0]))
        row.of = len(waiting)
        is_over = size.deadline(1.0 if case.is_quick else 2.0)
        lock = threading.Lock()

        def work(place: Place) -> None:
            while not is_over():
                try:
                    number = waiting.popleft()
                except IndexError:
                    return
                wrong = attempt(place, number)
                with lock:
                    row.count(f"{number}: {wrong}" if wrong else "")

        list(pool.map(work, places))
        for place in places:
            place.remove()
    row.wall_s = time.monotonic() - begun
    return row
