PYTHON ?= python3
VENV = .venv
BIN = $(VENV)/bin

.PHONY: start test lint bench lock browser node

start: $(VENV)/runtime
	$(BIN)/python notifikasjon.py

test: $(VENV)/test browser node
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile

lint: $(VENV)/test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy notifikasjon.py server tests bench

bench: $(VENV)/test
	$(BIN)/python -m bench

# Versions with hashes, from the ranges in pyproject.toml.
lock: $(VENV)/test
	$(BIN)/pip install pip-tools
	$(BIN)/pip-compile --generate-hashes --strip-extras --allow-unsafe --no-emit-index-url --no-emit-find-links \
		--no-emit-trusted-host -o requirements.lock pyproject.toml
	$(BIN)/pip-compile --generate-hashes --strip-extras --allow-unsafe --no-emit-index-url --no-emit-find-links \
		--no-emit-trusted-host --extra test -c requirements.lock -o requirements-test.lock pyproject.toml

# The pages are tested in a real browser. Debian's is installed where there is none and we may; elsewhere it is asked for.
browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
		|| { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-liberation; } \
		|| { echo "make test needs Chromium: install the package chromium" >&2; exit 1; }

# The React bell of the platform is built from npm, and tried against the server.
node:
	@command -v npm >/dev/null \
		|| { apt-get update -qq && apt-get install -y -qq --no-install-recommends nodejs npm; } \
		|| { echo "make test needs npm: install the packages nodejs and npm" >&2; exit 1; }

$(VENV)/runtime: requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements.lock
	touch $@

$(VENV)/test: requirements-test.lock $(VENV)/runtime
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.lock
	touch $@
