"""`hone.keras` with Keras itself: models are built, trained, kept and loaded again."""

import importlib.util
import os

import pytest

if importlib.util.find_spec("keras") is None:
    pytest.skip("keras is not installed", allow_module_level=True)
BACKENDS = [name for name in ("torch", "jax", "tensorflow") if importlib.util.find_spec(name)]
if not BACKENDS:
    pytest.skip("keras has no backend here", allow_module_level=True)
os.environ.setdefault("KERAS_BACKEND", BACKENDS[0])

import keras  # noqa: E402
import numpy as np  # noqa: E402

import hone  # noqa: E402
import hone.keras as kt  # noqa: E402

rng = np.random.default_rng(0)
X = rng.normal(size=(96, 4)).astype("float32")
Y = (X[:, 0] + X[:, 1] > 0).astype("int32")
DATA = {"x": X[:64], "y": Y[:64], "validation_data": (X[64:], Y[64:]), "verbose": 0}


def build(hp, inputs=True):
    layers = [keras.layers.Dense(hp.Int("units", 4, 16, step=4), activation="relu")]
    layers.append(keras.layers.Dense(2, activation="softmax"))
    model = keras.Sequential([keras.Input((4,)), *layers] if inputs else layers)
    rate = hp.Float("rate", 1e-3, 1e-1, sampling="log")
    loss = "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.Adam(rate), loss, metrics=["accuracy"])
    return model


def test_random_search_keeps_the_best_models(tmp_path, capsys):
    tuner = kt.RandomSearch(
        build, objective="val_accuracy", max_trials=3, directory=tmp_path, project_name="p", seed=1
    )
    tuner.search(epochs=3, **DATA)
    assert capsys.readouterr().out == ""
    best, worse = tuner.oracle.get_best_trials(2)
    assert best.score >= worse.score
    assert best.metrics["val_accuracy"] == pytest.approx(best.score)
    assert set(best.metrics) == {"accuracy", "loss", "val_accuracy", "val_loss"}
    model = tuner.get_best_models(1)[0]
    _, accuracy = model.evaluate(X[64:], Y[64:], verbose=0)
    assert accuracy == pytest.approx(best.score)
    reported = tuner.oracle.study.trials[best.number].intermediate_values
    assert list(reported) == [1, 2, 3]
    assert reported[best.best_step + 1] == pytest.approx(best.score) == max(reported.values())


def test_the_best_epoch_is_kept_whatever_follows(tmp_path):
    from hone.keras.callbacks import BestWeights

    class Model:
        weights = saved = None

        def get_weights(self):
            return [self.weights]

        def set_weights(self, weights):
            self.weights = weights[0]

        def save_weights(self, path):
            self.saved = (path, self.weights.tolist())

    model, best = Model(), BestWeights(kt.Objective("val_loss", "min"), "file")
    for epoch, loss in enumerate([3.0, 1.0, 2.0]):
        model.weights = np.array([float(epoch)])
        best.see(model, loss)
    best.write(model)
    assert model.saved == ("file", [1.0]) and model.weights.tolist() == [2.0]
    # A second training that is never better writes nothing.
    model.saved = None
    best.see(model, 1.5)
    best.write(model)
    assert model.saved is None


def test_models_without_an_input_are_loaded_too(tmp_path):
    tuner = kt.BayesianOptimization(
        lambda hp: build(hp, inputs=False),
        objective=kt.Objective("val_loss", "min"),
        max_trials=2,
        directory=tmp_path,
    )
    tuner.search(epochs=1, **DATA)
    best = tuner.oracle.get_best_trials(1)[0]
    loss, _ = tuner.get_best_models()[0].evaluate(X[64:], Y[64:], verbose=0)
    assert loss == pytest.approx(best.score, rel=1e-4)


def test_several_executions_are_a_mean(tmp_path):
    values = []

    class Model(kt.HyperModel):
        def build(self, hp):
            return build(hp)

        def fit(self, hp, model, *args, **kwargs):
            history = model.fit(*args, shuffle=hp.Boolean("shuffle"), **kwargs)
            values.append(max(history.history["val_accuracy"]))
            return history

    tuner = kt.RandomSearch(
        Model(), objective="val_accuracy", max_trials=1, executions_per_trial=2, directory=tmp_path
    )
    tuner.search(epochs=2, **DATA)
    trial = tuner.oracle.get_best_trials()[0]
    assert len(values) == 2 and trial.score == pytest.approx(sum(values) / 2)
    assert "shuffle" in trial.hyperparameters.values


