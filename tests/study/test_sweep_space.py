"""What a sweep varies, and which points it tries."""

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from seedbed.errors import NotationError, SeedbedError, StudyError
from seedbed.study.searches import BATCH, GridSearch, RandomSearch, TreeParzenSearch
from seedbed.study.space import Axis, Value, parse_axis, recipe_at

SHARED = {"network": "softmax", "data": "digits", "optimizer": "sgd(lr=0.1, momentum=0.5)", "epochs": 2}


@pytest.mark.parametrize(
    ("key", "text", "target", "choices"),
    [
        ("lr", "0.1,0.01, 1e-3", "optimizer.lr", (0.1, 0.01, 0.001)),
        ("optimizer.momentum", "0|0.9", "optimizer.momentum", (0, 0.9)),
        ("nesterov", "true,false", "optimizer.nesterov", (True, False)),
        ("batch_size", "16|32", "batch_size", (16, 32)),
        ("weight_decay", "0,0.001", "optimizer.weight_decay", (0, 0.001)),
        ("weight_decay", "l2(0.1, of=linear1)|l2(0.2)", "weight_decay", ("l2(0.1, of=linear1)", "l2(0.2)")),
        ("init", "normal(0.1, of=weight),he_normal", "init", ("normal(0.1, of=weight)", "he_normal")),
        ("average", "none,0.99", "average", (None, 0.99)),
        ("label_smoothing", "0,0.1", "loss.label_smoothing", (0, 0.1)),
        ("lr", "0.1,0.1", "optimizer.lr", (0.1,)),
    ],
)
def test_keys_and_values_are_read(key: str, text: str, target: str, choices: tuple[Value, ...]) -> None:
    assert parse_axis(key, text, SHARED) == Axis(key, target, choices)


def test_ranges_are_read() -> None:
    assert parse_axis("lr", "1e-4..1e-1:log", SHARED) == Axis("lr", "optimizer.lr", low=1e-4, high=0.1, is_log=True)
    assert parse_axis("batch_size", "16..64", SHARED) == Axis(
        "batch_size", "batch_size", low=16, high=64, is_whole=True
    )
    assert parse_axis("clip_norm", "1..5", SHARED) == Axis("clip_norm", "clip_norm", low=1, high=5)


@pytest.mark.parametrize(
    ("key", "text", "message"),
    [
        ("rate", "1", "unknown key 'rate'. Known: network, .*optimizer.lr"),
        ("validation", "1", "unknown key 'validation'. The images that judge are the same at all points"),
        ("optimizer.C", "1", "unknown key 'optimizer.C'"),
        ("lr", ",", "lr: expected values such as"),
        ("lr", "1..0.1", "lr: expected two numbers, the smaller first, got '1..0.1'"),
        ("lr", "0..1:log", "lr: expected two numbers above 0, the smaller first"),
    ],
)
def test_what_cannot_be_varied_is_told(key: str, text: str, message: str) -> None:
    with pytest.raises(StudyError, match=f"sweep: {message}"):
        parse_axis(key, text, SHARED)


def test_the_recipe_of_a_point_has_its_values_and_all_else_as_given() -> None:
    axes = [parse_axis(key, text, SHARED) for key, text in (("lr", "0.3"), ("loss", "hinge"), ("batch_size", "8"))]
    axes.append(Axis("C", "loss.C", (2,)))
    recipe = recipe_at(SHARED, axes, [0.3, "hinge", 8, 2])
    assert (recipe.optimizer, recipe.loss, recipe.batch_size) == ("sgd(0.3, momentum=0.5)", "hinge(C=2)", 8)
    assert (recipe.data, recipe.epochs) == ("digits", 2)


def test_an_optimizer_whose_rate_is_varied_needs_none() -> None:
    settings = SHARED | {"optimizer": "sgd(momentum=0.5)"}
    assert recipe_at(settings, [parse_axis("lr", "0.3", settings)], [0.3]).optimizer == "sgd(0.3, momentum=0.5)"


def test_a_value_of_the_wrong_kind_is_told() -> None:
    axis = parse_axis("lr", "fast", SHARED)
    with pytest.raises(NotationError, match="lr: expected a number, got fast"):
        recipe_at(SHARED, [axis], ["fast"])
    with pytest.raises(SeedbedError, match="batch_size: expected a whole number"):
        recipe_at(SHARED, [parse_axis("batch_size", "big", SHARED)], ["big"])


def test_a_grid_has_every_combination() -> None:
    axes = [Axis("lr", "optimizer.lr", (0.1, 0.2)), Axis("batch_size", "batch_size", (8, 16))]
    assert list(GridSearch(axes).batches()) == [[(0.1, 8), (0.1, 16), (0.2, 8), (0.2, 16)]]
    with pytest.raises(StudyError, match=r"lr is a range; a grid needs values, such as lr=0.001,0.1\. .*random or tpe"):
        GridSearch([Axis("lr", "optimizer.lr", low=0.001, high=0.1)])


