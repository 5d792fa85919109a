"""What execution shows in the admin site: the operator's page."""

from execution.admin.operations import operations
from execution.admin.today import operations_today
from orders.kernel.admin import site

site.add_page("operations/", operations, "operations")
site.add_summary(operations_today)
