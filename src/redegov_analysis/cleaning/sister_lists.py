"""The raw lists of the two sister networks, typed: one row per municipality, days as days."""

from __future__ import annotations

import pandas as pd

from redegov_analysis.cleaning.demographics import flag


def nfse_table(raw: pd.DataFrame) -> pd.DataFrame:
    """Return the NFS-e list typed, one row per municipality, sorted by code.

    Parameters
    ----------
    raw
        The raw table `nfse_adhesions`.

    Returns
    -------
    DataFrame
        `ibge_code`; `joined_on`, the day the agreement was published; `effective_on`, the day it took effect;
        `status`, `active` or `inactive`; `active_in_base`, whether invoices reach the national base: joined is not the
        same as using.
    """
    table = raw.sort_values("ibge_code", ignore_index=True)
    status = table["status"].astype("str").str.strip()
    return pd.DataFrame(
        {
            "ibge_code": table["ibge_code"].astype("str"),
            "joined_on": _days(table["joined_on"]),
            "effective_on": _days(table["effective_on"]),
            # The list writes "Conveniado Ativo" and "Conveniado - Nao Ativo".
            "status": status.map({"Conveniado Ativo": "active", "Conveniado - Nao Ativo": "inactive"}).fillna(status),
            "active_in_base": flag(table["active_in_base"]).astype("bool"),
        }
    )


def snc_table(raw: pd.DataFrame) -> pd.DataFrame:
    """Return the list of the culture system typed, one row per municipality, sorted by code.

    Parameters
    ----------
    raw
        The raw table `snc_adhesions`.

    Returns
    -------
    DataFrame
        `ibge_code`; `joined_on`, the day the accord was published, missing for those that had not joined by 2018.
    """
    table = raw.sort_values("ibge_code", ignore_index=True)
    return pd.DataFrame({"ibge_code": table["ibge_code"].astype("str"), "joined_on": _days(table["joined_on"])})


def _days(values: pd.Series) -> pd.Series:
    return pd.to_datetime(values).astype("datetime64[us]")
