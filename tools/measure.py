#!/usr/bin/env python3
"""Measures what the README publishes and keeps it under docs/measured: `tools/measure.py physics`, `sim_to_sim`, `training`.

physics     `manybody bench physics --body all --scene all --motion all --json`
sim_to_sim  every shipped policy judged on the lane engine and on MuJoCo, same seed
training    `manybody bench --json` on the lane engine and on MuJoCo, one after the other, same body
Run it on a machine that does nothing else, then tools/readme_table.py.
"""
import argparse
import json
import subprocess
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent


def run(binary: Path, *words: str) -> object:
    print("manybody", *words, file=sys.stderr, flush=True)
    done = subprocess.run([str(binary), *words, "--json"], stdout=subprocess.PIPE, check=True, cwd=HOME)
    return json.loads(done.stdout)


def physics(binary: Path, args: argparse.Namespace) -> object:
    return run(binary, "bench", "physics", "--body", "all", "--scene", "all", "--motion", "all", "--ticks", str(args.ticks))


def sim_to_sim(binary: Path, args: argparse.Namespace) -> object:
    rows = []
    for folder in sorted((HOME / "policies").iterdir()):
        if not (folder / "policy.toml").exists():
            continue
        for engine in ("lanes", "mujoco"):
            rows.append(run(binary, "eval", "--policy", folder.name, "--episodes", str(args.episodes), "--seconds", "20", "--seed", "1", "--physics", engine))
            rows[-1]["policy"] = folder.name
    return rows


def training(binary: Path, args: argparse.Namespace) -> object:
    return [{"engine": engine, **run(binary, "bench", "--body", "unitree_g1", "--physics", engine, "--ticks", "40")} for engine in ("lanes", "mujoco")]


def main() -> int:
    what = {"physics": physics, "sim_to_sim": sim_to_sim, "training": training}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=what)
    parser.add_argument("--binary", default="build/release/manybody")
    parser.add_argument("--episodes", type=int, default=64)
    parser.add_argument("--ticks", type=int, default=60)
    args = parser.parse_args()
    result = what[args.what]((HOME / args.binary).resolve(), args)
    out = HOME / "docs" / "measured" / f"{args.what}.json"
    beside = out.with_suffix(".new")
    beside.write_text(json.dumps(result, indent=1) + "\n")
    beside.rename(out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
