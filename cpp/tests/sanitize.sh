#!/usr/bin/env bash
# Builds the native tests with sanitizers and runs them. Called by `make sanitize`; needs the environment's build tools.
#
#   cpp/tests/sanitize.sh PYTHON BUILD_FOLDER SANITIZERS [arguments of seedbed_native_tests]
set -euo pipefail
root="$(cd "$(dirname "$0")/../.." && pwd)"
bin="$(cd "$(dirname "$1")" && pwd)"
folder=$2 sanitizers=$3
shift 3

mkdir -p "$folder"
"$bin/cmake" -S "$root" -B "$folder" -G Ninja -DCMAKE_MAKE_PROGRAM="$bin/ninja" -DPython_EXECUTABLE="$bin/python" \
  -DSEEDBED_TESTS=ON -DSEEDBED_SANITIZERS="$sanitizers" >"$folder.log" || { cat "$folder.log" >&2; exit 1; }
"$bin/ninja" -C "$folder" -j 2 --quiet seedbed_native_tests

# ThreadSanitizer wants the addresses that it knows. Where the kernel spreads them too widely, and a container forbids
# to switch that off, it cannot start; that is an error, not a reason to skip.
start=()
if [ "$sanitizers" = thread ]; then
  if setarch "$(uname -m)" -R true 2>/dev/null; then start=(setarch "$(uname -m)" -R); fi
  if ! "${start[@]}" "$folder/seedbed_native_tests" choice_of_instruction_set >"$folder.log" 2>&1; then
    cat "$folder.log" >&2
    echo "ThreadSanitizer cannot run here (see above). If it names the memory mapping: allow personality(2) in this" \
         "container, or set vm.mmap_rnd_bits to 28 on the host." >&2
    exit 1
  fi
fi
export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1
export UBSAN_OPTIONS=print_stacktrace=1
export TSAN_OPTIONS=halt_on_error=1
exec "${start[@]}" "$folder/seedbed_native_tests" "$@"
