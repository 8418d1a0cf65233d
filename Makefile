# Rollcall: every target sets up what it needs, and does nothing where nothing changed.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.PHONY: help demo test test-sqlite test-postgres browser lint style types layers format bench docs requirements base dev clean
BIN := .venv/bin
ARGS ?=
# Two processes are enough for two cores; PROCESSES=0 runs the tests in one, which is easier to debug.
PROCESSES ?= 2
PYTEST = $(BIN)/pytest -n $(PROCESSES) --dist loadfile --no-loadscope-reorder $(ARGS)

help: ## Show the targets
	@echo "Rollcall: self-hosted contact data with honest credits."; echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST); echo
	@echo '  ROLLCALL_HOME=~/.rollcall  ROLLCALL_PORT=8321  ARGS="…" for the program behind the target'

demo: base ## Build the demo and serve it on this computer (ARGS=--no-browser)
	@exec $(BIN)/rollcall-server demo $(ARGS)

test: dev browser ## Run all tests on SQLite, then on PostgreSQL those that use a database
	@scripts/announce "Tests on SQLite, with headless Chromium"
	@$(PYTEST)
	@scripts/announce "Tests on PostgreSQL"
	@ROLLCALL_TEST_DB=postgres $(PYTEST) -m "not browser and not no_database"

test-sqlite: dev browser ## Run all tests on SQLite only
	@$(PYTEST)

test-postgres: dev ## Run all tests but the browser's on PostgreSQL only
	@ROLLCALL_TEST_DB=postgres $(PYTEST) -m "not browser"

browser: # Chromium for the browser tests, when it may be installed
	@scripts/browser

lint: style types layers ## Check formatting, style, types and the import order

style: dev ## Check formatting and style only
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

types: dev ## Check types only
	@$(BIN)/mypy

layers: dev # the import order only
	@PYTHONPATH=. $(BIN)/lint-imports

format: dev ## Format the code and mend what can be mended
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

bench: dev ## Measure speed, beside peers or the machine's limit (ONLY=run for one program)
	@for program in benchmarks/bench_$(or $(ONLY),*).py; do scripts/announce "$$program"; \
		$(BIN)/python -m "$$(basename $$(dirname $$program)).$$(basename $$program .py)" $(ARGS); done

docs: dev ## Write the generated pages anew (the map, the errors, the commands)
	@$(BIN)/python -m scripts.generated

requirements: dev ## Pin the requirements anew, with hashes
	@for name in base dev spark; do $(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url \
		--python-version 3.11 --upgrade requirements/$$name.in -o requirements/$$name.txt; done

base: # what the product needs
	@scripts/install base

dev: # what tests, lint and benchmarks need as well
	@scripts/install dev

clean: ## Remove .venv and caches (the demo's state is ROLLCALL_HOME; remove that folder to start anew)
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info
