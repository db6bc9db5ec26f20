"""Templates: configuration files that are written for each trial."""
import json

import pytest

from lookers import trials_of

CONF = """{
  "momentum": {momentum},
  "opt": {opt:json},
  "nested": {"lr": {lr:%.2g}}
}
"""
SPACE = ["-p", "lr=log:1e-5..1", "-p", "opt=sgd,adam", "-p", "momentum=0..0.99 if opt==sgd"]
READ = ["--metric-from", "conf:nested.lr"]
COMMAND = ["--", "test", "-s", "{dir}/conf"]


@pytest.fixture
def run(hone, workdir):
    (workdir / "conf.in").write_text(CONF)

    def go(*args, command=None):
        return hone("run", "-j", 1, "--seed", 3, "--minimize", "loss", *SPACE, *READ, *args,
                    *(command or COMMAND))
    return go


def conf(workdir, number, name="conf", study="default"):
    return json.loads((workdir / "hone" / study / str(number) / name).read_text())


def test_a_file_for_each_trial(run, hone, workdir):
    assert run("-n", 6, "--template", "conf.in:conf").code == 0
    seen = set()
    for trial in trials_of(hone):
        params, got = trial["params"], conf(workdir, trial["number"])
        assert got["nested"]["lr"] == params["lr"] == trial["values"]["loss"]
        assert got["opt"] == params["opt"]
        assert got.get("momentum") == params.get("momentum")
        seen.add(params["opt"])
    assert seen == {"sgd", "adam"}


def test_resume_and_work_use_the_recorded_text(run, hone, workdir):
    assert run("-n", 2, "--template", "conf.in:conf").code == 0
    (workdir / "conf.in").unlink()
    assert hone("resume", "-n", 3).code == 0
    assert hone("edit", "-n", 4).code == 0
    assert hone("work").code == 0
    assert hone("try", "--now", "lr=0.5", "opt=adam").code == 0
    assert hone("retest", "0", "--repeats", 1, "--now").code in (0, 2)
    assert conf(workdir, 3)["nested"]["lr"] == trials_of(hone)[3]["params"]["lr"]
    assert conf(workdir, 4) == {"opt": "adam", "nested": {"lr": 0.5}}


def test_a_changed_template_is_a_changed_command(run, hone, workdir):
    assert run("-n", 1, "--template", "conf.in:conf").code == 0
    (workdir / "conf.in").write_text(CONF.replace('"nested"', '"more": {trial},\n  "nested"'))
    again = run("-n", 2, "--template", "conf.in:conf")
    assert again.code == 2
    assert again.err == ("hone: the study 'default' differs from what is asked for (- has, + asked "
                         "for):\n"
                         "  template conf\n"
                         "    +   \"more\": {trial},\n"
                         "Change it with --accept, begin another study with --study NAME, or go "
                         "on with what it\nhas by `hone resume`.\n")
    assert run("-n", 2, "--template", "conf.in:conf", "--accept").code == 0
    assert conf(workdir, 1)["more"] == 1
    assert hone("resume", "-n", 3).code == 0
    assert conf(workdir, 2)["more"] == 2
    gone = run("-n", 4, command=["--", "echo", "loss={lr}"])
    assert gone.code == 2 and "  template conf\n    - {\n" in gone.err


def test_another_path_with_the_same_text_is_no_change(run, workdir):
    assert run("-n", 1, "--template", "conf.in:conf").code == 0
    (workdir / "conf.in").rename(workdir / "other.in")
    assert run("-n", 2, "--template", "other.in:conf").code == 0


def test_what_is_wrong_is_not_recorded(run, hone, workdir):
    assert run("-n", 1, "--template", "conf.in:conf").code == 0
    (workdir / "conf.in").write_text(CONF.replace("{trial}", "{trail}").replace("{lr:", "{lrr:"))
    wrong = run("-n", 2, "--template", "conf.in:conf", "--accept")
    assert wrong.code == 2
    assert wrong.err == ("hone: conf.in:4:20: {lrr} is not declared: did you mean {lr}? (a brace "
                         "itself is written {{)\n"
                         "      \"nested\": {\"lr\": {lrr:%.2g}}\n"
                         "                       ^\n")
    assert hone("resume", "-n", 2).code == 0


def test_in_a_study_file(hone, workdir):
    (workdir / "sub").mkdir()
    (workdir / "sub" / "a.in").write_text("x={x}\n")
    (workdir / "b.in").write_text("loss={x:json} {trial}\n")
    (workdir / "study.yaml").write_text(
        "study: {minimize: loss, seed: 1}\nspace: {x: 'int:1..9'}\n"
        "run:\n  command: cat {dir}/a {dir}/conf/b\n  template: ['sub/a.in:a', 'b.in:conf/b']\n"
        "  trials: 2\n")
    result = hone("run", "study.yaml")
    assert result.code == 0, result.err
    x = trials_of(hone)[1]["params"]["x"]
    assert hone("logs", "1").out == f"x={x}\nloss={x} 1\n"
    (workdir / "study.yaml").write_text(
        "study: {minimize: loss, name: b}\nspace: {x: 'int:1..9'}\n"
        "run: {command: cat, template: conf.in}\n")
    result = hone("run", "study.yaml")
    assert result.code == 2
    assert result.err == ("hone: a template is given as FILE:NAME, such as conf.in:conf, where NAME "
                          "is the file in the trial's directory\n")


def test_the_dry_run_shows_the_first_file(run, workdir):
    result = run("--dry-run", "--template", "conf.in:conf")
    assert result.code == 0
    assert ("The first trial's conf:\n    {\n      \"momentum\": 0.495,\n      \"opt\": \"sgd\",\n"
            "      \"nested\": {\"lr\": 0.0032}\n    }\n") in result.out
    assert not (workdir / "hone").exists()


@pytest.mark.parametrize("template, said", [
    ("nope.in:conf", "the template: cannot open nope.in: No such file or directory"),
    (".:conf", "the template: cannot read .: Is a directory"),
    ("big.in:conf", "the template: big.in is too long: at most 1048576 bytes are read"),
    ("latin1.in:conf", "latin1.in:2:3: a template is a text in UTF-8, and here is the byte 0xE9"),
    ("conf.in", "a template is given as FILE:NAME, such as conf.in:conf, where NAME is the file in "
                "the trial's directory"),
    ("conf.in:../conf", "conf.in cannot be rendered as '../conf': the name is that of a file below "
                        "the trial's directory, such as conf or sub/conf"),
    ("conf.in:stdout", "conf.in cannot be rendered as 'stdout': stdout in the trial's directory is "
                       "Hone's own; take another name"),
])
def test_what_is_refused(run, workdir, template, said):
    (workdir / "big.in").write_text("{lr}" * 300000)
    (workdir / "latin1.in").write_bytes(b"{lr}\ncaf\xe9"[:5] + b"ca\xe9")
    result = run("--template", template)
    assert result.code == 2
    assert result.err.splitlines()[0] == f"hone: {said}"
    assert not (workdir / "hone.db").exists()


def test_two_formats_of_one_parameter(run):
    result = run("--template", "conf.in:conf", command=["--", "t", "{lr:%.4g}"])
    assert result.code == 2
    assert result.err.splitlines()[0] == ("hone: conf.in:4:24: lr is written as {lr:%.4g} already: "
                                          "one parameter has one format")
