"""Trains the same networks with Keras and with digits_train and compares what comes out.

Both: the first 54,000 training digits, scored on the last 6,000; inputs / 255; two hidden layers of
ReLU, softmax cross-entropy; Glorot-uniform weights, zero biases; Adam with Keras' defaults;
batches of 32, shuffled every epoch; ten epochs; one thread. Keras runs on PyTorch. The random
numbers differ, so that single runs differ by chance: each configuration is trained with several
seeds. Times are CPU seconds, which other work on the machine hardly changes; ours include starting
and reading the digits.
"""
import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import time

os.environ["KERAS_BACKEND"] = "torch"
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"
# The BLAS kernel is chosen by digits_train, as on a user's machine.
os.environ.pop("OPENBLAS_CORETYPE", None)

import keras  # noqa: E402  (reads the variables above)
import numpy  # noqa: E402
import torch  # noqa: E402

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))

from rig import BIN, ROOT, processor  # noqa: E402

DATA = ROOT / "data" / "mnist"
TRAINER = BIN / "digits_train"
CONFIGURATIONS = [(32, 32, 0.005), (96, 224, 0.0075), (128, 128, 0.005), (192, 64, 0.0071),
                  (256, 256, 0.01)]
N_TRAIN, EPOCHS = 54000, 10


def read_digits():
    """(images [60000 × 784] in 0..1, labels [60000])"""
    images = numpy.fromfile(DATA / "train-images-idx3-ubyte", numpy.uint8)[16:].reshape(-1, 784)
    labels = numpy.fromfile(DATA / "train-labels-idx1-ubyte", numpy.uint8)[8:]
    return images.astype(numpy.float32) / 255, labels.astype(numpy.int64)


def train_keras(images, labels, units1, units2, rate, seed, epochs):
    """(validation accuracy after the last epoch, CPU seconds of training)"""
    keras.utils.set_random_seed(seed)
    layers = keras.layers
    network = keras.Sequential([layers.Input((784,)), layers.Dense(units1, activation="relu"),
                                layers.Dense(units2, activation="relu"),
                                layers.Dense(10, activation="softmax")])
    network.compile(optimizer=keras.optimizers.Adam(learning_rate=rate),
                    loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    start = time.process_time()
    history = network.fit(images[:N_TRAIN], labels[:N_TRAIN], batch_size=32, epochs=epochs,
                          validation_data=(images[N_TRAIN:], labels[N_TRAIN:]), verbose=0)
    return history.history["val_accuracy"][-1], time.process_time() - start


def train_ours(units1, units2, rate, seed, epochs):
    """The same, of a run of digits_train from start to end."""
    def children_s():
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    command = [TRAINER, "--units1", units1, "--units2", units2, "--lr", rate, "--seed", seed,
               "--epochs", epochs, "--data", DATA]
    start = children_s()
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          check=True)
    seconds = children_s() - start
    last = dict(word.split("=") for word in done.stdout.splitlines()[-1].split())
    return float(last["val_accuracy"]), seconds


def summary(runs):
    """Mean and spread of the accuracies, mean of the seconds."""
    accuracies = [accuracy for accuracy, _ in runs]
    return {
        "val_accuracy": [round(a, 6) for a in accuracies],
        "mean": round(statistics.mean(accuracies), 6),
        "sd": round(statistics.stdev(accuracies), 6) if len(runs) > 1 else None,
        "cpu_s": round(statistics.mean(seconds for _, seconds in runs), 2),
    }


def compare(options):
    images, labels = read_digits()
    rows = []
    for units1, units2, rate in CONFIGURATIONS:
        ours = summary([train_ours(units1, units2, rate, seed, options.epochs)
                        for seed in range(1, options.seeds + 1)])
        peer = summary([train_keras(images, labels, units1, units2, rate, seed, options.epochs)
                        for seed in range(1, options.keras_seeds + 1)])
        rows.append({"units1": units1, "units2": units2, "lr": rate, "hone": ours, "keras": peer,
                     "difference": round(ours["mean"] - peer["mean"], 6),
                     "times_faster": round(peer["cpu_s"] / ours["cpu_s"], 1)})
        print(f"{units1:4} {units2:4} lr {rate:<7} val_accuracy {ours['mean']:.4f} Keras "
              f"{peer['mean']:.4f} difference {rows[-1]['difference']:+.4f}   "
              f"{ours['cpu_s']:.1f} CPU s, Keras {peer['cpu_s']:.1f} s", flush=True)
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5, help="runs of ours per configuration")
    parser.add_argument("--keras-seeds", type=int, default=2, help="runs of Keras")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--out", default=ROOT / "bench" / "results" / "digits.json")
    options = parser.parse_args()
    torch.set_num_threads(1)

    rows = compare(options)
    differences = [row["difference"] for row in rows]
    speed = [row["times_faster"] for row in rows]
    result = {
        "machine": processor(),
        "keras": keras.__version__, "torch": torch.__version__, "epochs": options.epochs,
        "configurations": rows,
        "mean_difference": round(statistics.mean(differences), 6),
        "largest_difference": max(differences, key=abs),
        "times_faster": [min(speed), max(speed)],
    }
    pathlib.Path(options.out).write_text(json.dumps(result, indent=2) + "\n")
    print(f"mean difference {result['mean_difference']:+.4f}, largest "
          f"{result['largest_difference']:+.4f}; {min(speed)} to {max(speed)} times faster")
    return 0


if __name__ == "__main__":
    sys.exit(main())
