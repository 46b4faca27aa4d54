# Every target does the set-up that it needs, into .venv, once. `make` alone lists the targets.
# PYTHON=... names the interpreter to make .venv with; ARGS=... is handed on to the target's command.
# Paths are relative, so that a checkout may lie below a folder with a space in its name.

.DEFAULT_GOAL := help
.PHONY: help setup course book examples example-1 example-2 example-3 lab test lint bench plan doctor lock refresh progress reset exercise mutants prove clean

STAMP := .venv/.set-up
PYTHONS := python3.13 python3.12 python3.11 python3.14 python3 python
# What the commands advise is then said as it is typed here.
CDC_LAB := CDC_LAB_TYPED=make .venv/bin/python -m cdc_lab.cli

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

setup: $(STAMP)  ## make .venv with all packages (needs Python 3.11 to 3.14)

# An interpreter that has pip's installer comes before one that has not (Debian ships them apart);
# a name that pyenv knows but does not serve does not run, and is passed over.
$(STAMP): requirements.lock pyproject.toml
	@found=''; \
	for needed in 'sys, venv, ensurepip' 'sys'; do \
	  for candidate in $(if $(PYTHON),"$(PYTHON)",$(PYTHONS)); do \
	    if [ -z "$$found" ] && "$$candidate" -c "import $$needed; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))" >/dev/null 2>&1; \
	    then found="$$candidate"; fi; \
	  done; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "set-up: no Python 3.11 to 3.14 among $(if $(PYTHON),$(PYTHON),$(PYTHONS)): install one, or name one with PYTHON=... (for newer ones some packages have no wheels yet)" >&2; \
	  exit 1; \
	fi; \
	"$$found" cdc_lab/course/bootstrap.py

course: $(STAMP)  ## run all notebooks, then make the book of them (ARGS="--seed 11", "--only 03 --only 04b")
	@$(CDC_LAB) course $(ARGS)

book: $(STAMP)  ## make the book of the committed notebooks in build/book/
	@$(CDC_LAB) book $(ARGS)

examples: $(STAMP)  ## run the three examples into build/examples/
	@$(CDC_LAB) examples $(ARGS)

example-1: $(STAMP)  ## streams and handlers: lessons 01 and 03
	@$(CDC_LAB) example 1 $(ARGS)

example-2: $(STAMP)  ## aggregations: lesson 04
	@$(CDC_LAB) example 2 $(ARGS)

example-3: $(STAMP)  ## events: lesson 05
	@$(CDC_LAB) example 3 $(ARGS)

lab: $(STAMP)  ## open your copy of the notebooks in JupyterLab, on this machine only
	@$(CDC_LAB) lab $(ARGS)

test: $(STAMP)  ## run all tests (ARGS="-k test_stream")
	@$(CDC_LAB) test $(ARGS)

lint: $(STAMP)  ## ruff, mypy and the notebook checks
	@$(CDC_LAB) lint $(ARGS)

bench: $(STAMP)  ## run the benchmarks of tests/benchmarks/ and print their tables
	@$(CDC_LAB) bench $(ARGS)

plan: $(STAMP)  ## plan a stream (ARGS="--writes 3000 --seconds-per-record 0.005 --lag 5")
	@$(CDC_LAB) plan $(ARGS)

# Where the set-up has failed, the doctor looks at what there is.
doctor:  ## say what is wrong with this machine, if anything
	@[ -x .venv/bin/python ] || $(MAKE) --no-print-directory setup
	@$(CDC_LAB) doctor $(ARGS)

lock: $(STAMP)  ## make requirements.lock anew from pyproject.toml (ARGS="--upgrade")
	@$(CDC_LAB) lock $(ARGS)

refresh: $(STAMP)  ## execute the committed notebooks anew, in place (for authors; ARGS="--only 03 --only 04b")
	@$(CDC_LAB) refresh $(ARGS)

progress: $(STAMP)  ## show your predictions, checkpoints and misconceptions
	@$(CDC_LAB) progress $(ARGS)

reset: $(STAMP)  ## bring a fresh notebook, and keep yours beside it (ARGS=01_streams_intro)
	@$(CDC_LAB) reset $(ARGS)

exercise: $(STAMP)  ## list exercises, or check a class's notebooks (ARGS="check --all FOLDER --csv FILE")
	@$(CDC_LAB) exercise $(if $(ARGS),$(ARGS),list)

mutants: $(STAMP)  ## prove the exercises' checks, print the kill matrix (for authors; ARGS="--only drill_04")
	@.venv/bin/python -m tests.exercises.matrix $(ARGS)

prove: $(STAMP)  ## all proofs that CI samples, against DynamoDB Local, too (for authors; needs java and npm)
	@.venv/bin/python -m tests.exercises.matrix --required
	@CDC_LAB_HISTORIES=1000 CDC_LAB_READS=1000 .venv/bin/python -m pytest tests -m integration -n 2
	@.venv/bin/python -m pytest tests -m every_lesson -n 2
	@.venv/bin/python .ci/matrix.py oldest newest beside --sample
	@CDC_LAB_MISSPELT=1000 .venv/bin/python -m pytest tests/deployment/test_template.py
	@CDC_LAB_PLANTED_SEEDS=20 .venv/bin/python -m pytest tests/testing/test_planted.py -n 2

clean:  ## remove build/ and the tools' caches (not .venv)
	@if [ -x .venv/bin/python ]; then $(CDC_LAB) clean; else rm -rf build dist; fi
