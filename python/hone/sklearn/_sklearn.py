"""Everything that is used of scikit-learn and joblib, private parts included, in one place.

Private are BaseSearchCV, which is what scikit-learn's own documentation derives searches from, and
how it validates arguments.
"""

from importlib import import_module
from typing import Any

try:
    import_module("sklearn")
except ImportError:
    raise ImportError("hone.sklearn needs scikit-learn: pip install scikit-learn") from None

_validation = import_module("sklearn.utils._param_validation")

BaseSearchCV: Any = import_module("sklearn.model_selection._search").BaseSearchCV
ParameterGrid: Any = import_module("sklearn.model_selection").ParameterGrid
Interval: Any = _validation.Interval
StrOptions: Any = _validation.StrOptions
check_random_state: Any = import_module("sklearn.utils").check_random_state
effective_n_jobs: Any = import_module("joblib").effective_n_jobs
is_classifier: Any = import_module("sklearn.base").is_classifier
num_samples: Any = import_module("sklearn.utils.validation")._num_samples
