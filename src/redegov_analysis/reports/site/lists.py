"""Which list of members a run uses, and what its manifest says of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from redegov_analysis.errors import DataError, ParameterError
from redegov_analysis.evidence import Evidence
from redegov_analysis.project import Project
from redegov_analysis.reports.site.manifest import read_manifest

if TYPE_CHECKING:
    from redegov_analysis.cleaning.membership.imports import Import
    from redegov_analysis.cleaning.membership.standing import Membership

NO_LIST: Final = "none"
"""As `standing.NO_LIST`; what reads lists is imported only where there is one: most runs have nothing to do."""

UNDECIDED_SHARE: Final = 0.05
"""Up to this share of a list's members may be undecided on an earlier day for the list to speak of that day."""


@dataclass(frozen=True)
class RunList:
    """The list of members that a run uses.

    Attributes
    ----------
    choice
        What the notebooks are given as their parameter `membership`.
    snapshot_date
        The day of the list, or nothing without one.
    record
        What the manifest says: `lists`, each with `file`, `sha256` and `snapshot_date`, and their `evidence`; nothing
        without a list.
    """

    choice: str = ""
    snapshot_date: date | None = None
    record: Mapping[str, Any] | None = field(default=None)


def run_list(given: str, snapshot_date: date | None, columns: Path | None, project: Project) -> RunList:
    """Return the list that a run was told to use: a file, `none`, or nothing for the lists that were imported.

    Parameters
    ----------
    given
        What was given as `--membership`.
    snapshot_date
        The day of the file; needed with a file and only there.
    columns
        The answers to what the file leaves open.
    project
        Where a file is prepared.

    Raises
    ------
    ParameterError
        If a file is given without its day, or a day without a file, or there is no such file.
    DataError
        If the file is broken or leaves something open: then the message is a question and says how to answer it.
    """
    if given in ("", NO_LIST):
        if snapshot_date is not None or columns is not None:
            raise ParameterError(
                "--snapshot-date and --membership-columns go with --membership FILE. "
                "Give the file too, or leave them out."
            )
        kept = [] if given == NO_LIST else _imported(project)
        if not kept:
            return RunList(given)
        lists = [
            {"file": entry.original_name, "sha256": entry.sha256, "snapshot_date": entry.snapshot_date}
            for entry in kept
        ]
        day = date.fromisoformat(kept[-1].snapshot_date)
        return RunList("", day, {"lists": lists, "evidence": str(Evidence.OBSERVED)})
    if snapshot_date is None:
        raise ParameterError(
            "On which day was {name} as it is? Give --snapshot-date too, for example --membership {name} "
            "--snapshot-date 2026-10-31.",
            name=Path(given).name,
        )
    from redegov_analysis.cleaning.membership.prepared import prepare_list

    try:
        choice, table = prepare_list(given, snapshot_date, columns, project=project)
    except DataError as question:
        if "description of columns" not in str(question):
            raise
        raise DataError(
            "{question} Give that description with: --membership-columns FILE.yaml", question=question
        ) from question
    if table.members.empty:
        raise DataError(
            "{source}: no municipality that has joined in {rows_read:,} {rows_read:row|rows}.",
            source=table.source,
            rows_read=table.rows_read,
        )
    one = {"file": table.source, "sha256": table.sha256, "snapshot_date": snapshot_date.isoformat()}
    return RunList(choice, snapshot_date, {"lists": [one], "evidence": str(table.evidence)})


def require_known_by(chosen: RunList, as_of: date, project: Project) -> None:
    """Refuse a day on which the list cannot tell who was a member.

    Raises
    ------
    ParameterError
        If too many of the list's members may have joined before that day or after it.
    """
    if chosen.snapshot_date is None or as_of >= chosen.snapshot_date:
        return
    from redegov_analysis.cleaning.membership.standing import membership_in_force

    listed = membership_in_force(chosen.choice, project)
    if listed is not None and not tells(listed, as_of):
        raise ParameterError(
            "The list of {snapshot_date} does not say who had joined by {as_of}: {undecided:,} of its "
            "{n_members:,} {n_members:member|members} may have joined before or after. Use --as-of {snapshot_date} "
            "or later, or --membership none.",
            snapshot_date=chosen.snapshot_date,
            as_of=as_of,
            undecided=listed.known_by(as_of).undecided,
            n_members=len(listed.members),
        )


def tells(listed: Membership, as_of: date | str | None) -> bool:
    """Return whether a list tells who was a member on a day: all but 5 % of its members are decided."""
    earlier = listed.known_by(as_of)
    return earlier.undecided <= UNDECIDED_SHARE * len(listed.members)


def prune_lists(reports: Path, project: Project) -> None:
    """Remove the prepared lists that no run kept in any folder of reports was made with.

    Runs may go to several folders (`--output`); those that hold a run made with a list are remembered beside the lists,
    so that a run into one folder does not take away what the runs in another were made with. A folder that is gone no
    longer counts.
    """
    if not (project.processed / "membership").is_dir():
        return
    from redegov_analysis.cleaning.membership.prepared import prepared_ids, prune_prepared

    if ids := prepared_ids(project):
        folders = {str(reports.resolve()), str(project.reports.resolve()), *_remembered(project)}
        used = {folder: _lists_used(Path(folder)) & set(ids) for folder in sorted(folders)}
        prune_prepared(set().union(*used.values()), project)
        _remember([folder for folder, choices in used.items() if choices], project)


def _lists_used(reports: Path) -> set[str]:
    """Return the lists that the runs kept in a folder were made with."""
    made = (read_manifest(site) for site in {path.parent.resolve() for path in reports.glob("*/manifest.json")})
    return {str(job["parameters"].get("membership", "")) for content in made if content for job in content["jobs"]}


def _remembered(project: Project) -> list[str]:
    try:
        return [str(folder) for folder in json.loads(_folders_file(project).read_text(encoding="utf-8"))]
    except (OSError, ValueError):
        return []  # no list was used elsewhere, or nothing that can be read says so


def _remember(folders: Sequence[str], project: Project) -> None:
    if folders != _remembered(project):
        from redegov_analysis.data.writing import write_atomically

        write_atomically(_folders_file(project), json.dumps(list(folders), indent=1) + "\n")


def _folders_file(project: Project) -> Path:
    return project.processed / "membership" / "report_folders.json"


def _imported(project: Project) -> list[Import]:
    if not (project.raw / "membership").is_dir():
        return []
    from redegov_analysis.cleaning.membership.imports import imports

    return imports(project)
