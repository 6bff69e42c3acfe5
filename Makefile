# Two commands for a newcomer: `make demo`, `make test`. Both make .venv first.
PYTHON ?= python3
BIN := .venv/bin
JOBS ?= 2
SUITE := tests/conformance/btcli_suite
# A test of btcli's suite mostly waits for blocks.
SUITE_JOBS ?= 3

.PHONY: demo test unit peers suite lint bench bench-long clean help

help:  ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

demo: .venv/installed  ## Install taokit and run its demo
	$(BIN)/taokit demo

test: unit peers suite  ## Run everything: our own tests, then real clients against the chain

unit: .venv/tested  ## Run our own tests
	$(BIN)/pytest -q -n $(JOBS) --dist loadfile -m "not peer"

peers: .venv/tested  ## Run real clients against the local chain (makes their environments)
	$(BIN)/pytest -q -m peer --ignore=$(SUITE)

suite: .venv/tested  ## Run btcli's own end-to-end suite against the local chain
	$(BIN)/pytest -q -n $(SUITE_JOBS) --dist load --maxschedchunk 1 $(SUITE)

lint: .venv/linted  ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/tested  ## Print ratios against other tools, measured in one run
	$(BIN)/python -m benchmarks

bench-long: .venv/tested  ## As bench, and the chain of 128 full subnets and of 100,000 blocks (minutes)
	$(BIN)/python -m benchmarks --long

.venv/bin/pip:
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q --upgrade "pip>=25.1"

.venv/installed: .venv/bin/pip pyproject.toml
	$(BIN)/pip install -q -e .
	@touch $@

.venv/tested: .venv/installed
	$(BIN)/pip install -q -e ".[neuron]" --group test
	@touch $@

.venv/linted: .venv/tested
	$(BIN)/pip install -q --group lint
	@touch $@

clean:  ## Remove what the targets made
	rm -rf .venv .peers build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
