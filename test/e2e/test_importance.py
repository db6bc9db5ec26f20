"""`hone importance`: the table, what programs read, several objectives, and what is refused."""
import json

import pytest

from lookers import NO_DATABASE, pipe

SPACE = [{"name": "lr", "spec": "log:1e-5..0.1"}, {"name": "layers", "spec": "int:1..4"},
         {"name": "opt", "spec": "sgd,adam"}, {"name": "momentum", "spec": "0..1 if opt==sgd"},
         {"name": "idle", "spec": "0..1"}]
TWO = {"metrics": ["loss", "accuracy"], "directions": ["minimize", "maximize"]}
ONE = {"metrics": ["loss"]}


def values_of(trial, params):
    """The loss depends on lr most, the accuracy on the optimiser."""
    return [6 * params["lr"] ** 0.25 + 0.5 * params["layers"] + 0.01 * (trial % 3),
            (params["opt"] == "sgd") + 0.5 * params.get("momentum", 0)]


def study_of(hone, n, goals=TWO, values=values_of):
    """Points do not depend on values: a first session in memory gives them."""
    head = {"space": SPACE, "seed": 3, "sampler": "random", **goals}
    points = [r["params"] for r in pipe(hone, head, *[{"ask": 1}] * n)[1:]]
    messages = [{**head, "storage": "sqlite:hone.db"}]
    for k, params in enumerate(points):
        messages += [{"ask": 1}, {"tell": k, "values": values(k, params)}]
    replies = pipe(hone, *messages)
    assert [r["params"] for r in replies if "params" in r] == points
    assert not [r for r in replies if "error" in r], replies


TABLE = """\
parameter   alone   ±  of the variance
lr            71%  3%  █████████████████▏
layers        24%  3%  █████▊
idle           0%  0%  ▏
momentum       0%  0%  ▏
opt            0%  0%  ▏
(together)     5%      █▏

Shares of the variance of loss over the whole space, by a model of 150 trials
that explains 99% of the variance of trials that it has not seen.
"""


def test_table(hone):
    study_of(hone, 150)
    done = hone("importance", "--objective", "loss", env={"LC_ALL": "C.UTF-8"})
    assert (done.code, done.err, done.out) == (0, "", TABLE)
    plain = hone("importance", "--objective", "loss", env={"LC_ALL": "C"})
    assert plain.out.splitlines()[0] == "parameter   alone  +-  of the variance"
    assert plain.out.splitlines()[1] == "lr            71%  3%  #################"


def test_every_objective_has_a_table(hone):
    study_of(hone, 100)
    done = hone("importance", env={"LC_ALL": "C"})
    assert done.code == 0 and done.out.count("(together)") == 2
    loss, accuracy = done.out.split("\n\nparameter")
    assert loss.splitlines()[1].startswith("lr ") and "variance of loss over" in loss
    assert accuracy.splitlines()[1].startswith("opt ") and "variance of accuracy over" in accuracy


def test_json(hone):
    study_of(hone, 100)
    told = json.loads(hone("importance", "--json").out)
    assert told["study"] == "default"
    assert [o["name"] for o in told["objectives"]] == ["loss", "accuracy"]
    for objective in told["objectives"]:
        shares = [p["share"] for p in objective["params"]]
        assert shares == sorted(shares, reverse=True) and len(shares) == 5
        assert sum(shares) + objective["rest"] == pytest.approx(1)
        assert objective["n_trials"] == 100 and objective["r2"] > 0.9
    by_name = {p["name"]: p for p in told["objectives"][1]["params"]}
    assert 0 < by_name["momentum"]["n_trials"] < 100 == by_name["opt"]["n_trials"]
    one = json.loads(hone("importance", "--json", "--objective", "accuracy").out)
    assert one["objectives"] == told["objectives"][1:]


def test_the_same_again(hone):
    study_of(hone, 60)
    assert hone("importance", "--json").out == hone("importance", "--json").out


def test_noise_has_no_table(hone):
    study_of(hone, 40, ONE, lambda k, _: [k * 7919 % 101])
    done = hone("importance")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("40 trials do not tell what loss depends on: a model of them "
                               "explains nothing")
    assert "parameter" not in done.out


def test_a_weak_model_says_so(hone):
    study_of(hone, 60, ONE, lambda k, p: [p["idle"] + 1.2 * (k * 7919 % 101) / 101])
    done = hone("importance")
    assert "which is little" in done.out.replace("\n", " ") and "idle" in done.out


@pytest.mark.parametrize("n, arguments, error", [
    (0, [], "what matters takes 3 complete trials with a number for 'loss', there are 0"),
    (1, [], "what matters takes 3 complete trials with a number for 'loss', there is 1"),
    (6, ["--objective", "speed"],
     "the study has no metric 'speed'; it has 'loss', 'accuracy'"),
    (6, ["other"], 'there is no study "other" in hone.db: it holds default'),
])
def test_refused(hone, n, arguments, error):
    study_of(hone, n)
    done = hone("importance", *arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"hone: {error}")


def test_a_constant_is_refused(hone):
    study_of(hone, 8, ONE, lambda *_: [0.25])
    done = hone("importance", "--json")
    assert (done.code, done.out) == (2, "")
    assert done.err == ("hone: 'loss' is 0.25 in all 8 complete trials: there is nothing to "
                        "explain\n")


def test_no_database(hone):
    done = hone("importance")
    assert (done.code, done.out) == (2, "")
    assert NO_DATABASE in done.err


def test_metrics_are_offered(hone):
    study_of(hone, 2)
    offered = hone("completion", "words", "--", "hone", "importance", "--objective", "")
    assert [line.split("\t")[0] for line in offered.out.splitlines()] == ["loss", "accuracy"]
