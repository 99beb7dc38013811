# rasid: `make help` lists the targets. Only Go, git and make are needed; what
# tests use beyond that (redis-server, chromium) is installed where the system's
# package manager may, and named where it may not.

GO      ?= go
BIN     := bin
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)
TOOLS   := $(GO) tool -modfile=tools/go.mod

.DEFAULT_GOAL := help
.PHONY: help demo build test test-tools race lint fmt fuzz differential hostile eval bench bench-hyperscan crash model trip start pictures clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## (.*)/  \1\t\2/' | expand -t 16

demo: ## the bot on sample news, with a chat page in the browser
	$(GO) run ./cmd/rasid demo

build: ## one static binary in bin/
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN)/rasid ./cmd/rasid

test: test-tools ## all tests with the race detector, real Redis and a real browser included
	$(GO) vet ./...
	$(GO) test -race -timeout 15m ./...

test-tools: ## install what the tests use and the system lacks
	@.ci/tools

race: test ## the same as test

lint: ## formatting and lint, with the tools pinned in tools/go.mod
	$(TOOLS) golangci-lint run ./...
	$(GO) mod tidy -diff

fmt: ## format the code
	$(TOOLS) golangci-lint fmt ./...

fuzz: ## every fuzz target for FUZZTIME (20s)
	.ci/fuzz $(or $(FUZZTIME),20s)

differential: ## a million pairs of rules and articles, the set beside the oracle; RASID_DIFF_ARTICLES names real ones
	RASID_DIFF_PAIRS=1000000 go test ./rules -run TestDifferential -v -timeout 30m

hostile: ## the worst rules and articles that are known: a million rules, five megabytes
	RASID_HOSTILE_RULES=1000000 $(GO) test ./rules -count=1 -run TestNoSetCostsMoreThanItsBudget -v -timeout 60m

eval: ## how well words are understood, beside other systems, where the gold data is there
	@.ci/eval

bench: ## the benchmarks
	$(GO) test -run '^$$' -bench . -benchmem ./...

bench-hyperscan: ## matching beside Hyperscan in the same run (Debian: libhyperscan-dev)
	CGO_ENABLED=1 $(GO) run -tags hyperscan ./cmd/rasid bench match --rules $(or $(RULES),10000,100000,1000000)

crash: export RASID_CRASH := $(or $(CRASH),full)
crash: export RASID_CRASH_TABLE := $(CURDIR)/$(BIN)/faults.md
crash: test-tools ## every fault that the promise names, as often as it says and at real times, an hour and more; CRASH=medium: a tenth
	@mkdir -p $(BIN) && rm -f $(RASID_CRASH_TABLE)
	@failed=0; \
	$(GO) test -count=1 -v -timeout 4h -skip 'TestTrip|TestStart' ./internal/crash || failed=1; \
	$(GO) test -count=1 -v -timeout 2h -run 'Cut|Flipped' ./store/boltstore || failed=1; \
	$(MODEL)=$(if $(CRASH),1000,10000) || failed=1; \
	echo; cat $(RASID_CRASH_TABLE); exit $$failed

MODEL := $(GO) test -count=1 -v -timeout 4h -run TestModel ./store/boltstore ./store/redisstore -rapid.checks

model: test-tools ## random sequences of operations on each store and on the model in memory: CHECKS (10000)
	$(MODEL)=$(or $(CHECKS),10000)

trip: test-tools ## articles a second and latency through the whole program, on both stores
	RASID_TRIP=full $(GO) test -count=1 -v -timeout 20m -run 'TestTrip' ./internal/crash

start: test-tools ## how long the program takes to be ready with a million rules, and its memory, on both stores
	RASID_START=full $(GO) test -count=1 -v -timeout 20m -run 'TestStart' ./internal/crash

pictures: test-tools ## the pictures of the documentation, from the running demo
	SHOTS=$(CURDIR)/docs/pictures $(GO) test -count=1 -run Browser ./internal/e2e

clean: ## remove what the targets made
	rm -rf $(BIN)
