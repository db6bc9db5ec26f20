"""Samplers and their options through the real command: given on the command line, in a study file and
in hone pipe, kept in the study, gone on with after a kill; and every way to give one wrongly."""
import json
import re
import signal

import pytest

from lookers import pipe, trials_of
from waiting import wait_for

# A trial's loss is its number; trial 5 waits until there is a file "go".
SCRIPT = """#!/bin/sh
if [ "$HONE_TRIAL" = 5 ] && [ ! -e go ]; then touch waiting; while [ ! -e go ]; do sleep 0.02; done; fi
echo loss=$HONE_TRIAL cost=$((10 - $HONE_TRIAL))
"""

# Of each sampler options, how these are shown, and what it says before the first trial.
SPREAD = "the first {} points are evenly spread, then it "
GIVEN = {
    "auto": ({}, "a model makes the most of the first trials; from trial 60 on tpe"),
    "gp": ({"n_startup": 3, "target": "rank", "warp": True}, SPREAD.format(3) + "follows its model"),
    "smac": ({"n_startup": 3, "n_trees": 20, "feature_share": 0.5},
             SPREAD.format(3) + "follows its forest"),
    "cmaes": ({"population": 4, "sigma0": 0.25, "restarts": "none"},
              "it learns from every 4 results"),
    "de": ({"population": 4, "memory": 2}, SPREAD.format(4) + "breeds from them"),
    "dehb": ({"population": 4, "F": 0.7, "CR": 0.9}, SPREAD.format(4) + "breeds from them"),
    "regevo": ({"population": 4, "tournament": 2, "crossover": 0.5},
               SPREAD.format(4) + "breeds from them"),
    "nsga2": ({"population": 4, "mutation": 0.5}, SPREAD.format(4) + "breeds from them"),
    "nsga3": ({"population": 4, "divisions": 3}, SPREAD.format(4) + "breeds from them"),
    "trust": ({"radius": 0.25, "least_radius": 0.001},
              "first a step along each axis, then a model of the points near the best one"),
    "tpe": ({"n_startup": 3, "multivariate": False, "bad_weights": "uniform"},
            SPREAD.format(3) + "looks where good ones prevail"),
}
SPACE = ["-p", "x=0..1", "-p", "c=a,b,c"]


def written(value):
    return json.dumps(value).strip('"')


def given(sampler):
    return [word for name, value in GIVEN[sampler][0].items()
            for word in ("--sampler-option", f"{name}={written(value)}")]


def shown(sampler):
    listed = [f"{name}={written(value)}" for name, value in GIVEN[sampler][0].items()]
    listed = (["gp"] if sampler == "auto" else []) + listed
    return f"{sampler} ({', '.join(listed)})"


def scrub(text):
    text = re.sub(r"\b\d+(ms|\.\ds|s|m\d\ds)\b", "T", text)
    return re.sub(r"x=[\d.e-]+ c=[abc]", "x=X c=C", re.sub(r"^    (x|c)  \S+$", r"    \1  V", text, flags=re.M))


@pytest.mark.parametrize("sampler", GIVEN)
def test_a_run_with_options(hone, train, sampler):
    run = hone("run", "--seed", "1", "--minimize", "loss", *SPACE, "--sampler", sampler,
               *given(sampler), "-n", "5", "--", "./train", "{x}", "{c}")
    assert (run.code, run.err) == (
        0, "hone: loss is read from lines such as loss=0.2 on standard output\n")
    assert scrub(run.out) == f"""\
Study default (sqlite:hone.db): minimize loss
x  float        0 .. 1
c  categorical  a, b, c
infinitely many configurations
Sampler {shown(sampler)}, scheduler auto (curve), seed 1
    {GIVEN[sampler][1]}
Ends at 5 finished trials; 1 runs at a time.
trial 0  COMPLETE  loss=0  T  x=X c=C  best
trial 1  COMPLETE  loss=1  T  x=X c=C
trial 2  COMPLETE  loss=2  T  x=X c=C
trial 3  COMPLETE  loss=3  T  x=X c=C
trial 4  COMPLETE  loss=4  T  x=X c=C
default: 5 COMPLETE (this run: 5 in T)
Best: loss 0 in trial 0
    x  V
    c  V
Ended: 5 trials are finished (-n).
More: `hone best`, `hone trials`; `hone resume -n +50` goes on.
"""
    status = json.loads(hone("status", "--json").out)
    assert (status["sampler"], status["sampler_options"]) == (sampler, GIVEN[sampler][0])
    (train.parent / "go").touch()
    more = hone("resume", "-n", "+1").out
    assert f"\nSampler {shown(sampler)}, scheduler auto (curve), seed 1\n" in more and "this run: 1 in" in more


