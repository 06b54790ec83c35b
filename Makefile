# Front door. `make` prints what there is.

SHELL := /bin/bash
export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/bin:$(PATH)

PYTHON ?=# interpreter for the virtual environments; default: the first Python >= 3.11
CLIENT ?=# who sends requests: sdk (official Python SDK) or claude (Claude Code on PATH); default: see scripts/runs.sh
LAB ?= 0# 1: runs go against mock providers on loopback, no account
MITM_PORT ?= 8082# where the router listens
MINUTES ?=# how long a run goes (default: soak and longrun 60, ab 10 for each arm)
N ?=# how many: alternations of burst (20), jobs of parallel (4)
DELAY ?=# seconds of load before and after the restart of chaos (20)
LOG ?=# the router's log (default: what `tracker where log` names)
CLIENT_PACKAGES ?= @anthropic-ai/claude-code@2.1.332 @anthropic-ai/claude-code@2.0.77 @openai/codex@0.171.0# what test-clients drives; @latest is one too
PREFIX ?= /usr/local# where `make install` puts it: tools, manual pages, completions, the router's service
DESTDIR ?=# a folder that stands before PREFIX, for who makes a package
PACKAGES ?=# which of the pinned Python packages `make install` takes along (default: all)
ARGS ?=# more options for the tool behind a target

.DEFAULT_GOAL := help

##@ Start here
.PHONY: help demo setup install uninstall
help: ## Print this list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z0-9%-]+:.*## / {printf "  %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: setup ## Run the main job end to end on loopback: no account, no key
	@scripts/demo.sh $(CLIENT)

setup: ## Make .venv and .venv-router with the pinned packages
	@scripts/setup.sh use $(PYTHON)
	@scripts/setup.sh router $(PYTHON)
	@scripts/build-native.sh

install: setup ## Install what `make setup` made below PREFIX: tools, man, completions, the router's service
	@.venv/bin/python packaging/prefix.py install --prefix '$(PREFIX)' --destdir '$(DESTDIR)' $(if $(PACKAGES),--only $(PACKAGES))

uninstall: ## Take that away again, never the data
	@$(firstword $(wildcard .venv/bin/python) python3) packaging/prefix.py uninstall --prefix '$(PREFIX)' --destdir '$(DESTDIR)'

##@ What the router's log says
.PHONY: summarize verify-routing bench-telemetry bench-history
summarize: setup ## Requests, tokens, latency, errors -> results/METRICS.json, results/SUMMARY.md
	@summarize --save "$$(tracker where results)" $(ARGS) $(or $(LOG),"$$(tracker where log)")

verify-routing: setup ## Check that every request went where it may
	@verify-routing $(ARGS) $(or $(LOG),"$$(tracker where log)")

bench-telemetry: setup ## Read a million log lines with our tools and with jq, DuckDB, msgspec, ccusage
	@.venv/bin/python bench/telemetry/run.py $(ARGS)

bench-history: setup ## Read a gigabyte of transcripts with ingest-history and with ccusage, by turns
	@.venv/bin/python bench/history/run.py $(ARGS)

##@ The router, and runs through it
export CLIENT LAB MITM_PORT
.PHONY: mitm tee-on tee-off warmup soak burst parallel chaos verify-sse longrun longrun-model-only ab-h1h2 ab-header-mode
mitm: setup ## Run the router on MITM_PORT until Ctrl-C
	@scripts/mitm.sh run $(MITM_PORT) $(ARGS)

tee-on: ## Keep redacted samples of request bodies from the next start on
	@scripts/tee.sh on

tee-off: ## Stop that
	@scripts/tee.sh off

warmup: setup ## T1-T3: Sonnet and Haiku, at once and as streams
	@scripts/warmup.sh

soak: setup ## Alternate Sonnet and Haiku for MINUTES
	@scripts/soak.sh $(MINUTES)

burst: setup ## N fast alternations
	@scripts/burst.sh $(N)

parallel: setup ## N Haiku jobs at a time
	@scripts/parallel-subagents.sh $(N)

