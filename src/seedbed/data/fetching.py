"""Get the files of a data set: from this machine if they are here, else from the first source that has them."""

from collections.abc import Sequence
from contextlib import closing

from seedbed.data.files import DataFile
from seedbed.data.formats.compression import expand
from seedbed.data.local import LocalFiles, Note, VerifiedFile
from seedbed.data.places import data_folder
from seedbed.data.sources.archive import WebArchive
from seedbed.data.sources.base import Progress, Source
from seedbed.data.sources.reachability import Probe
from seedbed.errors import DataError


def obtain(
    local: LocalFiles, sources: Sequence[Source], progress: Progress, note: Note, *, trust_hashes: bool = True
) -> list[VerifiedFile]:
    """Hold every file of a data set, verified.

    Parameters
    ----------
    local : LocalFiles
        What is wanted, where it may lie, and where fetched files are kept.
    sources : sequence of Source
        Tried in this order; each is only asked for what the ones before it could not give.
    progress, note : callable
        See `seedbed.data.load_data`.
    trust_hashes : bool
        Whether local files that were verified before and did not change need not be hashed again.

    Returns
    -------
    list of VerifiedFile, in the order of `local.files`

    Raises
    ------
    DataError
        If some file could not be had; names every source with its reason.
    """
    held = {file: found for file in local.files if (found := local.find(file, trust_hashes=trust_hashes))}
    failures = list(local.damaged)
    probe = None
    for index, source in enumerate(sources):
        missing = [file for file in local.files if file not in held]
        if not missing:
            break
        if probe is None:
            probe = Probe(address for later in sources if (address := later.address))
        reasons = _take(source, missing, probe, local, held, progress)
        if reasons:
            failures += [f"{source.label}: {reason}" for reason in reasons]
            after = sources[index + 1].label if index + 1 < len(sources) else None
            note(
                f"{local.name}: {source.label} failed: {'; '.join(reasons)}"
                + (f"; trying {after}" if after and len(held) < len(local.files) else "")
            )
    if len(held) < len(local.files):
        archives = [source.archive.name for source in sources if isinstance(source, WebArchive)]
        missing_names = [file.name for file in local.files if file not in held]
        raise DataError(_hopeless(local.name, missing_names, failures, archives))
    return [held[file] for file in local.files]


def _take(
    source: Source,
    missing: Sequence[DataFile],
    probe: Probe,
    local: LocalFiles,
    held: dict[DataFile, VerifiedFile],
    progress: Progress,
) -> list[str]:
    """Put what `source` has into `held`; return why it could not give the rest."""
    unreachable = probe.failure(source.address) if source.address else None
    if unreachable:
        return [unreachable]
    reasons = []
    lacking = dict.fromkeys(missing)
    try:
        # Closing the source at once, on Ctrl-C too, removes what it keeps in temporary folders.
        with closing(source.read(missing, progress)) as offers:
            for file, content in offers:
                lacking.pop(file, None)
                try:
                    octets = expand(content, file.size_bytes, file.name)
                    file.check(octets, file.name)
                except DataError as error:
                    reasons.append(str(error).rstrip("."))
                else:
                    held[file] = local.put(file, octets, source.label)
    except DataError as error:
        reasons.append(str(error).rstrip("."))
    else:
        reasons += [f"it lacks {file.name}" for file in lacking]
    return reasons


def _hopeless(name: str, missing: Sequence[str], failures: Sequence[str], archives: Sequence[str]) -> str:
    own = data_folder()
    if own is None:
        where = "SEEDBED_DATA is not set"
    elif own.is_dir():
        where = f"SEEDBED_DATA is {own}, which lacks them (and so does its sub-folder {name})"
    else:
        where = f"SEEDBED_DATA is {own}, which is not a folder"
    lines = [f"{name} could not be fetched. Missing: {', '.join(missing)}. Tried:"]
    lines += [f"  - {text}" for text in (where, *failures)]
    lines += [
        f"Next step: get {' or '.join(('these files', *archives))} elsewhere (files plain or .gz, under these names), "
        f"put them into a folder, and set SEEDBED_DATA to it; or repeat 'seedbed data fetch {name}' with a network."
    ]
    return "\n".join(lines)
