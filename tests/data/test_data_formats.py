"""IDX and gzip readers: what is right is read, everything else is a DataError that says what came."""

import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.data.formats.compression import expand
from seedbed.data.formats.diagnosis import describe
from seedbed.data.formats.idx import decode_idx, encode_idx
from seedbed.errors import DataError

SHAPES = st.lists(st.integers(1, 5), min_size=1, max_size=4).map(tuple)


@given(SHAPES, st.booleans())
def test_what_is_written_is_read_again_plain_or_packed(shape, packed):
    values = (np.arange(np.prod(shape)) * 7).astype(np.uint8).reshape(shape)
    content = encode_idx(values)
    plain = expand(gzip.compress(content) if packed else content, len(content), "file")
    read = decode_idx(plain.data, "file")
    assert read.dtype == np.uint8
    assert not read.flags.writeable
    np.testing.assert_array_equal(read, values)


@given(SHAPES, st.integers(0, 19), st.integers(0, 255))
def test_a_changed_header_byte_is_found_out_or_harmless(shape, place, byte):
    values = np.zeros(shape, dtype=np.uint8)
    content = bytearray(encode_idx(values))
    place %= 4 + 4 * len(shape)
    unchanged = content[place] == byte
    content[place] = byte
    try:
        read = decode_idx(bytes(content), "file")
    except DataError:
        assert not unchanged
    else:
        # Two dimensions of a file of the same size may be read as others only if their product is the same.
        assert read.size + 4 + 4 * read.ndim == len(content)


@given(st.binary(max_size=64))
def test_any_bytes_give_an_array_or_a_data_error(content):
    for beginning in (b"", b"\0\0\x08", b"\x1f\x8b", b"\x1f\x8b\x08\0\0\0\0\0\0\x03"):
        try:
            decode_idx(expand(beginning + content, 1000, "file").data, "file")
        except DataError as error:
            assert str(error).startswith("file: ")


@given(st.integers(0, 200), st.data())
def test_damaged_gzip_never_gives_the_content(size, data):
    content = bytes(range(256))[:size] * 3
    packed = bytearray(gzip.compress(content, mtime=0))
    place = data.draw(st.integers(0, len(packed) - 1))
    cut = packed[:place]
    if len(cut) >= 2:
        with pytest.raises(DataError, match=r"gzip"):
            expand(bytes(cut), 10_000, "file")


def test_more_than_the_limit_is_refused_without_unpacking_it_all():
    bomb = gzip.compress(b"\0" * 50_000_000)
    with pytest.raises(DataError, match="at most 1,000 bytes"):
        expand(bomb, 1000, "bomb.gz")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "an empty file"),
        (b"<!DOCTYPE html><html>", "an HTML page"),
        (b"\0\0\x0d\x01\0\0\0\x01\0\0\0\0", "type 0x0d"),
        (b"\0\0\x08\x00", "1 to 4 IDX dimensions, got 0"),
        (b"\0\0\x08\x05" + bytes(20), "1 to 4 IDX dimensions, got 5"),
        (b"\0\0\x08\x03\0\0", "header of 16 bytes, got a file of 6 bytes"),
        (b"\0\0\x08\x01\0\0\0\0", "at least 1, got (0,)"),
        (b"\0\0\x08\x01\0\0\0\x05abcd", "expected 13 bytes for IDX dimensions (5,), got 12 bytes"),
        (b"\0\0\x08\x01\0\0\0\x03abcd", "expected 11 bytes for IDX dimensions (3,), got 12 bytes"),
        (b"\0\0\x08\x04" + b"\xff" * 16, "got 20 bytes"),
    ],
)
def test_wrong_files_are_explained(content, message):
    with pytest.raises(DataError) as caught:
        decode_idx(content, "some/file")
    assert message in str(caught.value)
    assert str(caught.value).startswith("some/file: ")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xef\xbb\xbf \n<HTML><body>", "an HTML page (17 bytes)"),
        (b"<?xml version='1.0'?><Error>", "an XML message"),
        (b"PK\x03\x04rest", "a zip archive"),
        (b"version https://git-lfs.github.com/spec/v1", "Git LFS"),
        (b"Access denied\n", "a text"),
        (bytes(100), "zero bytes"),
        (bytes(range(128, 200)), "unknown binary data"),
    ],
)
def test_what_came_is_named(content, words):
    assert words in describe(np.frombuffer(content, dtype=np.uint8))
