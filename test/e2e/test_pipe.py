"""hone pipe: the protocol, what is wrong in it, and the two example clients."""
import json
import math
import os
import re
import subprocess
import sys

import pytest

from lookers import pipe

LR = [{"name": "lr", "spec": "log:1e-5..1"}]
CHOICES = ["sgd", "1", True, None, 2.5, 3, "false", "a,b", "x y", "é", 1, "true", "null", [64, 64],
           "[64,64]", [], {}, {"b": [1.0, None], "a": {"é": "x~=y"}}, False, "2.5", [[1], "1"]]


def error(code, message):
    return {"error": {"code": code, "message": message}}


class Session:
    """A session that is talked to line by line."""

    def __init__(self, hone, *args):
        self.process = hone.start("pipe", *args)

    def send(self, message):
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()

    def hear(self):
        return json.loads(self.process.stdout.readline())

    def __call__(self, message):
        self.send(message)
        return self.hear()

    def end(self):
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err


@pytest.fixture
def session(hone):
    opened = Session(hone)
    yield opened
    if opened.process.poll() is None:
        opened.process.kill()
    opened.process.communicate()


# --- the table of the protocol ---

def test_every_request_is_answered_as_the_protocol_says(session):
    assert session({"space": LR, "seed": 7, "direction": "minimize", "sampler": "random"}) == {
        "ok": True, "sampler": "random"}
    trial = session({"ask": 1})
    assert trial["id"] == 0 and set(trial) == {"id", "params"} and set(trial["params"]) == {"lr"}
    assert session({"report": 0, "step": 3, "value": 0.4}) == {"ok": True, "stop": False}
    assert session({"tell": 0, "value": 0.3}) == {"ok": True}
    assert session({"enqueue": {"lr": 0.1}}) == {"ok": True}
    assert session({"ask": 1}) == {"id": 1, "params": {"lr": 0.1}}
    assert session({"tell": 1, "state": "failed"}) == {"ok": True}
    assert session({"best": 1}) == {"id": 0, "params": trial["params"], "values": [0.3]}
    assert session.end() == (0, "", "")


def test_auto_names_the_sampler_that_it_takes(hone):
    assert pipe(hone, {"space": LR, "sampler": "auto"})[0]["sampler"] != "auto"


def test_an_ask_of_four_gets_four_in_one_go(session):
    session({"space": LR, "seed": 1})
    session.send({"ask": 4})
    assert [session.hear()["id"] for _ in range(4)] == [0, 1, 2, 3]
    for trial in (2, 0, 3, 1):
        assert session({"tell": trial, "value": trial}) == {"ok": True}
    assert session({"best": 1})["id"] == 0


def test_errors_fill_up_an_ask_when_a_finite_space_is_exhausted(hone):
    space = [{"name": "opt", "type": "categorical", "choices": ["a", "b"]}]
    replies = pipe(hone, {"space": space, "seed": 1, "sampler": "grid"}, {"ask": 4}, {"ask": 2},
                   {"tell": 1, "value": 0})
    assert [r["params"]["opt"] for r in replies[1:3]] == ["a", "b"]
    assert {r["error"]["code"] for r in replies[3:7]} == {"EEXHAUSTED"}
    assert replies[7:] == [{"ok": True}]


@pytest.mark.parametrize("ask", [{"ask": 3, "x": 1}, {"ask": 3, "tell": 0}, {"ask": 3}])
def test_a_wrong_ask_gets_its_lines_all_the_same(hone, ask):
    replies = pipe(hone, ask, {"protocol": 1})
    assert len(replies) == 4
    assert len({json.dumps(r) for r in replies[:3]}) == 1 and "error" in replies[0]
    assert replies[3] == {"ok": True, "protocol": 1}


