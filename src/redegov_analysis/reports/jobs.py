"""A job is a notebook with its parameters, and the page that comes of it; an outcome is what became of the job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from redegov_analysis.errors import KernelError, NotebookError, ParameterError, RedegovError
from redegov_analysis.language import InBoth, Phrase
from redegov_analysis.reports.municipalities import Place
from redegov_analysis.reports.parameters import Value, read_schema
from redegov_analysis.reports.settings import Settings, require_notebooks, settings_of
from redegov_analysis.reports.states import STATES

NOTEBOOKS: Final = "[0-9][0-9]_*.ipynb"

# What a driver finds and leaves in its folder.
TASK: Final = "task.json"
RESULT: Final = "result.json"
EXECUTED: Final = "executed.ipynb"
SITE: Final = "site"

Status = Literal["made", "reused", "failed", "stopped"]


@dataclass(frozen=True)
class Job:
    """A notebook with its parameters.

    Attributes
    ----------
    notebook
        Path of the notebook.
    parameters
        A checked value for each of its parameters.
    page
        Path of the page inside the site, such as `states/SP.html`.
    title
        What the page is about where one notebook makes many, such as a municipality; nothing for a report's own title.
    related
        Further pages of the site to list at its end: path inside the site, and name.
    """

    notebook: Path
    parameters: Mapping[str, Value]
    page: str
    title: str = ""
    related: Sequence[tuple[str, str]] = ()

    @property
    def name(self) -> str:
        """The page without its suffix: what the job is called in messages and in the manifest."""
        return self.page.removesuffix(".html")

    @property
    def state(self) -> str | None:
        """The state that the page is about, if it is about one."""
        uf = self.parameters.get("uf")
        return str(uf) if uf is not None else None

    @property
    def municipality(self) -> str | None:
        """The code of the municipality that the page is about, if it is about one."""
        code = self.parameters.get("ibge_code")
        return str(code) if code is not None else None

    @property
    def national(self) -> bool:
        """Whether the page is about the whole country."""
        return self.state is None and self.municipality is None


@dataclass(frozen=True)
class Imprint:
    """What the foot of each page says about where it comes from.

    Attributes
    ----------
    vintage
        The day up to which the data speak, as an ISO date.
    version
        Version of the package.
    fingerprint
        Digest of everything that the page was made of; `manifest.json` spells it out.
    """

    vintage: str
    version: str
    fingerprint: str


@dataclass(frozen=True)
class Failure:
    """Why a job failed, and where.

    Attributes
    ----------
    kind
        `cell` (a cell raised an error), `kernel` (the kernel died or ran out of memory) or `timeout`.
    error, message, message_pt
        Class of the error and what it said; `message_pt` in Portuguese, where it is ours to say.
    cell
        Number of the cell, counted from 1; nothing where the failure lies outside of any cell.
    heading
        The heading above the cell.
    source
        The cell's code.
    log
        The last lines that the notebook printed, traceback included.
    """

    kind: Literal["cell", "kernel", "timeout"]
    error: str
    message: str
    cell: int | None = None
    heading: str = ""
    source: str = ""
    log: str = ""
    message_pt: str = ""

    @classmethod
    def of(
        cls,
        kind: Literal["cell", "kernel", "timeout"],
        error: str,
        message: str | Phrase,
        *,
        cell: int | None = None,
        heading: str = "",
        source: str = "",
        log: str = "",
    ) -> Failure:
        """Return a failure with its message in both languages, where it is a phrase.

        Parameters
        ----------
        kind
            Whether a cell raised an error, the kernel died, or time ran out.
        error
            Name of the error's class.
        message
            What it said; in both languages where it is a phrase.
        cell
            Number of the cell, from 1, if it was one.
        heading
            The heading above that cell.
        source
            The cell's code.
        log
            The last of what was printed.

        Returns
        -------
        Failure
            With `message` in English and, of a phrase, in Portuguese.
        """
        portuguese = message.told("pt-BR") if isinstance(message, Phrase) else ""
        return cls(kind, error, str(message), cell, heading, source, log, portuguese)

    @property
    def words(self) -> InBoth:
        """What the error said, in both languages."""
        return InBoth(self.message, self.message_pt or self.message)

    def exception(self, job: Job) -> RedegovError:
        """Return the error that the command line reports.

        Parameters
        ----------
        job
            The job that failed.

        Returns
        -------
        RedegovError
            `NotebookError` for a cell, else `KernelError`.
        """
        where = Phrase(", cell {cell}", {"cell": self.cell}) if self.cell else ""
        under = Phrase(" (under “{heading}”)", {"heading": self.heading}) if self.heading else ""
        said = {"job": job.name, "where": where, "under": under, "error": self.error, "words": self.words}
        text = Phrase("{job}{where}{under}: {error}: {words}", said)
        return NotebookError(text) if self.kind == "cell" else KernelError(text)


@dataclass(frozen=True)
class Page:
    """What the site needs to know of a page to link to it and to quote it.

    Attributes
    ----------
    title, description
        The first heading, and the first paragraph under it.
    statements
        The records of the notebook's statements (see `reports.items`).
    evidence
        The kinds of evidence on the page.
    sources
        Who published its data.
    """

    title: str
    description: str
    statements: Sequence[Mapping[str, Any]] = ()
    evidence: Sequence[str] = ()
    sources: Sequence[str] = ()


@dataclass(frozen=True)
class Outcome:
    """What became of a job.

    Attributes
    ----------
    job
        The job.
    status
        `made`, `reused` (taken unchanged from the latest run), `failed` or `stopped` (never begun, or broken off).
    seconds
        Wall-clock time that it took.
    files
        What it made, as paths inside the site.
    page
        Summary of its page, when there is one.
    failure
        Why it failed.
    warnings
        What a maintainer should look at: output that no reader will see.
    """

    job: Job
    status: Status
    seconds: float = 0.0
    files: Sequence[str] = ()
    page: Page | None = None
    failure: Failure | None = None
    warnings: Sequence[str] = field(default=())

    def record(self) -> dict[str, Any]:
        """Return the outcome ready for JSON.

        Returns
        -------
        dict
            All but the job: `status`, `seconds`, `files`, `page`, `failure`, `warnings`.
        """
        return {
            "status": self.status,
            "seconds": round(self.seconds, 3),
            "files": list(self.files),
            "page": asdict(self.page) if self.page else None,
            "failure": asdict(self.failure) if self.failure else None,
            "warnings": list(self.warnings),
        }

    @classmethod
    def of_record(cls, job: Job, record: Mapping[str, Any]) -> Outcome:
        """Return the outcome that `record` wrote down.

        Parameters
        ----------
        job
            The job.
        record
            From `record`.

        Returns
        -------
        Outcome
            As it was.
        """
        page, failure = record.get("page"), record.get("failure")
        return cls(
            job=job,
            status=record["status"],
            seconds=record["seconds"],
            files=tuple(record["files"]),
            page=Page(**page) if page else None,
            failure=Failure(**failure) if failure else None,
            warnings=tuple(record["warnings"]),
        )


def plan(
    notebooks: Path,
    *,
    language: str,
    as_of: str,
    states: Sequence[str] | None = None,
    membership: str = "",
    municipalities: Sequence[Place] = (),
    settings: Settings | None = None,
) -> list[Job]:
    """Return the jobs of a whole site: each national notebook once, each other once per state or municipality.

    Parameters
    ----------
    notebooks
        Folder of the notebooks; those whose name starts with two digits make pages. One with a parameter `uf` is a
        state notebook, one with `ibge_code` a municipality's.
    language, as_of, membership
        Given to every notebook that has them.
    states
        Codes of the states wanted; all 27 unless given.
    municipalities
        The municipalities wanted, none unless given. A state's page lists those of the state.
    settings
        Further parameters by notebook, as typed (`settings.read_settings`).

    Returns
    -------
    list
        National jobs first, then states and municipalities, each in the order of the notebooks' names.

    Raises
    ------
    ParameterError
        If a state is unknown, a setting is unknown or not allowed, a notebook's schema is wrong, or there are no
        notebooks.
    """
    wanted = list(STATES) if states is None else list(dict.fromkeys(states))
    for uf in wanted:
        if uf not in STATES:
            raise ParameterError(
                "There is no state {uf!r}", remedy="Choose from: {known}.", uf=uf, known=", ".join(STATES)
            )
    shared: dict[str, Value] = {"language": language, "as_of": as_of, "membership": membership}
    national: list[Job] = []
    by_state: list[Job] = []
    by_municipality: list[Job] = []
    paths = sorted(notebooks.glob(NOTEBOOKS))
    require_notebooks(settings or {}, paths)
    for path in paths:
        schema = read_schema(path)
        common = {name: value for name, value in shared.items() if name in schema.parameters}
        common |= settings_of(schema, settings or {})
        if "uf" in schema.parameters:
            by_state += [
                Job(
                    path,
                    schema.resolve({**common, "uf": uf}),
                    f"states/{uf}.html",
                    related=tuple((place.page, place.name) for place in municipalities if place.uf == uf),
                )
                for uf in wanted
            ]
        elif "ibge_code" in schema.parameters:
            by_municipality += [
                Job(path, schema.resolve({**common, "ibge_code": place.code}), place.page, title=place.title)
                for place in municipalities
            ]
        else:
            national.append(Job(path, schema.resolve(common), f"{path.stem}.html"))
    if not national and not by_state:
        raise ParameterError(
            "There are no notebooks in {folder}",
            expected="names such as 01_data_quality.ipynb",
            remedy="Restore the folder with: git checkout -- notebooks",
            folder=notebooks,
        )
    return national + by_state + by_municipality
