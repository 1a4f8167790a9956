"""Studies: variants, seeds and claims; their runs side by side, and the verdicts.

`definition` reads the TOML, `plan` lists the runs, `executor` has them done by `worker` processes, which `crew` starts
and hears, on data from `lending`, all in a `workshop`; `rounds` adds seeds where they are to decide; `run` puts the
steps together, `reading` reads each run once. `grids` writes many variants at once, `comparing` makes a study of two
recipes.

`result` holds what was measured, `answers` the images that a run gets wrong; `verdict` judges each claim (its numbers:
`claim_numbers`), `wording` says it in words (`claim`), `rows` puts figures into text, `frames` gives tables,
`study_result` holds all of it; `inside` looks into its networks. `texts` reads a study's texts in other languages,
`translation` puts them in place of the English ones.

Sweeps: `space` reads what is varied, `searches` chooses points, `sweep` has them done in a workshop, `sweep_result`
holds what was found.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seedbed.study.comparing import compare_recipes
    from seedbed.study.study import Study
    from seedbed.study.sweep import Sweep
    from seedbed.study.watching import Watcher

__all__ = ["Study", "Sweep", "Watcher", "compare_recipes"]


def __getattr__(name: str) -> Any:
    # Workers live in this package too and start in half the time without what only the study needs.
    if name == "compare_recipes":
        from seedbed.study.comparing import compare_recipes

        return compare_recipes
    if name == "Study":
        from seedbed.study.study import Study

        return Study
    if name == "Sweep":
        from seedbed.study.sweep import Sweep

        return Sweep
    if name == "Watcher":
        from seedbed.study.watching import Watcher

        return Watcher
    raise AttributeError(f"module 'seedbed.study' has no attribute '{name}'")
