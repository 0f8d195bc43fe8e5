"""Everything that notebooks need of a project in one piece: what travels to workers that share no disk."""

from __future__ import annotations

import hashlib
import io
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from redegov_analysis.project import Project

LOCK: Final = "requirements.lock"


@dataclass(frozen=True)
class Bundle:
    """The files of a project that its notebooks read, named by their content.

    Attributes
    ----------
    digest
        sha256 over the files and their paths: equal files, equal digest.
    content
        A compressed archive of them.
    """

    digest: str
    content: bytes

    def unpack(self, folder: Path) -> Project:
        """Write the files into an empty folder, and return it as a project."""
        with tarfile.open(fileobj=io.BytesIO(self.content), mode="r:gz") as archive:
            archive.extractall(folder, filter="data")
        return Project(folder)


def bundle(project: Project) -> Bundle:
    """Return raw and processed tables, notebooks with their schemas, the lock and the description of the tables."""
    folders = (project.raw, project.processed, project.notebooks)
    paths = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    paths += [path for path in (project.datapackage, project.root / LOCK) if path.is_file()]
    named = {path.relative_to(project.root).as_posix(): path for path in paths if not _hidden(path, project.root)}
    digest = hashlib.sha256()
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz", compresslevel=1) as archive:
        for name, path in sorted(named.items()):
            content = path.read_bytes()
            digest.update(f"{name}:{hashlib.sha256(content).hexdigest()};".encode())
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return Bundle(digest.hexdigest(), stream.getvalue())


def _hidden(path: Path, root: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(root).parts)
