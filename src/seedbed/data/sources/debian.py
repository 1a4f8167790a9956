"""A Debian package that carries a data set, unpacked without root and without installing it."""

import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

from seedbed.data.files import DataFile
from seedbed.data.sources.base import Offer, Progress
from seedbed.data.sources.command import run
from seedbed.errors import DataError


@dataclass(frozen=True)
class DebianPackage:
    """Files ``<name>.gz`` in `folder` of a package that ``apt-get download`` gets.

    Parameters
    ----------
    package : str
    folder : str
        Inside the package, without a leading slash.
    """

    package: str
    folder: str

    @property
    def label(self) -> str:
        return f"the Debian package {self.package} (apt-get download)"

    @property
    def address(self) -> None:
        return None

    def read(self, files: Sequence[DataFile], progress: Progress) -> Generator[Offer, None, None]:
        for command in ("apt-get", "dpkg-deb"):
            if shutil.which(command) is None:
                raise DataError(f"the command {command} does not exist here")
        wanted = {f"{self.folder}/{file.name}.gz": file for file in files}
        with tempfile.TemporaryDirectory(prefix="seedbed-") as name:
            folder = Path(name)
            download = ("apt-get", "download", "--quiet", self.package)
            run(download, what=f"apt-get download {self.package}", folder=folder, progress=progress)
            packages = list(folder.glob("*.deb"))
            if not packages:
                raise DataError(f"apt-get download {self.package} brought no package")
            yield from _members(packages[0], wanted)


def _members(package: Path, wanted: dict[str, DataFile]) -> Generator[Offer, None, None]:
    command = ["dpkg-deb", "--fsys-tarfile", str(package)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            with tarfile.open(fileobj=process.stdout, mode="r|") as archive:
                for member in archive:
                    file = wanted.get(member.name.removeprefix("./"))
                    if file is None or not member.isfile() or member.size > file.limit_bytes:
                        continue
                    content = archive.extractfile(member)
                    if content is not None:
                        yield file, content.read()
        except (tarfile.TarError, EOFError, OSError, ValueError) as error:
            raise DataError(f"{package.name} cannot be unpacked ({error})") from None
        finally:
            process.kill()
