"""Controls in, frames out, without a page: the right frames at the right rates; what is wrong harms nothing."""

import base64
import contextlib
import time
from collections import Counter

import numpy as np
import pytest
from lab_samples import SMALL, Desk

from seedbed.data import load_data
from seedbed.errors import DataError
from seedbed.lab import wire

PICTURES = ["curves", "layers", "maps", "filters", "confusion", "verdict", "scrubber"]


def configure(**changed):
    values = SMALL | {name.replace("__", "."): value for name, value in changed.items()}
    return wire.Configure(values)


@pytest.fixture
def desk():
    known = {"digits": load_data("digits")}

    def load(name):
        if name not in known:
            known[name] = load_data(name)
        return known[name]

    with contextlib.closing(Desk(load)) as made:
        yield made


def steps(values, side="a"):
    return [run["step"] for run in values["sides"][side]["runs"]]


def test_controls_before_an_experiment_are_let_be(desk):
    desk.tell(wire.Play(), wire.Teach(3), wire.Watch(["maps"]), wire.Forms())
    found = desk.ask(configure(), "experiment")
    assert found.values["data"]["name"] == "digits"
    assert found.values["seeds"] == [0, 1]
    assert not [frame for frame in desk.frames if frame.topic == "error"]


def test_a_new_experiment_learns_at_once(desk):
    desk.tell(wire.Speed(None), configure(epochs=4, lr=0.1))
    desk.wait("status", lambda values: values["playing"])
    done = desk.wait("status", lambda values: values["done"])
    assert done.values["sides"]["a"]["error"] < 40
    assert done.values["sides"]["a"]["epoch"] == 4


def test_pause_step_epoch_and_play(desk):
    desk.tell(configure(epochs=50), wire.Pause())
    at_rest = desk.wait("status", lambda values: not values["playing"])
    before = steps(at_rest.values)
    for _ in range(3):
        found = desk.ask(
            wire.Step(), "status", lambda values, old=before: not values["playing"] and steps(values) != old
        )
        assert steps(found.values) == [one + 1 for one in before]
        before = steps(found.values)
    ended = desk.ask(wire.Epoch(), "status", lambda values: not values["playing"] and steps(values) != before)
    assert all(run["epoch"] == int(run["epoch"]) for run in ended.values["sides"]["a"]["runs"])
    desk.ask(wire.Play(), "status", lambda values: values["playing"] and min(steps(values)) > max(steps(ended.values)))


def test_each_thing_that_is_watched_comes_and_nothing_else(desk):
    desk.tell(configure(epochs=100_000), wire.Speed(200.0), wire.Watch(PICTURES))
    for topic in PICTURES:
        desk.wait(topic)
    since = len(desk.frames)
    begun = time.monotonic()
    time.sleep(2.0)
    took = time.monotonic() - begun
    counts = Counter(frame.topic for frame in desk.frames[since:])
    most = {
        "status": 10,
        "curves": 10,
        "layers": 5,
        "maps": 8,
        "filters": 8,
        "confusion": 1,
        "verdict": 1,
        "scrubber": 1,
    }
    for topic, rate in most.items():
        assert counts[topic] <= rate * took + 2, topic
    for topic in ("status", "curves", "maps", "filters", "layers"):
        assert counts[topic] >= 2, topic
    assert set(counts) <= set(most)
    desk.tell(wire.Watch(["curves"]))
    time.sleep(0.3)
    since = len(desk.frames)
    time.sleep(0.5)
    assert {frame.topic for frame in desk.frames[since:]} <= {"status", "curves"}


def test_what_does_not_change_is_not_sent_again(desk):
    desk.tell(configure(), wire.Pause(), wire.Watch(PICTURES))
    for topic in ("curves", "maps", "filters", "layers"):
        desk.wait(topic)
    time.sleep(1.2)
    since = len(desk.frames)
    time.sleep(1.2)
    assert {frame.topic for frame in desk.frames[since:]} <= {"status"}


