# The front door. Each target is one step of CMake or one script of tools/; `make help` lists them.
.PHONY: build run test asan tsan clang fuzz py wheel bench fmt lint install clean help
.DEFAULT_GOAL := build
PREFIX ?= /usr/local

# Debian's own Python has Debian's pytest; another python3 on PATH need not.
PYTHON ?= $(shell /usr/bin/python3 -c 'import pytest' 2>/dev/null && echo /usr/bin/python3 || echo python3)

build: ## build what users run, in build/release
	@cmake --preset release >/dev/null
	@cmake --build --preset release

run: ## the main job: set up, build, fetch the digits and tune a classifier of them
	@tools/setup run
	@$(MAKE) --no-print-directory build
	@tools/fetch-mnist
	@rm -rf build/run hone/digits
	@examples/digits/run.sh

test: ## every test; T=REGEX for some of them
	@tools/setup test
	@$(PYTHON) tools/test dev $(if $(T),--only '$(T)',--python) --e2e

py: ## build the Python package, run its tests and mypy; T=EXPRESSION for some of them
	@tools/setup test
	@$(PYTHON) tools/py $(if $(T),--only '$(T)')

wheel: ## a wheel that needs nothing but libc, in build/wheel
	@tools/setup test
	@$(PYTHON) tools/wheel

clang: ## the same tests, built by clang
	@tools/setup test
	@$(PYTHON) tools/test clang $(if $(T),--only '$(T)') --e2e

asan: ## C tests under AddressSanitizer and UBSan
	@tools/setup test
	@$(PYTHON) tools/test asan --only '$(or $(T),^(unit|contract|property|fault|fuzz)/)'

tsan: ## C tests that have threads or processes, under ThreadSanitizer
	@tools/setup test
	@$(PYTHON) tools/test tsan --only '$(or $(T),^(unit|contract)/(base|core|drive|executors|num|schedulers|simulate|storages)/)'

fuzz: ## each fuzzer for T seconds (60)
	@tools/setup test
	@tools/fuzz $(or $(T),60)

bench: build ## the benchmarks; B=REGEX for some of them
	@bench/run $(if $(B),'$(B)')

fmt: ## format the C sources
	@git ls-files '*.c' '*.h' | xargs clang-format-14 -i

lint: ## layers, headers, formatting, length of functions, scripts
	@tools/setup test
	@tools/lint

install: build ## install to PREFIX (/usr/local), below DESTDIR
	@cmake --install build/release --prefix $(PREFIX)

clean: ## remove everything built; the digits in data/ stay
	@rm -rf build

help: ## this list
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-14s %s\n", $$1, $$2 }'
