"""How folders are meant: which hold training, validation and test pictures, and which are classes."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from seedbed.errors import DataError

CLASS_FOLDERS = ("first", "last")
TRAIN, VALIDATION, TEST = "train", "validation", "test"

_PARTS = {
    **dict.fromkeys(("train", "training"), TRAIN),
    **dict.fromkeys(("val", "valid", "validation", "validate", "dev"), VALIDATION),
    **dict.fromkeys(("test", "testing", "evaluation", "holdout"), TEST),
}
_NEUTRAL_WORDS = (
    "set sets data dataset datasets image images img imgs picture pictures pic pics photo photos seg final split "
    "splits folder folders files full sample samples raw original cropped resized processed all png jpg jpeg"
)
_NEUTRAL = frozenset(_NEUTRAL_WORDS.split())
_JOINED = re.compile(rf"({'|'.join(_PARTS)})(?:{'|'.join(sorted(_NEUTRAL))})?")
_IN_WORDS = {TRAIN: "training", VALIDATION: "validation", TEST: "test"}

Parts = tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """Where a picture belongs."""

    part: str
    class_name: str


def part_of(folder: str) -> str | None:
    """The part that a folder's name states: ``seg_train``, ``Training Set``, ``val2017``; None if it states none."""
    found = set()
    for token in re.split(r"[^a-z]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", folder).lower()):
        joined = _JOINED.fullmatch(token)
        if joined:
            found.add(_PARTS[joined[1]])
        elif token and token not in _NEUTRAL:
            return None
    return found.pop() if len(found) == 1 else None


@dataclass
class Layout:
    """What the folders were understood to be.

    Attributes
    ----------
    wrapper : tuple of str
        Folders that hold everything.
    parts : dict of str to (str, int)
        Folders of the first level that state a part, and how many folders below them hold all of theirs.
    is_part_inside : bool
        Whether the parts lie in the classes: ``CLASS/train``.
    is_last : bool
        Whether the class is the folder that holds the picture, not the outermost.
    """

    wrapper: Parts = ()
    parts: dict[str, tuple[str, int]] = field(default_factory=dict)
    is_part_inside: bool = False
    is_last: bool = False

    def place(self, name: str, *, is_folder: bool = False) -> Place | None:
        """Part and class of a picture or of a folder, None if it lies in no class folder."""
        folders = tuple(name.split("/"))[: None if is_folder else -1]
        if folders[: len(self.wrapper)] != self.wrapper:
            return None
        folders, part = folders[len(self.wrapper) :], TRAIN
        if self.parts:
            if not folders or folders[0] not in self.parts:
                return None
            part, depth = self.parts[folders[0]]
            folders = folders[1 + depth :]
        elif self.is_part_inside:
            stated = part_of(folders[1]) if len(folders) > 1 else None
            return Place(stated, folders[0]) if stated else None
        if not folders:
            return None
        return Place(part, folders[-1 if self.is_last else 0])

    @property
    def words(self) -> str:
        """What was understood, in a line; empty where no folder states a part."""
        if self.is_part_inside:
            return "understood: in every class folder, folders of training, validation or test pictures"
        shown: dict[str, list[str]] = {}
        for folder, (part, _) in sorted(self.parts.items()):
            shown.setdefault(part, []).append(f"'{folder}'")
        said = [f"{' and '.join(shown[part])} as {_IN_WORDS[part]} pictures" for part in _IN_WORDS if part in shown]
        return f"understood: {', '.join(said)}" if said else ""


def understand(pictures: Iterable[str], path: Path, class_folder: str | None = None) -> Layout:
    """Find out what the folders of pictures are.

    Parameters
    ----------
    pictures : iterable of str
        Names below the folder or in the archive, with ``/``.
    path : Path
        For messages.
    class_folder : {"first", "last"}, optional
        Whether the outermost or the innermost folder is the class, where both could be.

    Raises
    ------
    DataError
        If it cannot be told what is meant.
    """
    if class_folder not in (None, *CLASS_FOLDERS):
        raise DataError(f"class_folder: expected {' or '.join(CLASS_FOLDERS)}, got {class_folder!r}.")
    names = [tuple(name.split("/")) for name in pictures]
    layout = Layout(is_last=class_folder == "last")
    while _share_a_folder(names):
        layout.wrapper = (*layout.wrapper, names[0][0])
        names = [parts[1:] for parts in names]
    nested = [parts for parts in names if len(parts) > 2]
    stated = {parts[0]: part for parts in names if len(parts) > 1 and (part := part_of(parts[0]))}
    if TRAIN in {stated.get(parts[0]) for parts in nested}:
        _refuse_others(nested, stated, path)
        for folder, part in stated.items():
            inside = [parts[1:] for parts in nested if parts[0] == folder]
            if inside:
                layout.parts[folder] = part, _depth(inside)
        names = [parts[1 + layout.parts[parts[0]][1] :] for parts in nested if parts[0] in layout.parts]
    elif len(stated) > 1 and set(stated) == {parts[0] for parts in names if len(parts) > 1}:
        if nested:
            raise DataError(f"{path}: expected a folder of training pictures, found {_listed(stated)} only.")
        raise DataError(
            f"{path}: the pictures lie in {_listed(stated)} directly; expected a folder for each class in them."
        )
    elif _has_parts_inside(names):
        layout.is_part_inside = True
        return layout
    if class_folder is None:
        _refuse_same_folders(names, path)
    return layout


def _share_a_folder(names: list[Parts]) -> bool:
    return bool(names) and all(len(parts) > 2 for parts in names) and len({parts[0] for parts in names}) == 1


def _depth(inside: list[Parts]) -> int:
    """How many folders below that of a part hold all of it and say nothing new: ``train/train``."""
    depth = 0
    while _share_a_folder(inside) and (part_of(inside[0][0]) or inside[0][0].lower() in _NEUTRAL):
        inside = [parts[1:] for parts in inside]
        depth += 1
    return depth


def _refuse_others(nested: list[Parts], stated: dict[str, str], path: Path) -> None:
    """Refuse training pictures beside folders of folders that state no part: they may all be classes."""
    others = {parts[0] for parts in nested} - stated.keys()
    if others and set(stated.values()) == {TRAIN}:
        raise DataError(
            f"{path}: {_listed(stated)} may hold the training pictures, or be a class like {_listed(others)} beside "
            "it. Move the training and test folders into a folder of their own, or the classes."
        )


def _has_parts_inside(names: list[Parts]) -> bool:
    inside = [parts for parts in names if len(parts) > 1]
    stated = {part_of(parts[1]) if len(parts) > 2 else None for parts in inside}
    return None not in stated and TRAIN in stated and len({parts[0] for parts in inside}) > 1


def _refuse_same_folders(names: list[Parts], path: Path) -> None:
    folders: dict[str, set[str]] = {}
    for parts in names:
        if len(parts) > 1:
            folders.setdefault(parts[0], set()).add(parts[1] if len(parts) > 2 else "")
    same = next(iter(folders.values()), set())
    if len(folders) > 1 and len(same) > 1 and "" not in same and all(inside == same for inside in folders.values()):
        raise DataError(
            f"{path}: the folders {_listed(folders)} all hold {_listed(same)}: which are the classes? Say "
            "--class-folder first (class_folder='first') for the former, last for the latter."
        )


def _listed(names: Iterable[str]) -> str:
    ordered = [f"'{name}'" for name in sorted(names)]
    return ", ".join(ordered[:3]) + (", …" if len(ordered) > 3 else "")