chaos: setup ## Restart the router in mid-stream: recovery, lost rows, stuck sockets
	@scripts/chaos-restart-mitm.sh "$(if $(filter 1,$(LAB)),,$(MITM_PORT))" $(DELAY)

verify-sse: setup ## One medium stream on each lane, whole
	@scripts/verify-sse.sh

longrun: setup ## Alternate for MINUTES, switching FORCE_HAIKU_TO_ZAI in the running router
	@scripts/longrun.sh "$(MINUTES)"

longrun-model-only: setup ## The same, Haiku on Z.AI throughout
	@scripts/longrun.sh "$(MINUTES)" model-only

ab-h1h2: setup ## Latency with HTTP/1.1 forced and not, MINUTES each
	@scripts/ab.sh h1h2 $(MINUTES)

ab-header-mode: setup ## Latency with Z.AI's key in either header, MINUTES each
	@scripts/ab.sh header-mode $(MINUTES)

##@ What to keep and what to share
.PHONY: versions report bundle prune-results repo-map p0 rehearse sample
versions: setup ## What is installed here -> VERSIONS.json
	@scripts/print-versions.sh

report: setup ## One HTML page of the ledger -> results/report.html
	@mkdir -p results && ledger-cat --raw | report $(ARGS) > results/report.html.new && mv results/report.html.new results/report.html && echo results/report.html

bundle: setup ## Logs, metrics, ledgers, card and docs, without secrets, in BUNDLE_DIR
	@scripts/bundle.sh

prune-results: ## Keep the KEEP newest snapshots, runs and bundles (10)
	@scripts/prune-results.sh

repo-map: setup ## Every file, what it is for, who changed it last -> REPO_MAP.md
	@repo-map > REPO_MAP.md && echo REPO_MAP.md

p0: setup ## Run the P0 gates in the lab -> results/P0-EXIT-CRITERIA.md
	@scripts/p0.sh $(MINUTES)

rehearse: setup ## Play both field plans in the lab by the typed commands, to a GO and a NO-GO
	@scripts/rehearse.sh

sample: setup ## Write data/samples anew: twelve blocks of the rehearsal, by commands alone (some minutes)
	@scripts/sample.sh

##@ The meters
.PHONY: fuzz bench-startup
read-%: setup ## Read a plan's usage now, as a row: read-claude, read-codex, read-glm
	@scripts/read-meter.sh $* | capture $* $(ARGS)

fuzz: setup-dev ## 100,000 mutilated meter texts: no number that is not there
	FUZZ=34000 pytest -n 2 tests/meters/test_meters_fuzz.py

bench-startup: setup-dev ## How long a filter takes to start, against the bare interpreter
	@bench/startup

##@ The ledger
.PHONY: ledgers verify-ledger torture behave
ledgers: setup ## Write docs/Ledgers/*.csv from the ledger's rows
	@scripts/automation/write_ledgers.sh $(ARGS)

verify-ledger: setup ## Check that nobody touched the ledger, and compute its windows again
	@ledger-verify $(ARGS)

torture: setup ## Load, kill and starve a ledger: nothing lost, torn or doubled
	PYTHONPATH=lib python bench/torture.py $(ARGS)

behave: setup-dev ## The plans' acceptance criteria, as features
	behave $(ARGS)

##@ The router's proofs
.PHONY: productize-check hostile setup-clients test-clients fuzz-http1 bench-router bench-peers
productize-check: setup ## Show that nothing leaks between the lanes
	@productize-check $(ARGS)

hostile: setup-dev ## Every hostile case and mutations of each; what leaked, was refused, survived -> docs/security.md
	@python tests/hostile_figures.py $(ARGS)

setup-clients: ## Install the clients that test-clients drives, from the npm registry
	@tests/clients/install.sh .cache/clients $(CLIENT_PACKAGES)

test-clients: setup-dev setup-clients ## Drive real clients: through the router with every fault, their meters, a session in tmux
	TRACKER_CLIENTS=1 pytest -n 2 tests/clients $(ARGS)

