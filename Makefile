# Three commands: `make demo`, `make editor` and `make test`. They need only Python 3.11 or newer and make.
# `make setup` installs what `make test` needs and downloads the weights; scripts/check then runs without a network.
PYTHON ?= python3
VENV ?= .venv
# On Linux pip's default PyTorch brings gigabytes of CUDA. Where your index does not offer the CPU build under this
# version, pass PyTorch's CPU index (named on its install page): make demo PIP_FLAGS="--extra-index-url ..."
PIP_FLAGS ?=
BIN := $(VENV)/bin

.PHONY: demo editor test setup benchmark clean

demo: $(VENV)/.installed
	$(BIN)/resefa demo --out demo

editor: $(VENV)/.editor
	$(BIN)/resefa ui

setup: $(VENV)/.tested
	$(BIN)/resefa models pull faces-dcgan
	$(BIN)/resefa models pull efficientnet-lite0

test: setup
	$(BIN)/python scripts/check

benchmark: $(VENV)/.tested
	$(BIN)/resefa models pull faces-dcgan
	$(BIN)/python benchmarks/run.py run jacobian
	$(BIN)/python benchmarks/run.py run locality

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_FLAGS) -c constraints.txt -e .
	@touch $@

$(VENV)/.editor: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_FLAGS) -c constraints.txt -e '.[editor,video]'
	@touch $@

$(VENV)/.tested: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_FLAGS) -c constraints.txt -e '.[test,docs,video,report,editor]'
	@# dlib has no wheel for some machines: the identity tests are then skipped and say so.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_FLAGS) -c constraints.txt -e '.[identity]' || echo "The extra 'identity' could not be installed: its tests are skipped."
	@touch $@

clean:
	rm -rf $(VENV) demo
