# `make` without a target lists the targets. Every target creates the environment if it is missing.
.DEFAULT_GOAL := help
.PHONY: help setup demo test lint check docs dist format lock clean cluster-up cluster-demo cluster-logs cluster-down
.DELETE_ON_ERROR:

READY := .venv/.complete
export PATH := $(CURDIR)/.venv/bin:$(PATH)

$(READY): requirements.lock pyproject.toml scripts/setup.sh
	@scripts/setup.sh

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

setup: $(READY) ## create the environment .venv from requirements.lock

demo: $(READY) ## write the synthetic data, run the example grid on all cores, print the leaderboard
	sweep catalog demo data/demo
	sweep run search_spaces/demo_grid.yaml
	@echo
	@echo 'Compare the trials in the browser:  .venv/bin/sweep ui'

# one process more than cores, since some tests wait
test: $(READY) ## run the tests (SWEEP_TEST=full: also the slow ones, and none is skipped)
	PYTHONDONTWRITEBYTECODE= pytest --dist worksteal --maxprocesses 4 --numprocesses $(if $(filter full,$(SWEEP_TEST)),1,$$(($$(nproc) + 1)))

lint: $(READY) ## check formatting, lint rules, types and import contracts
	ruff format --check
	ruff check
	pyright
	lint-imports --no-logo --no-cache

check: lint test ## run lint, then test

docs: $(READY) ## build the documentation site in build/docs; warnings are errors
	NO_MKDOCS_2_WARNING=1 mkdocs build --strict
	@echo 'Open build/docs/index.html'

dist: $(READY) ## build the wheel and the source distribution in dist/
	rm -rf dist
	hatchling build -d dist

format: $(READY) ## format the code and apply the automatic lint fixes
	ruff check --fix-only
	ruff format

cluster-up: ## start a Ray cluster, MLflow and PostgreSQL in containers; WORKERS=2 (docs/deploy.md)
	@docker/cluster up

cluster-demo: $(READY) ## submit the example grid to that cluster from outside and fetch the results
	@docker/cluster demo

cluster-logs: ## follow the logs of the containers
	@docker/cluster logs

cluster-down: ## stop the cluster; VOLUMES=--volumes also deletes its volumes
	@docker/cluster down $(VOLUMES)

lock: $(READY) ## write requirements.lock from pyproject.toml; `make lock UPGRADE=--upgrade` upgrades
	uv pip compile pyproject.toml --all-extras --group dev --universal --python-version 3.13 --generate-hashes \
	  --no-emit-index-url --custom-compile-command 'make lock' --quiet $(UPGRADE) --output-file requirements.lock

clean: ## delete the environment, caches and built files; runs and data stay
	rm -rf .venv .pytest_cache .ruff_cache .import_linter_cache .hypothesis dist build
	find sweep tests -name __pycache__ -type d -prune -exec rm -rf {} +
