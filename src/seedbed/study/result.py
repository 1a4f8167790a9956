"""What a study found: plain values, from the ledger and statistics, for tables, reports and the user."""

from dataclasses import dataclass, field

from seedbed.training.history import History
from seedbed.training.recipe import Recipe


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
    def notes(self) -> tuple[str, ...]:
        """What weakens the figure, then the remark, in words."""
        marks = {
            "single run": self.single_run,
            "best epoch": self.best_epoch,
            "settings chosen on test": self.chosen_on_test,
            self.remark: bool(self.remark),
        }
        return tuple(text for text, holds in marks.items() if holds)


@dataclass(frozen=True)
class RunResult:
    """One finished run.

    Attributes
    ----------
    seed : int
    status : str
        ``finished`` or ``diverged``.
    note : str
        What went wrong in words, empty if nothing did.
    history : History
    engine : str
        What executed it: ``native (avx512)``.
    images_per_second : float
        Training speed on one core.
    """

    seed: int
    status: str
    note: str
    history: History
    engine: str
    images_per_second: float

    @property
    def test_error(self) -> float:
        """Percent after the last epoch, with early stopping after the best one; NaN for a run that diverged before its
        first."""
        result = self.history.result
        return result.test_error if result else float("nan")


@dataclass(frozen=True)
class VariantResult:
    """One recipe over several seeds.

    Attributes
    ----------
    name, title : str
    recipe : Recipe
    parameter_count : int
    published : Published or None
    runs : tuple of RunResult
        By seed; those that count are the ones with status ``finished``.
    grid : str
        Name of the grid that it belongs to, empty if none.
    coordinates : dict of str to str
        Its place there: a label for each axis.
    """

    name: str
    title: str
    recipe: Recipe
    parameter_count: int
    published: Published | None
    runs: tuple[RunResult, ...]
    grid: str = ""
    coordinates: dict[str, str] = field(default_factory=dict)

    @property
    def errors(self) -> tuple[float, ...]:
        """Final test error in percent of each run that finished."""
        return tuple(run.test_error for run in self.runs if run.status == "finished")


@dataclass(frozen=True)
class ClaimResult:
    """A sentence of the source against what was measured.

    Attributes
    ----------
    text : str
        The claim: "ReLU and cross entropy lower the error."
    better, worse : str
        Names of the variants that the claim ranks; ``difference`` is error(worse) - error(better): the claim says > 0.
    published_difference : float or None
        Percent points.
    difference : float
        Percent points.
    interval : (low, high)
        95% interval of the difference (Welch).
    p_value : float
        Two-sided, corrected over the study's claims (Holm).
    verdict : str
        ``supported``, ``contradicted`` or ``undecided``.
    sentence : str
        The verdict in plain words.
    """

    text: str
    better: str
    worse: str
    published_difference: float | None
    difference: float
    interval: tuple[float, float]
    p_value: float
    verdict: str
    sentence: str


@dataclass(frozen=True)
class GridResult:
    """A grid of variants.

    Attributes
    ----------
    name, caption : str
    axes : dict of str to tuple of str
        The labels of each axis, in order.
    """

    name: str
    caption: str
    axes: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class StudyResult:
    """Everything a report of a study shows.

    Attributes
    ----------
    name, title, question, source : str
        ``source`` cites the report whose figures are compared.
    remarks : tuple of str
        What a reader must know of the source or of this reproduction.
    size : str
        ``full`` or ``quick``.
    variants, claims
    data_source : str
        Where the images came from.
    machine : dict of str to str
        Processor, cores, instruction set, operating system.
    versions : dict of str to str
        Seedbed and its libraries.
    command : str
        How to run it again.
    failures : tuple of str
        A sentence for each run that was given up or whose file is damaged, so that it is missing above.
    grids : tuple of GridResult
    """

    name: str
    title: str
    question: str
    source: str
    remarks: tuple[str, ...]
    size: str
    variants: tuple[VariantResult, ...]
    claims: tuple[ClaimResult, ...]
    data_source: str
    machine: dict[str, str]
    versions: dict[str, str]
    command: str
    failures: tuple[str, ...] = ()
    grids: tuple[GridResult, ...] = ()
