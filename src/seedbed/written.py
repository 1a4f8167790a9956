"""The base of all that is written as ``name(argument, key=value)``: layers, losses, optimizers, schedules and so on."""

from dataclasses import MISSING, dataclass, fields
from typing import Any, ClassVar

from seedbed.checks import as_finite, as_whole, is_between, number_rule, shown, whole_rule
from seedbed.errors import RecipeError, SeedbedError, compose
from seedbed.notation import write


@dataclass(frozen=True)
class Written:
    """A frozen description with a text form; ``_require`` and its like check the arguments once it is made."""

    notation: ClassVar[str]
    error: ClassVar[type[SeedbedError]] = RecipeError
    """What a wrong argument raises."""

    def __str__(self) -> str:
        return write(self.notation, self)

    def _require(self, holds: bool, field: str, expected: str, got: object = MISSING, hint: str = "") -> None:
        """Refuse an argument by its name; what came is its value unless ``got`` says it better."""
        if not holds:
            came = shown(getattr(self, field)) if got is MISSING else str(got)
            message = compose(f"{self.notation}: {field}", expected, f"{came} in '{self}'", hint)
            raise self.error(message, field=field, expected=expected, got=came, hint=hint)

    def _require_whole(self, *names: str, least: int = 0, most: int | None = None, note: str = "") -> None:
        """Whole numbers, or none where that is the default; NumPy's become Python's own. ``note`` says in what unit."""
        for name, value in self._given(names):
            number, rule = as_whole(value), whole_rule(least, most) + note
            if isinstance(value, tuple | list):
                rule = f"one {rule.removeprefix('a ')}, the same in both directions"
            self._require(number is not None and number >= least and (most is None or number <= most), name, rule)
            object.__setattr__(self, name, number)

    def _require_number(
        self,
        *names: str,
        least: float | None = None,
        above: float | None = None,
        most: float | None = None,
        below: float | None = None,
        note: str = "",
    ) -> None:
        """Finite numbers within a range, or none where that is the default; all become Python's float."""
        for name, value in self._given(names):
            number, rule = as_finite(value), number_rule(least, above, most, below) + note
            self._require(number is not None and is_between(number, least, above, most, below), name, rule)
            object.__setattr__(self, name, number)

    def _require_one_of(self, name: str, known: tuple[str, ...]) -> None:
        """One of a few words."""
        self._require(getattr(self, name) in known, name, " or ".join(known))

    def _given(self, names: tuple[str, ...]) -> list[tuple[str, Any]]:
        defaults = {one.name: one.default for one in fields(self)}
        pairs = [(name, getattr(self, name)) for name in names]
        return [(name, value) for name, value in pairs if value is not None or defaults[name] is not None]
