# Two commands matter:
#   make lab     a notebook server on notebooks/01_quickstart.ipynb
#   make test    everything: lint, tests, notebook, browser
# Both start from a fresh clone; they need Python 3.11+ and nothing else. Windows: see README.md.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
UV     := $(shell command -v uv 2>/dev/null || echo $(BIN)/uv)
PIP    := $(UV) pip install --quiet --python $(BIN)/python
ROOT   := $(shell [ "$$(id -u)" = 0 ] && echo --allow-root)

# The machine's certificates, as pip uses them: behind a company's proxy uv's own do not do.
export UV_SYSTEM_CERTS = 1
export UV_LINK_MODE = copy

.DEFAULT_GOAL := help
.PHONY: help lab test lint unit typing pythons notebook notebook-update browser js bench bench-orders bench-peers bench-ticks bench-import bench-live bench-dom compiled wheels test-compiled mutation lock clean

help:
	@sed -n 's/^#   //p' $(MAKEFILE_LIST)

# ------------------------------------------------------------------ environment

# The tools come first: uv itself where the machine has none, and the build backend.
$(VENV)/.tools: requirements/tools.txt
	test -x $(BIN)/python || { command -v uv >/dev/null && uv venv --quiet --python '>=3.11' $(VENV); } \
	  || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11) and "masjupyter needs Python 3.11 or later, this is " + sys.version.split()[0] + ": make lab PYTHON=python3.12")'
	if command -v uv >/dev/null; then $(PIP) --require-hashes -r $<; \
	  else $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<; fi
	@touch $@

# $(1): install the locked requirements, then this checkout as it stands.
define install
	$(PIP) --require-hashes -r $(1)
	$(PIP) --no-build-isolation --no-deps --editable .
	@mkdir -p $(VENV)/share/jupyter/lab/settings
	@cp .ci/overrides.json $(VENV)/share/jupyter/lab/settings/overrides.json
	@touch $@
endef

$(VENV)/.lab: requirements/lab.txt pyproject.toml .ci/overrides.json $(VENV)/.tools
	$(call install,requirements/lab.txt)

$(VENV)/.test: requirements/test.txt pyproject.toml .ci/overrides.json $(VENV)/.tools
	$(call install,requirements/test.txt)

# ------------------------------------------------------------------ the two commands

lab: $(VENV)/.lab
	$(BIN)/jupyter lab $(ROOT) notebooks/01_quickstart.ipynb

test: lint js typing unit notebook browser
	@echo "All of it passed: lint, js, typing, unit, notebook, browser."

# ------------------------------------------------------------------ parts of the test run

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The everyday set: no browser, no notebook, no MetaTrader 5.
unit: $(VENV)/.test
	$(BIN)/python -m pytest -q -n auto --dist worksteal

# Typed code of a user, checked by mypy and, where Node is there, by pyright.
typing: $(VENV)/.test
	$(BIN)/python -m pytest -q -m typing tests/typing

# The everyday set on each of Python 3.11, 3.12 and 3.13 that is installed.
pythons: $(VENV)/.tools
	sh .ci/pythons $(UV)

notebook: $(VENV)/.test
	$(BIN)/python -m pytest -q -m notebook tests/notebook

# Run the notebooks as the tests do, and keep their outputs.
notebook-update: $(VENV)/.test
	$(BIN)/python -m tests.notebook.update

browser: $(VENV)/.test
	sh .ci/chromium $(BIN)/python
	$(BIN)/python -m pytest -q -m browser tests/browser

# The bundles in masjupyter/static are kept in git; where Node is there, they must be what js/ builds.
js:
	sh .ci/js

bench: $(VENV)/.test
	$(BIN)/python -m pytest -q -c benchmarks/pytest.ini --rootdir=. benchmarks

# What an order costs, in microseconds and calls; "--help" says how to measure a part of it.
bench-orders: $(VENV)/.test
	$(BIN)/python -m benchmarks.orders

# Other libraries, each in an environment of its own, on the same data: writes docs/backtests.md.
bench-peers: $(VENV)/.compile
	$(BIN)/python -m benchmarks.peers --install --compiled --write

bench-ticks: $(VENV)/.test
	$(BIN)/python -m benchmarks.year_of_ticks

bench-import: $(VENV)/.test
	$(BIN)/python -m benchmarks.import_ticks

bench-live: $(VENV)/.test
	sh .ci/chromium $(BIN)/python
	$(BIN)/python -m benchmarks.live_view

bench-dom: $(VENV)/.test
	sh .ci/chromium $(BIN)/python
	$(BIN)/python -m benchmarks.push_to_dom

# How many small faults the tests find: make mutation N=150 SEED=12 PACKAGES="report live".
mutation: $(VENV)/.test
	$(BIN)/python -m tests.mutation $(PACKAGES) $(if $(N),-n $(N)) $(if $(SEED),--seed $(SEED))

# ------------------------------------------------------------------ the compiled core, optional

$(VENV)/.compile: requirements/compile.txt $(VENV)/.test
	$(PIP) --require-hashes -r requirements/compile.txt
	@touch $@

# A wheel of this platform, with the core compiled beside its source; it needs a C compiler.
compiled: $(VENV)/.compile
	MAS_COMPILE=1 $(UV) build --quiet --wheel --no-build-isolation --python $(BIN)/python --out-dir dist

wheels: compiled
	$(UV) build --quiet --wheel --no-build-isolation --python $(BIN)/python --out-dir dist
	@ls dist/*.whl

# The everyday tests on a copy of this checkout whose core is compiled: make test-compiled TESTS=tests/scenario
test-compiled: $(VENV)/.compile
	$(BIN)/python hatch_build.py build/compiled
	cd build/compiled && PYTHONPATH=$(CURDIR)/build/compiled $(CURDIR)/$(BIN)/python -m pytest -q -n auto $(TESTS)

# ------------------------------------------------------------------ housekeeping

# Constraints keep the smaller lock inside the larger. No address of an index is ever written.
COMPILE := UV_CUSTOM_COMPILE_COMMAND="make lock" $(UV) pip compile --quiet --universal --python-version 3.11 \
  --generate-hashes --no-emit-index-url
lock: $(VENV)/.tools
	$(COMPILE) $(UPGRADE) requirements/tools.in -o requirements/tools.txt
	$(COMPILE) $(UPGRADE) --extra test pyproject.toml -o requirements/test.txt
	$(COMPILE) $(UPGRADE) -c requirements/test.txt pyproject.toml -o requirements/lab.txt
	$(COMPILE) $(UPGRADE) -c requirements/test.txt -c requirements/tools.txt requirements/compile.in -o requirements/compile.txt

clean:
	rm -rf $(VENV) .venvs build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .benchmarks tests/artifacts
