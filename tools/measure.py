#!/usr/bin/env python3
"""Measures what the README publishes and keeps it under docs/measured: `tools/measure.py physics`, `sim_to_sim`, `training`,
`one`, `generalise`, `learn`.

physics     `manybody bench physics --body all --scene all --motion all --json`
sim_to_sim  every shipped policy judged on the lane engine and on MuJoCo, same seed
training    `manybody bench --json` on the lane engine and on MuJoCo, one after the other, same body
one         the policy of all bodies on every body of this machine, on the lane engine and on MuJoCo
generalise  `manybody bench generalise --json`: bodies that a policy never saw
learn       `manybody bench learn --json` for G1 and Berkeley Humanoid, --seeds each
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


def fits_any(folder: Path) -> bool:
    return 'body = "any"' in (folder / "policy.toml").read_text()


def physics(binary: Path, args: argparse.Namespace) -> object:
    return run(binary, "bench", "physics", "--body", "all", "--scene", "all", "--motion", "all", "--ticks", str(args.ticks))


def sim_to_sim(binary: Path, args: argparse.Namespace) -> object:
    rows = []
    for folder in sorted((HOME / "policies").iterdir()):
        if not (folder / "policy.toml").exists() or fits_any(folder):
            continue
        for engine in ("lanes", "mujoco"):
            rows.append(run(binary, "eval", "--policy", folder.name, "--episodes", str(args.episodes), "--seconds", "20", "--seed", "1", "--physics", engine))
            rows[-1]["policy"] = folder.name
    return rows


def training(binary: Path, args: argparse.Namespace) -> object:
    return [{"engine": engine, **run(binary, "bench", "--body", "unitree_g1", "--physics", engine, "--ticks", "40")} for engine in ("lanes", "mujoco")]


def one(binary: Path, args: argparse.Namespace) -> object:
    rows = []
    for engine in ("lanes", "mujoco"):
        rows += run(binary, "eval", "--policy", "one", "--body", "all", "--episodes", str(args.episodes), "--seconds", "20", "--seed", "1", "--physics", engine)
    return [{**row, "policy": "one"} for row in rows]


def generalise(binary: Path, args: argparse.Namespace) -> object:
    result = run(binary, "bench", "generalise", "--episodes", str(args.episodes))
    result["policy"] = Path(result["policy"]).name
    return result


def learn(binary: Path, args: argparse.Namespace) -> object:
    return [run(binary, "bench", "learn", "--body", body, "--seed", str(seed)) for body in ("unitree_g1", "berkeley_humanoid") for seed in range(1, args.seeds + 1)]


def main() -> int:
    what = {f.__name__: f for f in (physics, sim_to_sim, training, one, generalise, learn)}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=what)
    parser.add_argument("--binary", default="build/release/manybody")
    parser.add_argument("--episodes", type=int, default=64)
    parser.add_argument("--seeds", type=int, default=3)
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
