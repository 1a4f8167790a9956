"""What a study found: plain values, from the ledger and statistics, for tables, reports and the user."""

from dataclasses import dataclass

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
        Anything a reader must know of it: "best epoch", "chosen on test".
    """

    error: float
    std: float | None = None
    runs: int = 1
    remark: str = ""


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
        """Percent after the last epoch; NaN for a run that diverged before its first."""
        return self.history.epochs[-1].test_error if self.history.epochs else float("nan")


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
    """

    name: str
    title: str
    recipe: Recipe
    parameter_count: int
    published: Published | None
    runs: tuple[RunResult, ...]

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
