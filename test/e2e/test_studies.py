"""hone studies: list, rename, delete, copy."""
import json
import os
import pty
import re

import pytest

from lookers import NO_DATABASE, same, small_study


@pytest.fixture
def two(hone):
    small_study(hone, study="alpha")
    small_study(hone, study="beta")
    return hone


def names(hone, *args):
    return [json.loads(line)["name"] for line in hone("studies", "--json", *args).out.splitlines()]


def test_the_list(two):
    done = two("studies")
    assert (done.code, done.err) == (0, "")
    # How many bytes there are depends on the names of the host and of the directory.
    assert re.sub(r"[12]\.\d kB", "SIZE", same(done.out)) == """\
study  trials  best  size  created  last activity
alpha  4  loss 0.25  SIZE  DATE  SPAN ago
beta  4  loss 0.25  SIZE  DATE  SPAN ago
"""
    assert two("studies", "list").out.splitlines()[0] == done.out.splitlines()[0]


def test_json(two):
    first = json.loads(two("studies", "--json").out.splitlines()[0])
    assert {k: first[k] for k in ("name", "n_trials", "n_finished")} == {
        "name": "alpha", "n_trials": 4, "n_finished": 2}
    assert first["best"]["values"] == {"loss": 0.25}
    assert first["n_events"] > 10 and first["n_bytes"] > 100 and first["created"] <= first["changed"]


def test_rename(two):
    done = two("studies", "rename", "alpha", "omega")
    assert (done.code, done.out, done.err) == (0, "", "hone: study alpha is called omega now\n")
    assert names(two) == ["beta", "omega"]
    done = two("studies", "rename", "alpha", "x")
    assert (done.code, done.err) == (2, 'hone: there is no study "alpha" in hone.db: it holds omega, beta\n')
    assert two("studies", "rename", "beta", "omega").code == 2
    assert names(two) == ["beta", "omega"]


def test_copy(two):
    done = two("studies", "copy", "alpha", "gamma")
    assert (done.code, done.err) == (0, "hone: study alpha has been copied to gamma\n")
    assert names(two) == ["alpha", "beta", "gamma"]
    assert [json.loads(line)["params"] for line in two("trials", "gamma", "--json").out.splitlines()
            ] == [json.loads(line)["params"]
                  for line in two("trials", "alpha", "--json").out.splitlines()]
    done = two("studies", "copy", "alpha", "there", "--to", "other.db", "-q")
    assert (done.code, done.err) == (0, "")
    assert names(two, "--storage", "other.db") == ["there"]
    assert two("studies", "copy", "alpha", "beta").code == 2


def test_delete(two):
    done = two("studies", "delete", "alpha")
    assert (done.code, done.err) == (2, "hone: deleting study alpha with its 4 trials cannot be "
                                        "undone; say --yes\n")
    assert names(two) == ["alpha", "beta"]
    done = two("studies", "delete", "alpha", "--yes")
    assert (done.code, done.out) == (0, "")
    assert done.err == "hone: study alpha is deleted; the files of its trials are left alone\n"
    assert names(two) == ["beta"]
    assert two("studies", "delete", "alpha", "-y").code == 2


@pytest.mark.parametrize("answer, code, left", [("y\n", 0, ["beta"]), ("n\n", 1, ["alpha", "beta"]),
                                                ("\n", 1, ["alpha", "beta"])])
def test_a_terminal_is_asked(two, answer, code, left):
    leader, follower = pty.openpty()
    process = two.start("studies", "delete", "alpha", stdin=follower)
    os.close(follower)
    question = "Delete study alpha with its 4 trials, of which 1 runs now? This cannot be undone [y/N] "
    assert process.stderr.read(len(question)) == question
    os.write(leader, answer.encode())
    process.communicate(timeout=60)
    os.close(leader)
    assert process.returncode == code
    assert names(two) == left


@pytest.mark.parametrize("args, message", [
    (["lst"], "'lst' is not one of list, rename, delete, copy; did you mean list?"),
    (["rename", "alpha"], "rename takes 2 names: hone studies rename NAME NEW-NAME"),
    (["delete"], "delete takes 1 name: hone studies delete NAME"),
    (["delete", "beta", "--to", "x.db"], "--to goes with copy only"),
])
def test_mistakes(two, args, message):
    done = two("studies", *args)
    assert (done.code, done.out, done.err.splitlines()[0]) == (2, "", f"hone: {message}")
    assert names(two) == ["alpha", "beta"]


def test_no_storage(hone, workdir):
    done = hone("studies")
    assert (done.code, done.out) == (2, "")
    assert done.err == f"hone: {NO_DATABASE}\n"
    assert not (workdir / "hone.db").exists()