def test_several_objectives_constraints_and_the_front(hone):
    points = [[1, 5], [2, 3], [3, 4], [0, 0]]
    messages = [{"space": LR, "seed": 1, "directions": ["minimize", "maximize"]}, {"ask": 4}]
    messages += [{"tell": i, "values": v, "constraints": [1 if i == 0 else -1]}
                 for i, v in enumerate(points)]
    replies = pipe(hone, *messages, {"best": 1})
    assert replies[5:9] == [{"ok": True}] * 4
    front = sorted((t["id"], t["values"]) for t in replies[9]["pareto"])
    assert front == [(1, [2.0, 3.0]), (2, [3.0, 4.0]), (3, [0.0, 0.0])]


def test_maximize(hone):
    replies = pipe(hone, {"space": LR, "seed": 1, "direction": "maximize"}, {"ask": 2},
                   {"tell": 0, "value": 1}, {"tell": 1, "value": 2}, {"best": 1})
    assert (replies[-1]["id"], replies[-1]["values"]) == (1, [2.0])


def test_numbers_that_are_not_finite_are_texts(hone):
    replies = pipe(hone, {"space": LR, "seed": 1}, {"ask": 3}, {"tell": 0, "value": "inf"},
                   {"tell": 1, "value": "nan"}, {"best": 1}, {"tell": 2, "value": "Infinity"},
                   '{"tell":2,"value":NaN}\n', {"tell": 2, "value": "-inf"}, {"best": 1})
    assert replies[4:6] == [{"ok": True}] * 2
    assert replies[6] == {"id": 0, "params": replies[1]["params"], "values": ["inf"]}
    assert replies[7] == error("EINVAL", '"value" must be a number; non-finite ones are "nan", '
                                         '"inf", "-inf"')
    assert replies[8] == error("EPARSE", "not JSON at column 21: invalid token near 'NaN'; "
                                         'non-finite numbers are the texts "nan", "inf", "-inf"')
    assert replies[10] == {"id": 2, "params": replies[3]["params"], "values": ["-inf"]}


# --- spaces ---

def test_choices_come_back_as_they_stood_with_their_type(hone):
    space = [{"name": "c", "type": "categorical", "choices": CHOICES}]
    replies = pipe(hone, {"space": space, "seed": 5, "sampler": "grid"}, {"ask": len(CHOICES)})
    seen = [r["params"]["c"] for r in replies[1:]]
    assert seen == CHOICES
    assert [type(v) for v in seen] == [type(v) for v in CHOICES]


def test_texts_and_values_of_any_json_are_told_apart(hone):
    choices = [1, "1", [1, 2], "[1,2]", {"k": "v"}]
    space = [{"name": "c", "type": "categorical", "choices": choices, "default": "1"},
             {"name": "t", "type": "float", "low": 0, "high": 1,
              "condition": {"parent": "c", "values": ["1", [1, 2]]}},
             {"name": "n", "spec": 'int:1..3 if c==1 || c=={"k": "v"}'}]
    replies = pipe(hone, {"space": space, "seed": 5, "sampler": "random"},
                   *({"enqueue": {"c": c}} for c in choices), {"ask": 6})
    points = [r["params"] for r in replies[6:]]
    assert [p["c"] for p in points[:5]] == choices
    assert [sorted(p) for p in points[:5]] == [["c", "n"], ["c", "t"], ["c", "t"], ["c"], ["c", "n"]]
    assert pipe(hone, {"space": space}, {"enqueue": {"c": [2]}})[1] == error(
        "EINVAL", """'[2]' is no choice of c, which has 1, "1", [1,2], "[1,2]", {"k":"v"}""")


def test_choices_are_twice_when_type_and_value_are(hone):
    for one, two, text in [(1, 1.0, "1.0"), ([1], [1], "[1]"), ({"a": 1, "b": 2},
                           {"b": 2, "a": 1}, '{"a":1,"b":2}')]:
        replies = pipe(hone, {"space": [{"name": "c", "type": "categorical",
                                         "choices": [one, "x", two]}]})
        assert replies == [error("EINVAL",
                                 f"c: the choice '{text}' stands there twice (1. and 3.) "
                                 "(space[0])")]


