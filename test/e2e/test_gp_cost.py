"""gp with costs, from the command line and from a study file, and what is said of a wrong one."""
import json

SCRIPT = ["--", "sh", "-c", "echo loss=$HONE_P_X price=$HONE_P_X", "{x}"]
SPACE = ["--minimize", "loss", "--metric", "price", "-p", "x=1..10"]


def params(hone, study):
    lines = hone("trials", "--study", study, "--json").out.splitlines()
    return [json.loads(line)["params"]["x"] for line in lines]


def test_the_file_and_the_options_mean_the_same(hone, workdir):
    (workdir / "study.yaml").write_text(
        "study: {name: file, minimize: loss, metrics: [price], seed: 3}\nspace: {x: 1..10}\n"
        "sampler: {name: gp, cost: price, cost_budget: 80}\n"
        "run:\n  command: sh -c 'echo loss=$HONE_P_X price=$HONE_P_X' {x}\n"
        "  trials: 9\n  jobs: 1\n")
    assert hone("run", "study.yaml").code == 0
    done = hone("run", "--study", "options", "-n", 7, "-j", 1, "--seed", 3, "--sampler", "gp",
                "--sampler-option", "cost=price", "--sampler-option", "cost_budget=80", *SPACE,
                *SCRIPT)
    assert done.code == 0, done.err
    assert hone("resume", "--study", "options", "-n", "+2").code == 0
    assert params(hone, "file") == params(hone, "options")
    assert "it follows its model of 8 results, for the most gain per price\n" in \
        hone("show", 8, "--study", "file").out


def test_a_cost_that_nobody_reports(hone):
    refused = hone("run", "-n", 3, "--sampler", "gp", "--sampler-option", "cost=prise", *SPACE,
                   *SCRIPT)
    assert (refused.code, refused.out) == (2, "")
    assert refused.err == ('hone: option "cost" of gp is "prise": it must be "duration" or a metric '
                           'of the study (did you mean price?)\n')


def test_a_budget_without_a_cost(hone):
    refused = hone("run", "-n", 3, "--sampler", "gp", "--sampler-option", "cost_budget=5", *SPACE,
                   *SCRIPT)
    assert refused.code == 2
    assert refused.err == ('hone: option "cost_budget" of gp is given without "cost": add '
                           "cost=duration or the name of a metric\n")


def test_the_clock_in_a_deterministic_study(hone):
    refused = hone("run", "-n", 3, "--deterministic", "--sampler", "gp", "--sampler-option",
                   "cost=duration", *SPACE, *SCRIPT)
    assert refused.code == 2
    assert refused.err == ("hone: gp with cost=duration goes by the clock, which a deterministic "
                           "study cannot allow: let the trials report a cost and name that metric\n")
