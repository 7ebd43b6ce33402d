# What each command does stands in tools/; this file is the list of them.
PYTHON ?= python3
PORT ?= 8000
STAGE ?= local
N ?= 1000
BIN := .venv/bin
# In the groups and the order of tests/collected.py, which begins with what takes long.
SHARED := -n auto --dist loadgroup --no-loadscope-reorder
QUICK := $(SHARED) --target moto -m "not slow and not browser"
# In a recipe: where there is no such Python, a line says so, and not sh.
python = $(if $(shell command -v "$(PYTHON)" 2>&1),$(PYTHON),$(error PYTHON=$(PYTHON): there is no such Python here))
.DEFAULT_GOAL := help
.PHONY: help install install-run assets prerequisites run token test test-quick check format budget seed export backfill restore resource remove policy openapi client fuzz clean size verify lint lock audit bench deploy image image-run push rollback destroy

help:
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: install-run ## Serve the API on a local AWS (PORT=8000, LATENCY=ms, ERRORS=percent, AUTH_ISSUER=local)
	@exec $(BIN)/python -m tools.local.run --port="$(PORT)"

# What it installs is told on stderr: a shell takes stdout for the token.
token: # Print a token for make run AUTH_ISSUER=local (SUB=you, SCOPES=all of the app, EXPIRES=3600)
	@$(python) tools/install.py run >&2
	@exec $(BIN)/python -m tools.issuer

install: ## Install what tests and editors need, too; the other commands install what they need
	@$(python) tools/install.py dev
	@$(BIN)/python -m tools.assets

# What pages take from npm. make run and make deploy do it, too, where there is npm: this brings it.
assets: install-run
	@$(BIN)/python -m tools.assets

test: install ## Run every test
	@$(BIN)/pytest $(SHARED)

test-quick: install ## Run the tests that need neither an engine nor a browser, in some three minutes
	@$(BIN)/pytest $(QUICK)

check: lint ## Format, lint, types, quick tests, cold-start budget: what a change must pass
	@$(BIN)/pytest -q $(QUICK)
	@$(MAKE) --no-print-directory budget

format: install ## Format, and fix what the linter can
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

seed: install-run ## Fill the tables with users (N=1000, STAGE=local, or URL= and TOKEN= for a running API)
	@exec $(BIN)/python -m tools.seed --count="$(N)" --stage $(STAGE) $(if $(URL),--url $(URL))

export: install-run ## A list as lines of JSON, into a file (RESOURCE=users, SEGMENTS=4, OUT=, URL= and TOKEN=)
	@exec $(BIN)/python -m tools.export --url "$(or $(URL),http://127.0.0.1:$(PORT))" \
		--resource "$(or $(RESOURCE),users)" --segments "$(or $(SEGMENTS),4)" --out "$(OUT)"

# OWNER only where it is given to make itself: a shell may have one of its own.
backfill: install-run # Mend what older versions, hands and restored tables left (STAGE=, DRY=1, RATE=, OWNER=)
	@exec $(BIN)/python -m tools.backfill --stage "$(STAGE)" $(if $(DRY),--dry) \
		$(if $(RATE),--rate "$(RATE)") $(if $(CREATED_AT),--created-at "$(CREATED_AT)") \
		$(if $(filter command,$(origin OWNER)),--owner "$$OWNER")

restore: install-run # Bring the tables back as they were (STAGE=dev AT=2026-11-20T12:00:00Z)
	@exec $(BIN)/python -m tools.restore --stage "$(STAGE)" --at "$(AT)"

resource: install-run ## Make a second resource from users (NAME=products)
	@$(BIN)/python -m tools.resources add $(NAME)

remove: install-run ## Take a resource or feature out whole (NAME=products)
	@$(BIN)/python -m tools.resources remove $(NAME)

client: install-run ## Write a typed client, and a collection of requests, into examples (URL= for a running API)
	@$(BIN)/python -m tools.clients $(if $(URL),--url "$(URL)")

