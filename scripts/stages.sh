# The stages of scripts/test. Each runs from the root of the repository in a shell of its own;
# a line `check ok: NAME` or `check failed: NAME` counts as one test.

# check NAME CMD...
check() {
    local name=$1; shift
    if "$@"; then echo "check ok: $name"; else echo "check failed: $name"; checks_failed=1; fi
}
checks_failed=0

host_packages="-p contract -p fabric -p wire -p twin -p pcie -p device -p risk -p kernels -p model -p learn -p engine -p flash -p gateware -p verilated -p sharedmem -p venue -p xtask"

# Tests of the binary whose time goes into the whole card; the others share a stage with the host's.
card_tests="--test card"
# Of what it measures: the stage of the proofs has the time.
measure_tests="--test bench"
# And those that are benches of what the card does at its ports: to the exchange, to the bus, to other programs.
port_tests="--test trigger --test attach --test mac_ports --test run_orders --test gate --test shell"

# And those that the stage of other tools has time for.
tool_tests="--test train --test record"

# Against files that are none: beside the proofs, too.
broken_tests="--test garbage"

# Proofs that the stage of the guest has time for.
short_proofs="proofs_of_the_window proofs_of_the_trigger"
# The shortest, of golden Verilog that the lint stage has just held against its source: that stage has the time for them.
golden_proofs="proofs_of_the_receiver proofs_of_the_transmitter"

# And those of the guest's: against the kernel's own TCP, and register by register.
guest_tests="--test order_tcp --test registers"

# All other tests of the binary, so that none is forgotten.
host_tests() {
    local file name
    printf -- '--bin tickforge'
    for file in host/cli/tests/*.rs; do
        name=$(basename "$file" .rs)
        [[ " $card_tests $measure_tests $port_tests $tool_tests $broken_tests $guest_tests " == *" --test $name "* ]] || printf -- ' --test %s' "$name"
    done
}

# Of all that the workspace has.
clippy="cargo clippy -q --workspace --all-targets -- -D warnings"

# What a stage selects decides which features its dependencies have: each selection is compiled as it will be run.
tests_compile() {
    cargo test --no-run $host_packages && cargo test --no-run -p testbench -p synth && cargo test --no-run -p sim-card -p tickforge
}

# The simulated card's model is built at its first use, and that within its shell: here, so that no later stage waits for them.
card_model() {
    local folder; folder=$(mktemp -d)
    target/debug/tickforge generate --symbols 1 --messages 600 --seed 1 --out "$folder/day.itch" &&
        target/debug/tickforge book --card sim --feed "$folder/day.itch" --locate 1 >"$folder/book.csv" &&
        TICKFORGE_SHELL=1 target/debug/tickforge book --card sim --feed "$folder/day.itch" --locate 1 >"$folder/shell.csv"
    local rc=$?
    rm -rf "$folder"
    return $rc
}

stage_build() {
    check "tests compile" tests_compile
    check "build" cargo build -p sim-card -p tickforge
    check "the card's model" card_model
    # Compiling for clippy is building too; the lint stage repeats it from the cache, which is of these very arguments: with others
    # clippy begins the workspace anew.
    $clippy >/dev/null 2>&1
    return $checks_failed
}

stage_lint() {
    check "rustfmt" cargo fmt --all --check
    check "clippy" $clippy
    check "clippy without the simulator" cargo clippy -q -p tickforge --no-default-features -- -D warnings
    check "hdl lint" cargo run -q -p xtask -- lint-hdl
    check "tidy" cargo run -q -p xtask -- tidy
    check "golden verilog" cargo run -q -p xtask -- emit --check
    cargo test --no-fail-fast -p testbench --test formal -- --nocapture $golden_proofs || checks_failed=1
    return $checks_failed
}

stage_rust() {
    local rc=0
    cargo test --no-fail-fast $host_packages || rc=1
    cargo test --no-fail-fast -p sim-card -p tickforge $(host_tests) -- --nocapture || rc=1
    return $rc
}

# Every bench; the gates of yosys and Icarus, and the proofs, have stages of their own.
stage_benches() {
    local rc=0
    cargo test --no-fail-fast -p testbench -- --nocapture --skip yosys_ --skip icarus_ --skip proofs_ || rc=1
    cargo test --no-fail-fast -p sim-card -p tickforge $port_tests -- --nocapture || rc=1
    return $rc
}

stage_card() {
    cargo test --no-fail-fast -p sim-card -p tickforge --lib $card_tests -- --nocapture
}

# What has to do with other tools: theirs of the emitted Verilog, and what is made of their answers.
stage_yosys() {
    local rc=0
    cargo test --no-fail-fast -p testbench --test gates -- --nocapture yosys_ icarus_ || rc=1
    # By itself it would have other features of what it depends on, and all that be compiled again.
    cargo test --no-fail-fast -p testbench -p synth --lib || rc=1
    cargo test --no-fail-fast -p sim-card -p tickforge $tool_tests -- --nocapture || rc=1
    return $rc
}

# The driver in a Linux guest: its programs and QEMU come in the build stage. Without a network there is no guest: a
# skip, but a failure in CI and where the data is required.
stage_vm() {
    local rc others=0
    scripts/vm-test 2>&1 | sed -u 's/^PASS /check ok: guest: /; s/^FAIL /check failed: guest: /; s/^\([0-9]* passed\)/guest \1/; s/^QEMU /guest QEMU /'
    rc=${PIPESTATUS[0]}
    # The guest leaves time: the shorter proofs, the order connection, the registers.
    cargo test --no-fail-fast -p testbench --test formal -- --nocapture $short_proofs || others=1
    cargo test --no-fail-fast -p sim-card -p tickforge $guest_tests -- --nocapture || others=1
    if [ "$rc" = 3 ] && [ "${TICKFORGE_REQUIRE_DATA:-0}" != 1 ] && [ -z "${CI:-}" ]; then
        echo "skipped: the guest: QEMU cannot be had (scripts/vm-test says why)"
        return $others
    fi
    [ "$rc" = 0 ] || return "$rc"
    return $others
}

# The proofs on the emitted Verilog, all but the shorter ones, what is measured, and files that are none.
stage_formal() {
    local rc=0
    cargo test --no-fail-fast -p testbench --test formal -- --nocapture --skip ${short_proofs// / --skip } --skip ${golden_proofs// / --skip } || rc=1
    cargo test --no-fail-fast -p sim-card -p tickforge $measure_tests $broken_tests -- --nocapture || rc=1
    return $rc
}
