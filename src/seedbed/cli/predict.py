"""``seedbed predict``: answers of a trained network to pictures and tables."""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from seedbed.cli.as_json import print_json
from seedbed.cli.console import FAILED, examples, note, say
from seedbed.cli.lookup import find_run, is_model_file, require_answers
from seedbed.cli.options import option
from seedbed.cli.outcome import new_table, print_table
from seedbed.data.importing.findings import Findings
from seedbed.data.likeness import Handling
from seedbed.errors import DataError, StoreError
from seedbed.files import write_file
from seedbed.kept import open_run
from seedbed.predict import Ensemble, answers_csv, is_table, pictures_of, submission_csv
from seedbed.predict.telling import SUBMISSION
from seedbed.store import Workspace
from seedbed.training import Model
from seedbed.training.prediction import UNLIKE, Prediction
from seedbed.training.setting import RUNNING

app = typer.Typer(add_completion=False)

_AT_ONCE, _MOST_DONE = 256, 8
STDOUT = "-"
_EPILOG = examples(
    "seedbed predict lenet5+.safetensors seven.png",
    "seedbed predict 0f3a9c61d2b4-0 drawings/ --top 3",
    "seedbed predict model.safetensors test.csv --csv submission.csv",
)


@app.command(epilog=_EPILOG)
def predict(
    model: Annotated[
        str, typer.Argument(help="A model file, the beginning of a run's id, or STUDY/VARIANT.", show_default=False)
    ],
    paths: Annotated[
        list[str],
        typer.Argument(
            help="Pictures, folders or archives of them, - for stdin; or one table without labels.",
            metavar="PATH...",
            show_default=False,
        ),
    ],
    also: Annotated[
        list[str] | None,
        typer.Option(
            "--also", metavar="MODEL", help="One more network that answers; may be repeated.", show_default=False
        ),
    ] = None,
    seeds: Annotated[
        bool, typer.Option("--seeds", help="Also the runs of the workspace that differ in the seed alone.")
    ] = False,
    top: Annotated[int, typer.Option("--top", metavar="K", min=1, help="How many of the likeliest classes.")] = 1,
    csv: Annotated[
        Path | None,
        typer.Option(
            "--csv",
            metavar="FILE",
            help="Write a CSV file (- for stdout); of a table with the columns of Kaggle's sample.",
            show_default=False,
        ),
    ] = None,
    columns: Annotated[
        str, typer.Option("--columns", metavar="ID,LABEL", help="Names of the columns of that CSV file, of a table.")
    ] = ",".join(SUBMISSION),
    as_json: Annotated[bool, typer.Option("--json", help="A line of JSON for each picture: docs/json.md.")] = False,
    invert: Annotated[
        bool | None,
        typer.Option(
            "--invert/--no-invert", help="Bright becomes dark; else where the grounds differ.", show_default=False
        ),
    ] = None,
    center: Annotated[
        bool | None,
        typer.Option(
            "--center/--no-center",
            help="Scale and move what is drawn as MNIST's digits are; else where the training images are so.",
            show_default=False,
        ),
    ] = None,
    as_is: Annotated[
        bool, typer.Option("--as-is", help="Only bring pictures to the size and colours of the network.")
    ] = False,
    drop: Annotated[
        list[str] | None,
        typer.Option(
            "--drop", metavar="NAME", help="A column of a table to leave out; may be repeated.", show_default=False
        ),
    ] = None,
    workspace: Annotated[
        Path | None, option(RUNNING, "Folder that keeps the runs.", "SEEDBED_WORKSPACE, else ./seedbed-workspace")
    ] = None,
) -> None:
    """Say what a trained network makes of pictures, or of the rows of a table.

    Pictures may have any size and colours. What is done to each before the
    network sees it is said, and can be told otherwise; a picture that is
    unlike the training images is flagged.

    Exit status: 0 answered; 1 some pictures of a folder could not be read;
    2 wrong input.
    """
    handling = Handling(invert, center, as_is)
    ensemble = Ensemble(_members([model, *(also or [])], seeds, Workspace(workspace, create=False)))
    tables = [path for path in paths if is_table(path)]
    if tables and len(paths) > 1:
        raise DataError(f"{tables[0]}: expected one table alone, got {len(paths)} paths. Predict them one by one.")
    findings = Findings(note)
    if tables:
        names = [name.strip() for name in columns.split(",")]
        if len(names) != 2 or not all(names):
            raise DataError(f"--columns: expected two names such as {','.join(SUBMISSION)}, got {columns!r}.")
        answers = ensemble.examine_table(Path(tables[0]), drop or ())
    else:
        answers = [one for part in _examined(ensemble, paths, handling, findings) for one in part]
    if csv is not None:
        _write(csv, submission_csv(answers, names) if tables else answers_csv(answers, top))
    if as_json:
        for one in answers:
            print_json("predict/1", one.to_dict(top), is_line=True)
    elif csv is not None and str(csv) != STDOUT:
        say(f"{len(answers):,} answers: {csv}")
    if not as_json:
        _show(answers, top, is_short=csv is not None or bool(tables))
    for remark in findings.remarks:
        note(remark)
    if findings.skipped:
        raise typer.Exit(FAILED)


