#!/usr/bin/env python3
"""Fetches the pinned wheels named in third_party/wheels.toml and unpacks them under .deps.

usage: tools/fetch.py NAME...          e.g. tools/fetch.py mujoco robots, or a group: tools/fetch.py robots-more

A wheel is downloaded by pip (its own settings, mirrors and proxies apply), checked against its pinned SHA-256, unpacked beside its
place and renamed into it: .deps/NAME is whole or absent. What is already there with the right hash is left alone. A wheel file laid
into .deps/downloads by hand is used instead of the network. A pin with `source = true` is a source package (.tar.gz) and treated alike;
its own build is never started: it is only unpacked.
"""
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PINS = os.path.join(ROOT, "third_party", "wheels.toml")
ATTEMPTS = 4


class FetchError(Exception):
    pass


def read_pins(path):
    """The few TOML forms wheels.toml uses, so that Python older than 3.11 (no tomllib) can read it as well."""
    try:
        import tomllib
    except ImportError:
        try:
            from pip._vendor import tomli as tomllib
        except ImportError:
            raise FetchError("Python 3.11 or newer is needed to read third_party/wheels.toml, this is " + platform.python_version())
    with open(path, "rb") as file:
        return tomllib.load(file)


def sha256_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def pip_command(package, hashes, folder):
    requirement = os.path.join(folder, "requirement.txt")
    with open(requirement, "w") as file:
        file.write(package + "".join(f" --hash=sha256:{h}" for h in hashes) + "\n")
    machine = platform.machine()
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-cache-dir", "--only-binary=:all:",
               "--disable-pip-version-check", "--retries", "5", "--timeout", "60", "--require-hashes",
               "--python-version", "3.11", "--implementation", "cp", "--abi", "cp311", "--abi", "none"]
    for glibc in ("2_28", "2_27", "2_17", "2_12"):
        command += ["--platform", f"manylinux_{glibc}_{machine}"]
    command += ["--platform", f"manylinux2014_{machine}"]  # the old name of manylinux_2_17, which some wheels still bear alone
    return command + ["--dest", folder, "-r", requirement]


# What pip asks a source package for before it hands it out: its name and version. This answers in the place of the package's own
# build program, which is thereby neither fetched nor run.
BACKEND = """import os
def prepare_metadata_for_build_wheel(folder, settings=None):
    name, version = {package!r}.split("==")
    info = name.replace("-", "_") + "-" + version + ".dist-info"
    os.mkdir(os.path.join(folder, info))
    with open(os.path.join(folder, info, "METADATA"), "w") as file:
        file.write("Metadata-Version: 2.1\\nName: " + name + "\\nVersion: " + version + "\\n")
    return info
"""


def source_command(package, hashes, folder):
    requirement = os.path.join(folder, "requirement.txt")
    with open(requirement, "w") as file:
        file.write(package + "".join(f" --hash=sha256:{h}" for h in hashes) + "\n")
    backend = os.path.join(folder, "backend", "scikit_build_core")
    os.makedirs(backend)
    for name, text in (("__init__.py", ""), ("build.py", BACKEND.format(package=package))):
        with open(os.path.join(backend, name), "w") as file:
            file.write(text)
    return ["env", "PYTHONPATH=" + os.path.dirname(backend), sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
            "--no-cache-dir", "--no-binary=:all:",
            "--no-build-isolation", "--disable-pip-version-check", "--retries", "5", "--timeout", "60", "--require-hashes",
            "--dest", folder, "-r", requirement]


def find_wheel(folder, package, hashes, complain=False):
    """The wheel of `package` in `folder` that has a pinned hash; others of that name are removed, they can only be broken."""
    if not os.path.isdir(folder):
        return None
    prefix = package.replace("==", "-").replace("-", "_").lower()
    for name in sorted(os.listdir(folder)):
        if not name.endswith((".whl", ".tar.gz")) or not name.replace("-", "_").lower().startswith(prefix):
            continue
        path = os.path.join(folder, name)
        found = sha256_of(path)
        if found in hashes:
            return path
        os.remove(path)
        if complain:
            raise FetchError(f"{name} has SHA-256 {found}, which is not pinned in third_party/wheels.toml; it was removed")
    return None


