from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

class Step:
    def __init__(
        self,
        kind: str,
        number: int,
        input: tuple[int, ...],
        output: tuple[int, ...],
        values: NDArray[np.float32],
    ) -> None: ...

def run(
    steps: Sequence[Step],
    images: NDArray[np.uint8 | np.float32],
    order: NDArray[np.int64],
    progress: NDArray[np.float64],
    seed: int,
    stream: int,
    epoch: int,
    threads: int,
) -> NDArray[np.float32]: ...
def byte_totals(images: NDArray[np.uint8]) -> list[tuple[int, int]]: ...
