#!/usr/bin/env bash
# Installs what is missing on Debian 12 / Ubuntu 22.04 or 24.04, and nothing that is there already.
# usage: tools/setup.sh [demo|train|test|bare]
#   demo  what building, training and the page need (the default)
#   train the same without Node, which only builds the page
#   test  the same plus GoogleTest, google-benchmark, clang-format and Chromium for the page's tests
#   bare  only the wheels under .deps: a machine with a compiler and CMake can then train
# System packages come from apt (with sudo when not root); hash-pinned wheels are unpacked under .deps (tools/fetch.py).
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/python.sh
mode=${1:-demo}
say() { printf '%s\n' "setup: $*"; }
fail() { printf '%s\n' "setup: $*" >&2; exit 1; }

case $mode in
  demo|train) packages="cmake ninja-build ccache libfmt-dev libtomlplusplus-dev nlohmann-json3-dev libcli11-dev libboost-dev zlib1g-dev libmeshoptimizer-dev" ;;
  test) packages="cmake ninja-build ccache libfmt-dev libtomlplusplus-dev nlohmann-json3-dev libcli11-dev libboost-dev zlib1g-dev libmeshoptimizer-dev
                  libgtest-dev libbenchmark-dev clang-format-14" ;;
  bare) packages="" ;;
  *) fail "unknown mode '$mode' (expected demo, train, test or bare)" ;;
esac

have_package() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else fail "packages are missing and neither root nor sudo is available; ask for: $missing"; fi
}

apt_install() {  # apt_install PACKAGE...: with the lists that are there; when that fails, with fresh ones
  local attempt
  for attempt in 1 2 3; do
    if as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -o Acquire::Retries=5 \
         -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 "$@" >"$log" 2>&1 </dev/null; then return 0; fi
    [ $attempt -lt 3 ] || break
    say "reading the package lists"
    as_root apt-get update -qq -o Acquire::Retries=5 -o DPkg::Lock::Timeout=300 >/dev/null 2>&1 </dev/null || sleep 5
  done
  tail -n 5 "$log" >&2
  return 1
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT

python=$(find_python) || fail "Python 3.11 or newer is needed (set PYTHON=/path/to/python3 when it has another name)"
missing=""
if ! command -v "${CXX:-c++}" >/dev/null && ! command -v g++ >/dev/null; then missing="g++"; fi
for package in $packages; do
  # A program that is on the PATH already, from wherever, need not come from apt.
  case $package in
    cmake|ccache) command -v $package >/dev/null && continue ;;
    ninja-build) command -v ninja >/dev/null && continue ;;
    clang-format-14) command -v clang-format-14 >/dev/null && continue ;;
  esac
  have_package "$package" || missing="$missing $package"
done
"$python" -c 'import pip' 2>/dev/null || missing="$missing python3-pip"
if [ "$mode" = test ] && ! command -v chromium >/dev/null && ! command -v chromium-browser >/dev/null \
   && ! command -v google-chrome >/dev/null; then missing="$missing chromium"; fi
missing=$(echo $missing)
if [ -n "$missing" ]; then
  command -v apt-get >/dev/null || fail "this system has no apt; install these first: $missing"
  say "installing with apt: $missing"
  # Chromium and clang-format are wanted, not needed: their tests say that they were skipped for want of them.
  needed=$(for p in $missing; do case $p in chromium|clang-format-14|ccache) ;; *) echo "$p" ;; esac; done)
  wanted=$(for p in $missing; do case $p in chromium|clang-format-14|ccache) echo "$p" ;; esac; done)
  if [ -n "$needed" ]; then apt_install $needed || fail "apt could not install: $(echo $needed)"; fi
  for package in $wanted; do apt_install "$package" || say "going on without $package"; done
fi

version=$(cmake --version | sed -n '1s/[^0-9]*\([0-9]*\.[0-9]*\).*/\1/p')
[ "$(printf '3.22\n%s\n' "$version" | sort -V | head -n 1)" = 3.22 ] || fail "CMake $version is too old (expected 3.22 or newer)"
"$python" -c 'import pip' 2>/dev/null || fail "pip is missing for $python (expected '$python -m pip' to work)"

wheels="mujoco robots"
if { [ "$mode" = demo ] || [ "$mode" = test ]; } && ! tools/node.sh --check; then wheels="$wheels node"; fi
"$python" tools/fetch.py $wheels

# Header-only libraries beside the wheels, so that .deps alone serves a machine without packages (make bare).
if [ "$mode" != bare ] && [ ! -e .deps/include/.complete ]; then
  rm -rf .deps/.new-include && mkdir -p .deps/.new-include
  for library in fmt toml++ nlohmann CLI; do cp -rL "/usr/include/$library" .deps/.new-include/ || fail "/usr/include/$library is missing"; done
  touch .deps/.new-include/.complete
  rm -rf .deps/include && mv .deps/.new-include .deps/include
fi
say "everything is there"
