"""Numbers and lists as a reader wants them: fitting digits, a proper minus, a dash for what does not exist."""

import math
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from seedbed.language import phrase

DASH = "–"
MINUS = "−"
_FORMULA = ("=", "+", "-", "@", "\t", "\n", "＝", "＋", "－", "＠")
"""What spreadsheets take for its beginning: OWASP, CSV Injection."""

_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


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
    """Seconds with about three significant digits, two below a tenth, never zero for what took time."""
    if value is None or not math.isfinite(value):
        return DASH
    if 0 < value < 0.095:
        return number(value, min(4, 1 - math.floor(math.log10(value)))) if value >= 0.0001 else "< 0.0001"
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


def shortened_apart(texts: Sequence[str], limit: int) -> list[str]:
    """Cut long texts so that different ones stay different.

    Those that would look alike are cut around the words in which they differ: ``…relu linear(32)…``.
    """
    plain = [" ".join(printable(text).split()) for text in texts]
    short = {text: shortened(text, limit) for text in plain}
    for alike in _alike(short):
        short |= zip(alike, _around_differences(alike, limit), strict=True)
    for place, text in enumerate((text for alike in _alike(short) for text in alike), 1):
        short[text] = f"{place} {shortened(text, limit - 3)}"
    return [short[text] for text in plain]


def _alike(short: Mapping[str, str]) -> list[list[str]]:
    """Texts that were cut to the same."""
    groups: dict[str, list[str]] = {}
    for text, cut in short.items():
        groups.setdefault(cut, []).append(text)
    return [group for group in groups.values() if len(group) > 1]


def _around_differences(texts: Sequence[str], limit: int) -> list[str]:
    words = [text.split(" ") for text in texts]
    first = _agreeing(words)
    last = min(_agreeing([own[::-1] for own in words]), min(len(own) for own in words) - first)
    all_of_it = [_widened(own, first, len(own) - last, limit) for own in words]
    first_word = [_widened(own, first, min(first + 1, len(own)), limit) for own in words]
    for found in (all_of_it, first_word):
        if max(map(len, found)) <= limit and len({*found}) == len(found):
            return found
    return [text if len(text) <= limit else f"…{shortened(text.strip('…'), limit - 2)}…" for text in all_of_it]


def _widened(words: Sequence[str], start: int, stop: int, limit: int) -> str:
    """Some words of a text, and as many of those around them, on both sides in turns, as there is room for."""
    while True:
        wider = [(start - 1, stop)] if start > 0 else []
        wider += [(start, stop + 1)] if stop < len(words) else []
        fitting = [pair for pair in wider if len(_piece(words, *pair)) <= limit]
        if not fitting:
            return _piece(words, start, stop)
        start, stop = fitting[(start + stop) % len(fitting)]


def _piece(words: Sequence[str], start: int, stop: int) -> str:
    return ("…" if start > 0 else "") + " ".join(words[start:stop]) + ("…" if stop < len(words) else "")


def _agreeing(texts: Sequence[Sequence[str]]) -> int:
    """How many of the first words all have."""
    count = 0
    for own in zip(*texts, strict=False):
        if len({*own}) > 1:
            break
        count += 1
    return count


def spreadsheet_cell(text: str) -> str:
    """Text as a cell: what a spreadsheet would carry out as a formula has an apostrophe before it; a number is none,
    nor is a single character. What is not printable is left out."""
    text = printable(text)
    if len(text) < 2 or not text.startswith(_FORMULA):
        return text
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return text


def printable(text: str) -> str:
    """Without what is not to be seen: control characters and lone surrogates, which neither XML nor UTF-8 can hold, and
    controls of the direction of writing (U+202E …), which make text read otherwise than it is."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        one
        for one in text
        if one in "\t\n" or (unicodedata.category(one) not in ("Cc", "Cs") and one not in _DIRECTIONS)
    )
