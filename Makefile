# The two commands (and the set-up alone). Windows without make: python run.py run, python run.py test.
PYTHON ?= python3
.PHONY: setup run test bench
setup run test bench:
	@$(PYTHON) run.py $@
