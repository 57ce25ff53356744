# Everything that is done with this checkout. Needed: Go, git, make.

GO        ?= go
BIN       := bin/cohort
LINT      := .cache/golangci-lint-$(shell sed -n 's|^.*golangci-lint/v2 \(v[0-9.]*\).*|\1|p' tools/go.mod)
PACKAGES  ?= ./...
REPORT    := .cache/testreport
OPA       := .cache/opa-$(shell sed -n 's|^.*open-policy-agent/opa \(v[0-9.]*\).*|\1|p' perf/opa/go.mod)
DEPLOY    := .cache/deploycheck
# The race detector needs a C compiler; without one Go sets CGO_ENABLED to 0. It
# does not watch what happens inside SQLite, which is C in translation under its
# own locks, and inside libraries that compute with texts and what is their own:
# that took most of the time and could find nothing of ours.
UNWATCHED := modernc.org/sqlite/lib modernc.org/libc regexp regexp/syntax text/template/parse html/template \
	github.com/pressly/goose/... github.com/google/go-cmp/... github.com/getkin/kin-openapi/... \
	github.com/santhosh-tekuri/jsonschema/...
RACE      := $(if $(filter 1,$(shell $(GO) env CGO_ENABLED)),-race $(UNWATCHED:%=-gcflags=%=-race=false))
# Tests write to memory where it is a file system with 4 GiB free from which
# programs run: half of their time they would wait for a disk to keep what is thrown
# away. The folder is always the same one, as results in the test cache depend on it;
# what tests that were killed have left in it is removed. What is built stays on disk.
SCRATCH := export GOTMPDIR="$${GOTMPDIR:-$${TMPDIR:-/tmp}}"; scratch=/dev/shm/cohort-tests-$$(id -u); \
	if mkdir -p -m 711 "$$scratch" 2>/dev/null && cp /bin/true "$$scratch/run" && "$$scratch/run" && \
	[ "$$(df --output=avail -k "$$scratch" | tail -1)" -gt 4194304 ]; then export TMPDIR="$$scratch"; \
	find "$$scratch" -mindepth 1 -maxdepth 1 -mmin +120 -exec rm -rf {} +; fi
# Whole-program tests run the binary as it is shipped, so without the detector;
# and always, as the test cache does not know what the binary is built from.
WHOLE     := cohort/e2e cohort/cmd/cohort

SHELL       := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: release release-twice screenshots help run build test test-all test-race test-whole mutate fuzz bench benchmarks lint lint-deploy vet fmt fmt-check clean
.DELETE_ON_ERROR:

help: ## list what can be done
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r t d; do printf '  make %-10s %s\n' "$$t" "$$d"; done

run: build ## build and serve, with the data in ./cohort-data (ARGS='--addr …')
	@$(BIN) serve $(ARGS)

build: ## build bin/cohort
	@mkdir -p bin
	$(GO) build -o $(BIN) ./cmd/cohort

test: fmt-check lint lint-deploy test-race test-whole ## what must pass before every push: the cheap checks first

test-all: export COHORT_TEST_ALL := 1
test-all: test mutate fuzz ## the same, with the long tests: 100 crash rounds, mutants, fuzzing

mutate: ## change the resolver and the planner line by line: the tests must notice
	@$(GO) run ./internal/archtest/mutate

FUZZTIME ?= 30s
fuzz: ## fuzz every parser (FUZZTIME=30s each)
	@for dir in $$($(GO) list -f '{{.Dir}}' $(PACKAGES)); do \
	for name in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' $$(ls $$dir/*_test.go 2>/dev/null) /dev/null); do \
	echo "$$name in $${dir#$(CURDIR)/}"; $(GO) test -run '^$$' -fuzz "^$$name$$" -fuzztime $(FUZZTIME) $$dir; done; done

