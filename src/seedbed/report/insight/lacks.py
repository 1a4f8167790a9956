"""What a page of a network leaves out, why, and how to get it; ``how`` is a command or an argument."""


def not_recorded(how: str) -> str:
    """There is no recording."""
    return f"What changes over the epochs: this run was not recorded. Train it again with {how}"


def no_other_seed(how: str) -> str:
    """There is no other run of the recipe."""
    return f"Which images are wrong for every seed: no other seed of this recipe is there. Get one with {how}"


def no_surface(how: str) -> str:
    """The surface was not asked for."""
    return f"The loss around the parameters: it takes a while. Get it with {how}"


def no_range_test(how: str) -> str:
    """The range test was not asked for."""
    return f"The loss against the learning rate: it takes a while. Get it with {how}"


ONLY_A_MODEL = (
    "Gradients, activations and weights over the epochs, the loss around the parameters and against the learning rate: "
    "a model file does not say how it was trained. Inspect the run itself; 'seedbed inspect' lists the runs.",
    "Which images are wrong for every seed: a model file has no other seeds.",
)