def test_attributes(hone, workdir):
    replies = pipe(hone, {"space": LR, "seed": 1, "storage": "sqlite:a.db"}, {"ask": 2},
                   {"report": 0, "step": 1, "value": 2, "attr": {"n": 1, "m": [None]}},
                   {"tell": 0, "value": 1, "attr": {"n": "x"}}, {"tell": 1, "value": 1, "attr": 3})
    assert replies[3:5] == [{"ok": True, "stop": False}, {"ok": True}]
    assert replies[5] == error("EINVAL", '"attr" must be an object of names and values, '
                                         '{"n_params":12345}')
    shown = json.loads(hone("show", "0", "--storage", "a.db", "--json").out)
    assert shown["attrs"] == {"n": "x", "m": [None]}


def test_bounds_steps_and_conditions_hold(hone):
    space = [{"name": "c", "type": "categorical", "choices": ["a", 1, None]},
             {"name": "n", "type": "int", "low": 2, "high": 10, "step": 4},
             {"name": "f", "type": "float", "low": 0, "high": 1, "step": 0.25},
             {"name": "l", "type": "float", "low": 1e-5, "high": 1, "log": True},
             {"name": "m", "type": "float", "low": -1, "high": 0,
              "condition": {"parent": "c", "values": ["a", None]}}]
    replies = pipe(hone, {"space": space, "seed": 2, "sampler": "random"}, {"ask": 200})
    points = [r["params"] for r in replies[1:]]
    assert {p["n"] for p in points} == {2, 6, 10} and all(type(p["n"]) is int for p in points)
    assert {p["f"] for p in points} == {0, 0.25, 0.5, 0.75, 1}
    assert all(1e-5 <= p["l"] <= 1 for p in points) and min(p["l"] for p in points) < 1e-4
    assert all(("m" in p) == (p["c"] != 1) for p in points)
    assert {str(p["c"]) for p in points} == {"a", "1", "None"}


def test_rules_hold(hone):
    space = [{"name": "a", "spec": "int:1..4"}, {"name": "b", "spec": "int:1..4"}]
    replies = pipe(hone, {"space": space, "seed": 2, "sampler": "random", "require": ["a<=b"],
                          "forbid": ["a==1"]}, {"ask": 6})
    assert all(1 < r["params"]["a"] <= r["params"]["b"] for r in replies[1:])


def test_equal_points_are_repeats_in_a_noisy_study(hone):
    messages = [{"ask": 2}, {"tell": 0, "value": 1}, {"tell": 1, "value": 2}, {"ask": 1}]
    space = [{"name": "a", "spec": "int:1..2"}]
    again = pipe(hone, {"space": space, "seed": 1, "noisy": True}, *messages)
    assert again[5]["id"] == 2
    once = pipe(hone, {"space": space, "seed": 1}, *messages)
    assert once[5]["error"]["code"] == "EEXHAUSTED"


@pytest.mark.parametrize("space, told", [
    ([], error("EINVAL", '"space" has no parameters')),
    ({"lr": "0..1"}, error("EINVAL", '"space" must be a list of parameters, '
                                     '[{"name":"lr","spec":"log:1e-5..1"}]')),
    ([{"name": "a", "spec": "0..1"}, {"name": "b", "spec": "log:1e-5.1"}],
     {"error": {"code": "EPARSE", "message": "the low end is not a number: '1e-5.1' (space[1])",
                "source": "log:1e-5.1", "column": 4}}),
    ([{"name": "o", "low": 1, "high": 0, "type": "float"}],
     error("EINVAL", "o: the low end 1 is above the high end 0; write 0..1 (space[0])")),
])
def test_a_wrong_space_is_named_and_another_may_follow(hone, space, told):
    replies = pipe(hone, {"space": space}, {"space": LR, "sampler": "random"}, {"ask": 1})
    assert replies[0] == told
    assert replies[1] == {"ok": True, "sampler": "random"} and replies[2]["id"] == 0


