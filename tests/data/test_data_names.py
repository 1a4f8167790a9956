"""Names of files in old code pages: told by themselves, stated by the user, or refused by name."""

import io
import sys
import tarfile
import zipfile
import zlib

import pytest
from picture_samples import picture, tar, write, zipped, zipped_in

from seedbed.data import import_data
from seedbed.data.importing.file_names import guessed_encoding
from seedbed.data.importing.zip_members import _unicode_path
from seedbed.errors import DataError

NAMES = {
    "cp949": ["고양이 강아지 토끼", "개 소", "정상 불량", "해바라기 장미 튤립", "행복 분노 슬픔", "0_컵 1_병"],
    "cp932": ["ねこ いぬ", "ネコ イヌ", "犬 猫 鳥", "表 能 ソ", "正常 異常", "良品 不良品"],
    "gbk": ["猫 狗 鸟", "苹果 香蕉 橘子", "正常 异常", "玫瑰 向日葵", "高兴 愤怒 悲伤"],
    "big5": ["貓 狗 鳥", "蘋果 香蕉 功", "正常 異常", "玫瑰 向日葵"],
    "cp437": ["été hiver", "café thé", "Bären Hunde Vögel", "niño niña"],
}
EVERY_NAME = [(encoding, names.split()) for encoding, texts in NAMES.items() for names in texts]


def pictures(names):
    return {
        f"{name}/{number}.png": picture(97 * which + number, (4, 4))[1]
        for which, name in enumerate(names)
        for number in range(3)
    }


@pytest.mark.parametrize(("encoding", "names"), EVERY_NAME)
def test_a_zip_of_an_old_code_page_gives_what_the_folder_gives(tmp_path, encoding, names):
    folder = import_data(write(tmp_path / "folder", pictures(names))).dataset
    found = import_data(zipped_in(tmp_path / "old.zip", pictures(names), encoding))
    assert (found.dataset.classes, found.dataset.sha256) == (folder.classes, folder.sha256)
    assert found.remarks[0] == f"names were read as {encoding}"


def test_a_separator_is_one_only_after_decoding(tmp_path):
    # The second bytes of 表, 能 and ソ, and of 許, 功 and 蓋, are that of a backslash.
    for encoding, names in (("cp932", ["表", "ソ"]), ("big5", ["許", "功蓋"])):
        files = {name.replace("/", "\\"): content for name, content in pictures(names).items()}
        path = zipped_in(tmp_path / f"{encoding}.zip", files, encoding)
        assert import_data(path, encoding=encoding).dataset.classes == tuple(sorted(names))
    windows = zipped(tmp_path / "plain.zip", {name.replace("/", "\\"): one for name, one in pictures("ab").items()})
    with zipfile.ZipFile(windows) as archive:
        assert "a\\0.png" in archive.namelist()
    assert import_data(windows).dataset.classes == ("a", "b")


def test_names_that_cannot_be_told_are_refused_and_can_be_stated(tmp_path):
    names = ["кошка", "собака"]
    path = zipped_in(tmp_path / "russian.zip", pictures(names), "cp866")
    with pytest.raises(DataError, match=r"no UTF-8, and it is not clear which code page") as caught:
        import_data(path)
    assert "--encoding NAME (encoding=NAME)" in str(caught.value)
    long = zipped_in(tmp_path / "long.zip", pictures(["кошка" * 20, "собака"]), "cp866")
    with pytest.raises(DataError) as caught:
        import_data(long)
    assert len(str(caught.value)) < 500
    assert import_data(path, encoding="cp866").dataset.classes == tuple(names)
    with pytest.raises(DataError, match="is no utf-8"):
        import_data(path, name="x", encoding="utf-8")
    for wrong in ("no-such-page", 7):
        with pytest.raises(DataError, match="encoding: expected the name of a code page"):
            import_data(path, name="y", encoding=wrong)


def test_utf8_without_its_flag_and_in_tar(tmp_path):
    names = ["고양이", "강아지"]
    folder = import_data(write(tmp_path / "folder", pictures(names))).dataset
    for number, path in enumerate(
        (
            zipped(tmp_path / "flag.zip", pictures(names)),
            zipped_in(tmp_path / "none.zip", pictures(names), "utf-8"),
            tar(tmp_path / "packed.tar", pictures(names)),
        )
    ):
        found = import_data(path, name=f"n{number}")
        assert found.dataset.sha256 == folder.sha256
        assert not any("names were read" in remark for remark in found.remarks)


@pytest.mark.skipif(sys.platform == "darwin", reason="its disks hold names in UTF-8 only")
def test_a_tar_and_a_folder_of_an_old_code_page(tmp_path):
    names = ["고양이", "강아지"]
    octets = {name.encode("cp949").decode("utf-8", "surrogateescape"): one for name, one in pictures(names).items()}
    expected = import_data(write(tmp_path / "folder", pictures(names))).dataset.sha256
    path = tmp_path / "old.tar"
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT, errors="surrogateescape") as archive:
        for name, content in octets.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    assert import_data(path).dataset.sha256 == expected
    assert import_data(write(tmp_path / "old-folder", octets)).dataset.sha256 == expected


def test_the_path_in_utf8_that_info_zip_adds(tmp_path):
    raw, name = "кот/0.png".encode("cp866"), "кот/0.png".encode()
    field = b"\x01" + zlib.crc32(raw).to_bytes(4, "little") + name
    extra = b"\x55\x54\x01\x00\x00" + b"\x75\x70" + len(field).to_bytes(2, "little") + field
    assert _unicode_path(extra, raw) == name
    assert _unicode_path(extra, b"other") is None
    assert _unicode_path(extra[:9], raw) is None


def test_a_guess_takes_all_names_together():
    assert guessed_encoding(["개".encode("cp949"), "고양이".encode("cp949"), b"plain"], "x") == "cp949"


@pytest.mark.parametrize("names", ["船 味噌汁", "雷 霧"])
def test_rare_characters_are_no_letters_with_accents(names):
    # Their second bytes are letters of ASCII.
    with pytest.raises(DataError, match="it is not clear which code page"):
        guessed_encoding([name.encode("cp932") for name in names.split()], "x")
