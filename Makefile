# make demo         watch a virtual patient live; make demo SECONDS=20 ends by itself
# make test         run the tests; make test TESTS="tests/dsp_core -k hum" runs some of them
# make bench        what share of a block's duration the core takes
# make gates        whether the core is still as fast as it was
# make lint types   check style and types
# make clean        remove what was made here, .venv included
#
# Each makes .venv when it is missing; PYTHON=python3.13 chooses the interpreter.
PYTHON ?= python3
VENV := .venv
PARTS := acquisition dsp_core monitor_ui recordings
KERNELS := $(shell find $(PARTS) -name '*.pyx' -o -name '*.pxd')
HEADERS := $(wildcard $(PARTS:%=%/*.h))

.PHONY: demo test bench gates lint types clean
.NOTPARALLEL:

demo: $(VENV)/has-all $(VENV)/kernels
	./environment.sh $(VENV)
	$(VENV)/bin/myoscope demo $(if $(SECONDS),--seconds $(SECONDS))

# In parallel, the tests of a file stay together: they share what is slow to set up.
test: $(VENV)/has-test $(VENV)/kernels
	$(VENV)/bin/python -m pytest -n auto --maxprocesses 8 --dist loadfile $(TESTS)

bench: $(VENV)/has-test $(VENV)/kernels
	$(VENV)/bin/python -m pytest bench/bench_block_budget.py

gates: $(VENV)/has-test $(VENV)/has-peers $(VENV)/kernels
	$(VENV)/bin/python -m pytest bench/gates

lint: $(VENV)/has-dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	PATH="$(VENV)/bin:$$PATH" cython-lint $(KERNELS)

types: $(VENV)/has-dev $(VENV)/kernels
	$(VENV)/bin/mypy

# When an extra of pyproject.toml was last installed, and with it those that it includes.
INCLUDED_IN_all := all
INCLUDED_IN_test := all test
INCLUDED_IN_peers := peers
INCLUDED_IN_dev := all test dev
$(VENV)/has-%: pyproject.toml setup.py environment.sh
	PYTHON="$(PYTHON)" ./environment.sh $(VENV) $*
	touch $(VENV)/kernels $(INCLUDED_IN_$*:%=$(VENV)/has-%)

$(VENV)/kernels: $(KERNELS) $(HEADERS) setup.py
	$(VENV)/bin/python setup.py -q build_ext --inplace
	touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .benchmarks
	find $(PARTS) -name '*.so' -delete
