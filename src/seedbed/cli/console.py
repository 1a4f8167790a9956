"""What all commands share: where text goes, and how an error ends the program.

Results go to stdout; progress, notes and errors go to stderr, so that results can be piped.
"""

import contextlib
import io
import os
import sys
import traceback
from collections.abc import Iterator

from seedbed.errors import SeedbedError
from seedbed.terminal import Terminal

FAILED = 1
WRONG_INPUT = 2
INTERRUPTED = 130


def show_what_can_be_shown() -> None:
    """Let a terminal or a pipe that lacks a character, such as ± in ASCII, get a ``?`` for it instead of an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def say(text: str = "", style: str | None = None) -> None:
    """Print a line of the result; it is never broken, so that it can be copied."""
    Terminal().print_line(text, style)


def note(text: str, style: str | None = None) -> None:
    """Print a line beside the result."""
    Terminal(on_stderr=True).print_line(text, style)


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
    note(traceback.format_exc().rstrip())
    note("This is a defect of Seedbed. Please report it with the lines above and the command you typed.")


def examples(*commands: str) -> str:
    """What stands under the help of a command: a line for each, so that it can be copied."""
    return "\n\n".join(["Examples:", *commands])
