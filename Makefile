# `make` alone says what there is. Every target sets itself up from nothing.
.DEFAULT_GOAL := help
.PHONY: help setup demo test lint check format lock clean cluster-up cluster-demo cluster-logs cluster-down
.DELETE_ON_ERROR:

READY := .venv/.complete
export PATH := $(CURDIR)/.venv/bin:$(PATH)

$(READY): requirements.lock pyproject.toml scripts/setup.sh
	@scripts/setup.sh

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

setup: $(READY) ## make the environment .venv from requirements.lock

demo: $(READY) ## write the built-in data, run the built-in grid on all cores, print the leaderboard
	sweep catalog demo data/demo
	sweep run search_spaces/demo_grid.yaml
	@echo
	@echo 'Compare the trials in the browser:  .venv/bin/sweep ui'

test: $(READY) ## run the tests (SWEEP_TEST=full: the slow ones too, and none is skipped)
	pytest

lint: $(READY) ## formatting, lint, types, import contracts
	ruff format --check
	ruff check
	pyright
	lint-imports --no-logo --no-cache

check: lint test ## lint, then test

format: $(READY) ## format the code and fix what lint can fix
	ruff check --fix-only
	ruff format

cluster-up: ## start a Ray cluster, MLflow and PostgreSQL in containers; WORKERS=2 (docs/deploy.md)
	@docker/cluster up

cluster-demo: $(READY) ## run the built-in grid on that cluster, from outside, and bring the results back
	@docker/cluster demo

cluster-logs: ## follow what the containers say
	@docker/cluster logs

cluster-down: ## stop the cluster; its volumes stay, unless with VOLUMES=--volumes
	@docker/cluster down $(VOLUMES)

lock: $(READY) ## write requirements.lock from pyproject.toml; upgrade with `make lock UPGRADE=--upgrade`
	uv pip compile pyproject.toml --extra server --group dev --universal --python-version 3.13 --generate-hashes \
	  --no-emit-index-url --custom-compile-command 'make lock' --quiet $(UPGRADE) --output-file requirements.lock

clean: ## remove the environment and every cache; runs and data stay
	rm -rf .venv .pytest_cache .ruff_cache .import_linter_cache .hypothesis dist
	find sweep tests -name __pycache__ -type d -prune -exec rm -rf {} +
