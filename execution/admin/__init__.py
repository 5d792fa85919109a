"""What execution shows in the admin site: the operator's page."""

from execution.admin.dead_letter import discard_page, retry_page
from execution.admin.operations import operations
from execution.admin.today import operations_today
from orders.kernel.admin import site

site.add_page("operations/", operations, "operations")
site.add_page("operations/dead_letters/<uuid:letter_id>/retry/", retry_page, "dead_letter_retry")
site.add_page("operations/dead_letters/<uuid:letter_id>/discard/", discard_page, "dead_letter_discard")
site.add_summary(operations_today)
