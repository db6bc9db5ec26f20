"""Models of scikit-learn on data that it ships, scored by cross-validation.

Each objective is the mean loss over stratified folds that are always the same, with every random
number of the model fixed: deterministic, and with the plateaus and jumps that real scores have.
Tables are cut to a few hundred rows and forests to ten trees, so that an evaluation takes some
10 ms. The lowest values are those observed (reference.json).
"""
import functools
import math
import warnings

from problems.problem import Problem

FOLDS = 3


@functools.lru_cache(maxsize=None)
def _data(name):
    """(features scaled to unit variance, target, list of (train, test) rows)"""
    import numpy
    from sklearn import datasets, model_selection, preprocessing
    warnings.filterwarnings("ignore")
    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    rows = numpy.random.RandomState(0).permutation(len(y))[:300 if name == "digits" else 600]
    X, y = preprocessing.StandardScaler().fit_transform(X[rows]), y[rows]
    if name == "diabetes":
        y = (y - y.mean()) / y.std()
        folds = model_selection.KFold(FOLDS, shuffle=True, random_state=0)
    else:
        folds = model_selection.StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    return X, y, list(folds.split(X, y))


def _error(model, X, y):
    """Share of wrong labels."""
    return 1 - model.score(X, y)


def _brier(model, X, y):
    """Mean squared distance of the probabilities to the label: smoother than the error."""
    p = model.predict_proba(X)
    p[range(len(y)), y] -= 1
    return (p * p).sum(axis=1).mean()


def _squared(model, X, y):
    """Mean squared error, of a target with unit variance."""
    return ((model.predict(X) - y) ** 2).mean()


# What a model counts that diverged; the worst that the first two losses can be.
WORST = {_error: 1.0, _brier: 2.0, _squared: 100.0}


def _validate(build, data, loss, point):
    X, y, folds = _data(data)
    losses = []
    for train, test in folds:
        model = build(dict(point))
        try:
            value = loss(model.fit(X[train], y[train]), X[test], y[test])
        except ValueError as error:
            if "non-finite" not in str(error):
                raise
            value = math.inf
        losses.append(min(value, WORST[loss]) if math.isfinite(value) else WORST[loss])
    return float(sum(losses) / len(losses))


def _svc(point):
    from sklearn.svm import SVC
    return SVC(max_iter=3000, **point)


def _svr(point):
    from sklearn.svm import SVR
    return SVR(max_iter=3000, **point)


def _forest(point):
    from sklearn.ensemble import RandomForestClassifier
    return RandomForestClassifier(10, random_state=0, **point)


def _tree(point):
    from sklearn.tree import DecisionTreeClassifier
    return DecisionTreeClassifier(random_state=0, **point)


def _boosting(point):
    from sklearn.ensemble import GradientBoostingRegressor
    return GradientBoostingRegressor(random_state=0, **point)


def _mlp(point):
    from sklearn.neural_network import MLPClassifier
    return MLPClassifier((point.pop("hidden"),), max_iter=15, random_state=0, **point)


def _sgd(point):
    from sklearn.linear_model import SGDClassifier
    return SGDClassifier(max_iter=10, tol=None, random_state=0, **point)


def _elastic(point):
    from sklearn.linear_model import ElasticNet
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures
    degree = PolynomialFeatures(2 if point.pop("squares") else 1,
                                interaction_only=point.pop("interactions"))
    return make_pipeline(degree, ElasticNet(max_iter=200, **point))


def _knn(point):
    from sklearn.neighbors import KNeighborsClassifier
    return KNeighborsClassifier(**point)


def _pick(point):
    """A classifier by its name, with its own parameters: the CASH problem."""
    kind = point.pop("model")
    own = {name.removeprefix(kind + "_"): value for name, value in point.items()}
    return {"svm": _svc, "forest": _forest, "knn": _knn, "mlp": _mlp}[kind](own)


SVC = {"C": "log:1e-3..1e4", "gamma": "log:1e-6..10"}
KERNELS = {"kernel": "rbf,poly,sigmoid", "C": "log:1e-3..1e4", "gamma": "log:1e-5..10",
           "degree": "int:2..5 if kernel==poly", "coef0": "-2..2 if kernel in {poly,sigmoid}"}
