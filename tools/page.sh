#!/usr/bin/env bash
# Builds web/dist when something it is made of changed. With --test also installs what the page's tests need.
set -euo pipefail
cd "$(dirname "$0")/.."
[ -f web/package.json ] || exit 0
python=${PYTHON:-python3}
stamp=web/node_modules/.installed

digest() { sha256sum "$@" | sha256sum | cut -c1-64; }
lock=$(digest web/package-lock.json)
installed() { cat "$stamp" 2>/dev/null || true; }

install() {  # install all|build: npm ci beside, then renamed into web/node_modules; again when the network fails
  local attempt stage=web/.packages-new
  echo "==> fetching the page's packages (npm)"
  for attempt in 1 2 3; do
    rm -rf "$stage" && mkdir -p "$stage"
    if [ "$1" = build ]; then "$python" tools/page_packages.py web "$stage"; else cp web/package.json web/package-lock.json "$stage"; fi
    if PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 tools/node.sh npm --prefix "$stage" ci --no-audit --no-fund --loglevel=error </dev/null; then
      echo "$1 $lock" > "$stage/node_modules/.installed"
      rm -rf web/node_modules && mv "$stage/node_modules" web/node_modules && rm -rf "$stage"
      return 0
    fi
    sleep $((attempt * 5))
  done
  rm -rf "$stage"
  echo "page: npm could not install the packages of web/package-lock.json: check the network and try again" >&2
  return 1
}

if [ "${1:-}" = --test ] && [ "$(installed)" != "all $lock" ]; then install all; fi

sources=$(find web -type f -not -path '*/node_modules/*' -not -path 'web/dist/*' -not -path 'web/tests/*' -not -path 'web/.*' \
          -not -path 'web/test-results/*' -not -path 'web/playwright-report/*' -not -name '*.md' | LC_ALL=C sort)
wanted=$(digest $sources)
if [ -f web/dist/index.html ] && [ "$(cat web/dist/.made-from 2>/dev/null)" = "$wanted" ]; then exit 0; fi
case "$(installed)" in "all $lock"|"build $lock") ;; *) install build ;; esac
echo "==> building the page"
out=$(tools/node.sh npm --prefix web run build 2>&1 </dev/null) || { printf '%s\n' "$out" | tail -n 30 >&2; exit 1; }
echo "$wanted" > web/dist/.made-from
