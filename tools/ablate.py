#!/usr/bin/env python3
"""What each part of the policy of all bodies brings: equal runs with one thing left out, judged on the same bodies.

usage: tools/ablate.py [--steps 4e6] [--only VARIANT …] [--threads 1] [--binary build/release/manybody] [--runs FOLDER]

Writes docs/measured/ablation.json (a variant that is already there with the same steps is not run again; several calls may
run beside one another, each with its own --only) and prints the table.
"""
import argparse
import json
import subprocess
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
UNSEEN = ["booster_t1", "apptronik_apollo", "pal_talos"]
TRAINED = "all," + ",".join("-" + name for name in UNSEEN)
RANDOM = "random:1-48"
NEVER = "random:1001-1016"
VARIANTS = {
    "everything as it is": {},
    "no body descriptors": {"--signal.descriptors": "false"},
    "joint tokens": {"--ppo.actor_kind": "tokens"},
    "arms learned too": {"--signal.arm_scale": "0.2"},
    "no procedural bodies": {"--body": TRAINED, "--worlds": "32"},
    "no mirror symmetry": {"--signal.mirror": "false"},
    "small network (64, 64)": {"--ppo.actor_hidden": "64,64", "--ppo.critic_hidden": "64,64"},
    "large network (256, 256, 256)": {"--ppo.actor_hidden": "256,256,256", "--ppo.critic_hidden": "256,256,256"},
}


def call(*words: str, json_out: bool) -> object:
    print(*words[1:], file=sys.stderr, flush=True)
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, cwd=HOME)
    return json.loads(done.stdout) if json_out else None


def judge(binary: str, run: Path, bodies: str, kicks: str) -> float:
    rows = call(binary, "eval", "--policy", str(run), "--body", bodies, "--episodes", "16", "--seconds", "10", "--push_mps", kicks, "--json", json_out=True)
    return sum(row["survival"] for row in rows) / len(rows)


def measure(binary: str, run: Path, changes: dict, steps: str, threads: str) -> dict:
    settings = {"--body": f"{TRAINED},{RANDOM}", "--worlds": "16", "--ppo.horizon_late": "24", "--random.ramp_steps": "1e6", "--steps": steps,
                "--run_folder": str(run), "--seed": "1", "--threads": threads, **changes}
    if not (run / "policy" / "policy.toml").exists():
        call(binary, "train", "--quiet", *(word for pair in settings.items() for word in pair), json_out=False)
    return {"trained": judge(binary, run, TRAINED, "0.3"), "unseen_real": judge(binary, run, ",".join(UNSEEN), "0.3"), "unseen_random": judge(binary, run, NEVER, "0.3")}


def read(out: Path, steps: str) -> list:
    known = json.loads(out.read_text()) if out.exists() else []
    return [row for row in known if row["steps"] == float(steps) and row["variant"] in VARIANTS]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", default="4e6")
    parser.add_argument("--only", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    parser.add_argument("--threads", default="0")
    parser.add_argument("--binary", default="build/release/manybody")
    parser.add_argument("--runs", type=Path, default=HOME / "logs" / "ablation")
    args = parser.parse_args()
    binary = str((HOME / args.binary).resolve())
    out = HOME / "docs" / "measured" / "ablation.json"
    for name in args.only:
        if any(row["variant"] == name for row in read(out, args.steps)):
            continue
        run = args.runs.resolve() / "".join(c if c.isalnum() else "_" for c in name)
        row = {"variant": name, "steps": float(args.steps), **measure(binary, run, VARIANTS[name], args.steps, args.threads)}
        beside = out.with_suffix(".new")
        beside.write_text(json.dumps([*read(out, args.steps), row], indent=1) + "\n")
        beside.rename(out)
    rows = sorted(read(out, args.steps), key=lambda row: list(VARIANTS).index(row["variant"]))
    print("| left out or changed | trained bodies | real, never seen | random, never seen |\n|---|---|---|---|")
    for row in rows:
        print(f"| {row['variant']} | {row['trained']:.2f} | {row['unseen_real']:.2f} | {row['unseen_random']:.2f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
