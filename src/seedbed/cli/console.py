"""What all commands share: where text goes, and how an error ends the program.

Results go to stdout; progress, notes and errors go to stderr, so that results can be piped.
"""

import contextlib
import os
import sys
import traceback
from collections.abc import Iterator

from rich.console import Console

from seedbed.errors import SeedbedError

FAILED = 1
WRONG_INPUT = 2
INTERRUPTED = 130


def say(text: str = "", style: str | None = None) -> None:
    """Print a line of the result; it is never broken, so that it can be copied."""
    Console(markup=False, highlight=False).print(text, style=style, soft_wrap=True)


def note(text: str, style: str | None = None) -> None:
    """Print a line beside the result."""
    Console(stderr=True, markup=False, highlight=False).print(text, style=style, soft_wrap=True)


@contextlib.contextmanager
def ending_well() -> Iterator[None]:
    """Turn the errors that a user can mend into one line and an exit status; leave the others as they are."""
    try:
        yield
        sys.stdout.flush()
    except SeedbedError as error:
        note(f"error: {error}", style="red")
        sys.exit(WRONG_INPUT)
    except KeyboardInterrupt:
        note("interrupted")
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # Nobody reads on (`seedbed … | head`). Python would complain when it flushes stdout at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FAILED)


def report_defect() -> None:
    """Print the traceback of the exception being handled and ask for a report."""
    traceback.print_exc()
    note("This is a defect of Seedbed. Please report it with the lines above and the command you typed.")
