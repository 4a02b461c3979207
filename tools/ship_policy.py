#!/usr/bin/env python3
"""Puts a finished run's policy into policies/NAME: bundle, configuration, a thinned curve, and how it was made.

usage: tools/ship_policy.py RUN_FOLDER [NAME] [--binary build/release/manybody]
"""
import argparse
import csv
import json
import shutil
import subprocess
from pathlib import Path

ROWS = 150  # of the curve that is kept
COLUMNS = ["steps", "seconds", "reward", "train/episode_length", "error/velocity_mps", "error/yaw_rate", "falls_per_minute",
           "random/ramp", "ppo/kl", "ppo/deviation", "time/steps_per_s"]


def thin_curve(run: Path, out: Path) -> dict:
    with open(run / "metrics.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows:
        raise SystemExit(f"{run}/metrics.csv: has no rows (expected a run that has trained)")
    every = max(1, len(rows) // ROWS)
    kept = rows[::every] + ([rows[-1]] if (len(rows) - 1) % every else [])
    columns = [c for c in COLUMNS if c in rows[0]] + sorted(c for c in rows[0] if c.startswith("reward/"))
    with open(out, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for row in kept:
            writer.writerow([f"{float(row[c]):.5g}" if c != "steps" else row[c] for c in columns])
    return rows[-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("name", nargs="?")
    parser.add_argument("--binary", default="build/release/manybody")
    args = parser.parse_args()
    home = Path(__file__).resolve().parent.parent
    body = next(line.split('"')[1] for line in (args.run / "policy/policy.toml").read_text().splitlines() if line.startswith("body"))
    name = args.name or body
    target = home / "policies" / name
    staged = target.with_name(target.name + ".new")
    shutil.rmtree(staged, ignore_errors=True)
    shutil.copytree(args.run / "policy", staged)
    shutil.copy(args.run / "config.toml", staged / "config.toml")
    last = thin_curve(args.run, staged / "curve.csv")
    command = [args.binary, "eval", "--policy", str(staged), "--body", body, "--episodes", "64", "--seconds", "20", "--seed", "1", "--json"]
    result = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    result.pop("policy", None)
    (staged / "eval.json").write_text(json.dumps(result, indent=2) + "\n")
    (staged / "README.md").write_text(f"""# {name}

Trained from nothing by `manybody train` in {float(last["steps"]) / 1e6:.2f} million control steps, {float(last["seconds"]) / 60:.1f} minutes
on one core of an AVX2 machine. Settings and seed: `config.toml`; curve: `curve.csv`; judged: `eval.json`.

    manybody train --config policies/{name}/config.toml
    manybody eval --policy {name} --body {body} --episodes 64 --seconds 20 --seed 1 --json
""")
    shutil.rmtree(target, ignore_errors=True)
    staged.rename(target)
    print(f"{target}: survival {result['survival']:.3f}, velocity {result['velocity_rmse_mps']:.3f} m/s")


if __name__ == "__main__":
    main()
