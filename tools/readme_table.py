#!/usr/bin/env python3
"""Writes the table of shipped policies into README.md and README.zh-CN.md from policies/*/eval.json and curve.csv.

The figures are those that `manybody eval --policy NAME --body NAME --episodes 64 --seconds 20 --seed 1 --json` printed when the
policy was shipped. --check only compares.
"""
import csv
import json
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- measured: tools/readme_table.py -->", "<!-- end -->"
HEADS = {
    "README.md": ["policy", "trained: steps, minutes on one or two cores", "survival", "velocity RMSE m/s", "yaw rate RMSE rad/s", "slip m/s",
                  "clearance, mean / peak, of leg length"],
    "README.zh-CN.md": ["策略", "训练:步数,分钟(一至两核)", "存活率", "速度误差 m/s", "转向误差 rad/s", "滑动 m/s", "抬脚 平均/最高(腿长)"],
}


def training(folder: Path) -> str:
    steps = seconds = 0.0
    for curve in folder.glob("curve*.csv"):
        with open(curve, newline="") as file:
            last = list(csv.DictReader(file))[-1]
        steps, seconds = steps + float(last["steps"]), seconds + float(last["seconds"])
    return f"{steps / 1e6:.1f} M, {seconds / 60:.1f}"


def table(heads: list[str]) -> str:
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for folder in sorted((HOME / "policies").iterdir()):
        if not (folder / "eval.json").exists():
            continue
        r = json.loads((folder / "eval.json").read_text())
        lines.append(f"| {folder.name} | {training(folder)} | {r['survival']:.2f} | {r['velocity_rmse_mps']:.2f} | "
                     f"{r['yaw_rate_rmse_radps']:.2f} | {r['foot_slip_mps']:.2f} | {r['foot_clearance']:.3f} / {r['foot_clearance_peak']:.3f} |")
    return "\n".join(lines)


def main() -> int:
    stale = False
    for name, heads in HEADS.items():
        path = HOME / name
        text = path.read_text()
        before, rest = text.split(BEGIN)
        after = rest.split(END)[1]
        wanted = f"{before}{BEGIN}\n{table(heads)}\n{END}{after}"
        if wanted == text:
            continue
        stale = True
        if "--check" not in sys.argv:
            path.write_text(wanted)
    if stale and "--check" in sys.argv:
        print("README tables differ from policies/*/eval.json: run tools/readme_table.py")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
