# Everything runs from .venv, installed from requirements.lock by hash. GNU make 3.81 or later.
#   ARGS="..." is passed on by demo, test, bench and lock.     PYTHON=/path/to/python picks the interpreter.

PYTHONS := python3.13 python3.12 python3.11 python3
PYTHON ?= $(shell for p in $(PYTHONS); do \
	$$p -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help .venv demo test test-fast coverage chaos fuzz prove desk-day check format bench lock docs messages histories screenshots clean stripe-mock

help:
	@echo "make demo      the whole pipeline with a live view (ARGS=--once: exit when paid)"
	@echo "make test      all tests (ARGS is passed to pytest; HYPOTHESIS_RANDOM=1: other examples each time)"
	@echo "make test-fast the pure tests only: what is decided, read and drawn; under a minute"
	@echo "make coverage  what of the rules, the money and the storage no test reaches"
	@echo "make chaos     the demo under many kills (CHAOS_ROUNDS=5 CHAOS_SEED=7; the seed is printed)"
	@echo "make fuzz      hostile requests to every door of the API (FUZZ_SECONDS=300 FUZZ_SEED=7; the seed is printed)"
	@echo "make desk-day  two hundred reviews decided by keyboard, and what each takes (many minutes)"
	@echo "make prove     the model checker at its widest bounds, and a thousand random lives (many minutes)"
	@echo "make check     linter, format, types, import arrows"
	@echo "make format    format the code and fix what can be fixed"
	@echo "make bench     the benchmarks, into bench/results/"
	@echo "make docs      write the generated documents (state diagrams)"
	@echo "make stripe-mock  Stripe's stand-in for its API, for the tests (needs Go; they make it themselves)"
	@echo "make messages  gather the words of the console and the mails; what is to be translated stands empty in words/locale/*.po"
	@echo "make histories record the histories that every release must replay (minutes)"
	@echo "make screenshots  pictures of every page of the console (ARGS=folder)"
	@echo "make lock      renew requirements.lock after a change in pyproject.toml (ARGS=--upgrade: newest versions)"
	@echo "make .venv     only install"
	@echo "make clean     remove .venv and all caches"

.venv: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	@if ! $(or $(strip $(PYTHON)),false) -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
		echo "No usable Python >= 3.11 found (tried $(or $(strip $(PYTHON)),$(PYTHONS)))."; \
		echo "Install one with its venv module (Debian, Ubuntu: apt install python3-venv; macOS: brew install python),"; \
		echo "or name one: make $(or $(firstword $(MAKECMDGOALS)),.venv) PYTHON=/path/to/python3"; \
		exit 1; \
	fi
	@$(BIN)/python -c 'import pip' >/dev/null 2>&1 || { \
		echo "Making $(VENV) with $$($(PYTHON) --version) ..."; \
		$(PYTHON) -m venv --clear $(VENV); }
	@echo "Installing the locked packages into $(VENV) (about half a minute the first time) ..."
	@PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	@PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@
	@echo "Installed."

demo: $(STAMP)
	@$(BIN)/monetization demo $(ARGS)

test: $(STAMP)
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

test-fast: $(STAMP)
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal -m pure -q $(ARGS)

# What decides and counts must be reached by its own tests, with nothing but the code and SQLite beside it.
MONEY_AND_STATE := lifecycle/*,models/money.py,models/ledger/*,storage/ledger/*,storage/settlement/*,storage/exact_sums.py
coverage: $(STAMP)
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile -q -m "not slow and not postgres" \
		tests/lifecycle tests/models tests/forms tests/storage --cov --cov-report= $(ARGS)
	@$(BIN)/coverage report
	@echo "Money and state, at least 95 % of lines and branches:"
	@$(BIN)/coverage report --include="$(MONEY_AND_STATE)" --fail-under=95

chaos: $(STAMP)
	@CHAOS_ROUNDS=$(or $(CHAOS_ROUNDS),3) $(BIN)/python -m pytest tests/chaos -s $(ARGS)

fuzz: $(STAMP)
	@FUZZ_SECONDS=$(or $(FUZZ_SECONDS),300) $(BIN)/python -m pytest tests/api/requests/test_fuzz.py -s $(ARGS)

prove: $(STAMP)
	@$(BIN)/python -m lifecycle.checker --deep
	@RANDOM_LIVES=$(or $(RANDOM_LIVES),1000) $(BIN)/python -m pytest tests/lifecycle/test_random.py $(ARGS)

desk-day: $(STAMP)
	@DESK_CASES=$(or $(DESK_CASES),200) $(BIN)/python -m pytest tests/browser/test_desk_keys.py -s -k keyboard $(ARGS)

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMP)
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

bench: $(STAMP)
	@$(BIN)/python -m bench $(ARGS)

docs: $(STAMP)
	@$(BIN)/python -m lifecycle.documentation.diagrams
	@$(BIN)/python -m tools.ledger_example
	@$(BIN)/python -m tools.bank_numbers

# Where texts for people stand: in templates, in tables, and in the calls of Sentence and say.
SPOKEN := api forms lifecycle mails models providers relays storage words workflows
messages: $(STAMP)
	@$(BIN)/pybabel -q extract -F words/locale/babel.cfg --no-location --omit-header --sort-output \
		-k Sentence -k say -o words/locale/messages.pot $(SPOKEN)
	@for po in words/locale/*.po; do $(BIN)/pybabel -q update -l $$(basename $$po .po) -i words/locale/messages.pot -o $$po \
		--no-fuzzy-matching --ignore-obsolete --omit-header 2>&1 | grep -v "updating catalog" || true; done

histories: $(STAMP)
	@$(BIN)/python -m tests.workflows.recording $(ARGS)

screenshots: $(STAMP)
	@$(BIN)/python -m tests.browser.screenshots $(ARGS)

# uv resolves for every platform at once; it is needed here only, so it gets a venv that is thrown away.
# What is locked stays locked unless pyproject.toml asks otherwise or ARGS=--upgrade.
lock:
	@tmp=$$(mktemp -d) && trap 'rm -rf "$$tmp"' EXIT && \
	$(or $(strip $(PYTHON)),python3) -m venv "$$tmp" && "$$tmp/bin/python" -m pip install --quiet --disable-pip-version-check uv && \
	"$$tmp/bin/uv" pip compile pyproject.toml --group dev --universal --generate-hashes --python-version 3.11 \
		--no-annotate --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
		--quiet $(ARGS) --output-file requirements.lock
	@if grep -n '://' requirements.lock; then echo "requirements.lock must not name an address"; exit 1; fi
	@echo "requirements.lock is up to date."

# Stripe's own stand-in for its API, which tests/providers/stripe/test_stripe_mock.py asks; it needs Go.
GO ?= go
stripe-mock:
	@GOBIN=$(CURDIR)/$(BIN) $(GO) install github.com/stripe/stripe-mock@v0.203.0

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