@pytest.mark.parametrize("sampler", GIVEN)
def test_a_killed_run_goes_on_as_it_would_have(hone, train, workdir, sampler):
    args = ["run", "--seed", "1", "--minimize", "loss", *SPACE, "--sampler", sampler, *given(sampler),
            "-n", "10", "-q"]
    killed = hone.start(*args, "--", "./train", "{x}", "{c}")
    wait_for((workdir / "waiting").exists)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    (workdir / "go").touch()
    assert hone("resume", "-q").code == 0
    assert hone(*args, "--study", "whole", "--", "./train", "{x}", "{c}").code == 0
    had = [(t["number"], t["params"], t["values"]) for t in trials_of(hone, "--study", "default")]
    assert len(had) == 10
    assert had == [(t["number"], t["params"], t["values"])
                   for t in trials_of(hone, "--study", "whole")]


@pytest.mark.parametrize("sampler", GIVEN)
def test_a_study_file_and_a_pipe_make_the_same_trials(hone, train, workdir, sampler):
    (workdir / "go").touch()
    options = "".join(f", {name}: {written(value)}" for name, value in GIVEN[sampler][0].items())
    (workdir / "study.yaml").write_text(f"""\
study: {{name: file, minimize: loss, seed: 1}}
space: {{x: 0..1, c: "a,b,c"}}
sampler: {{name: {sampler}{options}}}
run: {{trials: 7, command: "./train {{x}} {{c}}"}}
""")
    assert hone("run", "study.yaml", "-q").code == 0
    assert hone("run", "--seed", "1", "--minimize", "loss", *SPACE, "--sampler", sampler,
                *given(sampler), "-n", "7", "-q", "--", "./train", "{x}", "{c}").code == 0
    had = [t["params"] for t in trials_of(hone, "--study", "default")]
    assert had == [t["params"] for t in trials_of(hone, "--study", "file")]
    assert json.loads(hone("status", "file", "--json").out)["sampler_options"] == GIVEN[sampler][0]

    space = [{"name": "x", "spec": "0..1"}, {"name": "c", "spec": "a,b,c"}]
    messages = [{"space": space, "seed": 1, "sampler": sampler, "sampler_options": GIVEN[sampler][0]}]
    for i in range(7):
        messages += [{"ask": 1}, {"tell": i, "value": i}]
    replies = pipe(hone, *messages)
    assert replies[0] == {"ok": True, "sampler": "gp" if sampler == "auto" else sampler}
    assert [r["params"] for r in replies if "params" in r] == had


# --- mistakes ---

def number(value):
    if value == int(value):
        return str(int(value))
    return re.sub(r"e-0", "e-", repr(value))


def too_far(option):
    """Just beyond both ends of a range."""
    step = 1 if option["type"] == "int" else option["high"] / 2
    return [number(option["low"] - step), number(option["high"] + step)]


