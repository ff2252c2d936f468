# make demo   the main job on the loopback laboratory, with the real LiteLLM and the real Claude Code
# make test   everything CI runs: lint, types, tests, end-to-end runs
# make lint   ruff and mypy only
# make drift  data and pages against what they are generated from
# make nightly  the real Claude Code through every set-up of the matrix; NIGHTLY_RESULTS=FILE continues an earlier run
# make bench  ratios of benchmarks/
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test nightly lint system programs drift bench clean
.DELETE_ON_ERROR:

OR_SAY_WHY = || { echo "pip could not install the packages; its own words stand above." >&2; \
  echo "  what to do: check the network, the proxy and the package index settings of pip, then try again." >&2; exit 1; }

demo: $(VENV)/.lab
	@$(BIN)/python -I -c 'from mcp_server.cli import main; main(["demo"])'

test: lint system programs drift
	$(BIN)/python -m pytest

nightly: system programs
	$(BIN)/python -m pytest -m nightly

# Debian packages of the laboratory: squid, tinyproxy, nginx, PostgreSQL. Nothing is done when they are there.
system:
	@maintenance/system_packages.sh

# Into the user cache, once; the tests themselves run without the machine's network settings.
programs: $(VENV)/.dev
	@$(BIN)/python -I -c 'from mcp_server.run.programs import install_all; install_all(print)'

# Catalogue, laboratory and pages against what they are generated from: the real programs, the SDKs, the code.
drift: programs
	$(BIN)/python maintenance/docs.py --check
	$(BIN)/python maintenance/skill_references.py --check
	$(BIN)/python maintenance/templates.py --check
	$(BIN)/python maintenance/reference_pages.py --check
	$(BIN)/python maintenance/litellm_prices.py --check
	"$$($(BIN)/python -I -c 'from mcp_server.run.programs import litellm_python; print(litellm_python())')" \
	  maintenance/litellm_schema.py --check
	$(BIN)/uv run --quiet --no-project --python $(BIN)/python maintenance/vertex_schemas.py --check
	$(BIN)/uv run --quiet --no-project --python $(BIN)/python maintenance/bedrock_schemas.py --check
	$(BIN)/uv run --quiet --no-project --python $(BIN)/python maintenance/truefoundry_schema.py --check
	$(BIN)/python maintenance/zuplo_schema.py --check
	$(BIN)/python maintenance/claude_gateway_schema.py --check
	$(BIN)/python maintenance/client_shapes.py --check
	$(BIN)/python maintenance/diagnosis_words.py --check
	$(BIN)/python -m maintenance.claude_settings --check

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.dev
	$(BIN)/python benchmarks/startup.py
	$(BIN)/python benchmarks/validate.py
	$(BIN)/python benchmarks/redaction.py
	$(BIN)/python benchmarks/models.py
	$(BIN)/python benchmarks/gateways.py

clean:
	rm -rf $(VENV) .demo build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/.lab: pyproject.toml | $(VENV)/.python
	@echo "installing llm-gateway and its laboratory into $(VENV)" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[lab]' $(OR_SAY_WHY)
	@touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/.python
	@echo "installing llm-gateway and its development tools into $(VENV)" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]' $(OR_SAY_WHY)
	@touch $@ $(VENV)/.lab

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
	  echo "llm-gateway needs Python 3.10 or newer; '$(PYTHON)' is missing or older." >&2; \
	  echo "  what to do: install one and name it, for example: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "Python could not create a virtual environment." >&2; \
	  echo "  what to do: on Debian or Ubuntu install the package python3-venv, then try again." >&2; exit 1; }
	@touch $@
