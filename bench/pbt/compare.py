"""Population based training beside random search on the digits trainer, at the same cost in epochs.

A network of two small hidden layers is trained with Adam on the first 9,000 of 10,000 digits and
scored on the last 1,000; learning rate and batch size are searched. All arms spend EPOCHS epochs on
each of a population of networks: random search keeps the values of each, `pbt` replaces the worst
quarter every INTERVAL epochs by varied copies, `pb2` by copies whose values a model has chosen. What
counts is the least validation loss at the end of training; for random search also, with an eye to luck
and overfitting, the least of any epoch (as if each training had been stopped at its best moment), and
the same for the others. Writes bench/results/pbt.json.
"""
import argparse
import json
import os
import pathlib
import statistics
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))

from rig import BIN, ROOT, processor  # noqa: E402

EPOCHS, INTERVAL, ROWS = 20, 2, 10000
ARMS = ("random", "pbt", "pb2")
SPACE = ["-p", "lr=log:1e-4..0.1", "-p", "batch=int:log:8..512"]


def cut(source, target):
    """The first digits of the training set, as IDX files of their own."""
    for name, head in (("train-images-idx3-ubyte", 16), ("train-labels-idx1-ubyte", 8)):
        data = (source / name).read_bytes()
        size = (len(data) - head) // struct.unpack(">I", data[4:8])[0]
        (target / name).write_bytes(data[:4] + struct.pack(">I", ROWS) + data[8:head] +
                                    data[head:head + ROWS * size])


def rules_of(arm, population):
    if arm == "random":
        return ["-n", population, "--sampler", "random", "--scheduler", "none"]
    options = (f"max_resource={EPOCHS}", f"interval={INTERVAL}", f"population={population}")
    return ["--scheduler", arm, *(["--sampler", "random"] if arm == "pbt" else []),
            *(word for option in options for word in ("--scheduler-option", option))]


def study(hone, trainer, folder, seed, arm, population):
    """The trials of one study, with their reports."""
    epochs = str(EPOCHS) if arm == "random" else "{resource}"
    command = [hone, "run", "-q", "--study", arm, "-j", 2, "--seed", seed, "--minimize", "val_loss",
               *SPACE, *rules_of(arm, population), "--keep-ckpt", "best", "--", trainer,
               "--units1", 32, "--units2", 32, "--lr", "{lr}", "--batch", "{batch}", "--epochs",
               epochs, "--data", folder / "digits"]
    home = folder / f"{arm}{seed}"
    home.mkdir()
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    subprocess.run([str(word) for word in command], cwd=home, env=environment, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    numbers = subprocess.run([hone, "trials", "--json"], cwd=home, check=True, text=True,
                             stdout=subprocess.PIPE).stdout.splitlines()
    return [json.loads(subprocess.run(
        [hone, "show", str(json.loads(line)["number"]), "--json"], cwd=home, check=True, text=True,
        stdout=subprocess.PIPE).stdout) for line in numbers]


def figures_of(trials):
    """Least loss at the end and at any epoch, epochs that were trained."""
    reports = [(r["step"], r["values"]["val_loss"]) for t in trials for r in t["reports"]]
    seen = {(t["number"], r["step"]) for t in trials for r in t["reports"]
            if r["step"] > (t["forked_at"] or 0)}
    return {"end": min(loss for step, loss in reports if step == EPOCHS),
            "any": min(loss for _, loss in reports), "epochs": len(seen)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--population", type=int, default=8)
    parser.add_argument("--data", type=pathlib.Path, default=ROOT / "data" / "mnist")
    parser.add_argument("--bin", type=pathlib.Path, default=BIN)
    parser.add_argument("--trainer", type=pathlib.Path, default=BIN / "digits_train")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "bench/results/pbt.json")
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "digits").mkdir()
        cut(options.data, folder / "digits")
        for seed in range(1, options.seeds + 1):
            row = {arm: figures_of(study(options.bin / "hone", options.trainer, folder, seed, arm,
                                         options.population))
                   for arm in ARMS}
            rows.append({"seed": seed, **row})
            print(json.dumps(rows[-1]), flush=True)
    summary = {
        key: {**{arm: statistics.median(row[arm][key] for row in rows) for arm in ARMS},
              "pbt_wins": sum(row["pbt"][key] < row["random"][key] for row in rows),
              "pb2_wins": sum(row["pb2"][key] < row["random"][key] for row in rows),
              "pb2_beats_pbt": sum(row["pb2"][key] < row["pbt"][key] for row in rows)}
        for key in ("end", "any")}
    result = {"processor": processor(), "population": options.population, "epochs": EPOCHS,
              "interval": INTERVAL, "rows": ROWS, "seeds": rows, "median": summary}
    options.out.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(summary))


if __name__ == "__main__":
    main()
