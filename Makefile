# What one does here. Needs make and Python 3.11 or later; everything else comes, locked by hash,
# into .venv.
PYTHON ?= python3
PORT ?= 8000
SYSTEMS_DIR ?= ../shared/systems

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check
MADE := $(VENV)/.made
SERVING := $(VENV)/.serving
TESTING := $(VENV)/.testing
CLIENTS := tests/clients/.clients/installed
PEERS := benchmarks/peers/node/node_modules/.package-lock.json

.DEFAULT_GOAL := help
.PHONY: help demo test test-systems systems lint format bench bench-peers migration schema lock clean

help: ## List what there is.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-14s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(SERVING) ## Run the gateway over simulated systems; PORT=8000.
	$(BIN)/gateway demo --port $(PORT)

test: $(TESTING) $(CLIENTS) ## Run all tests, over SQLite and over PostgreSQL and Valkey.
	$(BIN)/pytest $(ARGS)

test-systems: $(TESTING) ## Run the tests against real systems, which SYSTEMS_DIR starts.
	@if [ -d "$(SYSTEMS_DIR)" ]; then \
		RUN_SYSTEMS=1 SYSTEMS_DIR="$(abspath $(SYSTEMS_DIR))" $(BIN)/pytest -m systems $(ARGS); \
	else \
		echo "Nothing run: there is no folder $(SYSTEMS_DIR) of systems to start."; \
		echo "Point to one: make test-systems SYSTEMS_DIR=/path (see CONTRIBUTING.md)"; \
	fi

systems: ## Install the real systems that test-systems starts, as it would by itself.
	@for install in "$(SYSTEMS_DIR)"/*/install.sh; do \
		[ ! -e "$$install" ] || bash "$$install" || exit 1; \
	done

lint: $(TESTING) ## Check style, types and imports.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(TESTING) ## Mend what ruff can mend.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(TESTING) ## Run the benchmarks, one after the other.
	PYTHON=$(BIN)/python .ci/bench

bench-peers: $(TESTING) $(PEERS) ## Measure the gateway beside other servers; needs Node 20.
	$(BIN)/python -m benchmarks.peers $(ARGS)

migration: $(TESTING) ## Draft the next migration; NAME="what it changes".
	$(BIN)/python .ci/migration "$(NAME)"

schema: $(SERVING) ## Print schema.graphql anew.
	$(BIN)/gateway schema > schema.graphql.new
	mv schema.graphql.new schema.graphql

lock: ## Write the locks from pyproject.toml; ARGS=--upgrade renews the versions. Needs uv.
	.ci/lock $(ARGS)

clean: ## Remove the virtual environment and what tools left behind.
	rm -rf $(VENV) tests/clients/node_modules tests/clients/.clients benchmarks/peers/node/node_modules
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(MADE):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Needs Python 3.11 or later: make PYTHON=/path/to/python3" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(SERVING): $(MADE) requirements.lock requirements-build.lock pyproject.toml
	$(PIP) --require-hashes -r requirements.lock -r requirements-build.lock
	$(PIP) --no-build-isolation --no-deps --editable .
	@touch $@

$(TESTING): $(SERVING) requirements-dev.lock
	$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

$(CLIENTS): $(MADE) .ci/clients tests/clients/package-lock.json tests/clients/requirements.lock
	@PYTHON=$(abspath $(BIN))/python .ci/clients

# Where there is no Node, its servers are left out of the table.
$(PEERS): benchmarks/peers/node/package-lock.json
	@cd benchmarks/peers/node && npm ci --ignore-scripts --silent && touch node_modules/.package-lock.json || \
		echo "benchmarks: npm ci failed (Node 20 is needed): what runs on Node is left out." >&2
