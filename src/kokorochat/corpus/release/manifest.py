"""Checksums, and the file that says what a release holds and how it was made."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kokorochat.corpus.sources.place import natural

CHECKSUMS, MANIFEST = "SHA256SUMS", "manifest.json"


@dataclass(frozen=True)
class File:
    """One file of a release.

    Attributes:
        path: from the release's folder, with forward slashes.
        bytes: its size.
        sha256: in hexadecimal digits.
    """

    path: str
    bytes: int
    sha256: str


def files_in(folder: Path) -> list[File]:
    """All files of a folder at any depth, numbers before names: 8.json before 10.json."""
    found = [path for path in folder.rglob("*") if path.is_file()]
    return [_described(path, folder) for path in sorted(found, key=lambda path: (path.parent, natural(path)))]


def write_manifest(folder: Path, told: dict[str, Any]) -> list[File]:
    """Write the manifest about the files that are there, then the checksums of all files, the manifest's too.

    Args:
        told: what the manifest says beside the list of files.

    Returns:
        All files of the release.
    """
    files = files_in(folder)
    document = told | {"files": [asdict(file) for file in files]}
    (folder / MANIFEST).write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    listed = [*files, _described(folder / MANIFEST, folder)]
    lines = "".join(f"{file.sha256}  {file.path}\n" for file in listed)
    (folder / CHECKSUMS).write_text(lines, encoding="utf-8")
    return [*listed, _described(folder / CHECKSUMS, folder)]


def _described(path: Path, folder: Path) -> File:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return File(path.relative_to(folder).as_posix(), path.stat().st_size, digest)