SVR = {"C": "log:1e-3..1e3", "gamma": "log:1e-5..10", "epsilon": "log:1e-3..2"}
FOREST = {"max_depth": "int:1..12", "min_samples_leaf": "int:1..20", "max_features": "0.05..1",
          "criterion": "gini,entropy", "bootstrap": "bool"}
TREE = {"max_depth": "int:1..15", "min_samples_split": "int:2..40", "min_samples_leaf": "int:1..30",
        "max_features": "0.1..1", "ccp_alpha": "log:1e-5..0.2", "criterion": "gini,entropy",
        "splitter": "best,random"}
BOOSTING = {"n_estimators": "int:5..40", "learning_rate": "log:0.01..1", "max_depth": "int:1..5",
            "subsample": "0.3..1", "min_samples_leaf": "int:1..30", "max_features": "0.1..1"}
MLP = {"hidden": "int:log:2..64", "learning_rate_init": "log:1e-4..0.3", "alpha": "log:1e-6..10",
       "batch_size": "int:log:8..128", "activation": "relu,tanh,logistic",
       "beta_1": "0.5..0.99"}
SGD = {"loss": "hinge,log_loss,modified_huber", "penalty": "l2,l1,elasticnet",
       "alpha": "log:1e-6..1", "learning_rate": "constant,invscaling,adaptive",
       "eta0": "log:1e-4..1", "l1_ratio": "0..1 if penalty==elasticnet"}
ELASTIC = {"alpha": "log:1e-4..10", "l1_ratio": "0..1", "squares": "bool", "interactions": "bool",
           "fit_intercept": "bool", "positive": "bool"}
CASH = {"model": "svm,forest,knn,mlp",
        "svm_C": "log:1e-3..1e4 if model==svm", "svm_gamma": "log:1e-6..10 if model==svm",
        "forest_max_depth": "int:1..12 if model==forest",
        "forest_max_features": "0.05..1 if model==forest",
        "forest_min_samples_leaf": "int:1..20 if model==forest",
        "knn_n_neighbors": "int:1..30 if model==knn",
        "knn_weights": "uniform,distance if model==knn", "knn_p": "1,2 if model==knn",
        "mlp_hidden": "int:log:2..64 if model==mlp",
        "mlp_learning_rate_init": "log:1e-4..0.3 if model==mlp",
        "mlp_alpha": "log:1e-6..10 if model==mlp"}

# name: family, model, data, loss, space
TABLE = {
    "svm-digits": ("models", _svc, "digits", _error, SVC),
    "svm-wine": ("models", _svc, "wine", _error, SVC),
    "svm-breast": ("models", _svc, "breast_cancer", _error, SVC),
    "svr-diabetes": ("models", _svr, "diabetes", _squared, SVR),
    "forest-wine": ("models", _forest, "wine", _brier, FOREST),
    "forest-breast": ("models", _forest, "breast_cancer", _brier, FOREST),
    "tree-breast": ("models", _tree, "breast_cancer", _brier, TREE),
    "tree-wine": ("models", _tree, "wine", _brier, TREE),
    "boosting-diabetes": ("models", _boosting, "diabetes", _squared, BOOSTING),
    "mlp-wine": ("models", _mlp, "wine", _brier, MLP),
    "mlp-digits": ("models", _mlp, "digits", _brier, MLP),
    "elastic-diabetes": ("models", _elastic, "diabetes", _squared, ELASTIC),
    "sgd-digits": ("conditional", _sgd, "digits", _error, SGD),
    "sgd-breast": ("conditional", _sgd, "breast_cancer", _error, SGD),
    "kernels-breast": ("conditional", _svc, "breast_cancer", _error, KERNELS),
    "kernels-digits": ("conditional", _svc, "digits", _error, KERNELS),
    "cash-wine": ("conditional", _pick, "wine", _brier, CASH),
    "cash-digits": ("conditional", _pick, "digits", _error, CASH),
}


def _make(build, data, loss, _instance):
    return functools.partial(_validate, build, data, loss)


def problem(name):
    """The problem of this name, or None."""
    if name not in TABLE:
        return None
    family, build, data, loss, specs = TABLE[name]
    if loss is _brier and build is _pick:
        specs = {**specs, "model": "forest,knn,mlp"}  # the svm has no probabilities
        specs = {key: spec for key, spec in specs.items() if not key.startswith("svm_")}
    return Problem(name, family, specs, functools.partial(_make, build, data, loss), cached=True)