fuzz-http1: setup-dev ## 60,000 mutated replies and as many requests, read by our readers and by h11
	FUZZ_HTTP1=60000 pytest -n 2 tests/router/wire/test_http1.py

bench-peers: setup-dev setup-clients ## Tools that read clients' histories side by side on one made-up month -> docs/peers.md
	python bench/peers/run.py $(ARGS)

test-installers: setup-dev ## Install the toolkit with pip, pipx and uv from the index, and use it
	TRACKER_INSTALLERS=1 pytest tests/ops/test_installers.py $(ARGS)

bench-router: setup-dev ## Latency, CPU and streams: direct, mitmdump, ours, LiteLLM, claude-code-router
	@python bench/router/run.py $(ARGS)

##@ The replay's proofs
.PHONY: simulate-replay bench-replay bench-preview
simulate-replay: setup ## Rerun the literature's example, and measure the replay's interval on simulated logs
	@router-replay --reference pricing && PYTHONPATH=lib python bench/replay.py coverage $(ARGS)

bench-replay: setup ## Seconds that the replay's two sizes take
	@PYTHONPATH=lib python bench/replay.py speed

bench-preview: setup ## Time of a preview of 5,000 windows, against reading them
	@.venv/bin/python bench/preview.py $(ARGS)

##@ Work on it
.PHONY: setup-dev test coverage check lint types docs docs-check format lock audit clean
setup-dev: setup
	@scripts/setup.sh dev $(PYTHON)

# Each has half of the suite, slow cases first, and takes from the other's end when it is done: files stay together.
WORKERS := -n 2 --dist worksteal
test: setup-dev ## Run the whole suite (PYTHON=python3.12 for another interpreter)
	pytest $(WORKERS) $(ARGS)

coverage: setup-dev ## The suite, and how much of lib its own processes run -> .cache/coverage
	pytest $(WORKERS) --cov --cov-report= $(ARGS)
	@coverage json -q && echo "coverage: $$(coverage report) % of the statements of lib/tracker run in the tests' own processes"

check: lint types coverage docs-check ## Everything that must be green

lint: setup-dev ## ruff, shellcheck, shfmt
	scripts/lint.sh

# A tool's file is a module of its name; bin/tracker would be the package's, and the router's have their own environment.
APART := bin/tracker bin/router
STRICT := MYPYPATH=lib mypy --config-file= --strict --cache-dir .cache/mypy
ROUTER := $(STRICT)-router --python-executable .venv-router/bin/python
types: setup-dev ## mypy, strict, on lib, bin, addons and the router
	mypy
	$(STRICT)-bin --scripts-are-modules $(filter-out $(APART),$(wildcard bin/*)) scripts/gen-docs scripts/audit $(wildcard packaging/*.py)
	$(STRICT)-bin bin/tracker
	$(ROUTER) -p tracker.router
	$(ROUTER) --scripts-are-modules bin/router $(wildcard addons/*.py)

docs: setup-dev ## Write man/, completions/, docs/rows.md and docs/tools/ from the code
	scripts/gen-docs

docs-check: setup-dev ## Fail when what `make docs` writes is stale
	scripts/gen-docs --check

format: setup-dev ## Format Python and shell
	scripts/lint.sh --fix

lock: setup-dev ## Pin what pyproject.toml asks for, with hashes (ARGS=--upgrade: the newest)
	scripts/lock.sh $(ARGS)

audit: setup-dev ## Check the pinned packages against known advisories, where the index is reached
	@scripts/audit $(ARGS)

clean: ## Remove what make made, never the data
	rm -rf .venv .venv-router .cache build

##@ The evidence
.PHONY: simulate simulate-now
simulate: setup-dev simulate-replay ## Simulate every interval, test, gate and replay over sixteen families (resumes; ARGS='--reps 20000')
	nice python bench/statistics/simulate.py $(ARGS)

simulate-now: setup ## How often the intervals of `tracker now` hold, over eight ways of using a plan (ARGS='--reps 2000')
	nice .venv/bin/python bench/statistics/forecasts.py $(ARGS)
