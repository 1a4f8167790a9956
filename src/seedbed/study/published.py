"""Figures of a source."""

from dataclasses import dataclass

from seedbed.language import phrase


@dataclass(frozen=True)
class Published:
    """Figures of a source for one variant.

    Attributes
    ----------
    error : float
        Percent of wrong answers on the test set.
    std : float or None
        Standard deviation over the source's runs, in percent points.
    runs : int
        Number of runs behind the figure.
    remark : str
        Anything else a reader must know of it.
    single_run, best_epoch, chosen_on_test : bool
        What weakens the figure: it is that of one run; of the best epoch instead of the last; settings were chosen by
        the test images.
    """

    error: float
    std: float | None = None
    runs: int = 1
    remark: str = ""
    single_run: bool = False
    best_epoch: bool = False
    chosen_on_test: bool = False

    @property
    def marks(self) -> tuple[str, ...]:
        """What weakens the figure, in words."""
        marks = (
            (phrase("single run"), self.single_run),
            (phrase("best epoch"), self.best_epoch),
            (phrase("settings chosen on test"), self.chosen_on_test),
        )
        return tuple(text for text, holds in marks if holds)

    @property
    def notes(self) -> tuple[str, ...]:
        """What weakens the figure, then the remark."""
        return (*self.marks, self.remark) if self.remark else self.marks
