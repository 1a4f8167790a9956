"""What holds when things go wrong, counted: one table.

    make scorecard        what fits into twelve minutes
    make scorecard-long   all there is: hours
    python -m scorecard [--long] [--seconds N] [--seed N] [--only KIND …] [--what WORD …] [--output FILE]

Each row says how often something was tried, of how many that there are, and what went wrong; the table is also written
to docs/results/scorecard.json. Anything wrong ends it with status 1.
"""

import argparse
import importlib
import json
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from scorecard import ROOT
from scorecard.row import Row, Size
from scorecard.table import put_into, summary
from seedbed.machine import describe_machine, describe_versions, usable_cores

RESULT = ROOT / "docs/results/scorecard.json"
KINDS = ("kills", "faults", "surroundings", "fuzz", "hostile", "load")


def main() -> int:
    """Make the table."""
    parser = argparse.ArgumentParser(prog="scorecard", description=__doc__.splitlines()[0])
    parser.add_argument("--long", action="store_true", help="all there is")
    parser.add_argument("--seconds", type=float, default=10.0, help="for a row of an ordinary weight (%(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", default=KINDS, choices=KINDS, help="these kinds; the other rows stay")
    parser.add_argument("--what", nargs="*", default=[], help="rows whose names hold one of these words")
    parser.add_argument("--output", type=Path, default=RESULT, help="where the numbers go (%(default)s)")
    chosen = parser.parse_args()
    begun = time.monotonic()
    about = {"size": "long" if chosen.long else "short", "seconds": chosen.seconds, "seed": chosen.seed}
    about["date"] = datetime.now(UTC).date().isoformat()
    before = json.loads(chosen.output.read_text("utf-8"))["rows"] if chosen.output.exists() else []
    made = {(one["kind"], one["what"]): one for one in before if one.get("kind") in KINDS}
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        size = Size(chosen.long, chosen.seconds, chosen.seed, usable_cores(), Path(folder), tuple(chosen.what))
        print(f"{'':<13}{'what':<92}{'tried':>9}{'of':>9}{'wrong':>7}{'s':>7}", flush=True)
        for kind in chosen.only:
            for row in importlib.import_module(f"scorecard.{kind}").rows(size):
                made[row.kind, row.what] = row.to_dict() | about
                wrong += row.wrong
                print_row(row)
                write(chosen.output, sorted(made.values(), key=lambda one: KINDS.index(one["kind"])))
    print(f"{wrong:,} wrong, {time.monotonic() - begun:.0f} s")
    return 1 if wrong else 0


def write(output: Path, rows: list[dict[str, object]]) -> None:
    """The numbers, and the table of README if they are those that it shows."""
    values = {"machine": describe_machine(), "versions": describe_versions(), "rows": rows}
    output.write_text(f"{json.dumps(values, indent=1, ensure_ascii=False)}\n", "utf-8")
    if output == RESULT:
        put_into(ROOT / "README.md", summary(rows))


def print_row(row: Row) -> None:
    """Its figures, and below it what went wrong."""
    of = f"{row.of:,}" if row.of else ""
    print(f"{row.kind:<13}{row.what:<92}{row.tried:>9,}{of:>9}{row.wrong:>7,}{row.wall_s:>7.0f}  {row.remark}")
    for text, count in row.found.most_common(20):
        print(f"    {count} × {text}")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
