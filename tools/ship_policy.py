#!/usr/bin/env python3
"""Puts a finished run's policy into policies/NAME: bundle, configuration, a thinned curve, and how it was made.

usage: tools/ship_policy.py RUN_FOLDER [RUN_FOLDER ...] [--name NAME] [--mean COUNT] [--binary build/release/manybody]

Several runs are stages, each begun from the one before with --start_from; the last is shipped, all are kept as config and curve.
--mean 2 ships the mean of the last two stages' networks: on many bodies it falls less often than either.
"""
import argparse
import array
import csv
import json
import shutil
import struct
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


def keep_config(run: Path, out: Path, last: dict) -> None:
    """The run's settings, ended by steps instead of by the clock, so that the same command ends at the same policy."""
    lines = []
    for line in (run / "config.toml").read_text().splitlines():
        if line.startswith("steps = "):
            line = f"steps = {float(last['steps']):.0f}.0  # control steps in all"
        elif line.startswith("max_seconds = "):
            line = "max_seconds = 0.0  # stop after this long, s; 0: no limit"
        lines.append(line)
    out.write_text("\n".join(lines) + "\n")


HEADER, CHECKSUM = 48, 40  # of weights.bin (src/policy/bundle.cc): bytes before the numbers; where their FNV-1a lies


def mean_weights(bundles: list[Path], out: Path) -> None:
    files = [(bundle / "weights.bin").read_bytes() for bundle in bundles]
    if len({len(file) for file in files}) != 1:
        raise SystemExit(f"{bundles[0]}: its network has another size than {bundles[-1]}'s (expected stages of one network)")
    numbers = array.array("f", (sum(values) / len(values) for values in zip(*(array.array("f", file[HEADER:]) for file in files))))
    checksum = 0xCBF29CE484222325
    for byte in numbers.tobytes():
        checksum = (checksum ^ byte) * 0x100000001B3 % 2**64
    (out / "weights.bin").write_bytes(files[-1][:CHECKSUM] + struct.pack("<Q", checksum) + numbers.tobytes())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="+")
    parser.add_argument("--name")
    parser.add_argument("--mean", type=int, default=1, help="stages whose networks are averaged, from the last")
    parser.add_argument("--binary", default="build/release/manybody")
    args = parser.parse_args()
    *earlier, run = args.runs
    home = Path(__file__).resolve().parent.parent
    body = next(line.split('"')[1] for line in (run / "policy/policy.toml").read_text().splitlines() if line.startswith("body"))
    name = args.name or body
    body = "all" if body == "any" else body
    target = home / "policies" / name
    staged = target.with_name(target.name + ".new")
    shutil.rmtree(staged, ignore_errors=True)
    shutil.copytree(run / "policy", staged)
    if args.mean > 1:
        mean_weights([stage / "policy" for stage in args.runs[-args.mean:]], staged)
    last = [thin_curve(run, staged / "curve.csv")]
    keep_config(run, staged / "config.toml", last[0])
    stages = []
    for number, stage in enumerate(earlier, 1):
        last.append(thin_curve(stage, staged / f"curve_{number}.csv"))
        keep_config(stage, staged / f"config_{number}.toml", last[-1])
        stages.append(f"    manybody train --config policies/{name}/config_{number}.toml --run_folder logs/{name}_{number}"
                      + (f" --start_from logs/{name}_{number - 1}" if number > 1 else ""))
    stages.append(f"    manybody train --config policies/{name}/config.toml" + (f" --start_from logs/{name}_{len(earlier)}" if earlier else ""))
    if args.mean > 1:
        stages.append(f"    tools/ship_policy.py {' '.join(f'logs/{name}_{n}' for n in range(1, len(args.runs)))} logs/RUN_OF_THE_LAST --name {name} --mean {args.mean}")
    steps, minutes = sum(float(x["steps"]) for x in last) / 1e6, sum(float(x["seconds"]) for x in last) / 60
    command = [args.binary, "eval", "--policy", str(staged), "--body", body, "--episodes", "64", "--seconds", "20", "--seed", "1", "--json"]
    result = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    results = result if isinstance(result, list) else [result]
    for one in results:
        one.pop("policy", None)
    (staged / "eval.json").write_text(json.dumps(result, indent=2) + "\n")
    (staged / "README.md").write_text(
        f"# {name}\n\nTrained from nothing by `manybody train` in {steps:.2f} million control steps, {minutes:.1f} minutes on one or two cores of a "
        f"shared AVX2 machine, in {len(last)} stage(s).\nSettings and seeds: `config*.toml`; curves: `curve*.csv`; judged: `eval.json`.\n\n"
        + "\n".join(stages) + f"\n    manybody eval --policy {name} --body {body} --episodes 64 --seconds 20 --seed 1 --json\n")
    shutil.rmtree(target, ignore_errors=True)
    staged.rename(target)
    for one in results:
        print(f"{target}: {one['body']}: survival {one['survival']:.3f}, velocity {one['velocity_rmse_mps']:.3f} m/s")


if __name__ == "__main__":
    main()
