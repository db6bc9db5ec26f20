"""Hone for scikit-learn: HoneSearchCV in place of GridSearchCV, RandomizedSearchCV and
HalvingRandomSearchCV.

    from hone.sklearn import HoneSearchCV

    search = HoneSearchCV(SVC(), {"C": loguniform(1e-2, 1e3), "kernel": ["rbf", "poly"]}, n_iter=50)
    search.fit(X, y)
"""

from hone.sklearn._search import HoneSearchCV

__all__ = ["HoneSearchCV"]