policy: install-run
	@$(BIN)/python -m tools.policies

openapi: install-run # Write docs/openapi.json (RELEASE=1: and promise it to clients)
	@$(BIN)/python -m tools.openapi $(if $(RELEASE),--release)

deploy: prerequisites install-run ## Deploy the API and its tables (STAGE=dev, VIA=package or image, CANARY=10)
	@exec $(BIN)/python -m tools.deploy --stage "$(STAGE)" --via "$(or $(VIA),chalice)" \
		--canary "$(CANARY)" --engine "$(ENGINE)"

image: install-run ## Build the API as a container image (STAGE=dev, ENGINE=podman, BASE=, TAG=, PULL=1)
	@exec $(BIN)/python -m tools.image.build --stage "$(STAGE)" --engine "$(ENGINE)"

image-run: install-run # Serve the image on a local AWS, as an ordinary HTTP server (PORT=8000, ENGINE=)
	@exec $(BIN)/python -m tools.image.run --stage "$(STAGE)" --port="$(PORT)" --engine "$(ENGINE)"

push: install-run # Build the image of a stage, and push it to ECR (STAGE=dev, ENGINE=podman, TAG=)
	@exec $(BIN)/python -m tools.image.push --stage "$(STAGE)" --engine "$(ENGINE)"

rollback: install-run # Serve the version before, of VIA=package or image (STAGE=dev, VERSION=3)
	@exec $(BIN)/python -m tools.deploy.rollback --stage "$(STAGE)" --via "$(VIA)" --version "$(VERSION)"

destroy: install-run ## Take a deployed API away, not its data (STAGE=dev)
	@exec $(BIN)/python -m tools.deploy.destroy --stage "$(STAGE)" --via "$(VIA)" --confirm "$(CONFIRM)"

clean: ## Delete what was installed and the local data
	@$(python) -m tools.clean
	@rm -rf .venv .venv-ministack node_modules examples/*/node_modules examples/*/dist examples/*/build examples/*/.local .local .mypy_cache .pytest_cache .ruff_cache .hypothesis

verify: install # Run the contract suite, and what no emulator can show, on a deployed API (URL=, STAGE=, TOKEN=)
	@exec $(BIN)/python -m tools.verify --url "$(URL)" --stage "$(filter-out local,$(STAGE))"

fuzz: install # Try a running API from its OpenAPI document alone (URL=http://127.0.0.1:8000, TOKEN=, SEED=)
	@exec $(BIN)/python -m tools.fuzz --url "$(or $(URL),http://127.0.0.1:$(PORT))" --seed "$(SEED)" --confirm "$(CONFIRM)"

size: install-run
	@exec $(BIN)/python -m tools.deploy.size --stage $(if $(filter local,$(STAGE)),dev,$(STAGE))

lint: install
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/mypy
	@$(BIN)/python -m tools.javascript
	@$(BIN)/hadolint Dockerfile
	@$(BIN)/python -m tools.image.lock --check
	@$(BIN)/python -m tools.openapi --check

# What the image holds, with the hash of each file that pip may take: requirements-image.in says it.
lock: install
	@$(BIN)/python -m tools.image.lock

# Known vulnerabilities of what is shipped: asked of a database on the network, so no part of check.
audit: install-run
	@$(BIN)/python -m venv .local/audit
	@.local/audit/bin/pip install -qq --disable-pip-version-check pip-audit==2.10.1
	@.local/audit/bin/pip-audit --strict --require-hashes --disable-pip -r requirements-image.txt

bench: install ## Measure this API beside others, into docs/benchmarks.md (PEERS=bare,this)
	@exec $(BIN)/python -m benchmarks.bench --peers "$(PEERS)"

budget: install
	@$(BIN)/python benchmarks/cold_start.py --check

install-run:
	@$(python) tools/install.py run

# First: who has to mend something need not wait until everything is installed.
prerequisites:
	@$(python) tools/prerequisites.py "$(STAGE)"