@pytest.mark.parametrize("options, code, message", [
    ({"sed": 1}, "EINVAL", 'the request "space" has no key "sed"; did you mean "seed"?'),
    ({"seed": -1}, "EINVAL", '"seed" must be a whole number of at least 0'),
    ({"seed": 1.5}, "EINVAL", '"seed" must be a whole number of at least 0'),
    ({"direction": "min"}, "EINVAL", '"direction" must be "minimize" or "maximize"'),
    ({"directions": []}, "EINVAL",
     '"directions" must be a list with at least one of "minimize" and "maximize"'),
    ({"direction": "minimize", "directions": ["minimize"]}, "EINVAL",
     '"direction" and "directions" exclude each other'),
    ({"budget": "many"}, "EINVAL", '"budget" must be a whole number from 0 to 4294967295'),
    ({"noisy": 1}, "EINVAL", '"noisy" must be true or false'),
    ({"sampler": 3}, "EINVAL", '"sampler" must be a text'),
    ({"sampler_options": []}, "EINVAL", '"sampler_options" must be an object'),
    ({"metrics": "loss"}, "EINVAL", '"metrics" must be a list of 1 name, one for each direction'),
    ({"protocol": 2}, "EVERSION", "this Hone speaks protocol 1"),
    ({"forbid": "lr>1"}, "EINVAL", '"forbid" must be a list of texts'),
])
def test_wrong_options(hone, options, code, message):
    assert pipe(hone, {"space": LR, **options}) == [error(code, message)]


def test_an_unknown_sampler_is_refused(hone):
    reply = pipe(hone, {"space": LR, "sampler": "randon"})[0]
    assert reply["error"]["code"] == "ENOTFOUND"
    assert reply["error"]["message"].startswith('there is no sampler "randon"')
    assert "random" in reply["error"]["message"]


def test_every_scheduler_may_be_named(hone):
    listed = [json.loads(line) for line in hone("schedulers", "--json").out.splitlines()]
    for scheduler in listed:
        options = {"max_resource": 9} if "gives_resource" in scheduler["capabilities"] else {}
        reply = pipe(hone, {"space": LR, "scheduler": scheduler["name"],
                            "scheduler_options": options})[0]
        pauses = "pauses trials, which cannot" in reply.get("error", {}).get("message", "")
        assert reply.get("ok") is True or pauses, (scheduler["name"], reply)


PAUSING = {"scheduler": "asha", "scheduler_options": {"variant": "pause", "max_resource": 9}}
REFUSED = ('scheduler "asha" pauses trials, which cannot be done here; use one that only stops '
           'them, or "none"')


def test_schedulers_that_pause_are_refused(hone, workdir):
    storage = {"storage": f"sqlite:{workdir}/hone.db"}
    for opening in ({"space": LR, **PAUSING}, {"space": LR, **PAUSING, **storage}):
        assert pipe(hone, opening)[0] == error("EUNSUPPORTED", REFUSED)
    assert pipe(hone, {"space": LR, **storage})[0].get("ok") is True  # nothing was begun
    hone("run", "-n", 1, "--study", "other", "-p", "x=0..1", "--minimize", "y", "--scheduler",
         "asha", "--scheduler-option", "variant=pause", "--scheduler-option", "max_resource=9",
         "--", "true", "{x}")
    assert pipe(hone, {"study": "other", **storage})[0] == error("EUNSUPPORTED", REFUSED)
    done = hone("ask", "--study", "other")
    assert (done.code, done.err) == (2, f"hone: {REFUSED}\n")


def report(trial, step, value):
    return {"report": trial, "step": step, "value": value}


def test_reports_are_judged(hone):
    options = {"scheduler": "median", "scheduler_options": {"n_startup": 2}}
    messages = [{"space": LR, "direction": "minimize", **options}]
    for trial in range(2):
        messages += [{"ask": 1}, report(trial, 1, 0.5), report(trial, 2, 0.3),
                     {"tell": trial, "value": 0.3}]
    messages += [{"ask": 1}, report(2, 1, 0.5), report(2, 2, 0.31), {"tell": 2, "state": "pruned"},
                 {"ask": 1}, report(3, 1, "nan"), {"tell": 3, "state": "pruned", "value": 0.9},
                 {"best": 1}]
    replies = pipe(hone, *messages)
    stops = [reply["stop"] for reply in replies if "stop" in reply]
    assert stops == [False] * 5 + [True] + [True]
    assert replies[-1]["values"] == [0.3]


