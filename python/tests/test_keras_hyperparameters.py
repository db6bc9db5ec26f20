"""`hone.keras.HyperParameters`: what a build function meets. Needs neither Keras nor the engine."""

import json
import subprocess
import sys

import pytest

from hone.keras import hyperparameters as hp_module
from hone.keras.hyperparameters import (
    Boolean,
    Choice,
    Fixed,
    Float,
    HyperParameters,
    Int,
    Parent,
    deserialize,
    serialize,
)


def digits_space(hp):
    hp.Int("units_1", 32, 256, step=32)
    hp.Int("units_2", 32, 256, step=32)
    hp.Float("lr", 0.005, 0.01, sampling="log")


def test_defaults_are_the_first_values():
    hp = HyperParameters()
    digits_space(hp)
    assert hp.values == {"units_1": 32, "units_2": 32, "lr": 0.005}
    assert [each.name for each in hp.space] == ["units_1", "units_2", "lr"]


def test_asking_again_gives_the_value_that_stands():
    hp = HyperParameters()
    hp.values["units_1"] = 128
    digits_space(hp)
    digits_space(hp)
    assert hp.get("units_1") == 128 == hp["units_1"]
    assert len(hp.space) == 3


@pytest.mark.parametrize(
    "hp",
    [
        Int("a", 1, 10),
        Int("a", 1, 10, step=4),
        Int("a", 1, 100, sampling="log"),
        Int("a", 2, 64, step=2, sampling="log"),
        Int("a", 1, 100, sampling="reverse_log"),
        Int("a", 7, 7),
        Float("a", -1.0, 1.0),
        Float("a", 0.0, 1.0, step=0.1),
        Float("a", 1e-5, 1e-1, sampling="log"),
        Float("a", 1e-5, 1e-1, step=10, sampling="log"),
        Float("a", 1e-3, 1e3, sampling="reverse_log"),
        Float("a", 1e-2, 1e2, step=10, sampling="reverse_log"),
        Choice("a", ["x", "y", "z"]),
        Boolean("a"),
        Fixed("a", 3),
    ],
    ids=repr,
)
def test_values_and_shares(hp):
    """A value's share leads back to the value; shares reach both ends and never go beyond."""
    for value in hp.values:
        assert 0 <= hp.value_to_prob(value) <= 1
        assert hp.prob_to_value(hp.value_to_prob(value)) == pytest.approx(value)
    seen = [hp.prob_to_value(i / 1000) for i in range(1001)]
    if not isinstance(hp, (Boolean, Choice, Fixed)):
        assert min(seen) == pytest.approx(hp.min_value)
        assert max(seen) <= hp.max_value
        assert {type(value) for value in seen} == {int if isinstance(hp, Int) else float}
    assert hp.random_sample(5) == hp.random_sample(5)
    assert repr(type(hp).from_config(hp.get_config())) == repr(hp)


def test_reverse_log_is_dense_at_the_upper_end():
    hp = Float("a", 1, 100, sampling="reverse_log")
    assert [hp.prob_to_value(share) for share in (0, 0.5, 1)] == pytest.approx([1, 91, 100])


def test_every_integer_is_drawn_as_often():
    drawn = [Int("a", 1, 4).prob_to_value((i + 0.5) / 400) for i in range(400)]
    assert [drawn.count(value) for value in (1, 2, 3, 4)] == [100, 100, 100, 100]


def test_a_step_that_does_not_reach_the_end():
    assert list(Int("a", 6, 13, step=3).values) == [6, 9, 12]
    # 0.3 / 0.1 falls just short of 3, and the last value belongs to the range all the same.
    assert list(Float("a", 0, 0.3, step=0.1).values) == pytest.approx([0, 0.1, 0.2, 0.3])
    assert list(Float("a", 0, 1, step=0.3).values) == pytest.approx([0, 0.3, 0.6, 0.9])


def test_scopes_name_and_condition():
    hp = HyperParameters()
    hp.Choice("model", ["mlp", "cnn"])
    with hp.conditional_scope("model", "cnn"):
        with hp.name_scope("cnn"):
            assert hp.Int("filters", 8, 64) is None
            hp.Choice("pool", ["max", "avg"])
            with hp.conditional_scope("pool", "max"):
                assert hp.Int("size", 2, 4) is None
    with hp.conditional_scope("model", ["mlp"]):
        assert hp.Int("units", 16, 64) == 16
    assert hp.values == {"model": "mlp", "units": 16}
    assert "units" in hp and "cnn/filters" not in hp
    assert hp.is_active("units") and not hp.is_active("cnn/filters")
    assert [scope[-1] for scope in hp.inactive_scopes] == [
        Parent("model", "cnn"),
        Parent("cnn/pool", "max"),
    ]

    hp.values = {"model": "cnn"}
    hp.ensure_active_values()
    assert hp.values == {"model": "cnn", "cnn/filters": 8, "cnn/pool": "max", "cnn/size": 2}


