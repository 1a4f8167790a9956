"""How much chance there is in the steps of SGD."""

import math

from seedbed.checks import whole_number
from seedbed.errors import RecipeError


def noise_scale(lr: float, batch_size: int, image_count: int, momentum: float = 0.0) -> float:
    """The scale of random fluctuation of SGD, g = ε / (1 - m) · (N / B - 1).

    Seen as a stochastic differential equation in a time of ε per step, SGD draws its gradient's noise with the
    strength g: recipes of equal g should end in equally good minima, a tenfold batch being as good as a tenth of the
    learning rate, so long as B is small beside N and ε small enough to be stable. It holds for SGD with momentum
    v ← m v + gradient, as here, and not for Adam and its like. At a fixed number of epochs equal g also means
    nearly equal total step length ε N / B, so that alone does not show which of both makes recipes alike.

    It is not the gradient noise scale of McCandlish et al. (2018), a property of the gradients that is compared with B.

    Parameters
    ----------
    lr : float
        ε, above 0.
    batch_size : int
        B.
    image_count : int
        N, of the training images without those held back for validation; at least B.
    momentum : float
        m, from 0 to under 1.

    Returns
    -------
    float
        In units of the learning rate; 0 for whole batches.

    Raises
    ------
    RecipeError
        A number is out of its range.

    References
    ----------
    Smith and Le (2018), "A Bayesian perspective on generalization and stochastic gradient descent", ICLR. Smith,
    Kindermans, Ying and Le (2018), "Don't decay the learning rate, increase the batch size", ICLR (momentum).
    """
    if not 0 < lr < math.inf:
        raise RecipeError(f"noise_scale: lr must be a finite number above 0, got {lr}.")
    if not 0 <= momentum < 1:
        raise RecipeError(f"noise_scale: momentum must be a number from 0 to under 1, got {momentum}.")
    images = whole_number("noise_scale: image_count", image_count, 1)
    batch = whole_number("noise_scale: batch_size", batch_size, 1, images)
    return lr / (1 - momentum) * (images / batch - 1)
