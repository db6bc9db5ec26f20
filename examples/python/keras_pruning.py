"""Tunes a Keras model in an objective of one's own, and ends the trainings that fall behind.

    pip install hone keras torch scikit-learn
    KERAS_BACKEND=torch python keras_pruning.py [--n-trials 10] [--epochs 8]

keras_digits.py is the same with a tuner in the habit of Keras Tuner.
"""

import argparse

import keras
from sklearn.datasets import load_digits

import hone
import hone.keras


def build(trial):
    units = trial.suggest_int("units", 16, 128, log=True)
    model = keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Dense(units, activation=trial.suggest_categorical("act", ["relu", "gelu"])),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    rate = trial.suggest_float("learning_rate", 1e-4, 1e-1, log=True)
    loss = "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.Adam(rate), loss, metrics=["accuracy"])
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n-trials", type=int, default=10, help="(default: 10)")
    parser.add_argument("--epochs", type=int, default=8, help="of each trial (default: 8)")
    args = parser.parse_args()
    x, y = load_digits(return_X_y=True)

    def objective(trial):
        keras.utils.set_random_seed(trial.seed % 2**32)
        history = build(trial).fit(
            x / 16,
            y,
            epochs=args.epochs,
            validation_split=0.25,
            verbose=0,
            callbacks=[hone.keras.PruningCallback(trial, "val_accuracy")],
        )
        return max(history.history["val_accuracy"])

    scheduler = hone.schedulers.median(n_startup=3)
    study = hone.study(metrics={"val_accuracy": "maximize"}, scheduler=scheduler, seed=1)
    study.optimize(objective, n_trials=args.n_trials)
    print(f"{len(study.trials)} trials, {study.count('pruned')} of them stopped early")
    print(f"best: validation accuracy {study.best_value:.4f} with {study.best_params}")


if __name__ == "__main__":
    main()
