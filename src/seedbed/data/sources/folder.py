"""A folder that another package of the system installs."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

from seedbed.data.files import DataFile
from seedbed.data.sources.base import Offer, Progress
from seedbed.errors import DataError


@dataclass(frozen=True)
class Folder:
    """Files under their canonical names, plain or with ``.gz``."""

    path: Path

    @property
    def label(self) -> str:
        return f"the folder {self.path}"

    @property
    def address(self) -> None:
        return None

    def read(self, files: Sequence[DataFile], progress: Progress) -> Generator[Offer, None, None]:
        if not self.path.is_dir():
            raise DataError("it does not exist")
        for file in files:
            for path in (self.path / file.name, self.path / f"{file.name}.gz"):
                if path.is_file():
                    try:
                        yield file, path.read_bytes()
                    except OSError as error:
                        raise DataError(f"{path.name} cannot be read ({error.strerror or error})") from None
                    break
            else:
                raise DataError(f"it holds neither {file.name} nor {file.name}.gz")
