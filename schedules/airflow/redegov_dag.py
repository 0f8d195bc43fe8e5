"""The nightly reports as an Airflow DAG: the same command as everywhere, its exit codes understood.

Copy it into the folder of DAGs of a worker that has a checkout, and set REDEGOV_HOME there. Exit codes 5 (timeout, dead
kernel) and 6 (publishing, another run) are tried again; 2 (options), 3 (data), 4 (a notebook) and 7 (some of many) fail
at once, since trying again cannot help. When a run has failed for good, Airflow calls `tell`: put your own way there.
"""

from __future__ import annotations

import logging
import os
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

try:  # Airflow 3
    from airflow.sdk import DAG, task
except ImportError:  # Airflow 2
    from airflow.decorators import task
    from airflow.models.dag import DAG
try:  # Airflow 3.1 and newer
    from airflow.sdk.exceptions import AirflowException, AirflowFailException
except ImportError:
    from airflow.exceptions import AirflowException, AirflowFailException

RETRIES = 1
MEANINGS = {
    2: "wrong options or parameters",
    3: "invalid data: the message names the file and the rows",
    4: "a notebook failed: its page in reports/failed names the cell",
    5: "a timeout or a dead kernel",
    6: "the site could not be published, or another run is under way",
    7: "some of many notebooks failed: their pages are in reports/failed",
}


def verdict(code: int) -> Literal["ok", "retry", "fail"]:
    """Return what an exit code of `redegov run` asks for; one that was killed is tried again."""
    if code == 0:
        return "ok"
    return "retry" if code in {5, 6} or code < 0 or code > 128 else "fail"


def make_reports(*options: str) -> str:
    """Run `redegov run`, and return the path of the site's index."""
    home = Path(os.environ.get("REDEGOV_HOME", "/srv/redegov-analysis"))
    run = subprocess.run(
        [home / ".venv" / "bin" / "redegov", "run", *options],
        cwd=home,
        env={**os.environ, "REDEGOV_HOME": str(home), "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    logging.getLogger(__name__).info("%s", run.stdout)
    if verdict(run.returncode) == "ok":
        return run.stdout.rstrip().splitlines()[-1]
    meaning = MEANINGS.get(run.returncode, "ended from outside")
    told = f"redegov run: exit code {run.returncode}, {meaning}\n{run.stdout[-4000:]}"
    raise AirflowException(told) if verdict(run.returncode) == "retry" else AirflowFailException(told)


def tell(context: dict[str, Any]) -> None:
    """Say that a run has failed for good: the place for a mail, a chat message or a ticket."""
    logging.getLogger(__name__).error("The nightly reports failed: %s", context.get("exception"))


with DAG(
    dag_id="redegov_reports",
    description="Reports on the Rede GOV.BR",
    schedule="30 6 * * *",  # 03:30 in Brasília
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    tags=["redegov"],
) as dag:

    @task(
        task_id="make_reports",
        retries=RETRIES,
        retry_delay=timedelta(minutes=15),
        execution_timeout=timedelta(hours=2),
        on_failure_callback=tell,
    )
    def nightly() -> str:
        """Make the reports and publish them."""
        return make_reports()

    nightly()
