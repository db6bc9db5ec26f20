"""Pruning callbacks of XGBoost and LightGBM, in real trainings."""

import numpy as np
import pytest

import hone

ROUNDS = 6


def data(n=200):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(n, 4))
    return x, (x[:, 0] + 0.5 * rng.normal(size=n) > 0).astype(int)


X, Y = data()


class Watched:
    """A trial that is stopped at a step, or never; `reports` are what its study recorded."""

    def __init__(self, stop_at=None, **options):
        if stop_at is not None:
            options["scheduler"] = hone.schedulers.threshold(upper=-1, n_warmup=stop_at)
        self.study = hone.study("x=0..1", **options)
        self.trial = self.study.ask()

    @property
    def reports(self):
        return self.study.trials[0].intermediate_values


# --- XGBoost ---


def matrix(xgboost, rows=slice(None)):
    return xgboost.DMatrix(X[rows], Y[rows])


PARAMS = {"objective": "binary:logistic", "max_depth": 2, "eval_metric": ["logloss", "error"]}


def xgb_train(monitor, told, evals=("train", "valid"), **options):
    xgboost = pytest.importorskip("xgboost")
    import hone.xgboost

    rows = {"train": slice(0, 100), "valid": slice(100, None), "other": slice(50, 150)}
    watch = hone.xgboost.PruningCallback(told, monitor)
    result = {}
    xgboost.train(
        PARAMS,
        matrix(xgboost, rows["train"]),
        num_boost_round=ROUNDS,
        evals=[(matrix(xgboost, rows[name]), name) for name in evals],
        evals_result=result,
        verbose_eval=False,
        callbacks=[watch],
        **options,
    )
    return result


def test_xgboost_reports_each_round():
    watched = Watched()
    result = xgb_train("logloss", watched.trial)
    assert watched.reports == dict(enumerate(result["valid"]["logloss"], 1))
    watched = Watched()
    result = xgb_train("train-error", watched.trial)
    assert watched.reports == dict(enumerate(result["train"]["error"], 1))


def test_xgboost_is_pruned():
    watched = Watched(stop_at=3)
    with pytest.raises(hone.TrialPruned, match="^pruned after round 3$"):
        xgb_train("valid-logloss", watched.trial)
    assert list(watched.reports) == [1, 2, 3]


def test_xgboost_several_sets():
    with pytest.raises(ValueError, match="write one of valid-logloss, other-logloss$"):
        xgb_train("logloss", Watched().trial, evals=("train", "valid", "other"))
    with pytest.raises(ValueError, match="no metric 'rmse', but train-error, train-logloss, valid-er"):
        xgb_train("rmse", Watched().trial)
    with pytest.raises(ValueError, match="no metric 'logloss', but none: give it data to evaluate"):
        xgb_train("logloss", Watched().trial, evals=())
    with pytest.raises(ValueError, match="'auc' is better when larger"):
        xgb_train("auc", Watched().trial)


def test_xgboost_goes_on():
    """The step is what the model has cost, not what this call adds."""
    xgboost = pytest.importorskip("xgboost")
    begun = xgboost.train(PARAMS, matrix(xgboost), num_boost_round=4)
    watched = Watched()
    xgb_train("logloss", watched.trial, xgb_model=begun)
    assert list(watched.reports) == [5, 6, 7, 8, 9, 10]


def test_xgboost_cv():
    xgboost = pytest.importorskip("xgboost")
    import hone.xgboost

    watched = Watched()
    table = xgboost.cv(
        PARAMS,
        matrix(xgboost),
        num_boost_round=ROUNDS,
        nfold=3,
        as_pandas=False,
        callbacks=[hone.xgboost.PruningCallback(watched.trial, "logloss")],
    )
    assert watched.reports == pytest.approx(dict(enumerate(table["test-logloss-mean"], 1)), abs=1e-6)


def test_xgboost_in_a_study():
    xgboost = pytest.importorskip("xgboost")
    pytest.importorskip("sklearn")
    import hone.xgboost

    def objective(trial):
        model = xgboost.XGBClassifier(
            n_estimators=ROUNDS,
            learning_rate=trial["rate"],
            eval_metric="logloss",
            n_jobs=1,
            callbacks=[hone.xgboost.PruningCallback(trial, "validation_0-logloss")],
        )
        model.fit(X[:100], Y[:100], eval_set=[(X[100:], Y[100:])], verbose=False)
        return model.evals_result()["validation_0"]["logloss"][-1]

    scheduler = hone.scheduler("percentile", n_startup=1)
    study = hone.study("rate=log:1e-4..1", seed=1, scheduler=scheduler)
    study.optimize(objective, n_trials=6)
    assert study.count("complete") >= 1 and study.count("pruned") >= 1
    assert study.count("complete") + study.count("pruned") == 6
    assert list(study.trials[0].intermediate_values) == [1, 2, 3, 4, 5, 6]


