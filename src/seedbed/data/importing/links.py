"""Links in an archive: a link stands for what it leads to, if that lies in the archive."""

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

_MOST_HOPS = 40


def linked_names(links: dict[str, str], names: Iterable[str]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Find what links lead to.

    Parameters
    ----------
    links : dict of str to str
        Name of every link and the path in it, relative to the folder that the link lies in.
    names : names of files, which links may lead to, by themselves or by a folder that holds them

    Yields
    ------
    (str, list of (str, str))
        A link, and pairs of the name that a file gets through it and the file's own name; no pair if the link leads
        out of the archive or to nothing.
    """
    by_folder: dict[str, list[str]] = {}
    for name in names:
        by_folder.setdefault(name, []).append(name)
        for parent in PurePosixPath(name).parents:
            by_folder.setdefault(str(parent), []).append(name)
    for link in links:
        target = _resolved(link, links)
        if target is None or PurePosixPath(link).is_relative_to(target):
            yield link, []
            continue
        found = by_folder.get(target, [])
        yield link, [(link + name[len(target) :], name) for name in found]


def _resolved(link: str, links: dict[str, str]) -> str | None:
    """Where a link ends, all links on the way followed; None outside of the archive and in circles."""
    waiting = [*reversed(PurePosixPath(link).parts)]
    at: list[str] = []
    hops = 0
    while waiting:
        part = waiting.pop()
        if part == "..":
            if not at:
                return None
            at.pop()
            continue
        at.append(part)
        target = links.get("/".join(at))
        if target is not None:
            hops += 1
            if hops > _MOST_HOPS or target.startswith("/"):
                return None
            at.pop()
            waiting += [step for step in reversed(PurePosixPath(target).parts) if step != "."]
    return "/".join(at) or None
