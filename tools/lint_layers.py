#!/usr/bin/env python3
"""Holds the tree to its own rules; `make lint` and `make test` run it. No output and exit 0 when all is well.

usage: tools/lint_layers.py [ROOT]

Rules: LAYERS is acyclic and every room under src/ has a line in it; a file of a room includes its own room and those its line allows,
never apps/; includes are written "room/file.h" and exist; headers include each other without cycles, open with a comment that says
what they are for, and have #pragma once; no source file is longer than 800 lines; no test is switched off; the page's lock file names
no host.
"""
import os
import re
import sys

MAX_LINES = 800
SOURCE_ENDINGS = (".h", ".cc", ".inc", ".py", ".ts", ".css", ".sh", ".cmake")
SKIPPED_FOLDERS = {"build", "node_modules", "dist", "logs", "test-results", "playwright-report", "__pycache__"}
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"')
SWITCHED_OFF = [
    (re.compile(r"\bTEST(?:_[FP])?\(\s*(?:DISABLED_\w+|\w+\s*,\s*DISABLED_)"), ".cc"),
    (re.compile(r"\bGTEST_SKIP\(\)\s*;"), ".cc"),  # a skip without a reason
    (re.compile(r"\b(?:test|it|describe)(?:\.describe)?\.(?:only|fixme|todo)\b"), ".ts"),
    (re.compile(r"\b(?:test|it|describe)(?:\.describe)?\.skip\(\s*(?:['\"`)]|true\b)"), ".ts"),  # skip(condition, reason) is right
    (re.compile(r"@unittest\.(?:skip|expectedFailure)"), ".py"),
]


def read_layers(path):
    layers, findings = {}, []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line = line.split("#")[0].strip()
            if not line:
                continue
            match = re.fullmatch(r"([a-z]+):((?:\s+[a-z]+)*)", line)
            if not match:
                findings.append(f"LAYERS:{number}: '{line}' is not a room line (expected 'room: other rooms')")
                continue
            room, allowed = match.group(1), match.group(2).split()
            for other in allowed:
                if other not in layers:
                    findings.append(f"LAYERS:{number}: {room} may include {other}, which is not above it (expected lower rooms first, no cycle)")
            layers[room] = set(allowed)
    return layers, findings


def walk(root, top):
    for folder, folders, names in os.walk(os.path.join(root, top)):
        folders[:] = sorted(f for f in folders if f not in SKIPPED_FOLDERS and not f.startswith("."))
        for name in sorted(names):
            yield os.path.relpath(os.path.join(folder, name), root)


def lines_of(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
        return file.read().splitlines()


def check_includes(root, path, layers, graph):
    room = path.split(os.sep)[1] if path.startswith("src" + os.sep) else None
    findings = []
    for number, line in enumerate(lines_of(root, path), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        target = match.group(1)
        other = target.split("/")[0]
        where = f"{path}:{number}"
        if room is None:
            continue  # apps, tests and bench wire rooms together and may see all of them
        if "/" not in target or other not in layers:
            findings.append(f'{where}: "{target}" is not written from src/ (expected "room/file.h"; apps/ is never included)')
        elif other != room and other not in layers.get(room, set()):
            allowed = " ".join(sorted(layers.get(room, set()))) or "nothing"
            findings.append(f"{where}: {room} includes {other}, which LAYERS does not allow (expected {room} or: {allowed})")
        elif not os.path.isfile(os.path.join(root, "src", target)):
            findings.append(f'{where}: "{target}" does not exist')
        else:
            graph.setdefault(path, []).append(os.path.join("src", *target.split("/")))
    return findings


def check_header(root, path):
    lines = lines_of(root, path)
    findings = []
    if not lines or not re.match(r"// \S", lines[0]):
        findings.append(f"{path}:1: no head (expected a comment that says what the header is for)")
    if "#pragma once" not in lines:
        findings.append(f"{path}: no #pragma once")
    return findings


def check_text(root, path):
    lines, findings = lines_of(root, path), []
    if len(lines) > MAX_LINES:
        findings.append(f"{path}: {len(lines)} lines (expected at most {MAX_LINES})")
    for number, line in enumerate(lines, 1):
        for pattern, ending in SWITCHED_OFF:
            if path.endswith(ending) and pattern.search(line):
                findings.append(f"{path}:{number}: a test is switched off (expected it to run, or to say why it cannot)")
    return findings


def find_cycle(graph):
    state = {}

    def visit(node, trail):
        state[node] = 1
        for other in graph.get(node, []):
            if state.get(other) == 1:
                return trail[trail.index(other):] + [other] if other in trail else [node, other]
            if other not in state:
                found = visit(other, trail + [other])
                if found:
                    return found
        state[node] = 2
        return None

    for node in sorted(graph):
        if node not in state:
            found = visit(node, [node])
            if found:
                return found
    return None


def lint(root):
    layers, findings = read_layers(os.path.join(root, "LAYERS"))
    graph = {}
    for top in ("src", "apps", "tests", "bench", "tools", "cmake", "web"):
        for path in walk(root, top):
            if not path.endswith(SOURCE_ENDINGS):
                continue
            findings += check_text(root, path)
            if path.endswith((".h", ".cc", ".inc")):
                findings += check_includes(root, path, layers, graph)
            if path.endswith(".h") and path.startswith("src" + os.sep):
                findings += check_header(root, path)
    source = os.path.join(root, "src")
    for room in sorted(os.listdir(source)):
        if os.path.isdir(os.path.join(source, room)) and room not in layers:
            findings.append(f"src/{room}: is not a room (expected a line for it in LAYERS)")
    cycle = find_cycle(graph)
    if cycle:
        findings.append("headers include each other in a cycle: " + " -> ".join(cycle))
    lock = os.path.join("web", "package-lock.json")
    if os.path.isfile(os.path.join(root, lock)):
        for number, line in enumerate(lines_of(root, lock), 1):
            if '"resolved"' in line and "://" in line:
                findings.append(f"{lock}:{number}: names a host (expected versions and integrity hashes only)")
                break
    return findings


if __name__ == "__main__":
    found = lint(os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "..")))
    for finding in found:
        print(finding)
    sys.exit(1 if found else 0)
