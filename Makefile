# Two commands matter: `make report` and `make test`. Everything else serves them.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/ready
REPORT_OPTIONS ?=
# Jupyter refuses to start as root unless told to, as in a container.
LAB_OPTIONS ?= $(if $(filter 0,$(shell id -u)),--allow-root)
# The long files come first in the tests' own order, so that no worker is left alone with one at the end.
PYTEST_OPTIONS ?= -n auto --dist loadfile --no-loadscope-reorder -q

.DEFAULT_GOAL := help
.PHONY: help report test coverage lab data docs check format benchmarks messages lock clean

help:  ## show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "redegov-analysis needs Python 3.11 or newer; found $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 2; }
	@echo "Preparing $(VENV) (a few minutes the first time) … | Preparando $(VENV) (alguns minutos na primeira vez) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@{ $(BIN)/python -m pip install --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.lock && \
	   $(BIN)/python -m pip install --disable-pip-version-check --no-deps --no-build-isolation --editable . && \
	   $(BIN)/python -m compileall -q -j 0 $(VENV)/lib; } > $(VENV)/install.log 2>&1 || \
	  { tail -n 20 $(VENV)/install.log >&2; echo "Installation failed; the whole log is in $(VENV)/install.log" >&2; exit 1; }
	@touch $@

# An environment may forbid Python to write bytecode; compiling ours on purpose keeps every start fast.
.PHONY: ready
ready: $(READY)
	@$(BIN)/python -m compileall -q src

report: ready  ## make the site and print its path (REPORT_OPTIONS="--language en")
	@$(BIN)/redegov run $(REPORT_OPTIONS)

test: ready  ## lint, types and the whole test suite, notebooks included
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest $(PYTEST_OPTIONS)

# A test that fails under the tracer's weight does not hide what the others have covered; its failure is told at the end.
coverage: ready  ## the suite again, and which branches it covers in all of its processes (about twice as long)
	@rm -rf build/coverage
	@status=0; export PYTHONPATH="$(CURDIR)/tests/measured$${PYTHONPATH:+:$$PYTHONPATH}"; \
	  $(BIN)/python -m coverage run -m pytest $(PYTEST_OPTIONS) || status=$$?; unset PYTHONPATH; \
	  $(BIN)/python -m coverage combine --quiet && $(BIN)/python -m coverage json --quiet && \
	  $(BIN)/python tests/measured/branches.py build/coverage/report.json && exit $$status

lab: ready  ## open JupyterLab on the notebooks
	@$(BIN)/jupyter lab $(LAB_OPTIONS) --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/notebooks/02_network_overview.ipynb

data: ready  ## check data/raw and build data/processed
	@$(BIN)/redegov data check
	@$(BIN)/redegov data build

check: ready  ## lint and types only
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: ready  ## tidy the code and strip notebook outputs
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(BIN)/nbstripout --keep-id notebooks/*.ipynb

docs: ready  ## build the documentation into site/
	@$(BIN)/mkdocs build --quiet
	@echo "$(CURDIR)/site/index.html"

benchmarks: ready  ## run the benchmarks (minutes)
	@$(BIN)/python -m pytest -m benchmark tests/benchmarks -n 0 -s

messages: ready  ## bring the catalogues in step with what is said
	@$(BIN)/python -m redegov_analysis.reports.messages

lock:  ## resolve requirements.lock anew (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-strip-extras --extra dev --upgrade \
	  --custom-compile-command "make lock" -o requirements.lock pyproject.toml

clean:  ## remove what can be made again (keeps reports/)
	rm -rf $(VENV) build/coverage data/processed .pytest_cache .mypy_cache .ruff_cache .hypothesis
