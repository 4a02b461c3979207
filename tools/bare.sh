#!/usr/bin/env bash
# Builds build/bare/manybody from the compiler and .deps alone (.deps may be carried from another machine).
set -euo pipefail
cd "$(dirname "$0")/.."
if [ ! -d .deps/include ] && ! printf '#include <toml++/toml.h>\n#include <fmt/format.h>\n' | ${CXX:-c++} -std=c++20 -fsyntax-only -x c++ - 2>/dev/null; then
  echo "bare: .deps/include is missing: run 'make setup' on a machine with packages and carry .deps here" >&2
  exit 1
fi
mkdir -p build
generator=()
command -v ninja >/dev/null || generator=(-G "Unix Makefiles")
cmake --preset bare "${generator[@]}" > build/bare.log 2>&1 || { tail -n 30 build/bare.log >&2; exit 1; }
cmake --build build/bare --parallel "${JOBS:-$(nproc)}" --target manybody
