# Everything that one does with the source, by one word. `make` alone says what
# there is. A machine needs Go, a C compiler and make; modules come by
# themselves.

# The one list of build tags. The Dockerfile and .ci/run take theirs from here.
#   sqlite_fts5                    full text search, without which nothing builds
#   goolm                          Matrix's encryption in Go instead of a C library
#   netgo,osusergo                 no C for names and users, so that a static binary is whole
#   timetzdata                     the time zones, for machines that have none
#   sqlite_omit_load_extension     the database loads no code
TAGS := sqlite_fts5,goolm,netgo,osusergo,timetzdata,sqlite_omit_load_extension

GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
SETVER  := -X main.version=$(VERSION)

# SQLite is C. Some systems switch cgo off when they find no compiler, and the
# error that comes then speaks of something else.
export CGO_ENABLED := 1

# Tools are built once and kept outside the tree, so that a fresh clone and
# `git clean` do not cost minutes.
CACHE        := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/lectern
LINT_VERSION := v2.15.0
LINT         := $(CACHE)/golangci-lint-$(LINT_VERSION)

# The homeserver that "make e2e" talks to, at the version that e2e/go.mod pins.
DENDRITE_VERSION := v0.15.2
DENDRITE     := $(CACHE)/dendrite-$(DENDRITE_VERSION)/dendrite

.DEFAULT_GOAL := help
.PHONY: help run build static test race e2e e2e-full e2e-homeserver lint fmt docs anchors bench measure measure-matrix measure-rooms measure-search clients fuzz clean check-tools lint-tool print-tags

help: ## Say what can be made
	@printf 'make WORD, where WORD is one of\n\n'
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## Open the demo: a reading group in this terminal
	@bin/lectern demo $(ARGS)

build: check-tools ## Build bin/lectern
	@[ -e bin/lectern ] || echo "Building Lectern. The first time takes a minute or two: SQLite is compiled too."
	@$(GO) build -tags $(TAGS) -ldflags '$(SETVER)' -o bin/lectern ./cmd/lectern

static: check-tools ## Build bin/static/lectern, which needs nothing of the system it runs on
	@$(GO) build -trimpath -tags $(TAGS) \
	    -ldflags '-s -w $(SETVER) -linkmode external -extldflags "-static"' \
	    -o bin/static/lectern ./cmd/lectern

test: check-tools ## Run the tests
	@$(GO) test -tags $(TAGS) $(TESTFLAGS) ./...

# What is left out holds readers of hostile files to their bounds, in one goroutine
# each: nothing can race there, and the detector makes minutes of it. The other
# tests read the same formats under it.
ONE_GOROUTINE := ^(TestTangledMarkdown|TestHostileFiles|TestHostilePages|TestAozoraMarksWithoutEnd)$$
race: check-tools ## Run the tests under the race detector
	@$(GO) test -race -tags $(TAGS) -skip '$(ONE_GOROUTINE)' $(TESTFLAGS) ./...

e2e: build $(DENDRITE) ## Try the whole in a real room, on a homeserver of its own
	@cd e2e && E2E_DENDRITE=$(DENDRITE) E2E_BIN=$(CURDIR)/bin/lectern E2E_TAGS=$(TAGS) $(GO) test -count=1 -timeout 15m $(TESTFLAGS) ./...

# Clients that nobody here wrote are installed outside the tree.
CLIENTS := $(CACHE)/clients
e2e-full: build $(DENDRITE) clients ## The same, with clients that others wrote (needs Node, npm and Chromium)
	@test -x $${E2E_CHROMIUM:-/usr/bin/chromium} || { echo "make e2e-full needs Chromium; E2E_CHROMIUM names it if it is not /usr/bin/chromium."; exit 1; } >&2
	@cd e2e && E2E_DENDRITE=$(DENDRITE) E2E_BIN=$(CURDIR)/bin/lectern E2E_TAGS=$(TAGS) E2E_CLIENTS=$(CLIENTS) E2E_PICTURES=$(CURDIR)/bin/e2e $(GO) test -tags full -count=1 -timeout 60m $(TESTFLAGS) ./...

