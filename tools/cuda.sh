#!/usr/bin/env bash
# Puts NVIDIA's GPU compiler under .deps/cuda: five hash-pinned wheels (117 MB; tools/fetch.py), joined to one folder as nvcc wants it.
# usage: tools/cuda.sh      `cmake --preset gpu` calls it when .deps/cuda is missing. Nothing is installed on the system.
# NVIDIA's licence for them lies in .deps/cuda/licenses. The program links its runtime statically; a GPU's driver is not part of it.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/python.sh
fail() { printf '%s\n' "cuda: $*" >&2; exit 1; }

[ "$(uname -m)" = x86_64 ] || fail "the pinned compiler is for x86_64; on $(uname -m) give CMake a toolkit: -DCMAKE_CUDA_COMPILER=/path/to/nvcc"
python=$(find_python pip) || fail "Python 3.11 or newer with pip is needed (set PYTHON=/path/to/python3 when it has another name)"
"$python" tools/fetch.py cuda

new=.deps/.new-cuda.$$
trap 'rm -rf "$new"' EXIT
mkdir -p "$new"
for part in cuda-nvcc cuda-nvvm cuda-crt cuda-runtime cuda-cccl; do
  cp -rl ".deps/$part"/* "$new/" || fail "cannot join .deps/$part"
done
chmod +x "$new"/bin/* "$new"/nvvm/bin/*
rm -rf .deps/cuda
mv "$new" .deps/cuda
.deps/cuda/bin/nvcc --version | tail -n 1
