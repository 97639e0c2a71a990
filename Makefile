# Every target builds what it needs; nothing but Python 3.11 or newer has to be there before.
# Paths are relative and commands go through `python -m`, so that the clone's path may hold spaces.

PORT ?= 8000
PYTHON ?= python3
ONLY ?=
SIZE ?=
ARGS ?=

VENV := .venv
PY := $(VENV)/bin/python
MADE := var/made
PIP := $(PY) -m pip install --quiet --disable-pip-version-check --no-input

PO := $(wildcard locale/*/LC_MESSAGES/*.po)
MO := $(PO:.po=.mo)
# Folders count too: their time changes when a file is added or taken away.
STATIC := $(shell find static */static backoffice/*/static 2>/dev/null | grep -v '[[:space:]]')

SECRET_FOR_CHECK := not-the-secret-of-any-system-but-long-enough-for-the-check-0123456789
PRODUCTION := DEPLOYMENT=production SECRET_KEY=$(SECRET_FOR_CHECK) ALLOWED_HOSTS=example.com \
	DATABASE_URL=postgres://nobody@127.0.0.1:1/none REDIS_URL=redis://127.0.0.1:1/0

export PORT
.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: run test bench soak check pictures clean venv dev made

# `exec`: signals to make reach the supervisor itself, which stops everything it started.
run: made
	@exec $(PY) -m backoffice.supervise

test: dev made
	@exec $(PY) -m pytest -n 2 --dist loadgroup $(ARGS)

soak: dev made
	@TEST_SIZES=soak exec $(PY) -m pytest -m slow $(ARGS)

bench: dev made
	@exec $(PY) -m benchmarks --only "$(ONLY)" --size "$(SIZE)"

pictures: dev made
	@exec $(PY) -m tests.live.pictures

check: dev made
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy .
	@$(PRODUCTION) $(PY) manage.py makemigrations --check --dry-run
	@$(PRODUCTION) $(PY) manage.py check --deploy --fail-level WARNING
	@$(PRODUCTION) $(PY) manage.py check_translations
	@$(PRODUCTION) $(PY) manage.py check_requirements

clean:
	@if [ -d var ]; then $(PYTHON) -m backoffice.servers remove; fi
	@rm -rf var $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage htmlcov
	@rm -f locale/*/LC_MESSAGES/*.mo benchmarks/results.json
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

venv: $(VENV)/runtime.made
dev: $(VENV)/development.made
made: $(VENV)/runtime.made $(MADE)/messages $(MADE)/static

$(PY):
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed: apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name one with PYTHON=… make"; exit 1; }
	@echo "making the virtual environment"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "Python cannot make environments here: apt-get install python3-venv"; exit 1; }

$(VENV)/runtime.made: requirements.txt | $(PY)
	@echo "installing what the product needs"
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/development.made: requirements-dev.txt requirements.txt | $(PY)
	@echo "installing what the development needs"
	@$(PIP) -r requirements-dev.txt
	@touch $(VENV)/runtime.made $@

$(MADE)/messages: $(PO) | $(VENV)/runtime.made
	@mkdir -p $(MADE)
	@if [ -n "$(PO)" ]; then DEPLOYMENT=demonstration $(PY) manage.py compile_messages; fi
	@touch $@

$(MADE)/static: $(STATIC) requirements.txt | $(VENV)/runtime.made
	@mkdir -p $(MADE)
	@DEPLOYMENT=demonstration $(PY) manage.py collectstatic --noinput --clear --verbosity 0
	@touch $@
