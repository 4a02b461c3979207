#!/usr/bin/env bash
# Says which changed C++ files are not in the form `make format` gives them. --all: every file.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v clang-format-14 >/dev/null || { echo "lint: clang-format-14 is not installed, the form was not checked"; exit 0; }
if [ "${1:-}" = --all ] || ! git rev-parse -q --verify HEAD >/dev/null; then files=$(git ls-files '*.cc' '*.h' '*.inc')
else
  base=$(git merge-base HEAD origin/main 2>/dev/null || git rev-parse HEAD)
  files=$( (git diff --name-only --diff-filter=d "$base" -- '*.cc' '*.h' '*.inc'; git ls-files -o --exclude-standard -- '*.cc' '*.h' '*.inc') | sort -u)
fi
bad=0
for file in $files; do
  if ! clang-format-14 --dry-run -Werror "$file" >/dev/null 2>&1; then echo "$file: not in the project's form (expected 'make format' to have been run)"; bad=1; fi
done
exit $bad
