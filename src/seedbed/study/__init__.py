"""Studies: variants, seeds and claims; their runs side by side, and the verdicts.

`definition` reads the TOML, `plan` lists the runs, `executor` has them done by `worker` processes, which `crew` starts
and hears, on data from `lending`, all in a `workshop`; `run` puts the steps together, `verdict` judges the claims,
`result` holds what was found. `grids` writes many variants at once.

Sweeps: `space` reads what is varied, `searches` chooses points, `sweep` has them done in a workshop, `sweep_result`
holds what was found.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seedbed.study.study import Study
    from seedbed.study.sweep import Sweep
    from seedbed.study.watching import Watcher

__all__ = ["Study", "Sweep", "Watcher"]


def __getattr__(name: str) -> Any:
    # Workers live in this package too and start in half the time without what only the study needs.
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