def mistakes(plugin, others):
    """(what is given, the sentence) of every way to give an option wrongly."""
    name, options = plugin["name"], plugin["options"]
    names = [option["name"] for option in options]
    for option in options:
        o = option["name"]
        wrong = f'option "{o}" of {name} is '
        if option["type"] in ("int", "double"):
            low, high = number(option["low"]), number(option["high"])
            kind = "whole number" if option["type"] == "int" else "number"
            for value in too_far(option):
                yield f"{o}={value}", f"{wrong}{value}: it must lie in {low}..{high}"
            yield f"{o}=many", f'{wrong}"many": it must be a {kind} from {low} to {high}'
            yield f"{o}=", f'{wrong}"": it must be a {kind} from {low} to {high}'
        if option["type"] == "int":
            yield f"{o}=1.5", f"{wrong}1.5: it must be a whole number from {low} to {high}"
        if option["type"] == "bool":
            yield f"{o}=maybe", f'{wrong}"maybe": it must be true or false'
        if option["type"] == "choice":
            listed = "|".join(option["choices"])
            yield f"{o}=zzzzzz", f'{wrong}"zzzzzz": it must be one of {listed}'
        yield f"{o}z=1", f'{name} has no option "{o}z": did you mean "{o}"?'
        yield o, f"--sampler-option takes name=value, not '{o}'"
    for other in others:
        if other in names:
            continue
        if not names:
            yield f"{other}=1", f'{name} takes no options: "{other}" is unknown'
        else:
            yield f"{other}=1", f'{name} has no option "{other}": it has {" ".join(names)}'


def plugins(hone):
    return {p["name"]: p for p in map(json.loads, hone("samplers", "--json").out.splitlines())}


# Options that are near to none of another sampler.
OTHERS = ["resolution", "gamma", "feature_share", "lr_adapt", "tournament", "divisions"]


@pytest.mark.parametrize("sampler", [*GIVEN, "grid", "random", "qmc"])
def test_every_option_given_wrongly(hone, workdir, sampler):
    end = ["--minimize", "loss", *SPACE, "-n", "1", "--", "true"]
    for text, sentence in mistakes(plugins(hone)[sampler], OTHERS):
        done = hone("run", "--sampler", sampler, "--sampler-option", text, *end)
        lines = done.err.splitlines()
        assert (done.code, done.out, lines[0]) == (2, "", f"hone: {sentence}"), text
        assert len(lines) == 3 and lines[2].strip() == "^"
        assert (lines[1][lines[2].index("^"):] + " ").startswith((text or "''") + " "), done.err
    assert not list(workdir.iterdir())


@pytest.mark.parametrize("sampler", [*GIVEN, "grid"])
def test_the_same_in_a_study_file_and_in_a_pipe(hone, workdir, sampler):
    openings, sentences = [], []
    for i, (text, sentence) in enumerate(mistakes(plugins(hone)[sampler], OTHERS)):
        name, equals, value = text.partition("=")
        if not equals:
            continue
        value = value if re.fullmatch(r"[-+.\d]+(e[-+]?\d+)?|true", value) else json.dumps(value)
        if i % 4 == 0:
            (workdir / "study.yaml").write_text(f"""\
study: {{minimize: loss}}
space: {{x: 0..1}}
sampler:
  name: {sampler}
  {name}: {value}
""")
            done = hone("run", "study.yaml", "--", "true")
            assert (done.code, done.out) == (2, "")
            assert done.err == f"hone: study.yaml:5: {sentence}\n      {name}: {value}\n      ^\n"
        openings.append({"space": [{"name": "x", "spec": "0..1"}], "sampler": sampler,
                         "sampler_options": {name: json.loads(value)}})
        sentences.append(sentence)
    replies = pipe(hone, *openings)
    assert [r["error"]["message"] for r in replies] == sentences
    assert {r["error"]["code"] for r in replies} == {"EINVAL"}


ONE = "takes one objective, the study has 2; these take several: auto gp grid nsga2 nsga3 pb2 qmc random smac tpe"


