"""Prints the checksum of each kind of figure that this project computes, for `test_same_anywhere.py`.

It is run as a program of its own, because threads, locale, time zone and the seed of hashes are settled when a program
begins. Its argument is a project whose processed tables are built anew.
"""

from __future__ import annotations

import hashlib
import json
import locale
import os
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from redegov_analysis.cleaning.build import TABLES, build, processed
from redegov_analysis.cleaning.names import match_names
from redegov_analysis.data.writing import csv_text
from redegov_analysis.drivers.hazard import fit_hazard
from redegov_analysis.drivers.selectivity import fit_size_selectivity
from redegov_analysis.forecast.growth import forecast_growth
from redegov_analysis.project import Project


def figures(project: Project) -> dict[str, str]:
    """Return a checksum of the processed tables, a fit of drivers, a forecast, names matched and a file written."""
    build(project, force=True)
    found = {name: _digest((project.processed / f"{name}.parquet").read_bytes()) for name in TABLES}
    towns = processed("municipalities", project)
    totals = processed("milestones", project)
    found["size gradient"] = _digest(csv_text(fit_size_selectivity(totals, towns)).encode())
    login = processed("login_adopters", project)
    joined = towns["ibge_code"].isin(login["ibge_code"].dropna()).astype(int)
    known = towns[["population_2022", "hdi_2010", "internet_share_2022"]].astype("float64")
    design = known.assign(population_2022=np.log10(known["population_2022"]), constant=1.0).dropna()
    fit = fit_hazard(joined[design.index], design, cluster=towns.loc[design.index, "uf"])
    found["drivers"] = _digest(fit.coef.to_numpy().tobytes() + np.asarray(fit.cov).tobytes())
    days = pd.date_range("2026-03-01", periods=6, freq="MS")
    forecast = forecast_growth(totals[totals["preferred"]], universe=5570, dates=days, draws=200, seed=7)
    found["forecast"] = _digest(np.ascontiguousarray(forecast.draws).tobytes())
    names = [*towns["name"].str.upper().head(300), "ITABIRINHA DE MANTENA", "IGUAÇU", "ijuí", "İSTANBUL"]
    found["names"] = _digest(csv_text(match_names(names, [None] * len(names))).encode())
    return found


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    locale.setlocale(locale.LC_ALL, "")
    time.tzset()
    here = {
        "locale": locale.setlocale(locale.LC_NUMERIC),
        "zone": time.tzname[0],
        "threads": os.environ["OMP_NUM_THREADS"],
    }
    print(json.dumps({"here": here, "figures": figures(Project(Path(sys.argv[1])))}))
