"""An activation of my own: x · sigmoid(beta · x) in NumPy, with its derivative worked out by hand.

    python examples/my_activation.py

trains LeNet-5's little sister with it and with ReLU, over a few seeds. `seedbed` checks the derivative by finite
differences as soon as the class is made: change a sign in `backward` and see.
"""

from typing import Any

import numpy as np

import seedbed as sb


@sb.own_layer()
class Swish(sb.OwnLayer):
    """y = x·s with s = sigmoid(beta·x); dy/dx = s + beta·x·s·(1 - s). Source: Ramachandran et al. (2017)."""

    beta: float = 1.0

    def forward(self, x: np.ndarray, parameters: dict[str, np.ndarray]) -> tuple[np.ndarray, Any]:
        s = 1 / (1 + np.exp(-self.beta * x))
        return x * s, (x, s)

    def backward(self, gradient: np.ndarray, kept: Any, parameters: dict[str, np.ndarray]) -> tuple[np.ndarray, Any]:
        x, s = kept
        return gradient * (s + self.beta * x * s * (1 - s)), {}


def network(activation: sb.OwnLayer | sb.ReLU) -> list[Any]:
    return [sb.Conv2d(6, 3), activation, sb.MaxPool2d(2), sb.Flatten(), sb.Linear(10)]


def main(seeds: int = 3, epochs: int = 5) -> None:
    for activation in (Swish(), Swish(2.0), sb.ReLU()):
        errors = [
            sb.train(
                network(activation), "digits", epochs=epochs, seed=seed, engine="reference", progress=False
            ).test_error
            for seed in range(seeds)
        ]
        print(f"test error {np.mean(errors):5.2f}% ± {np.std(errors, ddof=1):.2f}  {activation}")


if __name__ == "__main__":
    main()
