# make          install, fetch MNIST, run the quick study, write its report; again: only what is missing
# make lab      open the lab in the browser: watch networks learn
# make test     everything that must hold: lint, types, tests (installs the test extra, with PyTorch)
# make long-test  the tests that take minutes: every network's bits at full size
# make docs-test  do what README and docs show: every command, every block of Python (some minutes)
# make lint     ruff and mypy
# make bench    the speed measurements
# make scorecard what holds when things go wrong, counted: kills, full disks, spoiled and hostile files (twelve minutes)
# make scorecard-long all of it: every call killed and failing, 200,000 spoiled inputs of each kind (hours)
# make sanitize the native tests with AddressSanitizer, UBSan and ThreadSanitizer
# make docs     build the documentation site into build/site
# make clean    remove what was built, but neither data nor results

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
STUDY := lenet5-improved

BUILT_FROM := pyproject.toml CMakeLists.txt $(shell find cpp -type f) $(VENV)/modules

.DEFAULT_GOAL := run
FORCE:
.PHONY: FORCE run lab install test long-test lint bench scorecard scorecard-long sanitize docs docs-test clean

run: $(VENV)/installed
	@$(BIN)/seedbed data fetch mnist
	@$(BIN)/seedbed study run $(STUDY) --quick

lab: $(VENV)/installed
	@$(BIN)/seedbed lab

install: $(VENV)/installed

test: lint
	$(BIN)/python -m pytest -n 2 --dist loadfile

long-test: $(VENV)/installed-test
	$(BIN)/python -m pytest -m long

docs-test: $(VENV)/installed-test
	$(BIN)/python -m pytest -m documented

lint: $(VENV)/installed-test
	$(BIN)/python -m ruff check
	$(BIN)/python -m ruff format --check
	$(BIN)/python -m mypy

bench: $(VENV)/installed-test
	$(BIN)/python benchmarks/speed.py

scorecard: $(VENV)/installed-test
	PYTHONPATH=benchmarks $(BIN)/python -m scorecard

scorecard-long: $(VENV)/installed-test
	PYTHONPATH=benchmarks $(BIN)/python -m scorecard --long

docs: $(VENV)/installed-docs
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet
	@echo "build/site/index.html"

# Own folders, so that the next time only what changed is compiled. Threads are what the executor's tests are about.
sanitize: $(VENV)/build-tools
	@echo "Building the native tests with sanitizers (takes some minutes the first time) ..."
	@SEEDBED_TEST_PERCENT=25 cpp/tests/sanitize.sh $(BIN)/python build/asan address,undefined
	@cpp/tests/sanitize.sh $(BIN)/python build/tsan thread executor shares

clean:
	rm -rf build dist $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || \
	  { echo "Seedbed needs Python 3.11 or later, and '$(PYTHON)' is not here. Name yours: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Seedbed needs Python 3.11 or later; '$(PYTHON)' is $$($(PYTHON) -V 2>&1). Name another: make PYTHON=python3.12"; exit 1; }
	@command -v c++ >/dev/null || command -v g++ >/dev/null || command -v clang++ >/dev/null || \
	  { echo "Seedbed needs a C++ compiler to build its engine (Debian, Ubuntu: apt install g++; macOS: xcode-select --install)."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo "Python's venv module is missing or broken (Debian, Ubuntu: apt install python3-venv)."; exit 1; }

# The installation is an editable one: Python files are used where they lie, only C++ needs it again. What it builds with
# stays in the environment, not in a passing one, so that the next build compiles only what changed.
$(VENV)/build-tools: pyproject.toml | $(BIN)/python
	@$(PIP) cmake ninja $$($(BIN)/python -c 'import tomllib; \
	  print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"])')
	@touch $@

# An editable installation knows its modules by name: it is renewed when one comes, goes or moves.
$(VENV)/modules: FORCE | $(BIN)/python
	@find src -name '*.py' | LC_ALL=C sort > $@.new; cmp -s $@.new $@ && rm $@.new || mv $@.new $@

$(VENV)/installed: $(BUILT_FROM) $(VENV)/build-tools
	@echo "Installing Seedbed into $(VENV) (builds the engine; takes some minutes the first time) ..."
	@$(PIP) --no-build-isolation --editable '.[lab]'
	@touch $@

$(VENV)/installed-docs: $(VENV)/installed
	@echo "Installing what the documentation needs into $(VENV) ..."
	@$(PIP) --no-build-isolation --editable '.[lab,docs]'
	@touch $@ $(VENV)/installed

$(VENV)/installed-test: $(BUILT_FROM) $(VENV)/build-tools
	@echo "Installing Seedbed and what its tests need into $(VENV) ..."
	@$(PIP) --no-build-isolation --editable '.[test]'
	@touch $@ $(VENV)/installed
