# Every target sets up what it needs: a fresh clone, Python 3.11 and make are enough.

PYTHON ?= python3.11
BARS ?=
SEED ?= 1
MINUTES ?= 10
PARENTS ?= 200
FAULTS ?= 500
VENV := .venv
PY := $(VENV)/bin/python
RUN := $(VENV)/run.stamp
DEV := $(VENV)/dev.stamp
PIP := $(PY) -m pip --disable-pip-version-check --quiet install

# What a caller's shell may carry of another environment has no say here.
unexport VIRTUAL_ENV PYTHONPATH PYTHONHOME DJANGO_SETTINGS_MODULE
# Without bytecode every process, of which a run starts hundreds, compiles all of our modules anew.
unexport PYTHONDONTWRITEBYTECODE
unexport PIP_USER PIP_TARGET PIP_PREFIX PIP_REQUIRE_VIRTUALENV
export BARS PYTHON

# Coverage runs the tests of the modules that it looks at. Those of whole processes, of pages and of the API measure no
# branch of them, or none that is not measured elsewhere, but for the few in TELLING; `make test` runs them all.
TELLING := $(addprefix tests/,orders/admin/test_kill_switches.py orders/admin/test_positions.py orders/admin/test_refused.py \
	orders/admin/test_risk_tab.py orders/api/test_failures.py \
	orders/api/test_kill_switches.py orders/api/test_place.py orders/api/test_positions.py)
PAGES := $(wildcard $(addsuffix /test_*.py,$(addprefix tests/,orders/admin orders/api compliance/admin compliance/api)))
PROCESSES := $(addprefix tests/,qtweb bench test_architecture.py test_schema.py execution/crash execution/soak execution/admin \
	execution/venues execution/market_data execution/test_gateway.py execution/test_end_to_end.py \
	execution/test_venue_process.py execution/test_wake.py execution/services/test_histories.py \
	orders/test_limits_together.py orders/test_concurrency.py orders/test_histories.py orders/test_bounds_together.py \
	orders/test_same_ids_together.py orders/test_positions_together.py)
UNMEASURED := $(PROCESSES) $(filter-out $(TELLING),$(PAGES))
APART := $(addprefix --ignore=,$(UNMEASURED))

# `make check test` plays every test once: those that coverage has looked at are not played again by `test`.
REMAINING := $(if $(filter check coverage,$(MAKECMDGOALS)),$(UNMEASURED))

# Settings are read from the environment. These let tools load them; nothing answers at these addresses.
PRODUCTION := env QTWEB_ENVIRONMENT=production QTWEB_ALLOWED_HOSTS=qtweb.example \
	SECRET_KEY=only-for-checks-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEF \
	DATABASE_URL=postgresql://qtweb_app@database.invalid/qtweb \
	MIGRATION_DATABASE_URL=postgresql://qtweb_migrate@database.invalid/qtweb \
	REDIS_URL=redis://redis.invalid/0 \
	QTWEB_AUDIT_PUBLIC_KEYS=qtweb.example/audit+1f5e0abd+AbIOgFvx/NNhrn2YZgeUS7lKxl1gpVu49YSU7c0CnENk

.PHONY: help preflight demo serve stop reset test test-long soak check bench clean
.PHONY: lint audit types imports deployable migrations coverage

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(RUN) ## the whole way of an order on real processes, then nothing remains; BARS=path.csv for real bars
	@exec $(PY) -m qtweb.demo $(if $(BARS),--bars "$$BARS")

serve: $(RUN) ## leave it running with lasting data, and print how to get in
	@$(PY) -m qtweb.embedded serve

stop: $(RUN) ## end what serve started; the data stays
	@$(PY) -m qtweb.embedded stop

reset: $(RUN) ## end what serve started and delete its data
	@$(PY) -m qtweb.embedded reset

test: $(DEV) $(if $(REMAINING),coverage) ## the tests, in short form
	$(PY) -m pytest -m "not long and not soak" -n 2 --dist worksteal $(REMAINING)

test-long: $(DEV) ## the tests at full size
	$(PY) -m pytest -m "long and not soak" -n 2 --dist worksteal

soak: $(DEV) ## ten minutes of faults against 200 parents, then every promise; SEED= MINUTES= PARENTS= FAULTS= change that
	@SEED="$(SEED)" MINUTES="$(MINUTES)" PARENTS="$(PARENTS)" FAULTS="$(FAULTS)" \
		$(PY) -m pytest -q -s -m soak tests/execution/soak

check: lint audit types imports deployable migrations coverage ## everything that is not a test of behaviour

lint: $(DEV)
	$(PY) -m ruff check
	$(PY) -m ruff format --check

audit: $(DEV) ## known vulnerabilities of what is installed; says so where no service answers
	@$(PY) deploy/audit.py

types: $(DEV)
	$(PRODUCTION) $(PY) -m mypy .

imports: $(DEV)
	$(PY) $(VENV)/bin/lint-imports

deployable: $(DEV)
	$(PRODUCTION) $(PY) manage.py check --deploy --fail-level WARNING

migrations: $(DEV)
	$(PY) -m qtweb.embedded run-with-services -- python manage.py makemigrations --check --dry-run

coverage: $(DEV) ## fails when a branch of the modules named in pyproject.toml is not tested
	$(PY) -m pytest -m "not long and not soak" -n 2 --dist worksteal $(APART) --cov --cov-branch --cov-report=term-missing --cov-fail-under=100

bench: $(RUN) ## how many orders a second, beside what the database alone can do
	@$(PY) -m qtweb.embedded run-with-services -- python -m bench
	@$(PY) -m qtweb.embedded run-with-services -- python -m bench.slices

clean: ## remove the virtual environment and caches; the data of serve stays
	@if [ -x $(PY) ]; then $(PY) -m qtweb.embedded stop; fi
	rm -rf $(VENV) .static .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

preflight:
	@sh deploy/preflight.sh >/dev/null

$(RUN): requirements.txt | preflight
	@echo "Installing requirements.txt into $(VENV), once"
	@[ -x $(PY) ] || "$$(sh deploy/preflight.sh)" -m venv --clear $(VENV)
	@$(PIP) -r requirements.txt
	@touch $@

$(DEV): requirements-dev.txt $(RUN)
	@echo "Installing requirements-dev.txt into $(VENV), once"
	@$(PIP) -r requirements-dev.txt
	@touch $@
