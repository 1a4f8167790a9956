"""What a page is sent, and when: in beats, in bundles, and tests of all images between the ends of epochs."""

import asyncio
import contextlib
import time

import numpy as np

from seedbed.lab.examination import Examination
from seedbed.lab.publisher import Publisher
from seedbed.lab.session import Outbox
from seedbed.lab.snapshot import Viewed
from seedbed.lab.trainer import Trainer
from seedbed.lab.wire import PART_HEAD


class Page:
    """Takes down what it is sent."""

    def __init__(self):
        self.sent = []

    async def send_text(self, data):
        self.sent.append(data)

    async def send_bytes(self, data):
        self.sent.append(data)


def parts(message):
    found = []
    while message:
        size, is_binary = PART_HEAD.unpack_from(message)
        found.append((bool(is_binary), message[PART_HEAD.size :][:size]))
        message = message[PART_HEAD.size + size :]
    return found


def test_what_waits_is_sent_in_one_message_the_newest_of_each_topic():
    async def send():
        outbox, page = Outbox(), Page()
        for content in (b"old", b"new"):
            outbox.put("maps", True, False, content)
        outbox.put("curves", False, False, b"{}")
        outbox.put("error", False, True, b"must arrive")
        sending = asyncio.create_task(outbox.send_to(page))
        await asyncio.sleep(0.05)
        sending.cancel()
        return page.sent

    text, bundle = asyncio.run(send())
    assert text == "must arrive"
    assert parts(bundle) == [(True, b"new"), (False, b"{}")]


def test_a_beat_comes_in_one_go_and_the_next_one_later(experiment):
    lab = experiment(seeds=1)
    sent = []
    publisher = Publisher(lambda *frames: sent.append([frame.topic for frame in frames]))
    publisher.topics = ["curves", "layers", "maps"]
    with contextlib.closing(Trainer(lab, 1)) as trainer:
        viewed = Viewed(lab.runs[0])
        publisher.publish(trainer, viewed)
        publisher.publish(trainer, viewed)
        assert sent == [["status", "curves", "layers", "maps"]]
        assert 0 < publisher.wait_s <= 0.115


def test_a_run_that_is_busy_costs_a_beat_its_pictures_and_no_more(experiment):
    lab = experiment(seeds=1)
    sent = []
    publisher = Publisher(lambda *frames: sent.append([frame.topic for frame in frames]))
    publisher.topics = ["curves", "maps"]
    with contextlib.closing(Trainer(lab, 1)) as trainer, trainer.holding(lab.runs[0]):
        publisher.publish(trainer, Viewed(lab.runs[0]))
    assert sent == [["status", "curves"]]


def test_between_epochs_all_images_are_answered_by_the_same_parameters(experiment, monkeypatch):
    monkeypatch.setattr("seedbed.lab.examination._PART_S", 1e-9)
    lab = experiment(seeds=1, epochs=100)
    run = lab.runs[0]
    lab.advance(run, 10)
    expected, epoch = run.loop.evaluate(), run.epoch
    with contextlib.closing(Trainer(lab, 1)) as trainer:
        examination, calls = Examination(), 0
        while not run.tested:
            time.sleep(examination.wait_s)
            examination.go_on(trainer)
            calls += 1
            lab.advance(run, 1)
    assert calls > 3
    assert run.tested == [(epoch, expected.error, expected.loss)]
    assert np.array_equal(run.answers, expected.outputs.argmax(axis=1))
