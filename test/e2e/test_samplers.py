"""hone samplers and hone schedulers: the lists, and a page for each that there is."""
import json

import pytest

from lookers import screen


@pytest.mark.parametrize("verb, known", [("samplers", "grid"), ("schedulers", "none")])
def test_the_list(hone, verb, known):
    done = hone(verb)
    assert done.code == 0
    assert done.err == f"hone: `hone {verb} NAME` shows one with its options\n"
    lines = done.out.splitlines()
    assert lines[0].split() == ["name", "summary"]
    names = [line.split()[0] for line in lines[1:]]
    assert known in names and names == sorted(names)
    listed = [json.loads(line) for line in hone(verb, "--json").out.splitlines()]
    assert [p["name"] for p in listed] == names
    for line in screen(hone, verb, columns=80).splitlines():
        assert len(line) <= 80


@pytest.mark.parametrize("verb", ["samplers", "schedulers"])
def test_every_one_has_a_page_that_fits(hone, verb):
    for line in hone(verb, "--json").out.splitlines():
        plugin = json.loads(line)
        page = screen(hone, verb, plugin["name"], columns=80)
        assert page.startswith(plugin["name"] + "\n")
        assert all(len(row) <= 80 for row in page.splitlines()), page
        for option in plugin["options"]:
            assert f"\n  {option['name']} " in page
        assert json.loads(hone(verb, plugin["name"], "--json").out) == plugin


def test_a_page(hone):
    assert hone("samplers", "grid").out == """\
grid
summary     every combination once; continuous parameters at a resolution
can         several objectives, constraints on metrics, conditional parameters,
            ends when everything has been tried

options
  resolution  points per continuous parameter
              whole number from 1 to 1e6 (values); default 10
  order       in order, the last parameter fastest, or shuffled by the seed
              one of sequential, shuffled; default sequential
"""


def test_options_in_json(hone):
    grid = json.loads(hone("samplers", "grid", "--json").out)
    assert grid["options"] == [
        {"name": "resolution", "type": "int", "default": 10, "low": 1, "high": 1000000,
         "unit": "values", "help": "points per continuous parameter"},
        {"name": "order", "type": "choice", "default": "sequential",
         "choices": ["sequential", "shuffled"],
         "help": "in order, the last parameter fastest, or shuffled by the seed"}]
    assert "exhausts" in grid["capabilities"] and "conditions" in grid["capabilities"]


def test_an_unknown_one(hone):
    done = hone("samplers", "gird")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith('hone: there is no sampler "gird"') and '"grid"' in done.err
    assert hone("schedulers", "nothing").code == 2


def test_a_preset_can_what_both_of_its_parts_can(hone):
    """The sampler dehb takes one objective, hyperband several; pb2 and pbt both take several."""
    sampler = json.loads(hone("samplers", "dehb", "--json").out)
    preset = json.loads(hone("schedulers", "dehb", "--json").out)
    assert preset["capabilities"] == ["pauses", "gives_resource"]
    assert preset["preset"]["sampler_source"] == sampler["source"]
    shown = hone("schedulers", "dehb").out
    assert "\ncan         pauses and resumes trials, tells trials how far to run\n" in shown
    assert ("source      Li et al., Hyperband: a novel bandit-based approach, 2018\n"
            "            Awad, Mallik, Hutter. DEHB: ") in shown
    assert "multi_objective" in json.loads(hone("schedulers", "pb2", "--json").out)["capabilities"]
    assert "multi_objective" in json.loads(hone("schedulers", "hyperband", "--json").out)["capabilities"]
