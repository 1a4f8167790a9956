from enum import Enum

import numpy as np
from numpy.typing import NDArray

LANES: int
MAX_SLOTS: int
PARTS: int
PEAK_CHAINS: int
VECTOR_CHANNELS: int
MINIMAL_COLUMNS: int
LARGEST_SIDE: int
LARGEST_WINDOW: int
MOST_CLASSES: int
MOST_IMAGES: int
MOST_PARAMETERS: int

class Activation(Enum):
    none = 0
    relu = 1
    tanh = 2
    sigmoid = 3
    scaled_tanh = 4
    sigmoid_tanh_slope = 5

class Function(Enum):
    leaky_relu = 0
    silu = 1
    gelu = 2

class Pooling(Enum):
    average = 0
    maximum = 1

class LossKind(Enum):
    cross_entropy = 0
    squared = 1
    hinge = 2
    squared_hinge = 3
    score = 4

class View:
    offset: int
    channels: int
    height: int
    width: int
    channel_stride: int
    row_stride: int
    def __init__(self) -> None: ...

class Op:
    input: View
    output: View
    weight: int
    bias: int
    packed: int
    gradient: int
    bias_gradient: int
    partial: int
    scratch: int
    size: int
    place: int
    kernel_size: int
    stride: int
    padding: int
    pool: int
    winners: int
    tile: int
    tiles: int
    activation: Activation
    pooling: Pooling
    loss: LossKind
    function: Function
    stream: int
    threshold: int
    over_channels: bool
    back_over_channels: bool
    is_sum: bool
    unbiased: bool
    nesterov: bool
    centered: bool
    decoupled: bool
    factor: float
    smoothing: float
    slope: float
    alpha: float
    beta: float
    k: float
    momentum: float
    weight_decay: float
    decay: int
    average: int
    squares: int
    beta1: float
    beta2: float
    eps: float
    lr_decay: float
    keep: float
    clip_norm: float
    def __init__(self, kernel: str) -> None: ...
    @property
    def kernel(self) -> str: ...
    @property
    def can_chain(self) -> bool: ...

class Stage:
    def __init__(self, chained: bool, descending: bool, ops: list[Op]) -> None: ...
    @property
    def chained(self) -> bool: ...
    @property
    def descending(self) -> bool: ...
    @property
    def ops(self) -> list[Op]: ...

class Sizes:
    lanes: int
    shared: int
    gradients: int
    memory: int
    partials: int
    scratch: int
    thread_scratch: int
    outputs: int
    def __init__(self) -> None: ...

class Program:
    sizes: Sizes
    batch_size: int
    spread: int
    classes: int
    image_size: int
    seed: int
    sum_loss: bool
    training: list[Stage]
    evaluation: list[Stage]
    probe: list[Stage]
    def __init__(self) -> None: ...

class Executor:
    steps: int
    def __init__(self, program: Program, instruction_set: str, threads: int) -> None: ...
    def train(
        self,
        images: NDArray[np.uint8 | np.float32],
        labels: NDArray[np.uint8],
        order: NDArray[np.int64],
        lrs: NDArray[np.float64],
        samples: NDArray[np.int64] | None = None,
        epoch: int = 0,
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]: ...
    def outputs(self, images: NDArray[np.uint8 | np.float32]) -> NDArray[np.float32]: ...
    def probe(
        self,
        images: NDArray[np.uint8 | np.float32],
        labels: NDArray[np.uint8],
        samples: NDArray[np.int64],
        epoch: int,
    ) -> tuple[float, NDArray[np.float32]]: ...
    @property
    def shared(self) -> NDArray[np.float32]: ...
    @property
    def memory(self) -> NDArray[np.float32]: ...
    @property
    def gradients(self) -> NDArray[np.float32]: ...

def thread_scratch(program: Program) -> int: ...
def gradient_border(kernel_size: int, padding: int) -> int: ...
def footprint(program: Program, threads: int) -> tuple[int, int]: ...
def choose(name: str) -> str: ...
def instruction_sets() -> list[str]: ...
