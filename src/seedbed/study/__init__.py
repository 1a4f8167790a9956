"""Studies: variants, seeds and claims; the verdicts on what their runs show.

`definition` reads the TOML, `plan` lists the runs, `execution` has the runner do what is missing; `rounds` adds seeds
where they are to decide; `reading` reads each run once, `run` puts the steps together. `grids` writes many variants at
once, `comparing` makes a study of two recipes.

`claim_definition` says what a claim may be, `kind_tests` tests all but the first kind, `kind_claim` and `kind_wording`
hold what was found; `looks` keeps in which states claims were judged, `values` and `layer_values` what they are about.
`tuning` compares two recipes each at its own learning rate.

`result` holds what was measured, `answers` the images that a run gets wrong; `verdict` judges each claim (its numbers:
`claim_numbers`), `wording` says it in words (`claim`), `rows` puts figures into text, `frames` gives tables,
`study_result` holds all of it; `inside` looks into its networks. `texts` reads a study's texts in other languages,
`translation` puts them in place of the English ones.

Sweeps: `space` reads what is varied, `searches` chooses points, `sweep` has them done, `sweep_result` holds what was
found.
"""

from seedbed.runner.watcher import Watcher
from seedbed.study.comparing import compare_recipes
from seedbed.study.study import Study
from seedbed.study.sweep import Sweep

__all__ = ["Study", "Sweep", "Watcher", "compare_recipes"]
