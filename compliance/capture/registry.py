"""The registry: every table of the database, and what a leaf may show of it."""

from compliance.capture import of_execution, of_orders, of_site
from compliance.capture.declared import Declaration

REGISTRY: dict[str, Declaration] = {**of_orders.TABLES, **of_execution.TABLES, **of_site.TABLES}
