"""A quantity over a run of any length, in a bounded number of points."""

from dataclasses import dataclass, field

MOST_POINTS = 240


@dataclass
class Curve:
    """Means over equal stretches of steps, which double in length whenever there are too many.

    Attributes
    ----------
    points : list of (position, mean)
    """

    points: list[tuple[float, float]] = field(default_factory=list)
    _width: int = 1
    _open: list[tuple[float, float]] = field(default_factory=list)

    def add(self, position: float, value: float) -> None:
        """The next value; positions ascend."""
        self._open.append((position, value))
        if len(self._open) < self._width:
            return
        self.points.append(_mean(self._open))
        self._open = []
        if len(self.points) >= MOST_POINTS:
            self.points = [_mean(self.points[place : place + 2]) for place in range(0, len(self.points), 2)]
            self._width *= 2


def _mean(points: list[tuple[float, float]]) -> tuple[float, float]:
    count = len(points)
    return sum(x for x, _ in points) / count, sum(y for _, y in points) / count
