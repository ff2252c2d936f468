# make demo   the main job on the loopback laboratory, with the real LiteLLM and the real Claude Code
# make test   everything CI runs: lint, types, tests, end-to-end runs
# make lint   ruff and mypy only
# make bench  ratios of benchmarks/
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test lint programs bench clean
.DELETE_ON_ERROR:

demo: $(VENV)/.lab
	@$(BIN)/python -I -c 'from mcp_server.cli import main; main(["demo"])'

test: lint programs
	$(BIN)/python -m pytest

# Into the user cache, once; the tests themselves run without the machine's network settings.
programs: $(VENV)/.dev
	@$(BIN)/python -I -c 'from mcp_server.run.programs import install_all; install_all(print)'

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.dev
	$(BIN)/python benchmarks/startup.py
	$(BIN)/python benchmarks/validate.py
	$(BIN)/python benchmarks/redaction.py

clean:
	rm -rf $(VENV) .demo build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/.lab: pyproject.toml | $(VENV)/.python
	@echo "installing llm-gateway and its laboratory into $(VENV)" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[lab]'
	@touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/.python
	@echo "installing llm-gateway and its development tools into $(VENV)" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(VENV)/.lab

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
	  echo "llm-gateway needs Python 3.10 or newer; '$(PYTHON)' is missing or older." >&2; \
	  echo "  what to do: install one and name it, for example: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "Python could not create a virtual environment." >&2; \
	  echo "  what to do: on Debian or Ubuntu install the package python3-venv, then try again." >&2; exit 1; }
	@touch $@
