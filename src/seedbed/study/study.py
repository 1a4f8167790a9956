"""``sb.Study``: a question, the runs that answer it, and the answer."""

import shlex
from pathlib import Path
from typing import Self

from seedbed.engine import ENGINES
from seedbed.store import Workspace
from seedbed.study.definition import Definition, load_definition, shipped_studies
from seedbed.study.result import StudyResult
from seedbed.study.run import collect, run_study
from seedbed.study.watching import Watcher


class Study:
    """A study that can be run.

    Parameters
    ----------
    definition : Definition
    reference : str
        What a person types to name it: the name of a shipped study or the path of a file.

    Examples
    --------
    >>> study = Study.load("lenet5-improved")
    >>> result = study.run(quick=True)  # doctest: +SKIP
    >>> [claim.sentence for claim in result.claims]  # doctest: +SKIP
    """

    def __init__(self, definition: Definition, reference: str = "") -> None:
        self.definition = definition
        self.reference = reference or definition.name

    @classmethod
    def load(cls, name_or_path: str | Path) -> Self:
        """Read a shipped study by its name, or a file of one's own by its path, which ends in ``.toml``.

        Raises
        ------
        StudyError
            There is none, or it is wrong; names file, key, what was expected and what came.
        """
        return cls(load_definition(name_or_path), str(name_or_path))

    @staticmethod
    def names() -> list[str]:
        """The studies that come with Seedbed."""
        return shipped_studies()

    def run(
        self,
        *,
        quick: bool = False,
        seeds: int | None = None,
        epochs: int | None = None,
        jobs: int | None = None,
        workspace: str | Path | None = None,
        engine: str = ENGINES[0],
        watch: Watcher | None = None,
    ) -> StudyResult:
        """Train what is missing and tell what was found; calling it again goes on where it stopped.

        Parameters
        ----------
        quick : bool
            The small size of the study in place of the full one.
        seeds, epochs : int, optional
            In place of those of the size.
        jobs : int, optional
            Worker processes; one per usable core if left out.
        workspace : str or Path, optional
            Folder that keeps the runs; else ``SEEDBED_WORKSPACE``, else ``seedbed-workspace``.
        engine : str
            ``native`` or ``reference``.
        watch : Watcher, optional
            Told what happens.

        Raises
        ------
        SeedbedError
        """
        command = self.command(quick, seeds, epochs, workspace, engine)
        size = "quick" if quick else "full"
        return run_study(self.definition, Workspace(workspace), size, seeds, epochs, jobs, watch, engine, command)

    def result(
        self,
        *,
        quick: bool = False,
        seeds: int | None = None,
        epochs: int | None = None,
        workspace: str | Path | None = None,
        engine: str = ENGINES[0],
    ) -> StudyResult:
        """What the workspace has of this study, without training; for the parameters see ``run``."""
        command = self.command(quick, seeds, epochs, workspace, engine)
        size = "quick" if quick else "full"
        return collect(self.definition, Workspace(workspace), size, seeds, epochs, engine, command)

    def command(
        self, quick: bool, seeds: int | None, epochs: int | None, workspace: str | Path | None, engine: str
    ) -> str:
        """The command line that does the same as ``run``."""
        words = ["seedbed", "study", "run", self.reference]
        words += ["--quick"] if quick else []
        for option, value in (("seeds", seeds), ("epochs", epochs), ("workspace", workspace)):
            words += [f"--{option}", str(value)] if value is not None else []
        words += ["--engine", engine] if engine != ENGINES[0] else []
        return shlex.join(words)
