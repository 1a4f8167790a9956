"""What a page of a network leaves out, why, and how to get it; ``how`` is a command or an argument."""

from seedbed.language import phrase


def not_recorded(how: str) -> str:
    """There is no recording."""
    return phrase("What changes over the epochs: this run was not recorded. Train it again with {how}", how=how)


def no_other_seed(how: str) -> str:
    """There is no other run of the recipe."""
    return phrase(
        "Which images are wrong for every seed: no other seed of this recipe is there. Get one with {how}", how=how
    )


def no_surface(how: str) -> str:
    """The surface was not asked for."""
    return phrase("The loss around the parameters: it takes a while. Get it with {how}", how=how)


def no_range_test(how: str) -> str:
    """The range test was not asked for."""
    return phrase("The loss against the learning rate: it takes a while. Get it with {how}", how=how)


def no_pictures() -> str:
    """Images have one pixel."""
    return phrase("Pictures of test images, and which parts of them the answers rest on: an image has a single pixel.")


def only_a_model() -> tuple[str, ...]:
    """There is a model file and no run."""
    return (
        phrase(
            "Gradients, activations and weights over the epochs, the loss around the parameters and against the "
            "learning rate: a model file has the last state alone. Inspect the run itself; 'seedbed runs' lists the "
            "runs."
        ),
        phrase("Which images are wrong for every seed: a model file has no other seeds."),
    )
