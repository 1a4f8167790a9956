"""Archives of pictures: tar and zip give what the folder gives; damage, and names and links that lead elsewhere."""

import tarfile
import zipfile

import pytest
from picture_samples import picture, tar, two_classes, write, zipped

from seedbed.data import import_data
from seedbed.data.importing import picture_files
from seedbed.errors import DataError


@pytest.fixture
def pictures():
    return two_classes()


@pytest.mark.parametrize(("suffix", "mode"), [("tar", "w"), ("tar.gz", "w:gz"), ("tar.xz", "w:xz"), ("tbz2", "w:bz2")])
def test_an_archive_gives_what_the_folder_gives_in_any_order(pictures, tmp_path, suffix, mode):
    files = {name: content for name, (_, content) in pictures.items()}
    folder = import_data(write(tmp_path / "folder", files)).dataset
    turned = {f"./pets-1.0/{name}": files[name] for name in reversed(files)}
    archive = import_data(tar(tmp_path / f"pets.{suffix}", turned, mode)).dataset
    assert archive.sha256 == folder.sha256
    assert archive.name == "pets"


def test_a_zip_gives_what_the_folder_gives(pictures, tmp_path):
    files = {name: content for name, (_, content) in pictures.items()}
    folder = import_data(write(tmp_path / "folder", files)).dataset
    path = zipped(tmp_path / "pets.zip", {f"pets/{name}": files[name] for name in reversed(files)})
    with zipfile.ZipFile(path, "a") as archive:
        link = zipfile.ZipInfo("pets/train/cat/link.png")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("__MACOSX/pets/train/cat/._0.png", b"")
    seen = []
    imported = import_data(path, progress=lambda *values: seen.append(values))
    assert (imported.dataset.sha256, imported.dataset.name, imported.skipped) == (folder.sha256, "pets", ())
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)
    assert seen[-1][1] <= seen[-1][2]


def test_damaged_cut_and_encrypted_zips_are_refused(pictures, tmp_path):
    path = zipped(tmp_path / "pets.zip", {name: content for name, (_, content) in pictures.items()})
    content = path.read_bytes()
    flipped = bytearray(content)
    flipped[60] ^= 255
    locked = bytearray(content)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(signature) + offset] |= 1
    for damaged, words in (
        (flipped, "damaged or ends early"),
        (content[:-40], "a zip archive. It is damaged or ends early"),
        (locked, "is encrypted. Unpack"),
    ):
        path.write_bytes(damaged)
        with pytest.raises(DataError) as caught:
            import_data(path)
        assert words in str(caught.value)


@pytest.mark.parametrize("pack", [tar, zipped])
def test_names_that_lead_out_of_an_archive_are_skipped(tmp_path, pack):
    files = {f"pets/{one}/{number}.png": picture(number)[1] for one in "ab" for number in range(3)}
    wrong = ["../../evil/x.png", "pets/../../evil/y.png"]
    path = pack(tmp_path / "evil.bin", {wrong[0]: picture(7)[1]} | files | {wrong[1]: picture(8)[1]})
    before = sorted(tmp_path.rglob("*.png"))
    imported = import_data(path)
    assert imported.dataset.classes == ("a", "b")
    assert len(imported.dataset.train_labels) == 5
    assert imported.skipped == tuple(f"{name}: its name leads out of the archive" for name in wrong)
    assert sorted(tmp_path.rglob("*.png")) == before


@pytest.mark.parametrize("pack", [tar, zipped, write])
def test_files_too_large_to_be_pictures_are_skipped_unread(tmp_path, pack, monkeypatch):
    monkeypatch.setattr(picture_files, "MOST_FILE_BYTES", 1 << 20)
    files = {f"{one}/{number}.png": picture(number)[1] for one in "ab" for number in range(3)}
    path = pack(tmp_path / "large.bin", files | {"a/large.png": bytes((1 << 20) + 1)})
    assert import_data(path).skipped == ("a/large.png: more than 1 MB",)


def test_links_and_roots_in_an_archive_are_passed_over(tmp_path):
    files = {f"/{one}/{number}.png": picture(number)[1] for one in "ab" for number in range(3)}
    path = tar(tmp_path / "rooted.tar", files, "w")
    with tarfile.open(path, "a") as archive:
        link = tarfile.TarInfo("a/link.png")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    imported = import_data(path)
    assert (imported.dataset.classes, imported.skipped) == (("a", "b"), ())


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz"])
@pytest.mark.parametrize("missing", [3, 0.3, 0.7])
def test_an_archive_that_ends_early_is_refused_whole(pictures, tmp_path, cache, mode, missing):
    path = tar(tmp_path / "cut.tar", {name: content for name, (_, content) in pictures.items()}, mode)
    content = path.read_bytes()
    if mode == "w":
        # A tar file is filled up with zeros that nobody misses.
        content = content.rstrip(b"\0") + bytes(512)
    path.write_bytes(content[: len(content) - (missing if missing >= 1 else int(len(content) * missing))])
    with pytest.raises(DataError, match=r"cut\.tar"):
        import_data(path)
    assert not (cache / "cut").exists()
