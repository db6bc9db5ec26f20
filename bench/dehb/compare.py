"""dehb beside hyperband with random points, bohb, and DEHB by its authors: the regret that is left
after as many steps of training as BUDGET whole trainings have. Promoted trials go on from checkpoints
and pay for what they add; new ones pay from the beginning. Writes bench/results/dehb.json.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))

import problem  # noqa: E402
from rig import BIN, ROOT, processor  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
BUDGET = 50 * problem.R
# Scheduler, sampler and number of trials that spend the budget.
ARMS = {"random": ("hyperband", "random", 200), "bohb": ("bohb", None, 200),
        "dehb": ("dehb", None, 270)}


def run_hone(hone, folder, name, seed, arm):
    scheduler, sampler, n = ARMS[arm]
    home = folder / f"{name}-{arm}-{seed}"
    home.mkdir()
    space = [word for key in problem.SPACES[name]
             for word in ("-p", f"{key}=0,1" if key[0] == "b" else f"{key}=0..1")]
    values = [f"{key}={{{key}}}" for key in problem.SPACES[name]]
    command = [hone, "run", "-q", "-n", n, "--seed", seed, "--minimize", "loss", "--scheduler",
               scheduler, "--scheduler-option", f"max_resource={problem.R}",
               *(["--sampler", sampler] if sampler else []), *space, "--", sys.executable, "-S",
               HERE / "problem.py", name, "{resource}", home / "log", *values]
    subprocess.run([str(word) for word in command], cwd=home, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return (home / "log").read_text()


def run_peer(python, name, seed):
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    said = subprocess.run([python, HERE / "peer.py", name, str(seed), str(BUDGET)], check=True,
                          env=environment, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout.splitlines()
    lines = [line.split(maxsplit=1)[1] for line in said if line.startswith("evaluated ")]
    return "\n".join([*lines, "1 1 0"])  # the last one is beyond the budget


def regrets(text):
    """Least value of a whole training after half of the budget and after all of it."""
    spent, best, half = 0, float("inf"), None
    for line in text.splitlines():
        resource, cost, value = line.split()
        spent += int(cost)
        if half is None and spent > BUDGET / 2:
            half = best
        if spent > BUDGET:
            return {"half": half, "end": best}
        if int(resource) == problem.R:
            best = min(best, float(value))
    raise SystemExit(f"the budget is {BUDGET} steps, and {spent} were trained")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--python", help="of the peer's environment; without it no peer")
    parser.add_argument("--bin", type=pathlib.Path, default=BIN)
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "bench/results/dehb.json")
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(1, options.seeds + 1):
            for name in problem.SPACES:
                row = {"problem": name, "seed": seed}
                for arm in ARMS:
                    row[arm] = regrets(run_hone(options.bin / "hone", pathlib.Path(folder), name,
                                                seed, arm))
                if options.python:
                    row["peer"] = regrets(run_peer(options.python, name, seed))
                rows.append(row)
                print(json.dumps(row), flush=True)
    arms = [*ARMS, *(["peer"] if options.python else [])]
    median = {name: {arm: {key: statistics.median(r[arm][key] for r in rows if r["problem"] == name)
                           for key in ("half", "end")} for arm in arms}
              for name in problem.SPACES}
    options.out.write_text(json.dumps({"processor": processor(), "budget": BUDGET, "rows": rows,
                                       "median": median}, indent=1) + "\n")
    print(json.dumps(median, indent=1))


if __name__ == "__main__":
    main()
