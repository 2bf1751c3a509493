# The tasks of this project; CI runs these very commands (.ci/run). BIN: where the tools of the environment are.
BIN ?= .venv/bin
COVERED ?= tests/core/test_losses.py tests/core/test_settings.py

.PHONY: check lint types imports test coverage fix api reference
check: lint types imports test

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types:
	$(BIN)/pyright --pythonpath $(BIN)/python

imports:
	$(BIN)/lint-imports --no-cache

test:
	$(BIN)/pytest -n 2

# A quick sample of the tests: tracing costs half as much again on Python 3.11. All of them: make coverage COVERED=tests
coverage:
	$(BIN)/pytest -n 2 --cov=artgen --cov-report=term:skip-covered $(COVERED)

fix:
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Write the list of what is promised anew (docs/stability.md)
api:
	$(BIN)/python -m tests.contract.test_public_api
	$(BIN)/python -m tests.contract.test_public_words

# Write the reference as text anew, for who reads it in the clone
reference:
	$(BIN)/python -m sphinx -q -E -b text docs docs/_build/text
	mkdir -p docs/reference/text && cp docs/_build/text/reference/*.txt docs/reference/text/