def _write(path: Path, content: str) -> None:
    if str(path) == STDOUT:
        sys.stdout.write(content)
        return
    try:
        write_file(path, content.encode())
    except OSError as error:
        raise StoreError(
            f"--csv '{path}': cannot be written ({error.strerror or error}). Give a file name in a folder that can be."
        ) from None


def _members(texts: list[str], with_seeds: bool, workspace: Workspace) -> list[Model]:
    models = []
    for text in texts:
        if is_model_file(text):
            if with_seeds:
                raise StoreError(f"model '{text}': --seeds is for runs of a workspace. Name more models with --also.")
            models.append(Model.load(text))
            continue
        found = find_run(text, workspace)
        require_answers(found)
        keys = [found.key]
        if with_seeds:
            alike = (found.key.fingerprint, found.key.engine)
            others = (key for key in workspace.ledger.all_keys() if (key.fingerprint, key.engine) == alike)
            keys = sorted(others, key=lambda key: key.seed)
        for key in keys:
            entry = workspace.ledger.find(key)
            if entry is not None and entry.outcome.is_complete:
                models.append(open_run(workspace, entry).model)
    return models


def _examined(
    ensemble: Ensemble, paths: list[str], handling: Handling, findings: Findings
) -> Iterator[list[Prediction]]:
    """Answers, some hundred pictures at a time."""
    waiting = pictures_of(paths, sys.stdin.buffer, findings)
    while part := list(islice(waiting, _AT_ONCE)):
        try:
            yield ensemble.examine([content for _, content, _ in part], [name for name, _, _ in part], handling)
        except DataError:
            yield list(_one_by_one(ensemble, part, handling, findings))


def _one_by_one(
    ensemble: Ensemble, part: Sequence[tuple[str, bytes, bool]], handling: Handling, findings: Findings
) -> Iterator[Prediction]:
    """Of a folder, those that can be read."""
    for name, content, is_named in part:
        try:
            yield ensemble.examine([content], [name], handling)[0]
        except DataError as error:
            if is_named:
                raise
            findings.skip(str(error))


def _show(answers: list[Prediction], top: int, is_short: bool) -> None:
    if not is_short:
        are_several = any(one.votes for one in answers)
        table = new_table("picture", "answer", "probability", *(["agree"] if are_several else []), "")
        for one in answers:
            likely = one.top(top)
            table.add_row(
                one.name,
                "\n".join(name for name, _ in likely),
                "\n".join(f"{100 * value:.1f}%" for _, value in likely),
                *([f"{one.agreeing}/{len(one.votes)}"] if are_several else []),
                UNLIKE if one.is_unlike else "",
            )
        print_table(table)
        done = Counter(text for one in answers for text in one.done)
        if done:
            say()
        for text, count in done.most_common(_MOST_DONE):
            say(text if len(answers) == 1 else f"{count:,} of {len(answers):,}: {text}", style="dim")
        if len(done) > _MOST_DONE:
            say("and more: --json says what was done to each", style="dim")
    unlike = sum(one.is_unlike for one in answers)
    if unlike:
        which = "this is" if len(answers) == 1 else f"{unlike:,} of {len(answers):,} are"
        note(f"{which} {UNLIKE}: the answer means little")