def test_random_points_are_different_within_their_ranges_and_the_same_for_a_seed() -> None:
    axes = [
        Axis("lr", "optimizer.lr", low=1e-4, high=0.1, is_log=True),
        Axis("batch_size", "batch_size", low=16, high=18, is_whole=True),
    ]
    (points,) = RandomSearch(axes, 300, seed=1).batches()
    assert len(set(points)) == 300
    assert {size for _, size in points} == {16, 17, 18}
    rates = sorted(float(str(lr)) for lr, _ in points)
    assert rates[0] >= 1e-4 and rates[-1] <= 0.1
    # Even in the logarithm: half of them below the geometric mean, within four standard deviations of the binomial.
    assert abs(sum(rate < 10**-2.5 for rate in rates) - 150) < 4 * (300 / 4) ** 0.5
    assert [points] == list(RandomSearch(axes, 300, seed=1).batches())
    assert [points] != list(RandomSearch(axes, 300, seed=2).batches())


def test_a_small_space_gives_what_it_has() -> None:
    axes = [Axis("lr", "optimizer.lr", (0.1, 0.2)), Axis("nesterov", "optimizer.nesterov", (True, False))]
    (points,) = RandomSearch(axes, 10, seed=0).batches()
    assert len(points) == 4


class FakeOptuna:
    """The part of Optuna 4 that a search talks to: it suggests the low end, then the next choice."""

    __version__ = "4.6.0"

    def __init__(self) -> None:
        self.told: list[tuple[int, float]] = []
        self.asked: list[dict[str, Any]] = []
        self.seed: int | None = None
        self.logging = SimpleNamespace(set_verbosity=lambda level: None, WARNING=30)
        self.samplers = SimpleNamespace(TPESampler=self._sampler)
        self.distributions = SimpleNamespace(
            FloatDistribution=lambda low, high, log: ("float", low, high, log),
            IntDistribution=lambda low, high, log: ("int", low, high, log),
            CategoricalDistribution=lambda choices: ("choice", *choices),
        )

    def _sampler(self, seed: int) -> str:
        self.seed = seed
        return "sampler"

    def create_study(self, direction: str, sampler: str) -> "FakeOptuna":
        assert (direction, sampler) == ("minimize", "sampler")
        return self

    def ask(self, distributions: dict[str, Any]) -> SimpleNamespace:
        self.asked.append(distributions)
        return SimpleNamespace(number=len(self.asked), params={key: made[1] for key, made in distributions.items()})

    def tell(self, trial: SimpleNamespace, value: float) -> None:
        self.told.append((trial.number, value))


def test_tpe_asks_and_tells_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeOptuna()
    monkeypatch.setitem(sys.modules, "optuna", fake)  # type: ignore[arg-type]
    axes = [
        Axis("lr", "optimizer.lr", low=0.123456, high=1.0, is_log=True),
        Axis("batch_size", "batch_size", low=4, high=9, is_whole=True),
        Axis("init", "init", ("he_normal", "lecun_uniform")),
    ]
    search = TreeParzenSearch(axes, BATCH + 3, seed=7)
    sizes = []
    for batch in search.batches():
        assert set(batch) == {(0.1235, 4, "he_normal")}
        sizes.append(len(batch))
        search.hear([float(number) for number in range(len(batch))])
    assert sizes == [BATCH, 3]
    assert fake.seed == 7
    assert fake.told == [(n + 1, float(n)) for n in range(BATCH)] + [(BATCH + 1 + n, float(n)) for n in range(3)]
    assert fake.asked[0] == {
        "lr": ("float", 0.123456, 1.0, True),
        "batch_size": ("int", 4, 9, False),
        "init": ("choice", "he_normal", "lecun_uniform"),
    }


def test_without_optuna_or_with_another_one_the_way_out_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    axes = [Axis("lr", "optimizer.lr", (0.1, 0.2))]
    monkeypatch.setitem(sys.modules, "optuna", None)  # type: ignore[arg-type]
    with pytest.raises(StudyError, match=r"tpe needs Optuna, which is not installed; .* -m pip install 'optuna>=4,<5'"):
        TreeParzenSearch(axes, 3, seed=0)
    other = FakeOptuna()
    other.__version__ = "5.0.0"
    monkeypatch.setitem(sys.modules, "optuna", other)  # type: ignore[arg-type]
    with pytest.raises(StudyError, match=r"tpe needs Optuna 4, found 5\.0\.0"):
        TreeParzenSearch(axes, 3, seed=0)
