# What people type. Each target sets up what it needs by itself: Python >= 3.11 is enough.

PYTHON := .venv/bin/python
SYNCED := .venv/ledgerport-synced

SIZE ?= 100000
SEEDS ?= 50
SEED ?= 1
# Test files at once, each process with a stack of its own; they wait more than they work.
TESTERS ?= 2
URL ?=

.PHONY: help demo up down reset status logs test test-docker check schemas bench chaos smoke secrets

help: ## this list
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/^([a-z-]+):[^#]*## */  make \1\t/' | expand -t 16

demo: $(SYNCED) ## start the stack, import the samples, export them, say where to look
	@$(PYTHON) -m deploy.local demo

up: $(SYNCED) ## start the stack in the background; returns when all of it is ready
	@$(PYTHON) -m deploy.local up

down: $(SYNCED) ## stop the stack and keep its data
	@$(PYTHON) -m deploy.local down

reset: $(SYNCED) ## stop the stack and remove its data
	@$(PYTHON) -m deploy.local reset

status: $(SYNCED) ## one line per process
	@$(PYTHON) -m deploy.local status

logs: $(SYNCED) ## follow the logs of all processes
	@$(PYTHON) -m deploy.local logs

test: $(SYNCED) ## the whole test suite, on a private stack of its own
	@$(PYTHON) -m pytest -n $(TESTERS) --dist loadfile

test-docker: $(SYNCED) ## docker-compose.yml and the images, for many minutes; needs a Docker engine
	@$(PYTHON) -m pytest tests/docker --compose

check: $(SYNCED) ## formatting, lint, types, layers, house rules
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/pyright
	@.venv/bin/lint-imports
	@$(PYTHON) -m pytest -q tests/house

schemas: $(SYNCED) ## print contracts/schemas anew; refuses a change that breaks somebody
	@$(PYTHON) -m deploy.print_schemas

bench: $(SYNCED) ## measure against the peers (SIZE=100000)
	@$(PYTHON) -m bench --size $(SIZE)

chaos: $(SYNCED) ## seeded faults and an independent checker (SEEDS=50, SEED=first)
	@$(PYTHON) -m tests.faults.chaos --seeds $(SEEDS) --first $(SEED)

smoke: $(SYNCED) ## a short round trip against a running deployment (URL=https://…)
	@$(PYTHON) -m tests.smoke $(if $(URL),--url $(URL))

secrets: ## make .env for docker compose: new secrets, mode 0600
	@python3 -m deploy.make_secrets

$(SYNCED): pyproject.toml uv.lock deploy/bootstrap.sh
	@sh deploy/bootstrap.sh
	@touch $@
