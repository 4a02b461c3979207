# Sourced by setup.sh, cuda.sh and llama.sh.

# A Python that can read TOML, with these modules ("pip"); the newest of those there. $PYTHON first.
find_python() {
  local candidate
  for candidate in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11; do
    [ -n "$candidate" ] && command -v "$candidate" >/dev/null || continue
    if "$candidate" -c "import sys, ${1:-sys}; sys.exit(sys.version_info < (3, 11))" 2>/dev/null; then echo "$candidate"; return 0; fi
  done
  return 1
}
