# Every target sets up what it needs: Python 3.11, make and git are enough.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# What some tests drive, as Debian calls it. gio, its D-Bus and FUSE are gvfs's.
TOOLS := cadaver curl dbus ffmpeg fuse3 gcc gvfs gvfs-backends gvfs-fuse lftp libc6-dev libglib2.0-bin mpv nginx-light rclone vlc-bin vlc-plugin-base
KODI := kodi kodi-bin libgl1-mesa-dri xvfb
SUDO := $(if $(filter-out 0,$(shell id -u)),sudo)
INSTALL := $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
	install --no-install-recommends

# Bytecode makes every start a second faster, whatever the shell says.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run demo test test-tools conformance-apache kodi check format bench soak lock clean

run: $(READY)  ## start the server
	$(BIN)/momoshtrem serve $(ARGS)

demo: $(READY)  ## play a film out of a swarm on this machine (ARGS=--once ends after the check)
	$(BIN)/momoshtrem demo $(ARGS)

test: $(READY)  ## all tests
	$(BIN)/python -m pytest -n auto $(ARGS)

test-tools: $(READY)  ## players, WebDAV clients, nginx and a compiler, which some tests drive (Debian)
	$(SUDO) apt-get -qq update
	$(INSTALL) $(TOOLS) $(if $(shell command -v npm),,nodejs npm)
	npm install --silent --no-fund --no-audit --no-save --prefix $(VENV)/npm webdav@5.11.0

conformance-apache: $(READY)  ## the WebDAV suite against Apache, to prove the suite (Debian's apache2)
	$(BIN)/python -m tests.faces.webdav.conformance.apache $(ARGS)

kodi: $(READY)  ## Kodi plays on a screen that nobody sees (Debian)
	$(SUDO) apt-get -qq update
	$(INSTALL) $(KODI)
	MOMOSHTREM_ALL_TOOLS=1 $(BIN)/python -m pytest -m kodi tests/clients $(ARGS)

check: $(READY)  ## style, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY)  ## figures, as ratios taken in one run
	$(BIN)/python -m bench $(ARGS)

soak: $(READY)  ## ten minutes of players on a small cache (ARGS="--minutes 120"), then 50 kills
	$(BIN)/python -m bench.soak $(ARGS)
	MOMOSHTREM_KILLS=50 $(BIN)/python -m pytest tests/e2e/test_crash.py

lock: $(READY)  ## renew requirements.lock from pyproject.toml
	$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --no-header --no-annotate --all-extras \
		pyproject.toml --output-file requirements.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "momoshtrem needs Python 3.11 or newer; set PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
