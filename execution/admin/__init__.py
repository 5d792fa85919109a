"""What execution shows in the admin site: the orders at work, acts on one of them, and the operator's page."""

from execution.admin.costs import costs_csv_file, costs_page, costs_pdf_file
from execution.admin.dead_letter import discard_page, retry_page
from execution.admin.market_data import market_data
from execution.admin.operations import operations
from execution.admin.run_acts import change, pause, resume
from execution.admin.today import operations_today, working_today
from execution.admin.venue_break import settle_page
from execution.admin.working import working
from orders.kernel.admin import site

site.add_page("market_data/", market_data, "market_data")
site.add_page("costs/", costs_page, "costs")
site.add_page("costs/costs.csv", costs_csv_file, "costs_csv")
site.add_page("costs/costs.pdf", costs_pdf_file, "costs_pdf")
site.add_page("operations/", operations, "operations")
site.add_page("operations/dead_letters/<uuid:letter_id>/retry/", retry_page, "dead_letter_retry")
site.add_page("operations/dead_letters/<uuid:letter_id>/discard/", discard_page, "dead_letter_discard")
site.add_page("operations/breaks/<uuid:break_id>/close/", settle_page, "venue_break_settle")
site.add_page("working/", working, "working")
site.add_page("working/<uuid:order_id>/pause/", pause, "run_pause")
site.add_page("working/<uuid:order_id>/resume/", resume, "run_resume")
site.add_page("working/<uuid:order_id>/change/", change, "run_change")
site.add_summary(operations_today)
site.add_summary(working_today)
