"""What there is to know of one setting of a recipe or of a run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seedbed.checks import finite_number, number_rule, shown, whole_number, whole_rule
from seedbed.errors import RecipeError

DATA, TRAINING, RUNNING = "Data", "Training", "Running and keeping"
"""Headings that settings stand under."""


@dataclass(frozen=True)
class Setting:
    """What there is to know of one setting; name, kind and default are those of its field.

    Attributes
    ----------
    term : callable
        Gives its name for readers of a report, in the language that is spoken.
    help : str
        What it is, a sentence or two.
    panel : str
        The heading that it stands under.
    left_out : str
        What holds if it is left out, where the default does not say so.
    least, above, most, below : optional
        Its range.
    known : mapping or sequence of str
        Names that its text may hold; of a sequence it is one, as it stands.
    is_always_said : bool
        Whether a report names it even where it has its default.
    is_later : bool
        Whether recipes were stored before there was this setting: where it has its default it is left out of what is
        stored, so that they keep their fingerprints.
    accepts : str
        What Python may be given for it, beside its kind: ``Loss``.
    name : str
    kind : type
        ``str``, ``int`` or ``float``.
    is_optional : bool
        Whether None is a value.
    default : Any
    """

    term: Callable[[], str]
    help: str
    panel: str = TRAINING
    left_out: str = ""
    least: int | None = None
    above: float | None = None
    most: int | None = None
    below: float | None = None
    known: Mapping[str, Any] | Sequence[str] = ()
    is_always_said: bool = False
    is_later: bool = False
    accepts: str = ""
    name: str = ""
    kind: type = str
    is_optional: bool = False
    default: Any = None

    @property
    def option(self) -> str:
        """What the program calls it: ``--batch-size``."""
        return f"--{self.name.replace('_', '-')}"

    @property
    def range(self) -> str:
        """What a number must be, in words; empty for a text."""
        if self.kind is int:
            return whole_rule(self.least or 0, self.most)
        return number_rule(self.least, self.above, self.most, self.below) if self.kind is float else ""

    @property
    def default_text(self) -> str:
        """What holds if it is left out, for people."""
        return self.left_out or str(self.default)

    @property
    def sentence(self) -> str:
        """What it is, the names that its text may hold, its range and what holds if it is left out."""
        known = f" Known: {', '.join(self.known)}." if self.known else ""
        allowed = f"{self.range[:1].upper()}{self.range[1:]}; " if self.range else ""
        left_out = f"if left out, {self.default_text}." if self.default_text != "None" else ""
        left_out = left_out if allowed else f"{left_out[:1].upper()}{left_out[1:]}"
        return f"{self.help}{known} {allowed}{left_out}"

    @property
    def accepted(self) -> str:
        """What Python takes for it, as docstrings say it: ``str or Loss, optional``."""
        kinds = " or ".join(part for part in (self.kind.__name__, self.accepts) if part)
        return kinds + (", optional" if self.default is None else "")

    def checked(self, value: Any) -> Any:
        """A number within its range, as Python's own kind; one of a few words; any other text or object as it is.

        Raises
        ------
        RecipeError
        """
        if value is None and (self.is_optional or self.default is None):
            return value
        if self.kind is str:
            is_word = bool(self.known) and not isinstance(self.known, Mapping)
            if is_word and value not in self.known:
                raise RecipeError(field=self.name, expected=" or ".join(self.known), got=shown(value))
            return value
        if self.kind is int:
            return whole_number(self.name, value, self.least or 0, self.most)
        return finite_number(self.name, value, least=self.least, above=self.above, most=self.most, below=self.below)
