"""Tunes a small network on scikit-learn's digits: two hidden layers and a learning rate.

    pip install hone keras torch scikit-learn
    KERAS_BACKEND=torch python keras_digits.py

The script is written for Keras Tuner; only the import is another. It may be stopped and started
again: the search goes on where it was. `hone trials --storage sqlite:digits/hone.db` looks at it.
"""

import argparse

import keras
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import hone.keras as keras_tuner


def data():
    """1,797 images of 8 × 8 pixels: training, validation and test sets."""
    x, y = load_digits(return_X_y=True)
    x = (x / 16).astype("float32")
    x_rest, x_test, y_rest, y_test = train_test_split(x, y, test_size=360, random_state=0)
    x_train, x_val, y_train, y_val = train_test_split(x_rest, y_rest, test_size=360, random_state=0)
    return (x_train, y_train), (x_val, y_val), (x_test, y_test)


def build_model(hp):
    model = keras.Sequential([keras.Input((64,))])
    for layer in (1, 2):
        units = hp.Int(f"units_{layer}", min_value=32, max_value=256, step=32)
        model.add(keras.layers.Dense(units, activation="relu"))
    model.add(keras.layers.Dense(10, activation="softmax"))
    learning_rate = hp.Float("learning_rate", min_value=0.005, max_value=0.01, sampling="log")
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--directory", default=".")
    parser.add_argument("--overwrite", action="store_true", help="begin anew")
    args = parser.parse_args()

    (x_train, y_train), validation, test = data()
    tuner = keras_tuner.BayesianOptimization(
        build_model,
        objective="val_accuracy",
        max_trials=args.trials,
        directory=args.directory,
        project_name="digits",
        overwrite=args.overwrite,
        seed=1,
    )
    tuner.search_space_summary()
    tuner.search(x_train, y_train, epochs=args.epochs, validation_data=validation, verbose=0)
    tuner.results_summary(3)

    best = tuner.get_best_hyperparameters()[0]
    model = tuner.get_best_models()[0]
    _, accuracy = model.evaluate(*test, verbose=0)
    print(f"best: {best.values}")
    print(f"test accuracy of the best model: {accuracy:.4f}")


if __name__ == "__main__":
    main()
