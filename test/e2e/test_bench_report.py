"""bench/report: its table, and that it runs nothing that is there."""
import os
import subprocess
import sys
import types

import pytest

from conftest import ROOT

sys.dont_write_bytecode = True
sys.path[:0] = [str(ROOT / "bench" / "suites"), str(ROOT / "bench" / "report")]

import engines  # noqa: E402
import fields  # noqa: E402
import filling  # noqa: E402
import results as files  # noqa: E402
import suites  # noqa: E402
import table  # noqa: E402

LABELS = ("hone:auto", "hone:random", "peer:good", "peer:bad")
FIELD = fields.Field("made", (fields.Part("made", "core", LABELS[:2], 3, 10),
                              fields.Part("made-peers", "core", LABELS[2:], 3, 10)), (2, 10), True)


def write(folder, value):
    """value(label, trial of the change 1 or 5) → regret"""
    for part in FIELD.parts:
        results = files.Results("core", 10, "machine", "today", dict.fromkeys(part.samplers, "1"))
        for label in part.samplers:
            for problem in range(8):
                for seed in range(3):
                    curve = [1, value(label, 1), 5, value(label, 5)]
                    results.include(files.Run(label, f"p{problem}", seed, 1, 2.0, 3.0, curve),
                                    [0.0, 1.0], family="made", exact=True)
        files.save(results, folder / f"{part.name}.json")


def test_the_table_says_who_is_second_and_whether_he_is_left_out(workdir):
    end = {"hone:auto": 0.1, "peer:good": 0.2, "peer:bad": 0.3, "hone:random": 0.4}
    write(workdir, lambda label, t: end[label] if t > 1 else 1 - end[label])
    ranked = table.rank(FIELD, workdir)
    assert ranked.second(10) == "peer:good" and ranked.is_first(10) and ranked.leaves_out(10)
    assert ranked.second(2) == "peer:bad"  # not hone:random, which is Hone's
    assert not ranked.is_first(2) and not ranked.leaves_out(2)
    page = table.page([ranked])
    assert ("| made | 8, 3 | 2 | 4.00 (4.00 to 4.00) | `peer:bad` 2.00 (2.00 to 2.00) | no | no |\n"
            "|  |  | 10 | 1.00 (1.00 to 1.00) | `peer:good` 2.00 (2.00 to 2.00) | yes | yes |") in page
    assert "- After 2 trials `auto` ranks before every peer on 0 of 1 suites, and its interval leaves the " \
           "best of them out on 0." in page
    assert "| `peer:bad` | 2.00 (2.00 to 2.00) | 3.00 (3.00 to 3.00) | 0.700 | 0.300 | 2 | 1 |" in page


def test_every_field_ranks_problems_and_samplers_that_there_are():
    for field in fields.FIELDS:
        assert table.FIRST in field.parts[0].samplers
        for part in field.parts:
            problems = suites.SUITES[part.suite]
            assert set(part.problems) <= set(problems)
            chosen = [p for p in problems if files.is_meant(part.only, p, p)]
            assert sorted(part.problems or problems) == sorted(chosen)
            for sampler in part.samplers:
                competitor = engines.parse_competitor(sampler)
                assert fields.is_own(sampler) or engines.environment_of(competitor)


def report(*options):
    done = subprocess.run([str(ROOT / "bench" / "report" / "compare"), *options], text=True, timeout=120,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.returncode, done.stdout


def filled(workdir, monkeypatch, **options):
    """The calls of bench/suites/run, as text, that filling the field twice makes."""
    calls = []

    def run(command, check):
        calls.append(" ".join(map(str, command[1:])))
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(filling.subprocess, "run", run)
    monkeypatch.setitem(suites.SUITES, "core", [f"p{problem}" for problem in range(8)])
    filler = filling.Filler(workdir, types.SimpleNamespace(
        **{"seeds": 0, "peers": False, "again": False, "jobs": 1, **options}))
    assert filler.fill(FIELD)
    if options:
        filler.fill(FIELD)
    return calls


def test_only_what_is_missing_is_run(workdir, monkeypatch):
    write(workdir, lambda label, t: 0.5)
    assert filled(workdir, monkeypatch) == []
    own = workdir / "made.json"
    results = files.load(own)
    results.runs.pop(("hone:random", "p3", 2))
    files.save(results, own)
    (call,) = filled(workdir, monkeypatch)
    assert call == (f"--suite core --seeds 3 --trials 10 --only  --jobs 1 --out {own} "
                    "--samplers hone:auto,hone:random")
    own.unlink()  # nothing but what the peers have says how many seeds
    assert len(filled(workdir, monkeypatch)) == 1


def test_peers_are_run_and_anew_only_on_demand(workdir, monkeypatch):
    write(workdir, lambda label, t: 0.5)
    calls = filled(workdir, monkeypatch, seeds=4, peers=True)
    assert ["made-peers.json --samplers peer:good,peer:bad" in call for call in calls[:2]] == [False, True]
    assert all("--seeds 4" in call for call in calls)
    calls = filled(workdir, monkeypatch, again=True)
    assert [call.partition("--samplers ")[2] for call in calls] == [
        "hone:auto --again hone:auto", "hone:random --again hone:random"]  # once


def test_the_page_is_of_the_files_that_are_kept():
    code, said = report("--only", "conditional-report", "--no-run", "--no-plot")
    assert code == 0 and "| conditional-report | 12, " in said, said


def test_a_suite_that_there_is_none_of_is_named():
    code, said = report("--only", "nothing")
    assert code == 1 and said.startswith("report: no suite's title contains nothing; there are bbob-report;")


def test_a_reader_that_has_read_enough_ends_rank():
    path = ROOT / "bench" / "results"
    run = subprocess.Popen([str(ROOT / "bench" / "suites" / "rank"), path / "conditional-report.json",
                            path / "conditional-report-peers.json"], stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE)
    run.stdout.close()
    assert run.stderr.read() == b""
    run.stderr.close()
    assert run.wait(timeout=60) != 0


@pytest.mark.parametrize("folder, said", [(None, "is part of OptunaHub's registry: get it by"),
                                          ("/", "there is no package/samplers/auto_sampler in it")])
def test_autosampler_says_what_it_needs(monkeypatch, folder, said):
    monkeypatch.delenv(engines.REGISTRY, raising=False)
    if folder:
        monkeypatch.setenv(engines.REGISTRY, folder)
    with pytest.raises(ValueError, match=said):
        engines.registry_of(engines.parse_competitor("optuna:auto"))


def test_the_registry_is_found_by_its_own_folder_or_that_of_its_packages(workdir, monkeypatch):
    sampler = workdir / "package" / "samplers" / "auto_sampler"
    os.makedirs(sampler)
    for folder in workdir, workdir / "package":
        monkeypatch.setenv(engines.REGISTRY, str(folder))
        found = engines.registry_of(engines.parse_competitor("optuna:auto"))
        assert found == (workdir / "package").resolve()
    assert engines.registry_of(engines.parse_competitor("optuna:gp")) is None