@pytest.mark.parametrize(
    ("changed", "field", "path"),
    [
        ({"network": "flatten linear("}, "network", "network"),
        ({"network": "flatten linear(3)"}, "network", "network"),
        ({"network": "conv2d(8, 99) flatten linear(10)"}, "network", "network.conv1"),
        ({"lr": -1}, "lr", "lr"),
        ({"lr": 10**400}, "lr", "lr"),
        ({"b__network": "flatten linear(3)"}, "network", "b.network"),
        ({"b__optimizer": "magic"}, "optimizer", "b.optimizer"),
        ({"data": "no-such-data"}, "data", "data"),
        ({"data": "../../etc/passwd"}, "data", "data"),
        ({"data": "<img src=x onerror=alert(1)>"}, "data", "data"),
        ({"seeds": None}, "configure", "seeds"),
        ({"magic": 1}, "configure", "magic"),
        ({"validation": 100_000}, "configure", "validation"),
    ],
)
def test_wrong_settings_are_told_at_their_field_and_the_old_experiment_goes_on(desk, changed, field, path):
    desk.tell(configure(epochs=100_000), wire.Speed(None))
    playing = desk.wait("status", lambda values: values["playing"] and min(steps(values)) > 3)
    error = desk.ask(configure(**changed), "error")
    assert (error.values["field"], error.values["path"]) == (field, path)
    assert error.is_kept
    desk.ask(wire.Play(), "status", lambda values: min(steps(values)) > max(steps(playing.values)) + 5)
    assert sum(frame.topic == "experiment" for frame in desk.frames) == 1


@pytest.mark.parametrize(
    ("control", "field"),
    [
        (wire.LearningRate("a", -1.0), "lr"),
        (wire.Teach(3), "teach"),
        (wire.Lesion("conv9", 0), "lesion"),
        (wire.Lesion("linear1", 99), "lesion"),
        (wire.Draw("!!", 8), "draw"),
        (wire.Gallery(truth=99), None),
        (wire.Pin(10**9), None),
        (wire.Watch(["maps"], "b", 29, 99_999), None),
        (wire.Watch(["maps"], "a", 0, -5), None),
        (wire.LearningRate("b", 0.1), None),
        (wire.FindRate("b"), None),
        (wire.Teach(255), "teach"),
        (wire.Points([(0.0, 0.0, 1)]), "points"),
    ],
    ids=lambda one: str(one)[:40],
)
def test_controls_that_cannot_be_done_harm_nothing(desk, control, field):
    desk.tell(configure(epochs=100_000), wire.Watch(PICTURES))
    desk.wait("maps")
    if isinstance(control, wire.Teach) and control.label == 255:
        desk.ask(draw(), "answer")
    if field is None:
        desk.tell(control)
    else:
        assert desk.ask(control, "error").values["field"] == field
    since = len(desk.frames)
    desk.ask(wire.Pin(3), "maps", lambda values: values["image"] == 3)
    desk.wait("status", since=since)


def draw(id=5):
    gray = np.zeros((56, 56), np.uint8)
    gray[10:14, 10:40] = gray[10:44, 36:40] = 255
    return wire.Draw(base64.b64encode(gray.tobytes()).decode(), 56, id=id)


def test_a_drawing_is_answered_taught_and_pinned(desk):
    desk.tell(configure(epochs=100_000, lr=0.1), wire.Watch(["maps"]))
    answer = desk.ask(draw(id=5), "answer")
    assert answer.values["id"] == 5
    assert sum(answer.values["probabilities"]) == pytest.approx(1, abs=1e-5)
    for _ in range(20):
        answer = desk.ask(wire.Teach(7), "answer")
    assert answer.values["id"] == -1
    assert np.argmax(answer.values["probabilities"]) == 7
    touched = desk.wait("status", lambda values: all(run["touched"] for run in values["sides"]["a"]["runs"]))
    assert touched
    pinned = desk.ask(wire.Pin(None), "maps", lambda values: values["image"] is None)
    assert pinned.values["label"] is None
    back = desk.ask(wire.Pin(2), "maps", lambda values: values["image"] == 2)
    assert back.values["label"] == load_data("digits").test_labels[2]


