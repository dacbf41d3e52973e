SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
unexport PYTHONDONTWRITEBYTECODE  # every function is a process: without bytecode each compiles anew

PYTHON := .venv/bin/python
EMULATORS := $(PYTHON) -m tools.emulators
PYTEST := $(PYTHON) -m pytest
STORED := --only auth,firestore,storage
SEED_KEYS := --keys emulator-data/development-keys.json
UV_VERSION := $(shell sed -n 's/^\(uv==[^ ]*\).*/\1/p' requirements-dev.txt)
# One line per hundred packages: npm itself is silent for a minute and a half.
NPM_CI := npm ci --no-audit --no-fund --loglevel=http 2>&1 | awk '\
	/^npm http/ { if (++n % 100 == 0) { print "  " n " requests answered"; fflush() } next } { print }'

.PHONY: help
help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: .run/python.stamp .run/node.stamp  ## Install Python and Node packages

.venv/bin/python:
	@for python in python3.13 "$$(pyenv which python3.13 2>/dev/null || true)"; do \
		if "$$python" -c '' 2>/dev/null; then \
			echo "Creating .venv ..."; exec "$$python" -m venv --clear .venv; \
		fi; \
	done; \
	echo "Python 3.13 is missing: install it, for example with 'pyenv install 3.13'." >&2; exit 1

.run/python.stamp: requirements-dev.txt | .venv/bin/python
	@mkdir -p .run
	@if ! [ -x .venv/bin/uv ]; then \
		echo "Installing $(UV_VERSION) ..."; \
		$(PYTHON) -m pip install --quiet --disable-pip-version-check $(UV_VERSION); \
	fi
	@echo "Installing Python packages ..."
	@.venv/bin/uv pip sync --python $(PYTHON) --require-hashes --compile-bytecode $<
	@ln -sfn ../.venv functions/venv  # where firebase-tools looks for Python
	@touch $@

.run/node.stamp: package-lock.json
	@mkdir -p .run
	@command -v npm >/dev/null || { echo "Node 20 or later is missing: see https://nodejs.org." >&2; exit 1; }
	@echo "Installing Node packages (a minute or two) ..."
	@$(NPM_CI) || { echo "npm ci failed; trying once more ..."; $(NPM_CI); }
	@touch $@

.PHONY: test
test: test-unit  ## Run all tests: unit, the sandbox, against the emulators, end to end
	$(PYTEST) tests/sandbox --numprocesses auto
	@echo "Two sets of emulators at once; each tells its results when it is done (minutes) ..."
	@$(MAKE) --jobs=2 --output-sync=target test-emulator test-faults
	$(EMULATORS) exec -- python -m pytest tests/e2e

.PHONY: test-emulator
test-emulator: setup  ## Run the tests of functions and rules against the emulators
	$(EMULATORS) exec $(STORED) -- python -m pytest tests/emulator

.PHONY: test-faults
test-faults: setup  ## Run the tests of what happens when something fails
	$(EMULATORS) exec $(STORED) -- python -m pytest tests/faults

.PHONY: test-unit
test-unit: setup  ## Run the tests that need no emulator
	$(PYTEST) tests/unit
	node --test tests/web

.PHONY: test-nightly
test-nightly: export NIGHTLY = 1
test-nightly: test  ## Run all tests with mutations and simulations in full

.PHONY: demo
demo: setup  ## Walk through both products, step by step
	@$(EMULATORS) exec -- python -m tools.demo

.PHONY: dev
dev: setup  ## Keep emulators and sandbox up, seeded, with hot reload
	@$(EMULATORS) up $(SEED_KEYS) --import emulator-data/firebase

.PHONY: seed
seed: setup  ## Rebuild emulator-data/
	@rm -f emulator-data/development-keys.json && mkdir -p emulator-data
	@$(EMULATORS) exec $(SEED_KEYS) --export-on-exit emulator-data/firebase -- python -m tools.seed make

.PHONY: bench
bench: setup  ## Measure the performance goals and print the report
	@$(EMULATORS) exec --only auth,firestore,storage -- python -m benchmarks

.PHONY: verify-audit
verify-audit: setup  ## Verify the audit log of the project that the environment names
	@$(PYTHON) -m tools.verify_audit

.PHONY: check
check: setup  ## Check style, types, layers and the lock files
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	PYTHONPATH=functions:. .venv/bin/lint-imports
	$(PYTHON) -m tools.lock --check

.PHONY: format
format: setup  ## Format the code and fix what can be fixed
	.venv/bin/ruff check --fix
	.venv/bin/ruff format

.PHONY: lock
lock: setup  ## Compile the lock files after a change of a requirements.in
	$(PYTHON) -m tools.lock

.PHONY: docs
docs: setup  ## Rebuild the generated pages of docs/
	$(PYTHON) -m tools.docs

.PHONY: storage-rules
storage-rules: setup  ## Rebuild the evaluator of Storage rules; needs a JDK (javac)
	$(PYTHON) -m tools.storage_rules.build

.PHONY: clean
clean:  ## Delete what make made
	rm -rf .venv node_modules functions/venv .run .mypy_cache .ruff_cache .pytest_cache .hypothesis
	rm -rf .import_linter_cache firebase.*.json
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
