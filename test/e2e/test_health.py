"""What the health checks say: at the end of a run, in `hone status`, in JSON."""
import json

import pytest

EDGE = "; widen it: -p lr=log:1e-7..0.1"


@pytest.fixture(name="low_end")
def _low_end(hone):
    """A study whose optimum lies below the range of lr."""
    done = hone("run", "-n", "60", "--seed", "3", "--sampler", "random", "--minimize", "loss", "-p",
                "lr=log:1e-5..1e-1", "--", "sh", "-c", "echo loss=$0", "{lr}")
    assert done.code == 0, done.err
    return done


def test_end_of_a_run(low_end):
    notes = [line for line in low_end.out.splitlines() if line.startswith("Note: ")]
    assert len(notes) == 1
    assert notes[0].endswith("of the best 12 trials lie at the low end of lr" + EDGE)


def test_status(hone, low_end):
    text = " ".join(hone("status").out.split())
    assert "trials lie at the low end of lr" + EDGE in text
    finding, = json.loads(hone("status", "--json").out)["health"]
    assert finding["code"] == "edge" and finding["param"] == "lr" and finding["of"] == 12
    assert finding["remedy"] == "widen it: -p lr=log:1e-7..0.1"
    assert 0 < finding["p"] < 0.01


def test_json_events(hone):
    done = hone("run", "--json", "-n", "12", "--seed", "3", "--minimize", "loss", "-p", "x=0..1",
                "--", "echo", "loss=1")
    end = json.loads(done.out.splitlines()[-1])
    assert [f["code"] for f in end["health"]] == ["constant"]
    assert end["health"][0]["p"] is None


def test_nothing_to_say(hone):
    done = hone("run", "-n", "5", "--seed", "3", "--minimize", "loss", "-p", "x=0..1", "--", "echo",
                "loss=1")
    assert "Note:" not in done.out
    assert "health" not in hone("status").out
