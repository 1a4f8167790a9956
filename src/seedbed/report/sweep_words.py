"""What a sweep found, in sentences."""

from typing import TYPE_CHECKING

from seedbed.report.words import counted, error_digits, interval_text, listed, number

if TYPE_CHECKING:
    from seedbed.study.sweep_result import SweepResult

_MOST_NAMES = 6


def best_text(result: "SweepResult") -> str:
    """Which point won, and by what."""
    winner = result.winner
    std = f" ± {number(winner.std)}" if winner.std is not None else ""
    return (
        f"Best of {counted(len(result.points), 'point')}: {winner.name}, validation error {number(winner.mean)}{std}% "
        f"over {counted(len(winner.errors), 'seed')} on {result.validation:,} held-out images."
    )


def ties_text(result: "SweepResult") -> str:
    """Which points are as good as the winner, as far as the seeds tell."""
    if len(result.points) == 1:
        return "There is no other point to compare it with."
    if result.seeds == 1:
        return (
            "With one seed for each point, luck cannot be told from a difference: any of them may be the best. "
            "Take more seeds."
        )
    if not result.ties:
        return "Its lead over every other point is significant at 5%, corrected for all of them."
    names = [f"({point.name})" for point in result.ties]
    if len(names) > _MOST_NAMES:
        names = [*names[: _MOST_NAMES - 1], f"{len(names) - _MOST_NAMES + 1} others"]
    joined = listed(names)
    return (
        f"Ties within the noise: {counted(result.seeds, 'seed')} for each point do not tell it apart from {joined}. "
        "More seeds would."
    )


def final_text(result: "SweepResult") -> str:
    """The one test error."""
    if not result.test_errors:
        return f"No test error: all {counted(result.diverged, 'run')} of the winner with fresh seeds diverged."
    digits = error_digits([result.test_std])
    std = f" ± {number(result.test_std, digits)}" if result.test_std is not None else ""
    interval = f", 95% interval {interval_text(result.test_interval, digits)}" if result.test_interval else ""
    diverged = f"; {counted(result.diverged, 'run')} diverged" if result.diverged else ""
    return (
        f"Test error of the best with {counted(len(result.test_errors), 'fresh seed')}: "
        f"{number(result.test_error, digits)}{std}%{interval}{diverged}."
    )
