# What the README's quick start and CI call. Every target does its own set-up on a Debian machine with rustup's Rust.

# What is compiled for the first time gains nothing from being compiled in parts that a later build may use again.
ifeq ($(wildcard target),)
export CARGO_INCREMENTAL := 0
endif

.PHONY: demo demo-region test fmt lint docs licences audit unit page-lint page-test browser browser-firefox bench-small instructions fuzz-check fuzz bench score oracle zones console setup setup-cc setup-build clean

# The exercise needs neither TLS nor Mode S, and no optimised program: without them it is on the screen in half the time.
demo: setup-cc console ## one command: broker, receivers, watch, console, alerts in words
	cargo run --locked --profile demo --no-default-features -- demo

demo-region: setup console ## four centres that share, with four brokers and four consoles
	cargo build --locked --profile demo --no-default-features
	tools/demo-region target/demo/vigie

test: setup console fmt lint docs licences unit page-lint page-test browser bench-small fuzz-check ## everything that must hold before a change lands

# The console's page, which goes into the program.
PAGE := console/dist/page/index.html
PACKAGES := console/node_modules/.package-lock.json
console: $(PAGE)

$(PAGE): $(PACKAGES) $(shell find console/src console/public -type f) console/index.html console/vite.config.ts console/tsconfig.json
	cd console && npm run --silent build
	@touch $@

$(PACKAGES): console/package.json console/package-lock.json
	@command -v npm >/dev/null || { echo "Node is missing: install Node 20 or later with npm, then run make again" >&2; exit 1; }
	cd console && npm ci --no-audit --no-fund
	@touch $@

# `npm run format` mends what it can.
page-lint: $(PACKAGES)
	cd console && npm run --silent lint

page-test: $(PACKAGES)
	cd console && npm run --silent test

# The program that `unit` has built, with a real broker, in a real browser. With `--test it` the features of the crates are those
# of the tests, so that nothing is compiled again.
browser: $(PAGE)
	cargo build --locked --bin vigie --test it
	cd console && npm run --silent browser

# The same tests in Firefox as Debian has it. `test` has no time for it.
browser-firefox: $(PAGE) ## the browser tests in Firefox
	@[ -x /usr/bin/firefox-esr ] || tools/install firefox-esr
	cargo build --locked --bin vigie --test it
	cd console && BROWSER=firefox npm run --silent browser

fmt:
	cargo fmt --check

# Benches and examples are compiled by the first; the second is what `make demo` builds. With an example the features of the crates
# are those of the first, so that they are not looked through again.
lint:
	cargo clippy --locked --all-targets -- -D warnings
	cargo clippy --locked --no-default-features --lib --bins --example canonical -- -D warnings

docs:
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --document-private-items

# Licences and sources of every crate, on every platform: those that were not downloaded yet are fetched.
licences: setup-build
	tools/cargo deny --locked --all-features check licenses bans sources

# Known weaknesses and crates without a maintainer besides. Their database comes from GitHub, which a closed network does not allow:
# so `test` asks for none.
audit: setup-build ## licences, sources, known weaknesses and unmaintained crates of all that the program is built from
	tools/cargo deny --locked --all-features check

unit:
	tools/cargo nextest run --locked --config-file tests/nextest.toml --no-fail-fast
	cargo test --locked --doc

# Measures nothing: that the benches still run is what this asks.
bench-small:
	cargo bench --locked --profile dev --bench air --bench decode --bench association --bench tracking --bench sharing -- --test

# What a report costs, in instructions of this profile: 5 % more is an error. Without valgrind nothing is counted.
instructions: setup-build ## instructions of a report, beside those on record; needs valgrind
	tools/instructions

# Only that the fuzz targets compile: `make fuzz` runs them.
fuzz-check:
	cargo check --locked --manifest-path fuzz/Cargo.toml --target-dir target

fuzz: setup-build ## every decoder under random bytes, two minutes each: asks for a nightly compiler
	fuzz/seeds
	@cargo fuzz --version >/dev/null 2>&1 || cargo install --locked cargo-fuzz
	for target in $$(cargo +nightly fuzz list); do \
		cargo +nightly fuzz run $$target -- -max_total_time=120 -rss_limit_mb=2048 || exit 1; \
	done

bench: setup console ## figures to compare within one run
	cargo bench --bench decode
	cargo bench --bench air
	cargo bench --bench engine
	cargo bench --bench association
	cargo bench --bench tracking
	cargo bench --bench index
	cargo bench --bench replay
	cargo bench --bench latency
	cargo build --release --quiet
	cd console && VIGIE=../target/release/vigie node bench/fps.mjs 20000

score: setup-build ## precision and recall of each pattern over 20 seeds: the busy day and the exercises with radars
	cargo build --release --quiet
	tools/score/run benches/busy-day 20 128
	tools/score/run replay-data/air-drop-pedro-bank 20 128
	tools/score/run replay-data/mothership-barbados 20 128
	tools/score/run replay-data/dark-approach-saint-lucia 20 128

oracle: ## our decoder beside pyais and libais, over the recordings
	tools/oracle/run

zones: ## the shipped zones, coast and places, made anew
	tools/zones/make.sh

setup: setup-build
	@command -v mosquitto >/dev/null || [ -x /usr/sbin/mosquitto ] || tools/install mosquitto
	@[ -x /usr/bin/chromium ] || tools/install chromium
	@command -v faketime >/dev/null || tools/install faketime

setup-build: setup-cc
	@command -v pkg-config >/dev/null && pkg-config --exists openssl || tools/install pkg-config libssl-dev

setup-cc:
	@command -v cargo >/dev/null || { echo "Rust is missing: install it with rustup, then run make again" >&2; exit 1; }
	@command -v cc >/dev/null || tools/install build-essential

clean:
	cargo clean