clients:
	@command -v npm >/dev/null || { echo "This needs Node 20 or newer with npm."; exit 1; } >&2
	@mkdir -p $(CLIENTS) && cp e2e/full/* $(CLIENTS)/ && cd $(CLIENTS) && npm install --no-audit --no-fund --no-package-lock --loglevel=error >/dev/null

e2e-homeserver: $(DENDRITE)

lint: check-tools $(LINT) ## Look for what compilers do not
	@$(GO) vet -tags $(TAGS) ./...
	@$(LINT) run --build-tags $(TAGS) ./...

fmt: check-tools ## Put the source into its usual form
	@gofmt -l -w .
	@$(GO) mod tidy

docs: check-tools ## Write the generated pages and the schema anew
	@$(GO) generate -tags $(TAGS) ./...

bench: check-tools ## Measure: PKG=./library/... narrows it, BENCH=Resolve picks some
	@$(GO) test -tags $(TAGS) -run '^$$' -bench '$(or $(BENCH),.)' -benchmem $(or $(PKG),./...)

# Without a limit the fuzzer spends its time on making inputs shorter.
fuzz: check-tools ## Feed nonsense to every parser for FUZZTIME (10s) each
	@for dir in $$($(GO) list -tags $(TAGS) -f '{{.Dir}}' ./...); do \
	    for target in $$(cd $$dir && grep -hos '^func Fuzz[A-Za-z0-9_]*' ./*_test.go | cut -c 6-); do \
	        echo "fuzzing $$target in $$dir"; \
	        (cd $$dir && $(GO) test -tags $(TAGS) -run '^$$' -fuzz "^$$target\$$" \
	            -fuzztime $(or $(FUZZTIME),10s) -fuzzminimizetime 100x .) || exit 1; \
	    done; \
	done

measure: build ## Measure what docs/benchmarks.md says; TEXTS="a.txt b.txt" reads those
	@$(GO) run -tags $(TAGS) ./bench $(TEXTS)

# bleve would bring dozens of modules into go.mod: a module of its own.
measure-search: check-tools ## Measure search beside others: TEXTS=FOLDER of bench/search/texts.sh, WORK=FOLDER, SIZES="10 100"
	@cd bench/search && $(GO) run -tags $(TAGS) . -texts '$(TEXTS)' -work '$(WORK)' -sizes '$(or $(SIZES),10 100)'

measure-matrix: build $(DENDRITE) ## Measure answers on Matrix beside a bare echo bot
	@$(GO) build -tags $(TAGS) -o bin/echo ./bench/echo
	@cd e2e && E2E_DENDRITE=$(DENDRITE) E2E_BIN=$(CURDIR)/bin/lectern E2E_ECHO=$(CURDIR)/bin/echo \
	    $(GO) test -count=1 -timeout 8m -run '^$$' -bench Matrix -benchtime $(or $(TIMES),300)x ./...

measure-rooms: build $(DENDRITE) clients ## Measure Lectern in 300 rooms beside a bot on matrix-bot-sdk (needs Node and npm)
	@$(GO) build -tags $(TAGS) -o bin/rooms ./bench/rooms
	@cd e2e && E2E_DENDRITE=$(DENDRITE) E2E_BIN=$(CURDIR)/bin/lectern E2E_ROOMS=$(CURDIR)/bin/rooms E2E_CLIENTS=$(CLIENTS) \
	    $(GO) test -tags full -count=1 -timeout 40m -run '^$$' -bench Rooms -benchtime 1x ./...

clean: ## Remove what was built here
	@rm -rf bin

anchors: check-tools ## Correct a thousand texts three times and count the anchors that survive
	@$(GO) test -tags $(TAGS) -count=1 -run TestAnchorsSurvive -v ./library -seeds 1000

# What is missing is said in a sentence, before a compiler says it in pages.
check-tools:
	@command -v $(GO) >/dev/null || { echo "Lectern is written in Go. Install Go 1.26 or newer: https://go.dev/dl/"; exit 1; } >&2
	@$(GO) list -m >/dev/null || { echo "Lectern needs Go 1.26 or newer, and this is $$(GOTOOLCHAIN=local $(GO) env GOVERSION). Install a newer one: https://go.dev/dl/"; exit 1; } >&2
	@cc=$$($(GO) env CC); command -v $${cc%% *} >/dev/null || { \
	    echo "Lectern's database is written in C, and there is no $$cc here. Install gcc:"; \
	    echo "  Debian, Ubuntu   sudo apt-get install gcc libc6-dev"; \
	    echo "  Fedora           sudo dnf install gcc glibc-static"; \
	    echo "  Alpine           apk add gcc musl-dev"; \
	    echo "  macOS            xcode-select --install"; \
	    exit 1; } >&2

lint-tool: $(LINT) ## Build the linter, at its pinned version

# The linter is not a dependency of the program: it would bring hundreds of
# modules into go.mod.
$(LINT):
	@echo "Building golangci-lint $(LINT_VERSION); this takes some minutes, once."
	@mkdir -p $(CACHE)/new
	@cd $(CACHE) && GOFLAGS= GOBIN=$(CACHE)/new $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	@mv $(CACHE)/new/golangci-lint $@

# Dendrite stands in a module of its own: it would bring hundreds of modules
# into go.mod.
$(DENDRITE):
	@echo "Building Dendrite $(DENDRITE_VERSION), a homeserver for the tests; this takes some minutes, once."
	@mkdir -p $(@D).new
	@cd e2e && $(GO) build -o $(@D).new/ tool
	@mkdir -p $(@D) && mv $(@D).new/* $(@D)/ && rmdir $(@D).new

print-tags:
	@echo $(TAGS)

# The controls are bots that are wrong on purpose; only this target builds one.
.PHONY: crash powercut burst
CONTROL_TAGS := $(TAGS),crashcontrol
crash: build ## Kill the bot CYCLES times (300) while posts fall due, on PLATFORM (matrix, discord); CONTROL=nokey, marked or nosettle must be found out
	@$(GO) build -tags $(TAGS) -o bin/crash ./bench/crash
	@$(if $(CONTROL),$(GO) build -tags $(CONTROL_TAGS) -o bin/lectern-control ./cmd/lectern)
	@bin/crash -cycles $(or $(CYCLES),300) -platform $(or $(PLATFORM),matrix) $(if $(CONTROL),-control $(CONTROL) -bin bin/lectern-control)

powercut: check-tools ## Cut the power N times (2000) at random instants of what the database writes
	@$(GO) test -tags $(TAGS) -count=1 -v -timeout 60m -run '^TestPowerCut$$' ./storage -args -cuts $(or $(N),2000)

burst: check-tools ## Let the posts of GROUPS (20000) groups fall due in one minute; REAL=1 takes as long as it takes
	@mkdir -p bin
	@$(GO) test -tags $(TAGS) -count=1 -timeout 60m ./bench/burst -args -groups $(or $(GROUPS),20000) -out $(CURDIR)/bin/burst.txt $(if $(REAL),-real)
	@cat bin/burst.txt

.PHONY: soak-discord reconnect-discord
soak-discord: check-tools ## Let N interactions (10000) come at 200 a second, with faults, on a Discord of one's own
	@$(GO) build -tags $(TAGS) -o bin/discord ./bench/discord
	@bin/discord soak -n $(or $(N),10000)

reconnect-discord: check-tools ## Let N faults (500) of the connection to Discord happen, of every kind
	@$(GO) build -tags $(TAGS) -o bin/discord ./bench/discord
	@bin/discord reconnect -n $(or $(N),500)

# Name and height of each part of a week on Discord, of which docs/discord.md
# has a picture.
PICTURES := setup:200 plan:405 announcement:300 passage:355 meeting:395 progress:180
.PHONY: pictures
pictures: check-tools ## Take the pictures of docs/discord.md anew (needs Chromium)
	@command -v chromium >/dev/null || { echo "make pictures needs Chromium (Debian: chromium)."; exit 1; } >&2
	@mkdir -p bin/pages && DISCORD_PAGES=$(CURDIR)/bin/pages $(GO) test -count=1 -tags $(TAGS) -run '^TestDiscordWeek$$' ./cmd/lectern >/dev/null
	@for p in $(PICTURES); do \
	    chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --window-size=680,$${p#*:} \
	        --screenshot=docs/discord-$${p%:*}.png file://$(CURDIR)/bin/pages/discord-$${p%:*}.html >/dev/null 2>&1 || exit 1; \
	done
