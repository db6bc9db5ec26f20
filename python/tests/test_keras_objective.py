"""`hone.keras.Objective`: names, directions and sums."""

import pytest

from hone.keras.objective import DefaultObjective, Objective, create_objective, infer_direction


@pytest.mark.parametrize(
    "metric, direction",
    [
        ("val_accuracy", "max"),
        ("accuracy", "max"),
        ("val_sparse_categorical_accuracy", "max"),
        ("val_auc_1", "max"),
        ("val_f1_score", "max"),
        ("val_loss", "min"),
        ("head_loss", "min"),
        ("mean_squared_error", "min"),
        ("val_mae", "min"),
        ("sparse_categorical_crossentropy", "min"),
        ("root_mean_squared_error", "min"),
    ],
)
def test_direction_by_name(metric, direction):
    assert infer_direction(metric) == direction


def test_unknown_metric_asks_for_a_direction():
    with pytest.raises(ValueError, match=r'Objective\(.score., direction="min"\)'):
        create_objective("score")


def test_values():
    objective = create_objective("val_accuracy")
    assert objective.get_value({"val_accuracy": 0.5, "loss": 2}) == 0.5
    assert objective.better_than(0.6, 0.5) and not objective.better_than(0.5, 0.5)
    assert not objective.has_value({"loss": 2})
    assert create_objective(None) == DefaultObjective()


def test_several_are_a_sum():
    both = create_objective([Objective("speed", "max"), "loss"])
    assert both.get_value({"speed": 3.0, "loss": 1.0}) == -2.0
    assert both.direction == "min"
    assert both == create_objective(["loss", Objective("speed", "max")])
    assert str(both) == (
        'MultiObjective(name="multi_objective", direction="min"): '
        '[Objective(name="speed", direction="max"), Objective(name="loss", direction="min")]'
    )


def test_what_is_no_objective():
    with pytest.raises(TypeError, match="not understood, expected str"):
        create_objective(3)
    with pytest.raises(ValueError, match='"min" or "max"; got \'up\''):
        Objective("loss", "up")