# --- LightGBM ---

LGB_PARAMS = {"objective": "binary", "num_leaves": 4, "verbosity": -1, "metric": ["auc", "binary_logloss"]}


def lgb_train(monitor, told, metric=None, **options):
    lightgbm = pytest.importorskip("lightgbm")
    import hone.lightgbm

    train = lightgbm.Dataset(X[:100], Y[:100])
    sets = {"training": train, "valid_0": train.create_valid(X[100:], Y[100:])}
    sets["other"] = train.create_valid(X[50:150], Y[50:150])
    names = options.pop("sets", ("training", "valid_0"))
    result = {}
    lightgbm.train(
        LGB_PARAMS,
        train,
        num_boost_round=ROUNDS,
        valid_sets=[sets[name] for name in names],
        valid_names=list(names),
        callbacks=[
            hone.lightgbm.PruningCallback(told, monitor, metric=metric),
            lightgbm.record_evaluation(result),
        ],
        **options,
    )
    return result


def test_lightgbm_reports_each_round():
    watched = Watched()
    result = lgb_train("binary_logloss", watched.trial)
    assert watched.reports == dict(enumerate(result["valid_0"]["binary_logloss"], 1))
    watched = Watched(direction="maximize")
    result = lgb_train("training-auc", watched.trial)
    assert watched.reports == dict(enumerate(result["training"]["auc"], 1))


def test_lightgbm_is_pruned():
    watched = Watched(stop_at=2)
    with pytest.raises(hone.TrialPruned, match="^pruned after round 2$"):
        lgb_train("binary_logloss", watched.trial)
    assert list(watched.reports) == [1, 2]


def test_lightgbm_knows_the_direction():
    with pytest.raises(ValueError, match="'auc' is better when larger, and the study is to minimize"):
        lgb_train("auc", Watched().trial)
    watched = Watched()
    lgb_train("auc", watched.trial, metric="value")
    assert len(watched.reports) == ROUNDS


def test_lightgbm_several_sets():
    with pytest.raises(ValueError, match="write one of valid_0-binary_logloss, other-binary_loglo"):
        lgb_train("binary_logloss", Watched().trial, sets=("training", "valid_0", "other"))
    with pytest.raises(ValueError, match="no metric 'l2', but training-auc, training-binary_logloss"):
        lgb_train("l2", Watched().trial)
    with pytest.raises(ValueError, match="no metric 'l2', but none: give it data to evaluate on"):
        lgb_train("l2", Watched().trial, sets=())


def test_lightgbm_goes_on():
    lightgbm = pytest.importorskip("lightgbm")
    begun = lightgbm.train(LGB_PARAMS, lightgbm.Dataset(X, Y), num_boost_round=4)
    watched = Watched()
    lgb_train("binary_logloss", watched.trial, init_model=begun)
    assert list(watched.reports) == [5, 6, 7, 8, 9, 10]


def test_lightgbm_cv():
    lightgbm = pytest.importorskip("lightgbm")
    pytest.importorskip("sklearn")
    import hone.lightgbm

    watched = Watched()
    table = lightgbm.cv(
        LGB_PARAMS,
        lightgbm.Dataset(X, Y),
        num_boost_round=ROUNDS,
        nfold=3,
        callbacks=[hone.lightgbm.PruningCallback(watched.trial, "binary_logloss")],
    )
    assert watched.reports == dict(enumerate(table["valid binary_logloss-mean"], 1))


def test_lightgbm_in_processes():
    lightgbm = pytest.importorskip("lightgbm")
    import hone.lightgbm

    def objective(trial):
        result = {}
        train = lightgbm.Dataset(X[:100], Y[:100])
        lightgbm.train(
            {**LGB_PARAMS, "learning_rate": trial["rate"], "num_threads": 1},
            train,
            num_boost_round=ROUNDS,
            valid_sets=[train.create_valid(X[100:], Y[100:])],
            callbacks=[
                hone.lightgbm.PruningCallback(trial, "binary_logloss"),
                lightgbm.record_evaluation(result),
            ],
        )
        return result["valid_0"]["binary_logloss"][-1]

    scheduler = hone.scheduler("percentile", n_startup=1)
    study = hone.study("rate=log:1e-4..1", seed=1, scheduler=scheduler)
    study.optimize(objective, n_trials=8, n_jobs=2)
    assert study.count("complete") + study.count("pruned") == 8 and study.count("pruned") >= 1
    for trial in study.get_trials(["complete"]):  # either of the first two may be pruned
        assert list(trial.intermediate_values) == [1, 2, 3, 4, 5, 6]
