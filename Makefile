# StoryFlower's commands. Each does its own set-up; `make help` lists them.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export DO_NOT_TRACK := true
export PREFECT_SERVER_ANALYTICS_ENABLED := false
export MLFLOW_DISABLE_TELEMETRY := true
PREFECT_PORT ?= 4200
MODEL ?= storyflower-demo
PORT ?= 8000
MLFLOW_PORT ?= 5000
# MLflow's own list also has `10.*`, to which 10.evil.example would belong.
MLFLOW_HOSTS ?= 127.0.0.1:$(MLFLOW_PORT),localhost:$(MLFLOW_PORT)
STORYFLOWER_HOME ?= $(CURDIR)/.storyflower
export STORYFLOWER_HOME

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint types imports unit format server worker cluster mlflow serve bench bench-gpu constraints clean

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "StoryFlower needs Python 3.11 or newer, and $(PYTHON) is $$($(PYTHON) --version). Try: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.setup: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing StoryFlower and its libraries into $(VENV) (a few minutes the first time) ..."
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.setup
	@echo "Installing the development tools ..."
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

$(VENV)/.cluster: $(VENV)/.setup
	@echo "Installing the servers of the cluster ..."
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[cluster]'
	@touch $@

$(VENV)/.bench: $(VENV)/.dev
	@echo "Installing the peers of the benchmarks ..."
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[bench]'
	@touch $@

setup: $(VENV)/.setup ## Install everything into .venv

demo: $(VENV)/.setup ## Sample workbooks -> trained, registered, answering model, on the CPU
	@$(BIN)/storyflower demo

test: lint types imports unit ## Lint, strict types, import rules and all tests

lint: $(VENV)/.dev ## Ruff: lint and formatting
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(VENV)/.dev ## Mypy, strict
	@$(BIN)/mypy --num-workers auto

imports: $(VENV)/.dev ## The import rules of the packages
	@$(BIN)/lint-imports --no-cache

# In the order of collection the long files come first, so that all processes end at about the same time.
# One more than the two cores of continuous integration: tests wait for servers and locks an eighth of their time.
unit: $(VENV)/.dev ## The tests alone, in three processes; ARGS are pytest's
	@$(BIN)/pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder --timeout 1800 $(ARGS)

format: $(VENV)/.dev ## Format the code and mend what ruff can mend
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

server: $(VENV)/.setup ## Prefect server with the runs' page at http://127.0.0.1:4200
	@mkdir -p "$$STORYFLOWER_HOME"
	@PREFECT_HOME="$${PREFECT_HOME:-$$STORYFLOWER_HOME/prefect}" $(BIN)/python -m flows.server --port $(PREFECT_PORT)

worker: $(VENV)/.setup ## Deploy to that server and work on its runs
	@export PREFECT_API_URL="$${PREFECT_API_URL:-http://127.0.0.1:$(PREFECT_PORT)/api}" PATH="$(CURDIR)/$(BIN):$$PATH"; \
	  exec $(BIN)/python -m flows.access bash -c 'python -m flows.deployments storyflower --limit 1 && exec prefect worker start --pool storyflower'

cluster: $(VENV)/.cluster ## PostgreSQL, S3, MLflow, Prefect and two workers on this machine, to try several machines
	@exec $(BIN)/storyflower cluster up

# The first line makes the store where it is missing, and brings the addresses of a moved home's store up to date.
mlflow: $(VENV)/.setup ## MLflow's pages (runs, registry) at http://127.0.0.1:5000
	@PYTHONWARNINGS=ignore $(BIN)/storyflower registry list --json >/dev/null
	@echo "MLflow at http://127.0.0.1:$(MLFLOW_PORT), Ctrl-C ends it"
	@PYTHONWARNINGS=ignore MLFLOW_LOGGING_LEVEL=WARNING MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false \
	  $(BIN)/mlflow server --host 127.0.0.1 --port $(MLFLOW_PORT) --workers 1 --uvicorn-opts "--log-level warning" \
	  --allowed-hosts "$(MLFLOW_HOSTS)" --cors-allowed-origins "http://127.0.0.1:$(MLFLOW_PORT),http://localhost:$(MLFLOW_PORT)" \
	  --backend-store-uri "sqlite:///$$STORYFLOWER_HOME/mlflow.db" --artifacts-destination "$$STORYFLOWER_HOME/artifacts"

serve: $(VENV)/.setup ## Page and REST API at http://127.0.0.1:8000, of the demo's model (made where there is none) or MODEL=NAME
	@$(if $(filter storyflower-demo,$(MODEL)),$(BIN)/storyflower registry show @champion --model $(MODEL) >/dev/null 2>&1 || $(BIN)/storyflower demo)
	@exec $(BIN)/storyflower serve --model $(MODEL)@champion --port $(PORT) --open

bench: $(VENV)/.bench ## Measure speed on the CPU into benchmarks/RESULTS.md (about two and a half hours)
	@$(BIN)/python benchmarks/bench.py cpu

bench-gpu: $(VENV)/.dev ## The same on a GPU (an estimated 10 minutes); ENCODER, TOKENS and LEARNING_RATE add macro-F1
	@$(BIN)/python benchmarks/bench.py gpu $(if $(ENCODER),--encoder $(ENCODER)) $(if $(TOKENS),--tokens $(TOKENS)) $(if $(LEARNING_RATE),--learning-rate $(LEARNING_RATE))

constraints: $(VENV)/.dev ## Pin what is installed now
	@{ head -1 constraints.txt; $(BIN)/python -m pip freeze --exclude-editable | sed 's/+cpu//'; } > constraints.new && mv constraints.new constraints.txt

clean: ## Remove .venv and the caches; .storyflower (models, runs) stays
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
