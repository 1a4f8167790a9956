"""Numbers and lists as a reader wants them: fitting digits, a proper minus, a dash for what does not exist."""

import math
import unicodedata
from collections.abc import Iterable, Sequence

from seedbed.language import phrase

DASH = "–"
MINUS = "−"


def number(value: float | None, digits: int = 2) -> str:
    """Decimal text, or a dash for a value that is missing or not finite."""
    if value is None or not math.isfinite(value):
        return DASH
    text = f"{value:,.{digits}f}"
    if text.startswith("-"):
        text = MINUS + text[1:] if any(digit in "123456789" for digit in text) else text[1:]
    return text


def interval_text(interval: tuple[float, float] | None, digits: int = 2) -> str:
    """``[0.72, 0.84]``, or a dash if an end is missing or not finite."""
    if interval is None or not all(math.isfinite(end) for end in interval):
        return DASH
    return f"[{number(interval[0], digits)}, {number(interval[1], digits)}]"


def mean_std_text(mean: float | None, std: float | None, digits: int = 2) -> str:
    """``0.78 ± 0.06``; the mean alone without a standard deviation; a dash without a mean."""
    return number(mean, digits) + (f" ± {number(std, digits)}" if std is not None else "")


def points_text(value: float) -> str:
    """Percent points in a sentence: two decimals, three where two would hide what there is."""
    return number(value, 2 if abs(value) >= 0.02 or value == 0 else 3)


def p_value_text(value: float, level: float = 0.05) -> str:
    """Two significant digits, never zero: ``0.38``, ``0.042``, ``0.0032``, ``< 0.0001``.

    More where it would read as the level that it is under or above: ``0.0496``.
    """
    if not math.isfinite(value):
        return DASH
    if value < 0.0001:
        return "< 0.0001"
    if value > 0.99:
        return "> 0.99"
    digits = 1 - math.floor(math.log10(value))
    while round(value, digits) == level != value and digits < 6:
        digits += 1
    return number(value, digits)


def p_value_clause(value: float) -> str:
    """What follows the letter p in a sentence: ``= 0.042``, ``< 0.0001``."""
    text = p_value_text(value)
    return text if text.startswith(("<", ">")) else f"= {text}"


def error_digits(deviations: Iterable[float | None]) -> int:
    """Decimals that the errors of one table share: 2, or 3 if some standard deviation is too small to show in 2."""
    return 3 if any(deviation is not None and 0 < deviation < 0.02 for deviation in deviations) else 2


def seconds_text(value: float | None) -> str:
    """Seconds with about three significant digits."""
    if value is None or not math.isfinite(value):
        return DASH
    return number(value, 2 if value < 10 else 1 if value < 100 else 0)


def counted(count: int, noun: str, plural: str = "") -> str:
    """``1 run``, ``5 runs``: for a terminal, in English."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def run_count(count: int) -> str:
    """``1 run``, ``5 runs``, in the language that is spoken."""
    return phrase("1 run") if count == 1 else phrase("{count:,} runs", count=count)


def seed_count(count: int) -> str:
    """``1 seed``, ``5 seeds``; like `run_count`."""
    return phrase("1 seed") if count == 1 else phrase("{count:,} seeds", count=count)


def epoch_count(count: int) -> str:
    """``1 epoch``, ``5 epochs``; like `run_count`."""
    return phrase("1 epoch") if count == 1 else phrase("{count:,} epochs", count=count)


def point_count(count: int) -> str:
    """``1 point``, ``5 points``; like `run_count`."""
    return phrase("1 point") if count == 1 else phrase("{count:,} points", count=count)


def standing_text(standing: str) -> str:
    """A verdict or the state of a run as one word."""
    words = {
        "supported": phrase("supported"),
        "contradicted": phrase("contradicted"),
        "undecided": phrase("undecided"),
        "finished": phrase("finished"),
        "collapsed": phrase("collapsed"),
        "diverged": phrase("diverged"),
    }
    return words[standing]


def listed(items: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    if len(items) < 2:
        return "".join(items)
    return phrase("{most} and {last}", most=", ".join(items[:-1]), last=items[-1])


def ranges(values: Iterable[int]) -> str:
    """Whole numbers with runs of neighbours drawn together: ``1–5, 8, 11–13``."""
    parts: list[list[int]] = []
    for value in sorted(set(values)):
        if parts and value == parts[-1][-1] + 1:
            parts[-1].append(value)
        else:
            parts.append([value])
    return ", ".join(_range_text(part) for part in parts)


def _range_text(part: list[int]) -> str:
    separator = "–" if len(part) > 2 else ", "
    return str(part[0]) if len(part) == 1 else f"{part[0]}{separator}{part[-1]}"


def shortened(text: str, limit: int) -> str:
    """Cut a long text in its middle, because names that share a beginning often differ in their ends."""
    text = " ".join(printable(text).split())
    if len(text) <= limit:
        return text
    tail = (limit - 1) // 2
    return f"{text[: limit - 1 - tail].rstrip()}…{text[len(text) - tail :].lstrip()}"


def printable(text: str) -> str:
    """Without control characters and lone surrogates, which neither XML nor UTF-8 can hold."""
    return "".join(
        character for character in text if character in "\t\n" or unicodedata.category(character) not in ("Cc", "Cs")
    )
