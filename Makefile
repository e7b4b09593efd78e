# README's two commands are `make demo` and `make test`.

PORT ?= 8000
CORPUS ?= ../shared/data/kokorochat
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
KOKOROCHAT := $(BIN)/kokorochat

.PHONY: install demo test quick check serve paper bench messages clean

# A stamp for each set of extras: an install is made once and again when what it depends on has changed.
$(VENV)/.demo: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "KokoroChat needs Python 3.11 or newer; name one with PYTHON=python3.11")'
	@echo "Installing into $(VENV): half a minute to two, by the speed of the package index"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[web,learn]'
	@touch $@

$(VENV)/.paper: pyproject.toml constraints.txt | $(VENV)/.demo
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[data,metrics]'
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(VENV)/.demo
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

install: $(VENV)/.dev  ## all that development needs

demo: $(VENV)/.demo  ## a platform with demo people and sessions
	$(KOKOROCHAT) web demo --port $(PORT)

test: $(VENV)/.dev  ## the whole suite
	$(BIN)/python -m pytest -n 2 --dist worksteal

quick: $(VENV)/.dev  ## the tests that take no more than a few seconds each, for while you work
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow"

check: $(VENV)/.dev  ## format, lint, types, import contracts, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n 2 --dist worksteal

serve: $(VENV)/.demo  ## the platform as the environment sets it
	$(KOKOROCHAT) web migrate
	$(KOKOROCHAT) web serve --port $(PORT)

paper: $(VENV)/.paper  ## the paper's tables beside ours (CORPUS=DIR), into out/paper: a page and JSON; stopped, it goes on where it was
	$(KOKOROCHAT) paper runs/paper/systems.toml --corpus $(CORPUS) --out out/paper

bench: $(VENV)/.dev  ## every claim of speed against its floor or peer
	$(BIN)/python benchmarks/corpus_speed.py $(CORPUS)
	$(BIN)/python benchmarks/parquet_load.py $(CORPUS)
	$(BIN)/python benchmarks/corpus_growth.py $(CORPUS)
	$(BIN)/python benchmarks/convokit_build.py $(CORPUS)
	$(BIN)/python benchmarks/kill_test.py
	$(BIN)/python benchmarks/line_test.py
	$(BIN)/python benchmarks/ceiling.py
	$(BIN)/python benchmarks/redis_loss.py
	$(BIN)/python benchmarks/load.py
	$(BIN)/python benchmarks/llm_cost.py $(CORPUS)

messages: $(VENV)/.dev  ## collect the strings of the pages (needs gettext), then translate django.po by hand
	cd src/kokorochat/web && ../../../$(BIN)/django-admin makemessages -l ja --no-wrap --no-location --no-obsolete
	$(BIN)/python -c "import polib; po = polib.pofile('src/kokorochat/web/locale/ja/LC_MESSAGES/django.po'); po.save_as_mofile('src/kokorochat/web/locale/ja/LC_MESSAGES/django.mo')"

clean:  ## what can be made again
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
