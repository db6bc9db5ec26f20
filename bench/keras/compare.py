#!/usr/bin/env python3
"""The well-known example of Keras Tuner, tuned by it and by hone.keras in one run.

Two hidden layers of 32 to 256 units and a learning rate of 0.005 to 0.01 on a log scale,
max_trials=10, objective="val_accuracy", on scikit-learn's digits. The build function is the same
for both. Prints, over seeds: the best validation accuracy of each search, the test accuracy of the
model it hands back, and what a trial costs beyond building and fitting the same model by hand, in
CPU time of the process.

    KERAS_BACKEND=torch OMP_NUM_THREADS=1 python bench/keras/compare.py --seeds 5

Needs hone, keras with a backend, keras-tuner and scikit-learn.
"""

import argparse
import contextlib
import importlib
import io
import json
import os
import statistics
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "examples", "python"))

import keras  # noqa: E402
import keras_digits  # noqa: E402

PEERS = {"keras_tuner": "keras_tuner", "hone.keras": "hone.keras"}


def by_hand(configurations, data, epochs, hyperparameters):
    """CPU seconds to build and fit each configuration without any tuner."""
    (x, y), validation, _ = data
    began = time.process_time()
    for values in configurations:
        hp = hyperparameters()
        hp.values.update(values)
        keras.utils.clear_session(free_memory=False)
        model = keras_digits.build_model(hp)
        model.fit(x, y, epochs=epochs, validation_data=validation, verbose=0)
    return time.process_time() - began


def one(module, name, seed, args, data):
    """One search: best validation accuracy, its test accuracy, overhead a trial in CPU ms."""
    peer = importlib.import_module(PEERS[module])
    (x, y), validation, test = data
    keras.utils.set_random_seed(seed)
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        began, wall = time.process_time(), time.monotonic()
        tuner = getattr(peer, name)(
            keras_digits.build_model,
            objective="val_accuracy",
            max_trials=args.trials,
            directory=folder,
            project_name="p",
            seed=seed,
        )
        tuner.search(x, y, epochs=args.epochs, validation_data=validation, verbose=0)
        spent, wall = time.process_time() - began, time.monotonic() - wall
        best = tuner.oracle.get_best_trials(args.trials)
        _, accuracy = tuner.get_best_models()[0].evaluate(*test, verbose=0)
        configurations = [trial.hyperparameters.values for trial in best]
        base = by_hand(configurations, data, args.epochs, peer.HyperParameters)
    return best[0].score, accuracy, 1e3 * (spent - base) / len(best), wall / len(best)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--trials", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--tuners", nargs="+", default=["RandomSearch", "BayesianOptimization"])
    parser.add_argument("--out", help="a JSON file for every figure")
    args = parser.parse_args()
    data = keras_digits.data()
    every = {}
    # What is loaded when it is first used counts for neither.
    for module in PEERS:
        warm = argparse.Namespace(trials=2, epochs=1)
        one(module, args.tuners[0], 0, warm, data)
    print(f"{args.trials} trials of {args.epochs} epochs, mean and sd over {args.seeds} seeds")
    print(f"{'':24}{'tuner':14}{'val accuracy':>18}{'test accuracy':>18}{'overhead a trial':>20}")
    for name in args.tuners:
        rows = {module: [] for module in PEERS}
        for seed in range(1, args.seeds + 1):
            for module in PEERS:
                rows[module].append(one(module, name, seed, args, data))
                print(name, module, seed, rows[module][-1], file=sys.stderr, flush=True)
        every[name] = rows
        for module, found in rows.items():
            columns = list(zip(*found))
            mean = [statistics.mean(column) for column in columns]
            sd = [statistics.stdev(column) if len(column) > 1 else 0.0 for column in columns]
            print(
                f"{name:24}{module:14}{mean[0]:10.4f} ± {sd[0]:.4f}{mean[1]:10.4f} ± {sd[1]:.4f}"
                f"{mean[2]:11.1f} ± {sd[2]:3.0f} ms",
                flush=True,
            )
    if args.out:
        names = ("val_accuracy", "test_accuracy", "overhead_ms", "wall_s")
        figures = {
            name: {
                module: {key: [round(float(v), 6) for v in column] for key, column in
                         zip(names, zip(*found))}
                for module, found in rows.items()
            }
            for name, rows in every.items()
        }
        about = {"keras": keras.__version__, "backend": keras.backend.backend()}
        about |= {"trials": args.trials, "epochs": args.epochs, "tuners": figures}
        with open(args.out, "w", encoding="utf-8") as file:
            json.dump(about, file, indent=2)
            file.write("\n")


if __name__ == "__main__":
    main()
