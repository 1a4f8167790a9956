"""Names of files as text, where an archive or a disk holds bytes of an old code page: Korean, Japanese, Chinese."""

from collections.abc import Callable, Iterable
from pathlib import Path

from seedbed.data.importing.common_characters import HANGUL, JAPANESE, SIMPLIFIED, TRADITIONAL
from seedbed.errors import DataError
from seedbed.formatting import shortened

_MOST_WESTERN_SHARE = 0.4
_LIKELY, _CLEARLY, _IF_ALONE = 0.5, 1.5, 0.4
_SHOWN, _MOST_SHOWN = 3, 24


def _share_of(characters: str) -> Callable[[str], float]:
    common = frozenset(characters)

    def share(text: str) -> float:
        foreign = [one for one in text if not one.isascii()]
        return sum(one in common for one in foreign) / len(foreign)

    return share


def _western(text: str) -> float:
    """Letters with accents among plain ones: where they are many, they are more likely pairs of bytes."""
    letters = [one for one in text if one.isalpha()]
    foreign = [one for one in text if not one.isascii()]
    if not all(one.isalpha() and ord(one) < 0x250 for one in foreign):
        return 0
    return 1 if len(foreign) <= _MOST_WESTERN_SHARE * len(letters) else _IF_ALONE


_LIKENESS = {
    "cp949": _share_of(HANGUL),
    "cp932": _share_of(JAPANESE),
    "gbk": _share_of(SIMPLIFIED),
    "big5": _share_of(TRADITIONAL),
}
"""How likely a text is what a code page was used for, 0 to 1."""

_NAMES = {"cp949": "Korean", "cp932": "Japanese", "gbk": "simplified Chinese", "big5": "traditional Chinese"}


def check_encoding(encoding: str | None) -> None:
    """Refuse the name of a code page that Python does not know.

    Raises
    ------
    DataError
    """
    try:
        "".encode(encoding or "ascii")
    except (LookupError, TypeError, ValueError):
        raise DataError(
            f"encoding: expected the name of a code page such as cp949, shift_jis, gbk or big5, got {encoding!r}."
        ) from None


def guessed_encoding(names: Iterable[bytes], where: str | Path, western: str = "cp437") -> str:
    """The code page in which names that are no UTF-8 were written.

    Parameters
    ----------
    names : iterable of bytes
        Taken together: one code page for all.
    where : str or Path
        What they are from, for messages.
    western : str
        The code page of the West: another in archives (cp437) than in tables (cp1252).

    Raises
    ------
    DataError
        If it cannot be told; shows how the first names read in the most likely code pages.
    """
    together = sorted({part for name in names for part in name.split(b"/") if not part.isascii()})
    likely: dict[str, float] = {}
    for encoding, likeness in (*_LIKENESS.items(), (western, _western)):
        try:
            text = "/".join(part.decode(encoding) for part in together)
        except UnicodeDecodeError:
            continue
        if "\x7f" not in text and all(one == "/" or one.isprintable() for one in text):
            likely[encoding] = likeness(text)
    ranked = sorted(likely, key=lambda encoding: -likely[encoding])
    if ranked and likely[ranked[0]] >= (_IF_ALONE if len(ranked) == 1 else _LIKELY):
        others = likely[ranked[1]] if len(ranked) > 1 else 0
        if likely[ranked[0]] >= _CLEARLY * others:
            return ranked[0]
    shown = together[:_SHOWN]
    readings = "; ".join(
        f"{encoding} ({_NAMES.get(encoding, 'Western')}): "
        + ", ".join(shortened(name.decode(encoding), _MOST_SHOWN) for name in shown)
        for encoding in ranked
    )
    raise DataError(
        f"{where}: names such as {shown[0][:_MOST_SHOWN]!r} are no UTF-8, and it is not clear which code page "
        f"they are in. Say --encoding NAME (encoding=NAME){f', one of: {readings}' if readings else ''}."
    )


def readable_names(
    names: dict[str, bool], where: Path, encoding: str | None = None
) -> tuple[dict[str, str], str | None]:
    """Decode names.

    Parameters
    ----------
    names : dict of str to bool
        Every name as UTF-8, bytes that are none kept by ``surrogateescape``; and whether it is surely UTF-8.
    where : Path
        For messages.
    encoding : str, optional
        The code page of names that are not surely UTF-8; else it is guessed, if one of them is none.

    Returns
    -------
    (dict of str to str, str or None)
        The readable name of each, with ``/`` where some programs on Windows write their own separator, and the code
        page that was used.

    Raises
    ------
    DataError
        If the names cannot be decoded, or the code page cannot be told.
    """
    unsure = {name: _octets(name) for name, is_sure in names.items() if not is_sure}
    if encoding is None and any(has_octets(name) for name in unsure):
        encoding = guessed_encoding(unsure.values(), where)
    # A separator is one only after decoding: its byte is also the second of some characters.
    if encoding is None or not unsure:
        return {name: name.replace("\\", "/") for name in names}, None
    readable = {}
    for name in names:
        try:
            text = unsure[name].decode(encoding) if name in unsure else name
        except UnicodeDecodeError:
            raise DataError(
                f"{where}: the name {unsure[name][:_MOST_SHOWN]!r} is no {encoding}. Say another "
                "--encoding (encoding=…)."
            ) from None
        readable[name] = text.replace("\\", "/")
    return readable, encoding


def has_octets(name: str) -> bool:
    """Whether a name holds bytes that are no UTF-8."""
    return any("\udc80" <= one <= "\udcff" for one in name)


def _octets(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")