# --- wrong requests ---

@pytest.mark.parametrize("request_, code, message", [
    ("garbage", "EPARSE", "not JSON at column 7: invalid token near 'garbage'"),
    ('{"ask":1', "EPARSE", "not JSON at column 8: '}' expected near end of file"),
    ('{"ask":1,"ask":2}', "EPARSE", "not JSON at column 14: duplicate object key near '\"ask\"'"),
    ("[1,2]", "EINVAL", 'a request must be a JSON object, {"ask":1}'),
    ("7", "EINVAL", 'a request must be a JSON object, {"ask":1}'),
    ("{}", "EINVAL", 'no request in it: it must have one of "space", "ask", "tell", "report", '
                     '"enqueue", "best"'),
    ('{"asc":1}', "EINVAL", 'a request has no key "asc"; did you mean "ask"?'),
    ('{"tell":0,"valeu":1}', "EINVAL",
     'the request "tell" has no key "valeu"; did you mean "value"?'),
    ('{"tell":0,"best":1,"value":2}', "EINVAL",
     '"tell" and "best" are two requests; send two lines'),
    ('{"ask":0}', "EINVAL", '"ask" must be a whole number from 1 to 100000'),
    ('{"ask":-1}', "EINVAL", '"ask" must be a whole number from 1 to 100000'),
    ('{"ask":1.5}', "EINVAL", '"ask" must be a whole number from 1 to 100000'),
    ('{"ask":1000000000000}', "EINVAL", '"ask" must be a whole number from 1 to 100000'),
    ('{"tell":0}', "EINVAL", '"tell" needs "value", "values" or "state"'),
    ('{"tell":0,"value":null}', "EINVAL",
     '"value" must be a number; non-finite ones are "nan", "inf", "-inf"'),
    ('{"tell":0,"values":[1,2]}', "EINVAL", "2 values for 1 objective"),
    ('{"tell":0,"values":[]}', "EINVAL", "0 values for 1 objective"),
    ('{"tell":0,"values":1}', "EINVAL", '"values" must be a list of numbers'),
    ('{"tell":0,"value":1,"values":[1]}', "EINVAL", '"value" and "values" exclude each other'),
    ('{"tell":0,"state":"done"}', "EINVAL", '"state" must be one of complete, pruned, failed, '
                                            "timeout, oom, infeasible, invalid, lost"),
    ('{"tell":0,"state":"running"}', "EINVAL", '"state" must be one of complete, pruned, failed, '
                                               "timeout, oom, infeasible, invalid, lost"),
    ('{"tell":0,"state":"complete"}', "EINVAL", 'a complete trial needs "value" or "values"'),
    ('{"tell":0,"value":1,"constraints":3}', "EINVAL", '"constraints" must be a list of numbers'),
    ('{"tell":-1,"value":1}', "EINVAL", '"tell" must be a whole number from 0 to 4294967295'),
    ('{"tell":"0","value":1}', "EINVAL", '"tell" must be a whole number from 0 to 4294967295'),
    ('{"tell":9,"value":1}', "ENOTFOUND", 'there is no trial 9: study "default" has trial 0 only'),
    ('{"report":0,"value":1}', "EINVAL", '"report" needs "step", a number'),
    ('{"report":0,"step":1}', "EINVAL", '"report" needs "value" or "values"'),
    ('{"enqueue":[1]}', "EINVAL", '"enqueue" must be an object, {"lr":0.1}'),
    ('{"enqueue":{"rl":1}}', "EINVAL", 'there is no parameter "rl"'),
    ('{"best":2}', "EINVAL", '"best" must be 1'),
    ('{"best":1}', "ENOTFOUND", 'study "default" has no complete, feasible trial yet: `hone trials` shows how they stand'),
    ('{"space":[]}', "ESTATE", "the space has been sent already; a session has one"),
    ('{"protocol":"1"}', "EINVAL", "this Hone speaks protocol 1"),
])
def test_wrong_requests_are_named_and_the_session_goes_on(hone, request_, code, message):
    replies = pipe(hone, {"space": LR, "seed": 1}, {"ask": 1}, request_ + "\n",
                   {"tell": 0, "value": 1})
    assert replies[2]["error"]["code"] == code
    assert replies[2]["error"]["message"].startswith(message)
    assert replies[3] == {"ok": True}