def test_one_name_under_two_conditions():
    hp = HyperParameters()
    hp.Choice("a", [1, 2], default=2)
    assert hp.Int("b", 0, 10, parent_name="a", parent_values=1, default=5) is None
    assert hp.Int("b", 0, 100, parent_name="a", parent_values=[2], default=4) == 4
    assert len(hp.space) == 3


def test_what_is_not_there():
    hp = HyperParameters()
    hp.Choice("a", [1, 2])
    with hp.conditional_scope("a", 2):
        hp.Fixed("b", 1)
    with pytest.raises(ValueError, match="'b' is currently inactive"):
        hp.get("b")
    with pytest.raises(KeyError, match="'c' does not exist"):
        hp.get("c")
    with pytest.raises(ValueError, match="'c' is not defined"):
        with hp.conditional_scope("c", 1):
            pass


@pytest.mark.parametrize(
    "make, error",
    [
        (lambda: Int("n", 3, 1), "min_value 3 is greater than the max_value 1"),
        (lambda: Int("n", 0.5, 2), "min_value must be an int; got 0.5"),
        (lambda: Int("n", 0, 9, sampling="log"), "does not support negative values or zero"),
        (lambda: Int("n", 1, 9, step=1, sampling="log"), "expected step > 1"),
        (lambda: Int("n", 1, 9, step=0), "expected step > 0; got 0"),
        (lambda: Float("n", 0, 1, sampling="normal"), "sampling must be one of linear, log"),
        (lambda: Choice("n", []), "must be provided"),
        (lambda: Choice("n", [1, "a"]), "only one type; got int, str"),
        (lambda: Choice("n", [None]), "can contain only `int`"),
        (lambda: Choice("n", ["a"], ordered=True), "must be `False`"),
        (lambda: Choice("n", ["a"], default="b"), "should be one of"),
        (lambda: Boolean("n", default=1), "must be a Python boolean; got 1"),
        (lambda: Fixed("n", None), "must be an `int`"),
        (lambda: Parent("n", [None]), "Can contain only"),
    ],
)
def test_errors_name_the_thing(make, error):
    with pytest.raises((ValueError, TypeError), match=error) as caught:
        make()
    assert "'n'" in str(caught.value)


def test_config_goes_through_json():
    hp = HyperParameters()
    hp.Choice("a", ["x", "y"])
    with hp.conditional_scope("a", "x"), hp.name_scope("s"):
        hp.Float("lr", 1e-4, 1e-1, sampling="log", default=1e-3)
        hp.Boolean("flag", default=True)
    hp.Fixed("f", 2.5)
    config = json.loads(json.dumps(hp.get_config()))
    again = HyperParameters.from_config(config)
    assert again.get_config() == hp.get_config()
    assert again.get("s/lr") == 1e-3
    assert deserialize(serialize(hp)).get_config() == hp.get_config()
    with pytest.raises(ValueError, match="Unrecognized HP type 'Real'"):
        deserialize({"class_name": "Real", "config": {}})


def test_copy_stands_apart():
    hp = HyperParameters()
    hp.Int("a", 0, 10)
    other = hp.copy()
    other.values["a"] = 7
    other.Int("b", 0, 10)
    assert hp.values == {"a": 0} and len(hp.space) == 1


def test_merge():
    hp, other = HyperParameters(), HyperParameters()
    hp.Int("a", 0, 100, default=1)
    hp.Int("b", 0, 100, default=2)
    other.Fixed("a", 50)
    other.Int("c", 0, 9, default=3)
    hp.merge(other, overwrite=False)
    assert hp.values == {"a": 1, "b": 2, "c": 3}
    hp.merge(other)
    assert hp.values == {"a": 50, "b": 2, "c": 3}
    assert [type(each) for each in hp.space] == [Fixed, Int, Int]


def test_numpy_values_become_python_values():
    numpy = pytest.importorskip("numpy")
    hp = HyperParameters()
    hp.Choice("a", numpy.array([1, 2, 3]))
    hp.Fixed("b", numpy.float32(0.5))
    hp.Int("c", numpy.int64(1), numpy.int64(9))
    assert {name: type(value) for name, value in hp.values.items()} == {
        "a": int, "b": float, "c": int,
    }  # fmt: skip


def test_importing_loads_neither_keras_nor_numpy():
    code = (
        "import sys, hone.keras, hone.keras.hyperparameters\n"
        "heavy = {'keras', 'numpy', 'tensorflow', 'torch', 'jax', 'keras_tuner'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_module_names():
    assert set(hp_module.__all__) >= {"HyperParameters", "Int", "Float", "Choice", "Parent"}
