#!/usr/bin/env python3
"""Writes the package.json and lock file of only what builds the page, cut out of web/package-lock.json with its versions and hashes.

usage: tools/page_packages.py WEB_FOLDER TARGET_FOLDER

Whoever only wants to see a robot walk need not fetch the test programs: about half of the page's packages.
"""
import json
import os
import sys

BUILDERS = ["vite"]  # of devDependencies; "dependencies" are in the page itself


def resolve(packages, path, name):
    """Where Node would find `name` from the package at `path`: its own node_modules, then those of the folders above."""
    while True:
        candidate = (path + "/" if path else "") + "node_modules/" + name
        if candidate in packages:
            return candidate
        if not path:
            return None
        path = path[:path.rfind("node_modules/")].rstrip("/")


def closure(packages, roots):
    wanted, waiting = set(), [(resolve(packages, "", name), name, False) for name in roots]
    while waiting:
        path, name, optional = waiting.pop()
        if path is None:
            if optional:
                continue
            raise SystemExit(f"page_packages: {name} is not in the lock file (expected 'npm install' to have been run after package.json changed)")
        if path in wanted:
            continue
        wanted.add(path)
        entry = packages[path]
        for kind in ("dependencies", "optionalDependencies"):
            for other in entry.get(kind, {}):
                waiting.append((resolve(packages, path, other), other, kind == "optionalDependencies"))
        optional_peers = entry.get("peerDependenciesMeta", {})
        for other in entry.get("peerDependencies", {}):
            if not optional_peers.get(other, {}).get("optional"):
                waiting.append((resolve(packages, path, other), other, False))
    return wanted


def cut(package, lock):
    every = {**package.get("devDependencies", {}), **package.get("dependencies", {})}
    roots = {name: every[name] for name in list(package.get("dependencies", {})) + BUILDERS}
    packages = lock["packages"]
    head = {"name": package["name"], "version": package["version"], "dependencies": roots}
    kept = {"": head}
    for path in sorted(closure(packages, roots)):
        kept[path] = {key: value for key, value in packages[path].items() if key not in ("dev", "devOptional", "peer")}
    return {**head, "private": True}, {**{k: v for k, v in lock.items() if k != "packages"}, "packages": kept}


def main(web, target):
    with open(os.path.join(web, "package.json")) as file:
        package = json.load(file)
    with open(os.path.join(web, "package-lock.json")) as file:
        lock = json.load(file)
    os.makedirs(target, exist_ok=True)
    for name, content in zip(("package.json", "package-lock.json"), cut(package, lock)):
        with open(os.path.join(target, name), "w") as file:
            json.dump(content, file, indent=2)


if __name__ == "__main__":
    main(*sys.argv[1:3])
