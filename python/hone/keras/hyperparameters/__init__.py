"""Hyperparameters in the habit of Keras Tuner. Needs neither Keras nor Hone's engine."""

from .boolean import Boolean
from .choice import Choice
from .conditions import Condition, Parent
from .container import HyperParameters
from .fixed import Fixed
from .hyperparameter import HyperParameter
from .integer import Int
from .real import Float
from .serialization import deserialize, serialize

__all__ = [
    "Boolean",
    "Choice",
    "Condition",
    "Fixed",
    "Float",
    "HyperParameter",
    "HyperParameters",
    "Int",
    "Parent",
    "deserialize",
    "serialize",
]
