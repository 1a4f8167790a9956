"""States of a run that are kept while it trains, to go back in time: within a bound, ever further apart."""

from dataclasses import dataclass
from math import log

from seedbed.network import State

MOST_BYTES = 24_000_000
MOST_STATES = 60


@dataclass(frozen=True)
class KeptState:
    """Parameters and buffers after so many steps."""

    step: int
    epoch: float
    state: State


class KeptStates:
    """A few states of one run, about evenly apart in the logarithm of their steps.

    The first and the newest always stay. At most 60 states, and 24 MB; two, however large they are.

    Parameters
    ----------
    names : sequence of str
        What of a state is kept: parameters and buffers.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names
        self._kept: list[KeptState] = []

    def __len__(self) -> int:
        return len(self._kept)

    def __getitem__(self, place: int) -> KeptState:
        return self._kept[place]

    @property
    def epochs(self) -> list[float]:
        """Of each state, ascending."""
        return [one.epoch for one in self._kept]

    def wants(self, step: int) -> bool:
        """Whether the state after so many steps is worth keeping: a sixth more than at the last."""
        return not self._kept or step >= max(self._kept[-1].step + 1, self._kept[-1].step * 7 / 6)

    def keep(self, step: int, epoch: float, state: State) -> None:
        """Keep a state; another one goes if there are too many."""
        self._kept.append(KeptState(step, epoch, {name: state[name] for name in self._names}))
        one_bytes = sum(array.nbytes for array in self._kept[0].state.values())
        most = max(2, min(MOST_STATES, MOST_BYTES // max(1, one_bytes)))
        while len(self._kept) > most:
            if len(self._kept) == 3:
                del self._kept[1]
                continue
            places = [log(1 + one.step) for one in self._kept]
            gaps = {place: places[place + 1] - places[place - 1] for place in range(1, len(places) - 1)}
            del self._kept[min(gaps, key=lambda place: gaps[place])]
