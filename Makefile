# manybody: `make demo` shows robots walking, `make test` tests everything. `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup setup-train setup-test setup-bare demo build build-all page bare test bench bench-page train format lint tidy robots clean

BUILD := build/release
JOBS ?= $(shell nproc)
BODY ?= berkeley_humanoid
ARGS ?=
say = @printf '\033[1m==> %s\033[0m\n'

help:  ## this list
	@echo "usage: make TARGET [BODY=name] [ARGS='--flag value'] [JOBS=n]"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | while IFS='|' read -r t d; do printf '%-18s %s\n' "$$t" "$$d"; done

setup:  ## install what is missing: packages (apt, sudo when not root) and pinned wheels under .deps
	$(say) "setup"
	@tools/setup.sh demo

setup-train:
	$(say) "setup"
	@tools/setup.sh train

setup-test:
	$(say) "setup"
	@tools/setup.sh test

setup-bare:
	@tools/setup.sh bare

demo: setup  ## install, build, and show a stage of walking robots on http://127.0.0.1:8080
	@$(MAKE) --no-print-directory build page
	$(say) "starting: open the page it names; Ctrl-C stops it"
	@exec $(BUILD)/manybody demo $(ARGS)

# Configured once; afterwards CMake notices by itself what changed.
$(BUILD)/build.ninja:
	$(say) "configuring in $(BUILD)"
	@cmake --preset release > $(BUILD).log 2>&1 || { tail -n 30 $(BUILD).log; exit 1; }
build: | build-folder $(BUILD)/build.ninja  ## build the program: build/release/manybody
	$(say) "building the program"
	@NINJA_STATUS='[%f/%t] ' cmake --build $(BUILD) --parallel $(JOBS) --target manybody

build-all: | build-folder $(BUILD)/build.ninja
	$(say) "building the program and its tests"
	@NINJA_STATUS='[%f/%t] ' cmake --build $(BUILD) --parallel $(JOBS)

.PHONY: build-folder
build-folder:
	@mkdir -p build

page:  ## build the page (web/dist); nothing is done when it is up to date
	@tools/page.sh

bare: setup-bare  ## build only what trains, on a machine with a compiler and .deps: build/bare/manybody
	$(say) "building without system packages"
	@tools/bare.sh

test: setup-test  ## build and run every test; the last line is `N passed, N failed`
	@$(MAKE) --no-print-directory build-all || { echo "0 passed, 1 failed"; exit 1; }
	@tools/page.sh --test || { echo "0 passed, 1 failed"; exit 1; }
	$(say) "running the tests"
	@python3 tools/run_tests.py --build $(BUILD)

bench: setup-test  ## run the benchmarks: speed and state hashes
	@mkdir -p build && { test -f $(BUILD)/build.ninja || cmake --preset release > $(BUILD).log 2>&1; }
	$(say) "building the benchmarks"
	@cmake --build $(BUILD) --parallel $(JOBS) --target manybody benches
	@for b in $(BUILD)/*_bench; do [ -x "$$b" ] || continue; echo "$$b"; "$$b" --benchmark_min_time=0.2 2>/dev/null || exit 1; done
	@$(BUILD)/manybody bench $(ARGS)

bench-page: setup-test build page  ## how fluent the page is: pictures a second, script a picture, draw calls (headless Chromium)
	@cd web && exec node --import tsx tests/bench/frames.ts

train: setup-train build  ## train a walk: make train BODY=unitree_g1
	@exec $(BUILD)/manybody train --body $(BODY) $(ARGS)

FORMATTED = $(shell git ls-files -co --exclude-standard '*.cc' '*.h' '*.inc')
format:  ## put the C++ into the project's form (clang-format 14)
	@clang-format-14 -i $(FORMATTED)

lint:  ## check the layers, the headers, the form of changed files
	@python3 tools/lint_layers.py
	@tools/lint_format.sh

tidy: | build-folder $(BUILD)/build.ninja  ## clang-tidy over changed files (optional, slow)
	@tools/tidy.sh $(BUILD)

robots:  ## fetch more robot models (288 MB): Fourier GR-1, Talos, Romeo, iCub
	@python3 tools/fetch.py robots-more

clean:  ## remove what was built; .deps stays
	@rm -rf build web/dist