def test_lesions_add_up_and_go(desk):
    desk.tell(configure(epochs=3, lr=0.1), wire.Speed(None))
    desk.wait("status", lambda values: values["done"])
    first = desk.ask(wire.Lesion("linear1", 3), "lesion").values
    assert first["off"] == [["linear1", 3]]
    both = desk.ask(wire.Lesion("linear1", 4), "lesion").values
    assert both["off"] == [["linear1", 3], ["linear1", 4]]
    assert both["before"] == first["before"]
    # A unit that is not there leaves the others as they are.
    desk.ask(wire.Lesion("linear1", 99), "error")
    assert desk.ask(wire.Lesion("linear1", 3, off=False), "lesion").values["off"] == [["linear1", 4]]
    none = desk.ask(wire.Lesion(""), "lesion").values
    assert none["off"] == [] and none["after"] == none["before"]


def test_one_looks_back_in_time(desk):
    desk.tell(configure(epochs=3, lr=0.1), wire.Speed(None), wire.Watch(["scrubber", "filters"]))
    desk.wait("status", lambda values: values["done"])
    last = desk.wait("scrubber", lambda values: values["epochs"][-1] > 2)
    assert last.values["epochs"][0] == 0
    now = desk.ask(wire.Watch(["filters"]), "filters")
    then = desk.ask(wire.Watch(["filters"], at=0), "filters")
    assert not np.array_equal(now.pixels[0][1], then.pixels[0][1])


def test_seeds_side_b_and_other_seeds(desk):
    found = desk.ask(configure(b__lr=0.5, epochs=100_000), "experiment").values
    assert found["differences"].keys() == {"optimizer"}
    assert set(found["sides"]) == {"a", "b"}
    desk.tell(wire.Speed(None))
    desk.wait("status", lambda values: min(steps(values)) > 3)
    more = desk.ask(wire.Seeds(4), "experiment").values
    assert more["seeds"] == [0, 1, 2, 3]
    assert "seeds=4" in more["fragment"]
    status = desk.wait("status", lambda values: len(steps(values)) == 4).values
    assert steps(status)[0] > 3
    assert desk.ask(wire.Reset(same_seeds=False), "experiment").values["seeds"] == [4, 5, 6, 7]
    assert desk.ask(wire.Reset(), "experiment").values["seeds"] == [4, 5, 6, 7]


def test_seeds_that_come_after_the_end_are_trained(desk):
    desk.tell(configure(epochs=1, seeds=1), wire.Speed(None))
    desk.wait("status", lambda values: values["done"])
    desk.tell(wire.Seeds(3))
    desk.wait("status", lambda values: values["done"] and len(steps(values)) == 3)


def test_reset_gives_the_same_numbers(desk):
    desk.tell(configure(epochs=2), wire.Speed(None))
    first = desk.wait("status", lambda values: values["done"]).values
    since = len(desk.frames)
    desk.tell(wire.Reset())
    desk.wait("experiment", since=since)
    again = desk.wait("status", lambda values: values["done"], since=since + 1).values
    assert again["sides"]["a"]["error"] == first["sides"]["a"]["error"]
    assert again["sides"]["a"]["loss"] == first["sides"]["a"]["loss"]


def test_toy_data_show_the_plane(desk):
    toy = {"data": "spiral(n=100)", "network": "flatten linear(4) tanh linear(2)", "batch_size": 10, "epochs": 100_000}
    found = desk.ask(configure(**toy), "experiment").values["data"]
    assert found["is_plane"] and found["features"] == ["x1", "x2"]
    assert len(found["points"]["train"]) == len(found["points"]["test"]) == 50
    plane = desk.ask(wire.Watch([*PICTURES, "plane"]), "plane")
    classes = plane.pixels[-1][1]
    assert classes.shape == (2, 48, 48)
    assert np.abs(classes.sum(axis=0, dtype=int) - 255).max() <= 1
    desk.ask(draw(), "error", lambda values: values["field"] == "draw")
    desk.wait("layers")


