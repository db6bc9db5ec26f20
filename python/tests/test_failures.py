"""A search whose first trials fail."""

import pytest

import hone


@pytest.mark.parametrize("seed", range(3))
def test_auto_leaves_a_start_that_fails(seed):
    """The middle of the space fails, and all of its neighbourhood."""
    study = hone.study({f"x{i}": hone.Float(0, 1) for i in range(20)}, seed=seed)
    for _ in range(15):
        trial = study.ask()
        if trial["x0"] + trial["x1"] < 1.3:
            study.tell(trial, state="failed")
        else:
            study.tell(trial, sum(trial.params.values()))
    assert study.count("complete") >= 1
