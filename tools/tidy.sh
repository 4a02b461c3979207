#!/usr/bin/env bash
# clang-tidy with a small set of checks over the files changed since the main line. usage: tools/tidy.sh BUILD_FOLDER
set -euo pipefail
cd "$(dirname "$0")/.."
command -v clang-tidy >/dev/null || { echo "tidy: clang-tidy is not installed, nothing was checked"; exit 0; }
git rev-parse -q --verify HEAD >/dev/null || { echo "tidy: nothing is committed yet"; exit 0; }
base=$(git merge-base HEAD origin/main 2>/dev/null || git rev-parse HEAD)
files=$( (git diff --name-only --diff-filter=d "$base" -- '*.cc'; git ls-files -o --exclude-standard -- '*.cc') | sort -u)
[ -z "$files" ] || clang-tidy -p "$1" --quiet --checks='-*,bugprone-use-after-move,bugprone-infinite-loop,bugprone-sizeof-expression,performance-unnecessary-value-param,clang-analyzer-core*' $files