def test_the_space_comes_first(hone):
    told = error("ESTATE", 'send the space first, {"space":[{"name":"lr","spec":"log:1e-5..1"}]}')
    for early in ({"ask": 1}, {"tell": 0, "value": 1}, {"best": 1}, {"enqueue": {}},
                  {"report": 0, "step": 1, "value": 1}):
        assert pipe(hone, early) == [told]


def test_a_trial_is_told_once(hone):
    replies = pipe(hone, {"space": LR, "seed": 1}, {"ask": 1}, {"tell": 0, "value": 1},
                   {"tell": 0, "value": 2}, {"report": 0, "step": 1, "value": 2}, {"best": 1})
    assert replies[3:5] == [error("ESTATE", "trial 0 is COMPLETE, not RUNNING")] * 2
    assert replies[5]["values"] == [1.0]


def test_blank_lines_are_no_requests_and_the_last_line_may_lack_its_end(hone):
    done = hone("pipe", stdin='\n  \r\n{"protocol":1}\r\n\n{"protocol":1}')
    assert (done.code, done.out) == (0, '{"ok":true,"protocol":1}\n' * 2)


def test_nothing_at_all_is_a_session_too(hone):
    assert (hone("pipe").code, hone("pipe").out) == (0, "")


def raw(hone, data):
    done = subprocess.run(hone.command("pipe"), input=data, capture_output=True, timeout=120,
                          cwd=hone.directory, env=hone.environment, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_binary_garbage_is_answered_line_by_line(hone):
    garbage = [bytes(range(256)).replace(b"\n", b""), b"\x00", b"\xff\xfe{\"ask\":1}",
               b'{"ask\xc3":1}', b'{"a\\u0000b":1}', b"[" * 100000]
    replies = raw(hone, b"\n".join(garbage) + b'\n{"protocol":1}\n')
    assert [r["error"]["code"] for r in replies[:-1]] == ["EPARSE"] * len(garbage)
    assert replies[-1] == {"ok": True, "protocol": 1}


def test_huge_lines_are_bounded(hone):
    at_most = 16 << 20
    short = b'{"protocol":1}' + b" " * (at_most - 14)
    long = short + b" "
    endless = b"x" * (3 * at_most)
    replies = raw(hone, short + b"\n" + long + b"\n" + endless + b'\n{"protocol":1}\n' + endless)
    refused = error("EINVAL", "a request must not be longer than 16777216 bytes")
    fine = {"ok": True, "protocol": 1}
    assert replies == [fine, refused, refused, fine, refused]


def test_a_long_text_in_an_error_is_still_json(hone):
    reply = pipe(hone, {"space": LR}, {"tell": 0, "value": 1, "é" * 5000: 1})[1]
    assert reply["error"]["code"] == "EINVAL"


# --- studies that stay ---

def test_a_session_goes_on_with_a_stored_study(hone, workdir):
    begin = {"space": LR, "seed": 3, "sampler": "random", "storage": "sqlite:kept.db",
             "study": "s"}
    first = pipe(hone, begin, {"ask": 3}, {"tell": 0, "value": 0.5}, {"tell": 2, "value": 0.25})
    again = pipe(hone, begin, {"best": 1}, {"ask": 1})
    assert again[1] == {"id": 2, "params": first[3]["params"], "values": [0.25]}
    # Trial 1 was asked by a process that is gone: it is asked again, with the same values.
    assert again[2] == {"id": 1, "params": first[2]["params"]}
    assert (workdir / "kept.db").exists()


def test_a_session_joins_a_study_without_its_space(hone):
    pipe(hone, {"space": LR, "seed": 3, "sampler": "random", "storage": "sqlite:kept.db",
                "study": "s"})
    replies = pipe(hone, {"study": "s", "storage": "sqlite:kept.db"}, {"ask": 1})
    assert replies[0] == {"ok": True, "sampler": "random"} and "lr" in replies[1]["params"]
    missing = pipe(hone, {"study": "t", "storage": "sqlite:kept.db"})[0]
    assert missing["error"]["code"] == "ENOTFOUND"


def test_another_space_for_a_stored_study_is_refused(hone):
    begin = {"space": LR, "storage": "sqlite:kept.db"}
    pipe(hone, begin)
    reply = pipe(hone, {**begin, "space": [{"name": "lr", "spec": "log:1e-6..1"}]})[0]
    assert reply["error"]["code"] == "ESTATE"
    assert "1e-6" in reply["error"]["message"]


def test_the_same_seed_makes_the_same_session(hone):
    messages = [{"space": LR, "seed": 11}, {"ask": 5}, {"tell": 0, "value": 1}, {"ask": 2}]
    assert pipe(hone, *messages) == pipe(hone, *messages)
    other = pipe(hone, {"space": LR, "seed": 12}, *messages[1:])
    assert other != pipe(hone, *messages)


def test_a_client_that_is_gone_ends_the_session(hone):
    process = hone.start("pipe")
    process.stdout.close()
    process.stdin.write('{"protocol":1}\n')
    process.stdin.flush()
    assert process.wait(timeout=60) == 1
    assert process.stderr.read() == "hone: cannot write a reply: Broken pipe\n"
    process.stdin.close()
    process.stderr.close()


# --- the clients ---

def test_the_python_client(hone, root, build_dir):
    client = root / "examples" / "clients" / "hone_pipe.py"
    done = subprocess.run([sys.executable, client, "--trials", "25", "--hone",
                           build_dir / "bin" / "hone"], text=True, capture_output=True,
                          env=hone.environment, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    line = re.fullmatch(r"25 trials, best (\d+): (\S+) at (\{.*\})\n", done.stdout)
    params = json.loads(line[3])
    assert 0.39 < float(line[2]) < 60 and -5 <= params["x"] <= 10 and int(line[1]) < 25


def test_the_python_client_reports_what_hone_says(hone, root, build_dir):
    sys.path.insert(0, str(root / "examples" / "clients"))
    try:
        import hone_pipe
    finally:
        sys.path.pop(0)
    command = str(build_dir / "bin" / "hone")
    with pytest.raises(hone_pipe.HoneError, match="low end") as caught:
        hone_pipe.Pipe([{"name": "x", "spec": "a..b"}], hone=command)
    assert caught.value.code == "EPARSE"
    space = [{"name": "c", "type": "categorical", "choices": [1, 2, 3]}]
    with hone_pipe.Pipe(space, hone=command, seed=1, sampler="grid") as study:
        assert [params["c"] for _, params in study.ask_many(5)] == [1, 2, 3]
        with pytest.raises(hone_pipe.HoneError) as caught:
            study.ask()
        assert caught.value.code == "EEXHAUSTED"
        assert study.report(0, 1, math.inf) is False
        study.tell(0, math.nan)
        study.tell(1, 0.5)
        study.fail(2, "no luck")
        assert study.best() == (1, {"c": 2}, [0.5])


def test_the_shell_client(hone, root, build_dir):
    client = root / "examples" / "clients" / "hone_pipe.sh"
    environment = {**hone.environment, "HONE": str(build_dir / "bin" / "hone")}
    shell = "/bin/dash" if os.path.exists("/bin/dash") else "/bin/sh"
    done = subprocess.run([shell, client, "12", "5"], text=True, capture_output=True,
                          env=environment, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    line = re.fullmatch(r"best: trial (\d+), value (\S+), x (\S+), n (\d)\n", done.stdout)
    x, n = float(line[3]), int(line[4])
    assert math.isclose(float(line[2]), (x - 3) ** 2 + (n - 2) ** 2, rel_tol=1e-9)
