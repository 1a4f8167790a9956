"""The table of all settings in docs/recipes.md.

``python -m seedbed.training.settings_page docs/recipes.md`` renews it.
"""

import sys
from pathlib import Path

from seedbed.training.setting import Setting
from seedbed.training.settings import LR, RECIPE, RUN

BEGIN, END = "<!-- settings: begin -->\n", "<!-- settings: end -->\n"


def table() -> str:
    """All settings as Markdown: name in Python, studies and sweeps; what they are, their range and their default."""
    lines = ["| setting | what it is | range | if left out |", "|---|---|---|---|"]
    lines += [_row(setting) for setting in (*RECIPE.values(), LR, *RUN.values())]
    return "\n".join(lines) + "\n"


def renewed(page: str) -> str:
    """A page with the table as it is now between its marks.

    Raises
    ------
    ValueError
        The page lacks the marks.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"expected the lines {BEGIN.strip()} and {END.strip()}")
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def _row(setting: Setting) -> str:
    left_out = "it must be given" if setting.name == "network" else setting.left_out or f"`{setting.default}`"
    return f"| `{setting.name}` | {setting.help} | {setting.range or 'text'} | {left_out} |"


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(renewed(path.read_text("utf-8")), "utf-8")
