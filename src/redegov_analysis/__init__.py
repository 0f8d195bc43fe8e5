"""What drives municipalities to join Brazil's Rede GOV.BR, and how far the network will grow.

The package is light to import: modelling and plotting libraries load only with the modules that need them.
Start from `redegov_analysis.cleaning` for tables, `redegov_analysis.drivers` for who joins,
`redegov_analysis.forecast` for where the network is heading, and `redegov_analysis.reports` for the pages.
"""

from redegov_analysis.errors import RedegovError
from redegov_analysis.evidence import Evidence
from redegov_analysis.project import Project, find_project

__version__ = "0.1.0"

__all__ = ["Evidence", "Project", "RedegovError", "__version__", "find_project"]
