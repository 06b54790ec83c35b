# Front door. `make` prints what there is.

SHELL := /bin/bash
export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/bin:$(PATH)

PYTHON ?=# interpreter for the virtual environments; default: the first Python >= 3.11
CLIENT ?= sdk# who sends the demo's requests: sdk (official Python SDK) or claude (Claude Code on PATH)
LOG ?= logs/usage.jsonl# the router's log
ARGS ?=# more options for the tool behind a target

.DEFAULT_GOAL := help

##@ Start here
.PHONY: help demo setup
help: ## Print this list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z0-9-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: setup ## Run the main job end to end on loopback: no account, no key
	@scripts/demo.sh $(CLIENT)

setup: ## Make .venv and .venv-router with the pinned packages
	@scripts/setup.sh use $(PYTHON)
	@scripts/setup.sh router $(PYTHON)

##@ What the router's log says
.PHONY: summarize verify-routing
summarize: setup ## Requests, tokens, latency, errors -> results/METRICS.json, results/SUMMARY.md
	@summarize --save results $(ARGS) $(LOG)

verify-routing: setup ## Check that every request went where it may
	@verify-routing $(ARGS) $(LOG)

##@ Work on it
.PHONY: setup-dev test check lint types docs docs-check format lock clean
setup-dev: setup
	@scripts/setup.sh dev $(PYTHON)

test: setup-dev ## Run the whole suite (PYTHON=python3.12 for another interpreter)
	pytest -n 2 $(ARGS)

check: lint types test docs-check ## Everything that must be green

lint: setup-dev ## ruff, shellcheck, shfmt
	scripts/lint.sh

types: setup-dev ## mypy, strict, on lib
	mypy

docs: setup-dev ## Write man/, completions/, docs/rows.md and docs/tools/ from the code
	scripts/gen-docs

docs-check: setup-dev ## Fail when what `make docs` writes is stale
	scripts/gen-docs --check

format: setup-dev ## Format Python and shell
	scripts/lint.sh --fix

lock: setup-dev ## Pin the newest packages that pyproject.toml allows
	scripts/lock.sh

clean: ## Remove what make made, never the data
	rm -rf .venv .venv-router .cache build
