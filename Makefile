# make run     set up, build the data and start the app            make test    set up and check everything
# The other targets are listed by `make help`.

PORT ?= 8501
MINUTES ?= 4
VENV ?= .venv
# The first Python of at least 3.11, if none is named.
PYTHON ?= $(shell for candidate in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$candidate -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$candidate; break; }; \
	done)

BIN := $(VENV)/bin
READY := $(VENV)/.ready
READY_DEV := $(VENV)/.ready-dev
MYPY_LAYERS := data predictors scoring app pages

export PIP_DISABLE_PIP_VERSION_CHECK = 1

LANGUAGES := de
# What holds a text for readers, with the place of the text among the arguments; `babel.cfg` says where to look.
TEXTS := t tn:1,2 mark marks:1,2 Message Note:2 ScoreNote:2 JouleLensError:2 DataError:2 BundleError:2 \
	ContributionError:2 SqlError:2 TraceError:2 ModelError:2 InputError:2 ScoringError:2 LabelError:2 WorkError:2 GgufError:2

.DEFAULT_GOAL := help
.PHONY: help texts texts-template run test build doctor lint types fits unit-test browser-test slow-test thorough-test long-test fuzz croissant load bench screenshots licences lock clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Whoever may start measurements reaches this machine only.
ALLOWED := $(if $(filter 1,$(MEASURE)),JOULELENS_MEASURE=1)
AT_HOME := $(if $(filter 1,$(MEASURE)),--server.address localhost)

run: build  ## set up, build the data and start the app (PORT=8501; MEASURE=1: it may measure this machine)
	$(strip $(ALLOWED) $(BIN)/python -m streamlit run app/main.py --server.port $(PORT) $(AT_HOME))

test: lint types unit-test  ## set up and check everything that needs no browser

build: $(READY)  ## build the DuckDB bundle from the figures in data/, and fit the predictors
	$(BIN)/python -m data build
	$(BIN)/python -m predictors fit

doctor: $(READY)  ## say which data is there and whether it is intact
	$(BIN)/python -m data doctor

TEMPLATE := build/texts.pot
BABEL := $(BIN)/python -m babel.messages.frontend --quiet

texts: texts-template  ## take new texts of the code into app/locale/, where they wait for a translation
	for language in $(LANGUAGES); do \
		texts=app/locale/$$language/texts.po; mkdir -p $$(dirname $$texts); \
		test -f $$texts || $(BABEL) init -i $(TEMPLATE) -l $$language -o $$texts || exit 1; \
		$(BABEL) update -i $(TEMPLATE) -l $$language -o $$texts \
			--no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --width 110 || exit 1; \
	done

texts-template:
	mkdir -p $(dir $(TEMPLATE))
	$(BABEL) extract -F babel.cfg -o $(TEMPLATE) --no-default-keywords --omit-header --add-location file \
		$(addprefix -k ,$(TEXTS)) .

lint: $(READY_DEV)
	$(BIN)/python -m ruff check .

types: $(READY_DEV)
	$(BIN)/python -m mypy $(MYPY_LAYERS)

# Builds the bundle where it is missing or old. Without stored fits, every process of the tests would fit anew.
fits: $(READY_DEV)
	$(BIN)/python -m predictors fit

unit-test: fits
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder -m "not browser"

browser-test: fits  ## drive the running app in Chromium, which has to be installed
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile -m browser

slow-test: fits  ## the tests that would make `make test` too long: pages in every state, whole commands
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder -m "slow and not browser"

thorough-test: fits  ## slow and browser tests in one go, as CI runs them
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder -m "slow or browser"

long-test: fits  ## the tests that take very long or much memory: large hostile files, every address
	$(BIN)/python -m pytest -m "long and not browser"

croissant: $(READY_DEV)  ## hold the description of the data set against mlcroissant, in an environment of its own
	$(BIN)/python -m data build
	$(BIN)/python -m data export .croissant/set
	$(PYTHON) -m venv .croissant/venv
	.croissant/venv/bin/pip install --quiet "mlcroissant[parquet]==1.1.1"
	.croissant/venv/bin/python -c 'import mlcroissant; \
		found = mlcroissant.Dataset(".croissant/set/croissant.json"); \
		problems = [*found.metadata.issues.errors, *found.metadata.issues.warnings]; \
		print(problems or sum(1 for _ in found.records("devices")), "rows of devices are read"); \
		raise SystemExit(bool(problems))'

fuzz: $(READY_DEV)  ## give damaged files to every reader (MINUTES=4); what fails is kept in tests/fuzz/findings/
	PYTHONPATH=.:tests $(BIN)/python -m fuzz --minutes $(MINUTES)

load: fits  ## 55 visitors at once, and an hour's worth of visits in minutes
	PYTHONPATH=.:tests $(BIN)/python -m load

bench: $(READY_DEV)  ## measure accuracy and speed, and store the tables in docs/bench/
	PYTHONPATH=tests OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/python -m bench

screenshots: $(READY_DEV)  ## take the pictures of the running app that README shows
	PYTHONPATH=tests $(BIN)/python -m bench.screenshots

licences: $(READY)  ## renew docs/dependency-licences.md after a change of the lock file
	PYTHONPATH=tests $(BIN)/python -m dependency_licences

lock: $(BIN)/python  ## renew the lock files from the requirement files
	$(BIN)/python -m venv $(VENV)/lock
	$(VENV)/lock/bin/python -m pip install --quiet pip-tools
	for name in requirements requirements-dev; do \
		CUSTOM_COMPILE_COMMAND='make lock' $(VENV)/lock/bin/pip-compile --quiet --generate-hashes --strip-extras --annotation-style=line \
			--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --output-file $$name.lock $$name.txt || exit 1; \
	done

clean:  ## remove the virtual environment, the bundle and every cache
	rm -rf $(VENV) data/bundle .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "JouleLens needs Python 3.11 or newer. Install it, or name it: make run PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -f $(BIN)/python*; \
		echo "$(PYTHON) cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv, then try again."; exit 1; }

$(READY): $(BIN)/python requirements.txt requirements.lock
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock -r requirements.txt
	@touch $@

$(READY_DEV): $(BIN)/python requirements.txt requirements-dev.txt requirements-dev.lock
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock -r requirements-dev.txt
	@touch $(READY) $@
