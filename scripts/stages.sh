# The stages of scripts/test. Each runs from the root of the repository in a shell of its own;
# a line `check ok: NAME` or `check failed: NAME` counts as one test.

# check NAME CMD...
check() {
    local name=$1; shift
    if "$@"; then echo "check ok: $name"; else echo "check failed: $name"; checks_failed=1; fi
}
checks_failed=0

host_packages="-p contract -p wire -p twin -p device -p risk -p model -p engine -p gateware -p verilated -p xtask"

stage_build() {
    check "build" cargo build --workspace
    check "tests compile" cargo test --workspace --no-run
    # Compiling for clippy is building too; the lint stage repeats it from the cache.
    cargo clippy -q --workspace --all-targets >/dev/null 2>&1
    return $checks_failed
}

stage_lint() {
    check "rustfmt" cargo fmt --all --check
    check "clippy" cargo clippy -q --workspace --all-targets -- -D warnings
    check "hdl lint" cargo run -q -p xtask -- lint-hdl
    check "tidy" cargo run -q -p xtask -- tidy
    check "golden verilog" cargo run -q -p xtask -- emit --check
    return $checks_failed
}

stage_rust() {
    cargo test --no-fail-fast $host_packages
}

# Every bench; the gate of yosys has a stage of its own.
stage_benches() {
    cargo test --no-fail-fast -p testbench -- --nocapture --skip yosys_is_content
}

stage_card() {
    cargo test --no-fail-fast -p sim-card -p tickforge -- --nocapture
}

stage_yosys() {
    cargo test --no-fail-fast -p testbench --test gates -- --nocapture yosys_is_content
}