def download(name, pin, downloads, run=subprocess.run, sleep=time.sleep):
    """Returns the path of a verified wheel, from `downloads` or the network."""
    package, hashes = pin["package"], pin["sha256"]
    wheel = find_wheel(downloads, package, hashes)
    if wheel:
        return wheel
    os.makedirs(downloads, exist_ok=True)
    reason = ""
    for attempt in range(ATTEMPTS):
        if attempt:
            print(f"  trying again in {5 * attempt} s ({reason})", flush=True)
            sleep(5 * attempt)
        with tempfile.TemporaryDirectory(dir=downloads, prefix=".part-") as folder:
            command = source_command if pin.get("source") else pip_command
            result = run(command(package, hashes, folder), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            wheel = find_wheel(folder, package, hashes, complain=True) if result.returncode == 0 else None
            if wheel:
                place = os.path.join(downloads, os.path.basename(wheel))
                os.replace(wheel, place)
                return place
            lines = [line for line in (result.stdout or "").strip().splitlines() if "ERROR" in line] or ["pip gave no reason"]
            reason = lines[-1].replace("ERROR: ", "")
            if "HASH" in reason.upper():
                raise FetchError(f"{package}: the file offered does not have a pinned hash. It is not used. ({reason})")
            if "No matching distribution" in reason:
                break  # the index answered: asking again changes nothing
    raise FetchError(f"{package} could not be fetched: {reason}. Check the network, or lay its wheel into "
                     f"{os.path.relpath(downloads, ROOT)} and run `make setup` again.")


def place_of(member, take):
    for source, target in take.items():
        if member == source and not source.endswith("/"):
            return target
        if source.endswith("/") and member.startswith(source) and member != source:
            return target + member[len(source):]
    return None


def files_in(package):
    """Each file of a wheel, or of a source package below its one folder: path, mode, a function that opens it."""
    if package.endswith(".tar.gz"):
        with tarfile.open(package) as archive:
            for info in archive:
                if info.isfile():
                    yield info.name.partition("/")[2], info.mode, lambda one=info: archive.extractfile(one)
        return
    with zipfile.ZipFile(package) as archive:
        for info in archive.infolist():
            if not info.is_dir():
                yield info.filename, info.external_attr >> 16, lambda one=info: archive.open(one)


def unpack(wheel, take, folder):
    """Unpacks what `take` names into `folder`, keeping what is executable so."""
    count = 0
    for name, mode, opened in files_in(wheel):
        target = place_of(name, take)
        if target is None:
            continue
        path = os.path.normpath(os.path.join(folder, target))
        if not path.startswith(os.path.abspath(folder) + os.sep):
            raise FetchError(f"{os.path.basename(wheel)} holds a path that leaves its folder: {name}")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with opened() as source, open(path, "wb") as out:
            shutil.copyfileobj(source, out, 1 << 20)
        if mode & 0o111 or target.startswith("bin/"):
            os.chmod(path, 0o755)
        count += 1
    if count == 0:
        raise FetchError(f"{os.path.basename(wheel)} holds none of {', '.join(take)}")
    return count


def add_npm(folder):
    """The wheel's npm is a Python entry point; this is the usual one."""
    script = os.path.join(folder, "bin", "npm")
    with open(script, "w") as file:
        file.write('#!/bin/sh\nhere=$(dirname "$0")\nexec "$here/node" "$here/../lib/node_modules/npm/bin/npm-cli.js" "$@"\n')
    os.chmod(script, 0o755)


def is_current(folder, pin):
    try:
        with open(os.path.join(folder, ".pinned")) as file:
            return file.read().strip() in pin["sha256"]
    except OSError:
        return False


def install(name, pin, deps, **hooks):
    """Returns True when something was installed, False when it was there."""
    folder = os.path.join(deps, name)
    if is_current(folder, pin):
        return False
    print(f"fetching {pin['what']} ({pin['package']}, {pin['megabytes']} MB)", flush=True)
    wheel = download(name, pin, os.path.join(deps, "downloads"), **hooks)
    beside = tempfile.mkdtemp(dir=deps, prefix=f".new-{name}-")
    try:
        os.chmod(beside, 0o755)
        unpack(wheel, pin["take"], beside)
        if name == "node":
            add_npm(beside)
        with open(os.path.join(beside, ".pinned"), "w") as file:
            file.write(sha256_of(wheel) + "\n")
        old = tempfile.mkdtemp(dir=deps, prefix=f".old-{name}-")
        if os.path.lexists(folder):
            os.rename(folder, os.path.join(old, name))
        os.rename(beside, folder)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    os.remove(wheel)
    return True


def expand(names, pins):
    """Groups become their members; every name must be pinned."""
    groups = pins.get("groups", {})
    known = [name for name in pins if name != "groups"]
    wanted = []
    for name in names:
        for member in groups.get(name, [name]):
            if member not in known:
                raise FetchError(f"nothing named '{member}' is pinned (expected {', '.join(known + list(groups))})")
            if member not in wanted:
                wanted.append(member)
    return wanted


def main(names):
    pins = read_pins(PINS)
    deps = os.path.join(ROOT, ".deps")
    os.makedirs(deps, exist_ok=True)
    for name in expand(names, pins):
        install(name, pins[name], deps)


if __name__ == "__main__":
    try:
        main(sys.argv[1:] or ["mujoco", "robots"])
    except FetchError as error:
        sys.exit(f"fetch: {error}")
    except OSError as error:
        sys.exit(f"fetch: {error.filename or ROOT}: {error.strerror}")
    except (KeyboardInterrupt, zipfile.BadZipFile, tarfile.TarError) as error:
        sys.exit(f"fetch: stopped ({type(error).__name__}); nothing half-unpacked was left in place")