test-race: $(REPORT)
	@test -n "$(RACE)" || echo "no C compiler: the tests run without the race detector"
	@all=$$($(GO) list $(PACKAGES)); packages=$$(grep -v -x $(WHOLE:%=-e %) <<<"$$all" || true); \
	if [ -n "$$packages" ]; then $(SCRATCH); $(GO) test -json $(RACE) -timeout 9m $$packages | $(REPORT); fi

test-whole: $(REPORT)
	@all=$$($(GO) list $(PACKAGES)); packages=$$(grep -x $(WHOLE:%=-e %) <<<"$$all" || true); \
	if [ -n "$$packages" ]; then $(SCRATCH); $(GO) test -count=1 -json -timeout $${COHORT_TEST_ALL:+4}9m $$packages | $(REPORT); fi

# OPA and its dependencies are a module of their own, and built by this only.
bench: build $(OPA) ## measure everything that has a budget, for perf/RESULTS.md (ONLY=line,… SCALE=0.01 ROUNDS=5; ONLY=list)
	@$(GO) build -o .cache/perf ./perf
	@.cache/perf $(if $(filter list,$(ONLY)),-list,-only '$(ONLY)' -scale $(or $(SCALE),1) -rounds $(or $(ROUNDS),5) \
	-cohort $(BIN) -opa $(OPA) -out '$(if $(ONLY)$(SCALE)$(ROUNDS),$(OUT),$(or $(OUT),perf/RESULTS.md))')

screenshots: ## pictures of the console's main pages, in bin/screenshots
	mkdir -p bin/screenshots
	go test ./e2e -count=1 -run TestPicturesOfTheConsole -screenshots=$(CURDIR)/bin/screenshots

benchmarks: ## run the benchmarks of packages once each (BENCH=regexp, PACKAGES=./internal/resolve)
	$(GO) test -run '^$$' -bench '$(or $(BENCH),.)' -benchmem $(PACKAGES)

lint: $(LINT) ## golangci-lint, with the rules of .golangci.yml
	@$(LINT) run $(PACKAGES)

lint-deploy: $(DEPLOY) ## check what lies in deploy, with the programs that read it, and how releases are packed
	@$(DEPLOY) deploy
	@cd tools/release && $(GO) test .

release: ## build programs, packages, checksums and bills of materials of this commit, in bin/release
	@cd tools/release && $(GO) run . -out ../../bin/release ../..

AGAIN ?= linux/amd64
release-twice: ## the same, and again from a clone with a cache of its own: the bytes must be the same (AGAIN=all)
	@cd tools/release && $(GO) run . -again '$(AGAIN)' -out ../../bin/release ../..

vet: ## go vet
	@$(GO) vet $(PACKAGES)

fmt: ## format all Go files
	@gofmt -w $$(git ls-files --cached --others --exclude-standard '*.go')

fmt-check:
	@unformatted=$$(gofmt -l $$(git ls-files --cached --others --exclude-standard '*.go')); \
	if [ -n "$$unformatted" ]; then echo "not formatted (make fmt):"; echo "$$unformatted"; exit 1; fi

clean: ## remove what was built; data stays
	rm -rf bin .cache

$(REPORT): $(wildcard internal/archtest/testreport/*.go)
	@mkdir -p $(@D)
	@$(GO) build -o $@ ./internal/archtest/testreport

$(DEPLOY): $(wildcard tools/deploy/*)
	@mkdir -p $(@D)
	@echo "building what checks deploy, once"
	@cd tools/deploy && $(GO) build -o ../../$@ .

$(LINT): tools/go.mod tools/go.sum
	@mkdir -p $(@D)
	@echo "building golangci-lint, once"
	@cd tools && $(GO) build -o ../$@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint

$(OPA): perf/opa/go.mod perf/opa/go.sum
	@mkdir -p $(@D)
	@echo "building Open Policy Agent, once"
	@cd perf/opa && $(GO) build -o ../../$@ github.com/open-policy-agent/opa
