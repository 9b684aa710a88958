# Two commands do all: `make run` (the main job) and `make test`. Each installs what it needs.
.DEFAULT_GOAL := help
SHELL := /bin/bash
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Files of tests that run side by side: most of a test's time is spent waiting for processes that it has started.
# They keep their order: by number of tests, the few that take minutes would come last, and one process would wait.
WORKERS ?= 2
PYTEST := $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

.PHONY: help run test check lint scan sbom bento serve bench lock clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

run: $(VENV)/.train ## build, validate, train five, gate, promote, serve the sample requests (embedded defaults)
	$(BIN)/sdai run

test: $(VENV)/.dev $(VENV)/.infra-tools $(VENV)/.supply-tools ## every test, the end-to-end run included
	$(PYTEST)

check: lint scan test ## format, lint, types, scans, tests: what CI runs

lint: $(VENV)/.dev ## format, lint, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

scan: $(VENV)/.infra-tools $(VENV)/.supply-tools ## infra/ (checkov, hadolint), known vulnerabilities, secrets in files
	$(VENV)/infra-tools/bin/python -m infra.checks.scan
	$(VENV)/supply-tools/bin/python -m infra.supply.scan

sbom: $(VENV)/.dev $(VENV)/.supply-tools ## what service and training are made of, as CycloneDX in build/; licences
	@mkdir -p build
	$(BIN)/python -m infra.locking serve aws > build/serving.requirements.txt
	$(BIN)/python -m infra.locking train > build/training.requirements.txt
	$(VENV)/supply-tools/bin/python -m infra.supply.sbom $(BIN)/python build

bento: $(VENV)/.train ## build the service as a Bento
	@mkdir -p build
	$(BIN)/python -m infra.locking serve aws > build/serving.requirements.txt
	$(BIN)/bentoml build --bentofile infra/containers/bentofile.yaml .

serve: $(VENV)/.train ## answer the five endpoints on http://127.0.0.1:3000 until stopped
	$(BIN)/sdai serve

bench: $(VENV)/.dev ## print the published figures that need no training
	for script in benchmarks/bench_*.py; do echo "== $$script"; $(BIN)/python -m benchmarks.$$(basename $$script .py) || exit 1; done

lock: $(VENV)/.dev ## write requirements.lock from what is installed
	$(BIN)/pip freeze --exclude-editable | sed -E 's/\+cpu$$//' | grep -vE '^nvidia-[^m]' > requirements.lock

clean: ## remove what runs leave behind (datasets, models, MLflow store), not the environment
	rm -rf .sdai mlruns/mlflow.db mlruns/artifacts

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.train: $(VENV)/bin/python pyproject.toml requirements.lock
	$(BIN)/pip install --quiet --constraint requirements.lock --editable '.[train]'
	@touch $@

$(VENV)/.dev: $(VENV)/bin/python pyproject.toml requirements.lock
	$(BIN)/pip install --quiet --constraint requirements.lock --editable '.[dev]'
	@touch $@ $(VENV)/.train

$(VENV)/.infra-tools: $(VENV)/bin/python infra/checks/requirements.in infra/checks/requirements.lock
	$(PYTHON) -m venv $(VENV)/infra-tools
	$(VENV)/infra-tools/bin/pip install --quiet --constraint infra/checks/requirements.lock --requirement infra/checks/requirements.in
	@touch $@

$(VENV)/.supply-tools: $(VENV)/bin/python infra/supply/requirements.in infra/supply/requirements.lock
	$(PYTHON) -m venv $(VENV)/supply-tools
	$(VENV)/supply-tools/bin/pip install --quiet --constraint infra/supply/requirements.lock --requirement infra/supply/requirements.in
	@touch $@
