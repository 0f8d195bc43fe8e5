"""The processed tables, read once."""

import pandas as pd
import pytest

from redegov_analysis.cleaning.build import processed


@pytest.fixture(scope="session")
def municipalities() -> pd.DataFrame:
    return processed("municipalities")


@pytest.fixture(scope="session")
def milestones() -> pd.DataFrame:
    return processed("milestones")


@pytest.fixture(scope="session")
def pairs() -> pd.DataFrame:
    return processed("neighbours")


@pytest.fixture(scope="session")
def login_adopters() -> pd.DataFrame:
    return processed("login_adopters")


@pytest.fixture(scope="session")
def nfse() -> pd.DataFrame:
    return processed("nfse_adhesions")


@pytest.fixture(scope="session")
def snc() -> pd.DataFrame:
    return processed("snc_adhesions")
