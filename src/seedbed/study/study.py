"""``sb.Study``: a question, the runs that answer it, and the answer."""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from seedbed.engine import ENGINES
from seedbed.errors import StudyError
from seedbed.runner.watcher import Watcher
from seedbed.store import Workspace
from seedbed.study.definition import Definition, load_definition, shipped_studies
from seedbed.study.rounds import MOST_SEEDS
from seedbed.study.run import collect, run_study
from seedbed.study.study_result import StudyResult


class Study:
    """A study that can be run.

    Parameters
    ----------
    definition : Definition
    words : sequence of str, optional
        What a person types for it: ``["study", "run", "mine.toml"]``.

    Examples
    --------
    >>> study = Study.load("lenet5-improved")
    >>> result = study.run(quick=True)  # doctest: +SKIP
    >>> [claim.sentence for claim in result.claims]  # doctest: +SKIP
    """

    def __init__(self, definition: Definition, words: Sequence[str] = ()) -> None:
        self.definition = definition
        self._words = tuple(words) or ("study", "run", definition.name)

    def __repr__(self) -> str:
        return f"<Study {self.definition.name}: {self.definition.title}>"

    @property
    def words(self) -> tuple[str, ...]:
        """What a person types for it."""
        return self._words

    @classmethod
    def load(cls, name_or_path: str | Path) -> Self:
        """Read a shipped study by its name, or a file of one's own by its path, which ends in ``.toml``.

        Raises
        ------
        StudyError
            There is none, or it is wrong; names file, key, what was expected and what came.
        """
        return cls(load_definition(name_or_path), ("study", "run", str(name_or_path)))

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
        until_decided: bool = False,
        most_seeds: int | None = None,
        jobs: int | None = None,
        workspace: str | Path | None = None,
        engine: str = ENGINES[0],
        watch: Watcher | None = None,
        on: str | None = None,
    ) -> StudyResult:
        """Train what is missing and tell what was found; calling it again goes on where it stopped.

        Parameters
        ----------
        quick : bool
            The small size of the study in place of the full one.
        seeds, epochs : int, optional
            In place of those of the size.
        until_decided : bool
            Add seeds to the variants of undecided claims until all claims are decided. Claims are then tested by
            ``SequentialComparison``, which allows for the looks; ``seeds`` is what all variants begin with.
        most_seeds : int, optional
            Of a variant, with ``until_decided`` alone; at least 3, 60 if left out.
        jobs : int, optional
            Worker processes; one per usable core if left out.
        workspace : str or Path, optional
            Folder that keeps the runs; else ``SEEDBED_WORKSPACE``, else ``seedbed-workspace``.
        engine : str
            ``native`` or ``reference``.
        watch : Watcher, optional
            Told what happens.
        on : str, optional
            A Dask cluster that does the runs: ``dask`` starts one on this machine, ``dask://HOST:PORT`` is the
            address of a scheduler. The results are the same bits.

        Raises
        ------
        SeedbedError
        """
        most = _most_seeds(until_decided, most_seeds)
        result = run_study(
            self.definition,
            Workspace(workspace),
            "quick" if quick else "full",
            seeds,
            epochs,
            jobs,
            watch,
            engine,
            self.command(quick, seeds, epochs, workspace, engine, most),
            most_seeds=most,
            on=on,
        )
        return replace(result, again=self._again(quick, seeds, epochs, most, engine))

    def result(
        self,
        *,
        quick: bool = False,
        seeds: int | None = None,
        epochs: int | None = None,
        until_decided: bool = False,
        most_seeds: int | None = None,
        workspace: str | Path | None = None,
        engine: str = ENGINES[0],
    ) -> StudyResult:
        """What the workspace has of this study, without training; for the parameters see ``run``."""
        most = _most_seeds(until_decided, most_seeds)
        command = self.command(quick, seeds, epochs, workspace, engine, most)
        size = "quick" if quick else "full"
        found = collect(self.definition, Workspace(workspace, create=False), size, seeds, epochs, engine, command, most)
        return replace(found, again=self._again(quick, seeds, epochs, most, engine))

    @classmethod
    def result_again(cls, again: Mapping[str, Any], workspace: str | Path | None = None) -> StudyResult:
        """What the workspace has now of a result that was made before, by its ``again``; nothing is trained.

        Raises
        ------
        SeedbedError
        TypeError, KeyError, ValueError
            These are not the values of a result.
        """
        study = cls(Definition.model_validate_json(json.dumps(again["definition"])), again["words"])
        return study.result(**again["options"], workspace=workspace)

    def _again(
        self, quick: bool, seeds: int | None, epochs: int | None, most_seeds: int | None, engine: str
    ) -> dict[str, Any]:
        options = {"quick": quick, "seeds": seeds, "epochs": epochs, "engine": engine}
        options |= {"until_decided": most_seeds is not None, "most_seeds": most_seeds}
        definition = self.definition.model_dump(mode="json", exclude_none=True)
        return {"definition": definition, "words": list(self._words), "options": options}

    def command(
        self,
        quick: bool,
        seeds: int | None,
        epochs: int | None,
        workspace: str | Path | None,
        engine: str,
        most_seeds: int | None = None,
    ) -> str:
        """The command line that does the same as ``run``; with ``most_seeds``, until decided."""
        words = ["seedbed", *self._words]
        words += ["--quick"] if quick else []
        for option, value in (("seeds", seeds), ("epochs", epochs), ("workspace", workspace)):
            words += [f"--{option}", str(value)] if value is not None else []
        words += ["--engine", engine] if engine != ENGINES[0] else []
        if most_seeds is not None:
            words += ["--until-decided"] + (["--most-seeds", str(most_seeds)] if most_seeds != MOST_SEEDS else [])
        return shlex.join(words)


def _most_seeds(until_decided: bool, most_seeds: int | None) -> int | None:
    """Where adding seeds ends; None if none are added."""
    if until_decided:
        return MOST_SEEDS if most_seeds is None else most_seeds
    if most_seeds is not None:
        raise StudyError(
            f"most_seeds: {most_seeds} seeds are where adding seeds ends, but none are to be added. Ask for it with "
            "--until-decided (until_decided=True), or give the number of all seeds with --seeds (seeds=)."
        )
    return None
