#!/usr/bin/env bash
# Builds web/dist when something it is made of changed. With --test also installs what the page's tests need.
set -euo pipefail
cd "$(dirname "$0")/.."
[ -f web/package.json ] || exit 0
run="tools/node.sh"
stamp=web/node_modules/.installed

digest() { sha256sum "$@" | sha256sum | cut -c1-64; }
npm_install() {  # npm ci, again when the network fails; $1: which packages
  local attempt
  for attempt in 1 2 3; do
    if PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 $run npm --prefix web ci --no-audit --no-fund --loglevel=error $2 </dev/null; then
      echo "$1 $(digest web/package-lock.json)" > "$stamp"
      return 0
    fi
    sleep $((attempt * 5))
  done
  echo "page: npm could not install the packages of web/package-lock.json: check the network and try again" >&2
  return 1
}

installed=$(cat "$stamp" 2>/dev/null || true)
lock=$(digest web/package-lock.json)
if [ "${1:-}" = --test ]; then
  [ "$installed" = "all $lock" ] || { echo "==> fetching the page's packages (npm)"; npm_install all ""; }
fi

sources=$(find web -type f -not -path 'web/node_modules/*' -not -path 'web/dist/*' -not -path 'web/tests/*' \
          -not -path 'web/test-results/*' -not -path 'web/playwright-report/*' | LC_ALL=C sort)
wanted=$(digest $sources)
if [ -f web/dist/index.html ] && [ "$(cat web/dist/.made-from 2>/dev/null)" = "$wanted" ]; then exit 0; fi
installed=$(cat "$stamp" 2>/dev/null || true)
if [ "$installed" != "all $lock" ] && [ "$installed" != "build $lock" ]; then
  echo "==> fetching the page's packages (npm)"
  # Only what builds the page, when package.json says which those are.
  if grep -A9 '"dependencies"' web/package.json | grep -q '"vite"'; then npm_install build "--omit=dev --omit=peer"; else npm_install all ""; fi
fi
echo "==> building the page"
out=$($run npm --prefix web run build 2>&1 </dev/null) || { printf '%s\n' "$out" | tail -n 30 >&2; exit 1; }
echo "$wanted" > web/dist/.made-from