@pytest.mark.parametrize("args, sentence", [
    (["--sampler", "gp", "--sampler-option", "n_startup=-1", "--sampler-option", "n_starts=3"],
     'option "n_startup" of gp is -1: it must lie in 0..1000000'),
    (["--sampler", "gp", "--sampler-option", "n_starts=3", "--sampler-option", "n_startup=-1"],
     'option "n_startup" of gp is -1: it must lie in 0..1000000'),
    (["--sampler", "gp:n_startup=4"],
     "options are given by themselves: --sampler gp --sampler-option n_startup=4"),
    (["--sampler", "gp(n_startup=4)"],
     "options are given by themselves: --sampler gp --sampler-option n_startup=4"),
    (["--sampler", "n_startup=4"],
     "n_startup=4 is no sampler but an option of one: --sampler NAME --sampler-option n_startup=4"),
    (["--sampler-option", "n_startup=4"],
     'auto takes no options: "n_startup" is unknown; of another sampler: name it with --sampler'),
    (["--sampler", "trust", "--sampler-option", "radius=0.1", "--sampler-option", "least_radius=0.2"],
     'option "least_radius" of trust is 0.2: it must be below "radius", which is 0.1'),
    (["--sampler", "cmaes", "--minimize", "cost"], f"sampler cmaes {ONE}"),
    (["--sampler", "de", "--minimize", "cost"], f"sampler de {ONE}"),
    (["--sampler", "regevo", "--minimize", "cost"], f"sampler regevo {ONE}"),
    (["--sampler", "trust", "--minimize", "cost"], f"sampler trust {ONE}"),
    (["--sampler", "nsga3", "--sampler-option", "divisions=1000", "--minimize", "b", "--minimize", "c",
      "--minimize", "d"],
     "divisions = 1000 gives more than a million reference points for 4 objectives; take fewer"),
])
def test_what_does_not_go_together(hone, workdir, args, sentence):
    done = hone("run", "--minimize", "loss", *SPACE, *args, "-n", "1", "--", "true")
    lines = done.err.splitlines()
    assert (done.code, done.out, lines[0]) == (2, "", f"hone: {sentence}")
    if len(lines) > 1 and "n_startup=-1" in args:
        assert lines[1][lines[2].index("^"):].startswith("n_startup=-1")
    assert not list(workdir.iterdir())


@pytest.mark.parametrize("name", ["foo", "x", "gp:", "gp,tpe"])
def test_a_name_that_is_none(hone, workdir, name):
    """Without options behind it: nothing is looked for past its end."""
    done = hone("run", "--minimize", "loss", *SPACE, "--sampler", name, "-n", "1", "--", "true")
    assert (done.code, done.out) == (2, "")
    sentence, line, caret = done.err.splitlines()
    assert sentence.startswith(f'hone: there is no sampler "{name}"')
    assert sentence.endswith(": there are " + " ".join(plugins(hone)))
    assert line[caret.index("^"):].startswith(name) or line[caret.index("^"):].startswith("'")


@pytest.mark.parametrize("verb", [["resume"], ["edit"], ["ask"]])
def test_a_study_keeps_its_sampler_when_another_is_wrong(hone, train, verb):
    hone("run", "--minimize", "loss", *SPACE, "--sampler", "de", "-n", "1", "--", "./train")
    for args, sentence in [
            (["--sampler", "gp", "--sampler-option", "n_startup=few"],
             'option "n_startup" of gp is "few": it must be a whole number from 0 to 1000000'),
            (["--sampler", "nsga2", "--sampler-option", "tournament=3"],
             'nsga2 has no option "tournament": it has population crossover mutation')]:
        done = hone(*verb, *args)
        assert (done.code, done.out, done.err.splitlines()[0]) == (2, "", f"hone: {sentence}")
    assert "\nsampler     de\n" in hone("status").out


def test_a_whole_number_may_have_an_exponent(hone, train):
    done = hone("run", "--minimize", "loss", *SPACE, "--sampler", "gp", "--sampler-option",
                "n_startup=1e3", "-n", "1", "--", "./train")
    assert done.code == 0 and "\nSampler gp (n_startup=1000), scheduler auto (curve), seed" in done.out
