# Thin names for what is done here; each target sets up what it needs.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
ARGS ?=

.PHONY: help demo test check coverage servers bench bench-reading bench-rules bench-mail bench-nation bench-console fuzz proof lock clean

help:
	@echo "make demo     a whole round on this machine, no outside server (ARGS=--exit to leave at the end)"
	@echo "make test     every test, real servers included"
	@echo "make coverage  the same with the lines and branches that no test reaches"
	@echo "make check    lint, types, import contracts"
	@echo "make bench    speed beside plain scripts and the floor; latency, idleness, growth"
	@echo "make bench-reading  the reading laboratory: damaged returns, scored by trait"
	@echo "make bench-rules  one fault in each clean return, and what the first letter says of it"
	@echo "make bench-nation  the night run of 11,000 units on PostgreSQL (some GB of disk)"
	@echo "make bench-mail  the mail laboratory: odd mails, robots, provinces, forgeries"
	@echo "make bench-console  every page of the planners' console, on 100 and on 100,000 mails"
	@echo "make fuzz     the property tests with new examples (make test has the same ones each time)"
	@echo "make proof    every trouble at every instant, faulty servers, a soak (<= 60 minutes)"

# The parsing children may not write, so what they import is compiled here (compileall).
# The locks name every library with its hashes, so pip has nothing to resolve (--no-deps): older
# pips take a newer release of an extra (coverage[toml]) for one that lacks its pin.
$(VENV)/bin/python:
	@$(PYTHON) -m venv $(VENV) || (.ci/install-packages python3-venv && $(PYTHON) -m venv --clear $(VENV))

$(VENV)/.demo: .ci/demo.lock | $(VENV)/bin/python
	@echo "Installing the program's libraries ..." >&2
	@$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r .ci/demo.lock
	@$(RUN) -m compileall -q pipeline
	@touch $@

$(VENV)/.all: .ci/requirements.lock | $(VENV)/bin/python
	@echo "Installing libraries and test tools ..." >&2
	@$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r .ci/requirements.lock
	@$(RUN) -m compileall -q pipeline
	@touch $@ $(VENV)/.demo

demo: $(VENV)/.demo
	@$(RUN) run_daemon.py demo $(ARGS)

servers:
	@.ci/install-packages --servers

test: $(VENV)/.all servers
	$(RUN) -m pytest -n 2 --dist loadfile $(ARGS)

# Apart from `test`: measuring takes a fifth more time, and CI has fifteen minutes.
coverage: $(VENV)/.all servers
	$(RUN) -m pytest -n 2 --dist loadfile --cov --cov-report=term:skip-covered $(ARGS)

check: $(VENV)/.all
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

bench: $(VENV)/.all servers
	$(RUN) -m bench.run $(ARGS)

bench-reading: $(VENV)/.all
	$(RUN) -m bench.reading.run $(ARGS)

bench-rules: $(VENV)/.all
	$(RUN) -m bench.rules.run $(ARGS)

bench-mail: $(VENV)/.all
	$(RUN) -m bench.mail.run $(ARGS)

bench-console: $(VENV)/.all servers
	$(RUN) -m bench.console.run $(ARGS)

bench-nation: $(VENV)/.all servers
	$(RUN) -m bench.nation.run $(ARGS)

fuzz: $(VENV)/.all servers
	$(RUN) -m pytest -n 2 --hypothesis-profile=dice $(ARGS) $$(grep -rl --include='test_*.py' '^from hypothesis' tests)

proof: $(VENV)/.all servers
	$(RUN) -m bench.proof.run $(ARGS)

lock:
	.ci/lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*
