#!/usr/bin/env python3
"""Writes the measured tables into README.md and README.zh-CN.md: shipped policies from policies/*/eval.json and curve*.csv, the rest
from docs/measured/*.json (tools/measure.py).

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
        if not (folder / "eval.json").exists() or isinstance(json.loads((folder / "eval.json").read_text()), list):
            continue
        r = json.loads((folder / "eval.json").read_text())
        lines.append(f"| {folder.name} | {training(folder)} | {r['survival']:.2f} | {r['velocity_rmse_mps']:.2f} | "
                     f"{r['yaw_rate_rmse_radps']:.2f} | {r['foot_slip_mps']:.2f} | {r['foot_clearance']:.3f} / {r['foot_clearance_peak']:.3f} |")
    return "\n".join(lines)


def measured(what: str) -> list:
    path = HOME / "docs" / "measured" / f"{what}.json"
    return json.loads(path.read_text()) if path.exists() else []


def physics_table(heads: list[str]) -> str:
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    rows = measured("physics")
    for body, scene in dict.fromkeys((r["body"], r["scene"]) for r in rows):
        cells = [f"{r['ratio_vs_mujoco']:.1f} ({r['steps_per_cpu_s'] / 1000:.0f} k)" for motion in ("stand", "walk", "flail") for r in rows
                 if (r["body"], r["scene"], r["motion"]) == (body, scene, motion)]
        lines.append(f"| {body} | {scene} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def transfer_table(heads: list[str]) -> str:
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    rows = {(r["policy"], r["physics"]): r for r in measured("sim_to_sim")}
    for policy in dict.fromkeys(name for name, _ in rows):
        a, b = rows[policy, "lanes"], rows[policy, "mujoco"]
        lines.append(f"| {policy} | {a['survival']:.2f} / {b['survival']:.2f} | {a['velocity_rmse_mps']:.3f} / {b['velocity_rmse_mps']:.3f} | "
                     f"{a['foot_slip_mps']:.3f} / {b['foot_slip_mps']:.3f} | {a['control_steps_per_s'] / 1000:.1f} k / {b['control_steps_per_s'] / 1000:.1f} k |")
    return "\n".join(lines)


def one_table(heads: list[str]) -> str:
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    rows = {(r["body"], r["physics"]): r for r in measured("one")}
    for body in dict.fromkeys(name for name, _ in rows):
        a, b = rows[body, "lanes"], rows.get((body, "mujoco"))
        other = f"{b['survival']:.2f}" if b else "-"
        lines.append(f"| {body} | {a['survival']:.2f} / {other} | {a['velocity_rmse_mps']:.2f} | {a['yaw_rate_rmse_radps']:.2f} | "
                     f"{a['foot_slip_mps']:.2f} | {a['cost_of_transport']:.2f} |")
    return "\n".join(lines)


def generalise_table(heads: list[str]) -> str:
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    result = measured("generalise")
    for r in result["bodies"] if result else []:
        z, a = r["zero_shot"], r.get("adapted")
        after = [f"{a['survival']:.2f}", f"{a['velocity_rmse_mps']:.2f}", f"{r['known_bodies_before']:.2f} / {r['known_bodies_after']:.2f}"] if a else ["-"] * 3
        lines.append(f"| {r['body']} | {z['survival']:.2f} | {z['velocity_rmse_mps']:.2f} | " + " | ".join(after) + " |")
    return "\n".join(lines)


def learn_table(heads: list[str]) -> str:
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for r in measured("learn"):
        minutes = f"{r['minutes_to_walk']:.2f}" if r["walks"] else "not within the limit"
        steps = f"{r['control_steps_to_walk'] / 1e6:.2f} M" if r["walks"] else "-"
        lines.append(f"| {r['body']} | {r['seed']} | {minutes} | {steps} | {r['control_steps_per_s'] / 1000:.1f} k | "
                     f"{r['share_physics_and_task']:.0%} / {r['share_policy']:.0%} / {r['share_learner']:.0%} |")
    return "\n".join(lines)


OTHERS = {  # marker: (table, headings by file)
    "one": (one_table, {"README.md": ["body", "survival, lanes / MuJoCo", "velocity RMSE m/s", "yaw rate RMSE rad/s", "slip m/s", "cost of transport"],
                        "README.zh-CN.md": ["机器人", "存活率 自研/MuJoCo", "速度误差 m/s", "转向误差 rad/s", "滑动 m/s", "运输成本"]}),
    "generalise": (generalise_table, {"README.md": ["never seen in training", "survival at once", "velocity RMSE m/s", "after 2 minutes", "velocity RMSE m/s",
                                                    "known bodies, before / after"],
                                      "README.zh-CN.md": ["训练中从未见过", "直接存活率", "速度误差 m/s", "适应 2 分钟后", "速度误差 m/s", "已知机器人 前/后"]}),
    "learn": (learn_table, {"README.md": ["body", "seed", "minutes to a walk", "control steps", "control steps/s", "physics and task / policy / learner"],
                            "README.zh-CN.md": ["机器人", "种子", "学会行走(分钟)", "控制步", "控制步/秒", "物理与任务/策略/学习"]}),
    "physics": (physics_table, {"README.md": ["body", "scene", "standing", "walking", "flailing"],
                                "README.zh-CN.md": ["机器人", "场景", "站立", "行走", "乱动"]}),
    "sim_to_sim": (transfer_table, {"README.md": ["policy", "survival, lanes / MuJoCo", "velocity RMSE m/s", "slip m/s", "control steps/s"],
                                    "README.zh-CN.md": ["策略", "存活率 自研/MuJoCo", "速度误差 m/s", "滑动 m/s", "控制步/秒"]}),
}


def main() -> int:
    stale = False
    for name, heads in HEADS.items():
        path = HOME / name
        text = path.read_text()
        before, rest = text.split(BEGIN)
        after = rest.split(END, 1)[1]
        wanted = f"{before}{BEGIN}\n{table(heads)}\n{END}{after}"
        for what, (make, columns) in OTHERS.items():
            begin = f"<!-- measured: {what} -->"
            before, rest = wanted.split(begin)
            after = rest.split(END, 1)[1]
            wanted = f"{before}{begin}\n{make(columns[name])}\n{END}{after}"
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
