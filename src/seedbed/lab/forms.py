"""One experiment in four forms: address, command, Python, study file."""

import json
import shlex

from seedbed.lab.experiment import Experiment
from seedbed.lab.wire import Frame


def forms(experiment: Experiment) -> Frame:
    """The frame with all of them; each gives the same runs, bit for bit, unless somebody reached in."""
    return Frame(
        "forms",
        {
            "address": experiment.configuration.to_fragment(),
            "command": command(experiment),
            "python": python(experiment),
            "study": study(experiment),
        },
        is_kept=True,
    )


def command(experiment: Experiment) -> str:
    """What a person types in a terminal: a line for each run, or the study file that compares A and B."""
    configuration = experiment.configuration
    if len(experiment.sides) == 1:
        settings = dict(configuration.settings)
        network = settings.pop("network")
        runs = [
            ["seedbed", "train", str(network), *_options(settings | {"seed": seed})] for seed in configuration.run_seeds
        ]
        return "\n".join(shlex.join(words) for words in runs)
    return "seedbed study run experiment.toml"


def python(experiment: Experiment) -> str:
    """The same as a script."""
    lines = ["import seedbed as sb", ""]
    for side, recipe in zip(experiment.sides, experiment.recipes, strict=True):
        values = {name: value for name, value in recipe.to_dict().items() if value not in (None, "", 0)}
        network = values.pop("network")
        arguments = ", ".join(f"{name}={value!r}" for name, value in values.items())
        seeds = configuration_range(experiment)
        lines.append(f"{side} = [sb.train({network!r}, {arguments}, seed=seed) for seed in {seeds}]")
    lines += [f"print([run.test_error for run in {side}])" for side in experiment.sides]
    return "\n".join(lines) + "\n"


def configuration_range(experiment: Experiment) -> str:
    """``range(3)`` or ``range(3, 6)``."""
    seeds = experiment.configuration.run_seeds
    return f"range({seeds.stop})" if seeds.start == 0 else f"range({seeds.start}, {seeds.stop})"


def study(experiment: Experiment) -> str:
    """A study file with one variant a side, and the claim that B errs less where there are two."""
    seeds = experiment.configuration.seeds
    epochs = experiment.recipes[0].epochs
    first = experiment.configuration.first_seed
    lines = [
        *([f"# A study begins with seed 0; the lab's runs have {seeds} seeds from {first} on."] if first else []),
        'name = "experiment"',
        'title = "An experiment of the lab"',
        'question = "What does the network learn?"',
        'source = ""',
        "",
        "[full]",
        f"seeds = {seeds}",
        f"epochs = {epochs}",
        "",
        "[quick]",
        f"seeds = {seeds}",
        f"epochs = {epochs}",
    ]
    for side, recipe in zip(experiment.sides, experiment.recipes, strict=True):
        lines += ["", "[[variants]]", f'name = "{side}"', f'title = "{side.upper()}"']
        for name, value in recipe.to_dict().items():
            if name != "epochs" and value not in (None, ""):
                lines.append(f"{name} = {_toml(value)}")
    if len(experiment.sides) == 2:
        lines += ["", "[[claims]]", 'text = "B errs less than A."', 'better = "b"', 'worse = "a"']
    return "\n".join(lines) + "\n"


def _options(settings: dict[str, object]) -> list[str]:
    words = []
    for name, value in settings.items():
        if value not in (None, "") and name != "seeds":
            words += [f"--{name.replace('_', '-')}", str(value)]
    return words


def _toml(value: object) -> str:
    if isinstance(value, str):
        # JSON's escapes are TOML's too, but for the one control character that JSON lets stand.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value)