def test_the_gallery_shows_what_was_confused(desk):
    desk.tell(configure(epochs=2, lr=0.1), wire.Speed(None), wire.Watch(["confusion"]))
    desk.wait("status", lambda values: values["done"])
    confusion = desk.wait("confusion", lambda values: values["runs"] == 2).values
    time.sleep(1.2)
    confusion = [frame for frame in desk.frames if frame.topic == "confusion"][-1].values
    labels = load_data("digits").test_labels
    assert np.asarray(confusion["counts"]).sum(axis=1) == pytest.approx(np.bincount(labels))
    total = 0
    for group in ("always", "sometimes", "never"):
        found = desk.ask(
            wire.Gallery(group=group), "gallery", lambda values, group=group: values["group"] == group
        ).values
        assert found["total"] == confusion["groups"][group]
        total += found["total"]
        for one in found["about"]:
            wrong = [answer != one["truth"] for answer in one["answers"]]
            assert {"always": all(wrong), "sometimes": any(wrong) and not all(wrong), "never": not any(wrong)}[group]
    assert total == len(labels)
    cell = desk.ask(wire.Gallery(truth=8, answer=1), "gallery", lambda values: values["truth"] == 8).values
    assert all(one["truth"] == 8 and 1 in one["answers"] for one in cell["about"])


def test_a_learning_rate_is_found_and_mapped(desk):
    desk.tell(configure(epochs=100_000), wire.Speed(1.0))
    rates = desk.ask(wire.FindRate(), "rates").values
    assert len(rates["lrs"]) == len(rates["losses"]) > 10
    desk.ask(wire.RateMap(), "rate_map", lambda values: all(one is not None for row in values["errors"] for one in row))


def test_an_unexpected_error_is_told_and_does_not_end_the_experiment(desk, monkeypatch):
    desk.tell(configure(epochs=100_000), wire.Watch(["maps"]))
    desk.wait("maps")
    monkeypatch.setattr("seedbed.lab.pump.forms", lambda experiment: 1 // 0)
    error = desk.ask(wire.Forms(), "error")
    assert error.values["field"] == "forms"
    desk.ask(wire.Pin(3), "maps", lambda values: values["image"] == 3)


def test_a_data_set_that_cannot_be_loaded_is_told(desk):
    def missing(name):
        raise DataError("not on this machine", field="data")

    with contextlib.closing(Desk(missing)) as other:
        error = other.ask(configure(), "error")
        assert (error.values["field"], error.values["message"]) == ("data", "not on this machine")


def test_a_weight_is_asked_for_and_changed_while_it_trains(desk):
    desk.tell(configure(epochs=100_000, network="flatten linear(8) tanh linear(10)"), wire.Speed(50.0))
    desk.wait("status", lambda values: min(steps(values)) > 2)
    asked = desk.ask(wire.Weight("linear2", 3, 5), "weight").values
    assert (asked["layer"], asked["unit"], asked["place"]) == ("linear2", 3, 5) and abs(asked["value"]) < 10
    assert not desk.wait("status").values["sides"]["a"]["runs"][0]["touched"]
    desk.tell(wire.Pause())
    desk.wait("status", lambda values: not values["playing"])
    assert desk.ask(wire.Weight("linear2", 3, 5, 2.5), "weight").values["value"] == 2.5
    found = desk.wait("status", lambda values: values["sides"]["a"]["runs"][0]["touched"])
    assert [run["touched"] for run in found.values["sides"]["a"]["runs"]] == [True, False]
    before = steps(found.values)
    desk.ask(wire.Step(), "status", lambda values: not values["playing"] and steps(values) != before)
    now = desk.ask(wire.Weight("linear2", 3, 5), "weight").values["value"]
    assert now != 2.5 and abs(now - 2.5) < 0.5


@pytest.mark.parametrize(("layer", "unit", "place"), [("linear9", 0, 0), ("linear1", 12, 0), ("linear1", 0, 64)])
def test_a_weight_that_is_not_there_is_told_at_its_place(desk, layer, unit, place):
    desk.tell(configure(epochs=100_000))
    error = desk.ask(wire.Weight(layer, unit, place, 1.0), "error").values
    assert error["field"] == "weight" and "linear1" in error["message"]
    desk.wait("status", lambda values: min(steps(values)) > 2)


def test_small_layers_come_as_tables_of_weights(desk):
    settings = {"data": "moons(noise=0.1)", "network": "flatten linear(3) tanh linear(2)", "batch_size": 10}
    desk.tell(wire.Configure(settings), wire.Watch(["filters", "plane"]))
    tables = [(about["kind"], pixels.shape) for about, pixels in desk.wait("filters").pixels]
    assert tables == [("table", (1, 3, 2)), ("table", (1, 2, 3))]
    desk.wait("plane")
