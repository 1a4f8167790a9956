"""Archives and folders made to hurt: told, or imported without what does not belong; nothing outside is touched."""

import time

import pytest
from hostile_places import hostile_places

from seedbed.data import import_data
from seedbed.errors import DataError

MOST_S = 10.0
PLACES = hostile_places(many=2000)


def test_there_are_enough():
    assert len(PLACES) >= 40


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", PLACES)
def test_nothing_outside_is_touched(tmp_path, name):
    (tmp_path / "in").mkdir()
    path = PLACES[name](tmp_path / "in")
    there = set(tmp_path.rglob("*"))
    begun = time.process_time()
    try:
        found = import_data(path, name="hostile", cache=tmp_path / "cache", note=lambda text: None)
    except DataError as error:
        assert str(error)
    else:
        # What a link, a device or a program would have brought is no picture of it.
        assert len(found.dataset.train_labels) <= 9
    assert time.process_time() - begun < MOST_S
    written = {one for one in set(tmp_path.rglob("*")) - there if not one.is_relative_to(tmp_path / "cache")}
    assert not written
    assert {one.name for one in (tmp_path / "cache").rglob("*") if one.is_file()} <= {"imported.safetensors"}
