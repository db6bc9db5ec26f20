"""What the health checks say: at the end of a run, in `hone status`, in JSON."""
import json

import pytest

EDGE = "; widen it: hone edit -p lr=log:1e-7..0.1"


@pytest.fixture(name="low_end")
def _low_end(hone):
    """A study whose optimum lies below the range of lr."""
    done = hone("run", "-n", "60", "--seed", "3", "--sampler", "random", "--minimize", "loss", "-p",
                "lr=log:1e-5..1e-1", "--", "sh", "-c", "echo loss=$0", "{lr}")
    assert done.code == 0, done.err
    return done


def test_end_of_a_run(low_end):
    assert low_end.out.count("Note: ") == 1
    note = " ".join(low_end.out.partition("Note: ")[2].partition("More: ")[0].split())
    assert note.endswith("of the best 12 trials lie at the low end of lr" + EDGE)
    assert max(map(len, low_end.out.partition("Note: ")[2].splitlines())) <= 80


def test_status(hone, low_end):
    text = " ".join(hone("status").out.split())
    assert "trials lie at the low end of lr" + EDGE in text
    finding, = json.loads(hone("status", "--json").out)["health"]
    assert finding["code"] == "edge" and finding["param"] == "lr" and finding["of"] == 12
    assert finding["remedy"] == "widen it: hone edit -p lr=log:1e-7..0.1"
    assert 0 < finding["p"] < 0.01


def test_the_remedy_is_a_command(hone, low_end):
    finding, = json.loads(hone("status", "--json").out)["health"]
    words = finding["remedy"].partition(": hone ")[2].split()
    assert hone(*words).code == 0
    status = json.loads(hone("status", "--json").out)
    assert status["space_version"] == 2 and status["health"] == []


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
