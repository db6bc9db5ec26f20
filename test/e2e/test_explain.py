"""What a sampler does and why: in the head of a run, in hone status and hone show, and in JSON."""
import json

import pytest

from lookers import pipe, screen

SCRIPT = """#!/bin/sh
echo loss=$HONE_TRIAL cost=$HONE_TRIAL
"""
RUN = ["--seed", "1", "--minimize", "loss", "-p", "x=0..1", "-p", "y=0..1"]
# What each says before its first trial, of one of its first, with 60 results, and of trial 59.
SPREAD = "the first {} points are evenly spread, then it "
FIRST = "one of the first points, which are evenly spread"
SAID = {
    "auto": ("a model makes the most of the first trials; from trial 60 on trust and "
             "cmaes", "a model makes the most of the first trials",
             "as long as it finds better trials; then in turn with cmaes",
             "a model makes the most of the first trials"),
    "gp": (SPREAD.format(4) + "follows its model", FIRST,
           "it follows its model of 60 results", "it follows its model of 59 results"),
    "smac": (SPREAD.format(5) + "follows its forest", FIRST,
             "it follows its forest over 60 results", "it follows its forest over 59 results"),
    "tpe": (SPREAD.format(10) + "looks where good ones prevail", FIRST,
            "it looks where the good ones of 60 results prevail",
            "it looks where the good ones of 59 results prevail"),
    "cmaes": ("it learns from every 6 results, and begins anew once converged",) * 4,
    "de": (SPREAD.format(10) + "breeds from them", FIRST) + (
        "it breeds from a population of 10",) * 2,
    "dehb": (SPREAD.format(20) + "breeds from them", FIRST) + (
        "it breeds from a population of 20",) * 2,
    "regevo": (SPREAD.format(30) + "breeds from them", FIRST) + (
        "it breeds from the best of 15 among the last 30 results",) * 2,
    "nsga2": (SPREAD.format(50) + "breeds from them", FIRST) + (
        "it breeds from the best 50 results",) * 2,
    "nsga3": (SPREAD.format(50) + "breeds from them", FIRST) + (
        "it breeds from the best 50 results",) * 2,
    "trust": ("first a step along each axis, then a model of the points near the best one",) * 2 + (
        "it follows a model of the points near the best one",) * 2,
    "pb2": ("copies change to what a model expects most of", "founders are evenly spread") * 2,
    "random": ("",) * 4,
    "qmc": ("",) * 4,
    "grid": ("",) * 4,
}
# What auto takes.
IN_USE = {"auto": ("gp", "gp", "trust", "gp")}


def name_of(sampler, at):
    return f"{sampler} ({IN_USE[sampler][at]})" if sampler in IN_USE else sampler


def unwrapped(lines, first, indent):
    """The lines behind `first` that begin with that many blanks, as one text."""
    found = []
    for line in lines[first + 1:]:
        if not line.startswith(" " * indent) or line[indent:indent + 1] == " ":
            break
        found.append(line[indent:])
    return " ".join(found)


def after(text, label, indent):
    lines = text.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith(label))
    return lines[at], unwrapped(lines, at, indent)


def test_every_sampler_is_here(hone):
    assert sorted(SAID) == [json.loads(line)["name"]
                            for line in hone("samplers", "--json").out.splitlines()]


@pytest.mark.parametrize("sampler", SAID)
def test_the_head_of_a_run_and_of_the_next(hone, train, sampler):
    before, first, later, last = SAID[sampler]
    run = hone("run", *RUN, "--sampler", sampler, "-n", "60", "--", "./train")
    assert run.code == 0
    head, why = after(run.out, "Sampler ", 4)
    assert (head, why) == (f"Sampler {name_of(sampler, 0)}, scheduler auto (curve), seed 1", before)
    assert all(len(line) <= 80 for line in run.out.splitlines()[:8])

    status = hone("status").out
    head, why = after(status, "sampler ", 12)
    assert (head, why) == (f"sampler     {name_of(sampler, 2)}", later)
    said = json.loads(hone("status", "--json").out)
    assert (said["sampler"], said["sampler_why"]) == (sampler, later or None)

    for trial, at, wanted in ((1, 1, first), (59, 3, last)):
        shown = hone("show", str(trial)).out
        head, why = after(shown, "  sampler ", 13)
        assert (head, why) == (f"  sampler    {name_of(sampler, at)}", wanted)
        assert json.loads(hone("show", str(trial), "--json").out)["proposed"] == {
            "sampler": sampler, "in_use": IN_USE.get(sampler, (sampler,) * 4)[at],
            "why": wanted or None}

    head, why = after(hone("resume", "-n", "+1").out, "Sampler ", 4)
    assert (head, why) == (f"Sampler {name_of(sampler, 2)}, scheduler auto (curve), seed 1", later)


def test_the_events_of_a_run_begin_with_it(hone, train):
    run = hone("run", *RUN, "--json", "-n", "1", "--", "./train")
    begin = json.loads(run.out.splitlines()[0])
    assert (begin["sampler"], begin["sampler_why"]) == ("gp", SAID["auto"][0])


def test_a_change_of_sampler_changes_what_comes_and_not_what_was(hone, train):
    hone("run", *RUN, "--sampler", "de", "-n", "3", "--", "./train")
    hone("resume", "-n", "+3", "--sampler", "gp", "--sampler-option", "n_startup=5")
    assert after(hone("show", "2").out, "  sampler ", 13) == ("  sampler    de", FIRST)
    assert after(hone("show", "4").out, "  sampler ", 13) == ("  sampler    gp", FIRST)
    assert after(hone("show", "5").out, "  sampler ", 13) == (
        "  sampler    gp", "it follows its model of 5 results")


def test_early_stops_leave_it_to_tpe(hone):
    messages = [{"space": [{"name": "x", "spec": "0..1"}], "seed": 1, "scheduler": "none",
                 "storage": "sqlite:hone.db"}]
    messages += [{"ask": 1}, {"tell": 0, "state": "pruned"}, {"ask": 1}]
    pipe(hone, *messages)
    assert after(hone("status").out, "sampler ", 12) == (
        "sampler     auto (tpe)", "most trials are stopped early")
    assert after(hone("show", "0").out, "  sampler ", 13) == (
        "  sampler    auto (trust)", "4 of 16 trials, beside gp")
    assert after(hone("show", "1").out, "  sampler ", 13) == (
        "  sampler    auto (tpe)", "most trials are stopped early")


def test_what_nobody_proposed(hone, train):
    hone("run", *RUN, "-n", "1", "--", "./train")
    hone("try", "x=0.25", "y=0.5", "--now")
    shown = hone("show", "1")
    assert "origin     manual" in shown.out and "sampler" not in shown.out
    assert json.loads(hone("show", "1", "--json").out)["proposed"] is None


def test_it_fits_the_terminal(hone, train):
    hone("run", *RUN, "--sampler", "tpe", "-n", "1", "--", "./train")
    for args in (["status"], ["show", "0"], ["resume", "-n", "1"]):
        for columns in (40, 80):
            text = screen(hone, *args, columns=columns)
            why = [line for line in text.splitlines() if "spread" in line or "prevail" in line]
            assert why and all(len(line) <= columns for line in why), text
