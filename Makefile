# Works with GNU make 3.81 (macOS) and a POSIX shell. `make help` lists the targets.
SHELL = /bin/sh
VENV = .venv
PYTHON_IN_VENV = $(VENV)/bin/python
STEP = setup/step
# What `make demo` passes on, for example DEMO_ARGS=--no-serve
DEMO_ARGS =
# What `make benchmark` passes on, for example BENCHMARK_ARGS=--json
BENCHMARK_ARGS =
# What `make train-names` passes on, for example TRAIN_ARGS=--epochs=2
TRAIN_ARGS =
# Percent of lines and branches that the fast tier must reach (`make test-covered`).
COVERAGE_MIN = 90
PYTEST = $(PYTHON_IN_VENV) -m pytest -q -n 2 --dist loadscope

.PHONY: help demo test test-covered checks test-slow test-full lock format docs benchmark benchmark-extraction peers accuracy train-names english-names ocr clean test-packages audit sbom

help:
	@echo "make demo       set up, scan a synthetic group, open the dashboard (DEMO_ARGS=--no-serve: stop after the scan)"
	@echo "make test       every check, fast tier; make test-full adds the slow tier"
	@echo "make test-covered  the same, and the share of lines and branches that it runs"
	@echo "make ocr        install what reads scanned pages: tesseract with Japanese, or RapidOCR into .venv"
	@echo "make format     format and fix the code"
	@echo "make docs       rebuild the generated documents"
	@echo "make lock       resolve the requirements again (needs uv)"
	@echo "make benchmark  measure detection and scanning (BENCHMARK_ARGS=--json)"
	@echo "make benchmark-extraction  measure what is read of files, beside other readers (BENCHMARK_ARGS=--quick)"
	@echo "make accuracy   measure accuracy beside other programs and write docs/accuracy.md (needs the labelled texts)"
	@echo "make train-names  train the names model again (TRAIN_ARGS=--epochs=2; needs the labelled texts)"
	@echo "make english-names  export the English names model from its package again and compare both"
	@echo "make audit      look for known vulnerabilities in every locked package (asks pypi.org)"
	@echo "make sbom       write the list of all parts of the product (CycloneDX) to build/daicho.cdx.json"
	@echo "make clean      remove the environment, the demo workspace and every cache"

demo: $(VENV)/core.stamp
	@$(VENV)/bin/daicho demo $(DEMO_ARGS)

test: checks
	@$(STEP) "tests" $(PYTEST) -m "not slow"

# The same with the share of lines and branches that the tests run; to count them takes half as long again.
test-covered: checks
	@$(PYTHON_IN_VENV) -m coverage erase
	@$(STEP) "tests" $(PYTEST) -m "not slow" --cov --cov-report=
	@$(PYTHON_IN_VENV) -m coverage combine --append --quiet || true
	@$(STEP) "coverage of lines and branches, percent (at least $(COVERAGE_MIN))" \
		$(PYTHON_IN_VENV) -m coverage report --format=total --fail-under=$(COVERAGE_MIN)

checks: $(VENV)/dev.stamp test-packages
	@$(STEP) "format" $(PYTHON_IN_VENV) -m ruff format --check --quiet .
	@$(STEP) "lint" $(PYTHON_IN_VENV) -m ruff check --quiet .
	@$(STEP) "types" $(PYTHON_IN_VENV) -m mypy
	@$(STEP) "import contracts" $(VENV)/bin/lint-imports --no-logo
	@$(STEP) "documents" $(PYTHON_IN_VENV) -m docs.build --check

test-slow: $(VENV)/dev.stamp test-packages
	@$(STEP) "slow tests" $(PYTEST) -m slow

test-full: test
	@$(MAKE) test-slow

test-packages:
	@setup/test-packages

# The stamps hold what was installed from which lock; a changed lock installs again.
$(VENV)/core.stamp: requirements/core.lock setup/environment
	@setup/environment core
	@touch $@

$(VENV)/dev.stamp: requirements/core.lock requirements/dev.lock setup/environment
	@setup/environment core dev
	@touch $@ $(VENV)/core.stamp

$(VENV)/bench.stamp: requirements/core.lock requirements/bench.lock setup/environment
	@setup/environment core bench
	@touch $@

$(VENV)/peers.stamp: requirements/core.lock requirements/dev.lock requirements/peers.lock setup/environment
	@setup/environment core dev peers
	@touch $@

$(VENV)/train.stamp: requirements/core.lock requirements/train.lock setup/environment
	@setup/environment core train
	@touch $@

$(VENV)/english.stamp: requirements/bench.lock requirements/english.lock setup/environment
	@setup/environment core bench english
	@touch $@

# Kept apart from the product: an environment of its own, below build/.
build/audit.stamp: requirements/audit.lock setup/environment
	@mkdir -p build
	@DAICHO_VENV=build/audit-venv setup/environment audit
	@touch $@

audit: build/audit.stamp
	@for lock in core dev bench train deep ocr; do \
		echo "requirements/$$lock.lock"; \
		build/audit-venv/bin/pip-audit --strict --disable-pip --require-hashes -r requirements/$$lock.lock || exit 1; \
	done

sbom: build/audit.stamp
	@build/audit-venv/bin/cyclonedx-py requirements requirements/core.lock --pyproject pyproject.toml \
		--of JSON --output-reproducible -o build/daicho.cdx.json
	@echo build/daicho.cdx.json

lock:
	@setup/lock

format: $(VENV)/dev.stamp
	@$(PYTHON_IN_VENV) -m ruff check --fix --quiet . ; $(PYTHON_IN_VENV) -m ruff format .

docs: $(VENV)/dev.stamp
	@$(PYTHON_IN_VENV) -m docs.build

benchmark: $(VENV)/bench.stamp
	@$(PYTHON_IN_VENV) -m benchmarks.detection $(BENCHMARK_ARGS)
	@$(PYTHON_IN_VENV) -m benchmarks.growth $(BENCHMARK_ARGS)
	@$(PYTHON_IN_VENV) -m benchmarks.scan $(BENCHMARK_ARGS)

# Other readers of documents, to compare with; nothing of the product uses them.
peers: $(VENV)/peers.stamp

benchmark-extraction: peers
	@$(PYTHON_IN_VENV) -m benchmarks.extraction $(BENCHMARK_ARGS)

accuracy: $(VENV)/dev.stamp
	@$(PYTHON_IN_VENV) -m benchmarks.accuracy --write

# One thread: more change the order of sums, and with it the last digits of the weights.
train-names: $(VENV)/train.stamp
	@OPENBLAS_NUM_THREADS=1 $(PYTHON_IN_VENV) -m training.names $(TRAIN_ARGS)

english-names: $(VENV)/english.stamp
	@OPENBLAS_NUM_THREADS=1 $(PYTHON_IN_VENV) -m training.english_names

ocr: $(VENV)/core.stamp
	@setup/ocr

clean:
	@rm -rf $(VENV) demo-workspace .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache \
		.coverage .coverage.* htmlcov build dist *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
