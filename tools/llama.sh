#!/usr/bin/env bash
# Builds llama.cpp's library for this machine's processor from its hash-pinned source package (77 MB; tools/fetch.py) into .deps/llama.
# usage: tools/llama.sh      `cmake -DMANYBODY_LLAMA=ON` needs it; nothing else does. JOBS=n says how many compile at once.
# Only the library: no programs, no server, no download of its own. .deps/llama is whole or absent; its licence (MIT) lies in it.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/python.sh
fail() { printf '%s\n' "llama: $*" >&2; exit 1; }

command -v cmake >/dev/null || fail "CMake is needed: run 'make setup' first"
python=$(find_python pip) || fail "Python 3.11 or newer with pip is needed (set PYTHON=/path/to/python3 when it has another name)"
"$python" tools/fetch.py llama-source
if cmp -s .deps/llama-source/.pinned .deps/llama/.pinned; then exit 0; fi

build=build/llama
new=$PWD/.deps/.new-llama.$$
trap 'rm -rf "$new"' EXIT
mkdir -p "$build" .deps/llama-source/vendor
: > .deps/llama-source/vendor/CMakeLists.txt  # what only its programs use is not unpacked
generator=()
command -v ninja >/dev/null && generator=(-G Ninja)
echo "building llama.cpp in $build (some minutes; the compiler's words are in $build.log)"
options=(-DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF -DGGML_NATIVE=ON -DGGML_OPENMP=OFF -DGGML_BLAS=OFF
  -DLLAMA_BUILD_COMMON=OFF -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_TOOLS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_SERVER=OFF
  -DLLAMA_BUILD_APP=OFF -DLLAMA_OPENSSL=OFF -DLLAMA_USE_PREBUILT_UI=OFF -DLLAMA_ALL_WARNINGS=OFF
  -DLLAMA_BUILD_NUMBER=0 -DLLAMA_BUILD_COMMIT=pinned -DCMAKE_INSTALL_LIBDIR=lib)
{
  cmake -S .deps/llama-source -B "$build" "${generator[@]}" "${options[@]}" &&
    cmake --build "$build" --parallel "${JOBS:-$(nproc)}" &&
    cmake --install "$build" --prefix "$new"
} > "$build.log" 2>&1 || { tail -n 20 "$build.log" >&2; fail "llama.cpp could not be built: see $build.log"; }
for part in include/llama.h lib/libllama.a lib/libggml.a lib/libggml-base.a lib/libggml-cpu.a; do
  [ -f "$new/$part" ] || fail "the build made no $part"
done
rm -rf "$new/bin" "$new/lib/cmake" "$new/lib/pkgconfig"
cp .deps/llama-source/LICENSE .deps/llama-source/.pinned "$new/"
rm -rf .deps/llama
mv "$new" .deps/llama
rm -rf "$build"
echo "llama.cpp is in .deps/llama"
