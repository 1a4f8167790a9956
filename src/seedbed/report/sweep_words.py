"""What a sweep found, in sentences."""

from typing import TYPE_CHECKING

from seedbed.formatting import error_digits, interval_text, listed, mean_std_text, point_count, run_count, seed_count
from seedbed.language import phrase
from seedbed.study.summaries import spread

if TYPE_CHECKING:
    from seedbed.study.sweep_result import SweepResult

_MOST_NAMES = 6


def best_text(result: "SweepResult") -> str:
    """Which point won, and by what."""
    winner = result.winner
    return phrase(
        "Best of {points}: {name}, validation error {error}% over {seeds} on {images:,} held-out images.",
        points=point_count(len(result.points)),
        name=winner.name,
        error=mean_std_text(winner.mean, winner.std),
        seeds=seed_count(len(winner.errors)),
        images=result.validation,
    )


def ties_text(result: "SweepResult") -> str:
    """Which points are as good as the winner, as far as the seeds tell."""
    if len(result.points) == 1:
        return phrase("There is no other point to compare it with.")
    if result.seeds == 1:
        return phrase(
            "With one seed for each point, luck cannot be told from a difference: any of them may be the best. "
            "Take more seeds."
        )
    if not result.ties:
        return phrase("Its lead over every other point is significant at 5%, corrected for all of them.")
    names = [f"({point.name})" for point in result.ties]
    if len(names) > _MOST_NAMES:
        names = [*names[: _MOST_NAMES - 1], phrase("{count} others", count=len(names) - _MOST_NAMES + 1)]
    return phrase(
        "Ties within the noise: {seeds} for each point do not tell it apart from {names}. More seeds would.",
        seeds=seed_count(result.seeds),
        names=listed(names),
    )


def final_text(result: "SweepResult") -> str:
    """The one test error."""
    if not result.test_errors:
        runs = run_count(result.diverged)
        return phrase("No test error: all {runs} of the winner with fresh seeds diverged.", runs=runs)
    digits = error_digits([result.test_std])
    found = f"{mean_std_text(result.test_error, result.test_std, digits)}%"
    errors = spread(result.test_errors)
    if errors is not None and errors.interval is not None:
        interval = interval_text(errors.interval, digits)
        found = phrase("{error}, 95% interval {interval}", error=found, interval=interval)
    if result.diverged:
        found = phrase("{error}; {runs} diverged", error=found, runs=run_count(result.diverged))
    if len(result.test_errors) == 1:
        return phrase("Test error of the best with 1 fresh seed: {error}.", error=found)
    return phrase(
        "Test error of the best with {count:,} fresh seeds: {error}.", count=len(result.test_errors), error=found
    )
