# Shared by the scripts: messages, the local dependency folder, retried and checksummed downloads.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
deps=$root/.deps
offline=${TICKFORGE_OFFLINE:-0}

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
die() { printf 'error: %s\n' "$*" >&2; exit 2; }
have() { command -v "$1" >/dev/null 2>&1; }

# retry N CMD...: runs CMD until it succeeds, N times at most
retry() {
    local n=$1 i; shift
    for i in $(seq "$n"); do
        "$@" && return 0
        [ "$i" = "$n" ] || { echo "attempt $i of $n failed: $*" >&2; sleep $((i * 2)); }
    done
    return 1
}

# Tools installed by scripts/setup without root.
use_local_tools() {
    [ -d "$deps/venv/bin" ] && export PATH="$deps/venv/bin:$PATH"
    if [ -x "$deps/verilator/bin/verilator_bin" ] && ! have verilator; then
        export VERILATOR_ROOT=$deps/verilator VERILATOR=$deps/verilator/bin/verilator_bin
    fi
    if [ -f "$deps/onnxruntime/libonnxruntime.so" ]; then
        export ORT_DYLIB_PATH=${ORT_DYLIB_PATH:-$deps/onnxruntime/libonnxruntime.so}
    fi
    return 0
}
