#!/usr/bin/env bash
# Runs a command with a Node that can build the page first on the PATH: the system's when new enough, else the one under .deps.
# usage: tools/node.sh COMMAND...   |   tools/node.sh --check   (exit 0 when the system's Node will do)
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
system_node_will_do() {  # Vite needs 20.19, 22.12 or newer
  command -v npm >/dev/null && command -v node >/dev/null &&
    node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 22 || (a === 22 && b >= 12) || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null
}
if [ "${1:-}" = --check ]; then system_node_will_do; exit; fi
if ! system_node_will_do; then
  [ -x "$here/.deps/node/bin/node" ] || { echo "node: no Node 20.19 or newer was found: run 'make setup' first" >&2; exit 1; }
  export PATH="$here/.deps/node/bin:$PATH"
fi
exec "$@"