def test_callbacks_are_copied_and_hooks_are_called(tmp_path):
    class Count(keras.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.n = 0

        def on_epoch_end(self, epoch, logs=None):
            self.n += 1
            assert self.n == epoch + 1

    class Tuner(kt.RandomSearch):
        epochs = batches = 0

        def on_epoch_end(self, trial, model, epoch, logs=None):
            self.epochs += "val_accuracy" in logs

        def on_batch_end(self, trial, model, batch, logs=None):
            self.batches += 1

    count = Count()
    tuner = Tuner(build, objective="val_accuracy", max_trials=2, directory=tmp_path)
    tuner.search(epochs=2, batch_size=32, callbacks=[count], **DATA)
    assert (count.n, tuner.epochs, tuner.batches) == (0, 4, 8)


def test_hyperband_goes_on_with_trainings(tmp_path):
    seen = []

    class Model(kt.HyperModel):
        def build(self, hp):
            return build(hp)

        def fit(self, hp, model, *args, **kwargs):
            iterations = int(model.optimizer.iterations)
            seen.append((kwargs["initial_epoch"], kwargs["epochs"], iterations))
            return model.fit(*args, **kwargs)

    tuner = kt.Hyperband(
        Model(), objective="val_accuracy", max_epochs=4, factor=2, directory=tmp_path, seed=1
    )
    tuner.search(batch_size=32, **DATA)
    # Brackets of 4, 3 and 3 trials that begin with 1, 2 and 4 epochs; two batches an epoch.
    begun = [(0, 1, 0)] * 4 + [(0, 2, 0)] * 3 + [(0, 4, 0)] * 3
    gone_on = [(1, 2, 2)] * 2 + [(2, 4, 4)] * 2
    assert sorted(seen) == sorted(begun + gone_on)
    best = tuner.oracle.get_best_trials(1)[0]
    assert best.hyperparameters.values["tuner/epochs"] == 4
    assert tuner.get_best_models()


def test_models_that_are_too_large_fail(tmp_path):
    tuner = kt.RandomSearch(
        build, objective="val_accuracy", max_trials=3, max_model_size=10, directory=tmp_path
    )
    with pytest.raises(RuntimeError, match="The model has .* weights, and max_model_size is 10"):
        tuner.search(epochs=1, **DATA)


def test_compiled_by_the_tuner(tmp_path):
    def plain(hp):
        units = hp.Int("units", 4, 16)
        layers = [keras.layers.Dense(units), keras.layers.Dense(1)]
        return keras.Sequential([keras.Input((4,)), *layers])

    tuner = kt.RandomSearch(
        plain, objective="val_mae", max_trials=1, optimizer="sgd", loss="mse", metrics=["mae"],
        directory=tmp_path,
    )  # fmt: skip
    tuner.search(epochs=1, **DATA)
    assert tuner.oracle.get_best_trials()[0].score > 0


def test_mistakes_are_named(tmp_path):
    with pytest.raises(ValueError, match="A hypermodel is needed"):
        kt.RandomSearch(objective="val_loss", directory=tmp_path)
    tuner = kt.RandomSearch(lambda hp: 3, objective="val_loss", directory=tmp_path / "a")
    with pytest.raises(TypeError, match="must return a Keras model; it returned 3"):
        tuner.search(epochs=1, **DATA)
    tuner = kt.RandomSearch(build, objective="val_auc", max_trials=1, directory=tmp_path / "b")
    with pytest.raises(ValueError, match="'val_auc' is not among the metrics.*val_accuracy"):
        tuner.search(epochs=1, **DATA)


def test_pruning_callback():
    def objective(trial):
        hp = kt.HyperParameters()
        hp.values["rate"] = trial.suggest_float("rate", 1e-3, 1e-1, log=True)
        watch = kt.PruningCallback(trial, "val_accuracy")
        data = {**DATA, "callbacks": [watch]}
        return max(build(hp).fit(epochs=2, **data).history["val_accuracy"])

    scheduler = hone.scheduler("percentile", n_startup=1)
    study = hone.study(direction="maximize", seed=1, scheduler=scheduler)
    study.optimize(objective, n_trials=5)
    assert study.count("complete") >= 1
    assert study.count("complete") + study.count("pruned") == 5
    assert list(study.trials[0].intermediate_values) == [1, 2]

    def wrong(trial):
        hp = kt.HyperParameters()
        build(hp).fit(epochs=1, **{**DATA, "callbacks": [kt.PruningCallback(trial, "val_auc")]})

    with pytest.raises(ValueError, match="no metric 'val_auc', but accuracy, loss, val_accuracy, val"):
        hone.study(direction="maximize").optimize(wrong, n_trials=1)
    with pytest.raises(ValueError, match="'val_auc' is better when larger, and the study is to mini"):
        kt.PruningCallback(hone.study("x=0..1").ask(), "val_auc")


def test_pruning_callback_where_not_every_epoch_validates():
    def fit(trial, epochs, **options):
        hp = kt.HyperParameters()
        data = {**DATA, "callbacks": [kt.PruningCallback(trial, "val_accuracy")], **options}
        build(hp).fit(epochs=epochs, **data)

    trial = hone.study("x=0..1", direction="maximize").ask()
    with pytest.warns(UserWarning, match="epoch 1 has no 'val_accuracy' to report: is validation_d"):
        fit(trial, 4, validation_freq=2)
    assert list(trial.study.trials[0].intermediate_values) == [2, 4]

    trial = hone.study("x=0..1", direction="maximize").ask()
    with pytest.warns(UserWarning), pytest.raises(ValueError, match="no epoch has validated: give fit"):
        fit(trial, 2, validation_data=None)

    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = True

    trial = hone.study("x=0..1", direction="maximize").ask()
    with pytest.warns(UserWarning, match="epoch 1 has no"):
        watch = [kt.PruningCallback(trial, "val_accuracy"), Stop()]
        fit(trial, 5, validation_freq=5, callbacks=watch)  # stopped before it could validate
    assert trial.study.trials[0].intermediate_values == {}

    trial = hone.study("x=0..1", direction="maximize").ask()
    fit(trial, 5, initial_epoch=3)
    assert list(trial.study.trials[0].intermediate_values) == [4, 5]
