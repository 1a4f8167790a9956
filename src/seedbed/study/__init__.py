"""Studies: variants, seeds and claims; the verdicts on what their runs show.

`definition` reads the TOML, `plan` lists the runs, `execution` has the runner do what is missing; `rounds` adds seeds
where they are to decide; `run` puts the steps together. `grids` writes many variants at once, `comparing` makes a study
of two recipes.

`result` holds what was found, `answers` the images that a run gets wrong, `verdict` judges each `claim`, `wording` says
it in words, `frames` gives rows and tables.

Sweeps: `space` reads what is varied, `searches` chooses points, `sweep` has them done, `sweep_result` holds what was
found.
"""

from seedbed.runner.watcher import Watcher
from seedbed.study.comparing import compare_recipes
from seedbed.study.study import Study
from seedbed.study.sweep import Sweep

__all__ = ["Study", "Sweep", "Watcher", "compare_recipes"]
