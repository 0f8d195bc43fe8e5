"""The publishers' own files: where they live, how they are fetched and read, and what they change in the raw tables."""

from redegov_analysis.data.official.borders import read_coastline, read_country_borders, read_neighbours
from redegov_analysis.data.official.changes import Change, changes_table
from redegov_analysis.data.official.download import Patience, SourceError, download
from redegov_analysis.data.official.indicators import read_capag, read_connectivity
from redegov_analysis.data.official.lists import read_culture_list, read_login_list
from redegov_analysis.data.official.population import read_gazette_estimates
from redegov_analysis.data.official.revisions import Drafts, write_dictionary
from redegov_analysis.data.official.sidra import read_aggregates, read_sidra_csv, read_sidra_values, read_sidra_xlsx
from redegov_analysis.data.official.sources import Reading, Source, read_source, source, sources
from redegov_analysis.data.official.store import Record, fetch, stored
from redegov_analysis.data.official.territory import read_areas, read_division, read_localidades

__all__ = [
    "Change",
    "Drafts",
    "Patience",
    "Reading",
    "Record",
    "Source",
    "SourceError",
    "changes_table",
    "download",
    "fetch",
    "read_aggregates",
    "read_areas",
    "read_capag",
    "read_coastline",
    "read_connectivity",
    "read_country_borders",
    "read_culture_list",
    "read_division",
    "read_gazette_estimates",
    "read_localidades",
    "read_login_list",
    "read_neighbours",
    "read_sidra_csv",
    "read_sidra_values",
    "read_sidra_xlsx",
    "read_source",
    "source",
    "sources",
    "stored",
    "write_dictionary",
]
