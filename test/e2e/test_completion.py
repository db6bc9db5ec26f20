"""hone completion: what the shells offer, asked in the shells themselves."""
import os
import shutil
import subprocess

import pytest

from lookers import small_study


@pytest.fixture
def on_path(build_dir, workdir, environment):
    return {**environment, "PATH": f"{build_dir / 'bin'}:{os.environ['PATH']}",
            "HOME": str(workdir), "XDG_CONFIG_HOME": str(workdir / "config"),
            "XDG_DATA_HOME": str(workdir / "data")}


def words(hone, *typed):
    done = hone("completion", "words", "--", "hone", *typed)
    assert (done.code, done.err) == (0, "")
    return [line.split("\t")[0] for line in done.out.splitlines()]


def in_bash(environment, *typed):
    """What bash would offer; '=' is a word of its own there."""
    quoted = " ".join(f"'{w}'" for w in typed)
    script = ("source <(hone completion bash)\ncompopt() { :; }\n"
              f"COMP_WORDS=(hone {quoted}); COMP_CWORD={len(typed)}; _hone hone\n"
              'printf "%s\\n" "${COMPREPLY[@]}"\n')
    done = subprocess.run(["bash", "--norc", "-c", script], env=environment, text=True,
                          capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


def in_fish(environment, line):
    done = subprocess.run(["fish", "--no-config", "-c",
                           f"hone completion fish | source; complete -C '{line}'"],
                          env=environment, text=True, capture_output=True, check=False, timeout=60)
    assert done.stderr == ""
    return [entry.split("\t")[0] for entry in done.stdout.splitlines()]


def in_zsh(environment, *typed):
    """The completion function as zsh calls it, with the end of the way out replaced by printing."""
    quoted = " ".join(f"'{w}'" for w in typed)
    script = ("compdef() { : }; _files() { print :files }\n"
              "_describe() { print -l ${(P)3} }\n_normal() { print \"normal $words $CURRENT\" }\n"
              "source <(hone completion zsh)\n"
              f"try() {{ local words=(hone {quoted}); local CURRENT={len(typed) + 1}; _hone }}\ntry\n")
    done = subprocess.run(["zsh", "-f", "-c", script], env=environment, text=True,
                          capture_output=True, check=False, timeout=60)
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_verbs(hone):
    found = words(hone, "")
    assert {"run", "resume", "kill", "completion", "--help"} <= set(found)
    assert words(hone, "re") == ["replay-schedule", "report", "rerun", "resume", "retest"]
    assert words(hone, "nonsense", "") == []


def test_every_option_of_every_verb(hone):
    for verb in (w for w in words(hone, "") if not w.startswith("-")):
        page = hone(verb, "--help").out
        offered = words(hone, verb, "--")
        assert "--help" in offered
        for option in offered:
            assert option in page, f"hone {verb} {option}"


def test_values(hone):
    assert words(hone, "run", "--take", "") == ["last", "best"]
    assert words(hone, "run", "--take=b") == ["--take=best"]
    assert "random" in words(hone, "run", "--sampler", "r")
    assert {"none", "median"} <= set(words(hone, "resume", "--scheduler", ""))
    assert "eta=" not in words(hone, "run", "--sampler", "random", "--sampler-option", "")
    assert words(hone, "run", "--scheduler-option", "") == ["max_resource=", "metric="]
    assert words(hone, "samplers", "gri") == ["grid"]
    assert words(hone, "studies", "re") == ["rename"]
    assert words(hone, "run", "--dir", "") == [":files"]
    assert words(hone, "run", "--", "ls", "") == [":command"]
    assert words(hone, "run", "-n", "") == []


def test_studies_and_trials(hone):
    small_study(hone)
    small_study(hone, study="mnist")
    small_study(hone, study="far", storage="sqlite:other.db")
    assert words(hone, "status", "") == ["default", "mnist"]
    assert words(hone, "show", "--study", "m") == ["mnist"]
    assert words(hone, "show", "") == ["3", "2", "1", "0"]
    assert words(hone, "kill", "") == ["3"]
    assert words(hone, "report", "--trial", "1") == ["1"]
    assert words(hone, "try", "l") == ["lr="]
    assert words(hone, "status", "--storage", "other.db", "") == ["far"]
    assert words(hone, "status", "--storage=nowhere.db", "") == []


def test_bash(hone, on_path):
    small_study(hone)
    assert in_bash(on_path, "ret") == ["retest"]
    assert in_bash(on_path, "run", "--samp") == ["--sampler", "--sampler-option"]
    assert in_bash(on_path, "run", "--take", "=", "b") == ["best"]
    assert in_bash(on_path, "run", "--take", "=") == ["last", "best"]
    assert in_bash(on_path, "show", "") == ["3", "2", "1", "0"]


@pytest.mark.skipif(not shutil.which("fish"), reason="fish is not installed")
def test_fish(hone, on_path):
    small_study(hone)
    assert in_fish(on_path, "hone ret") == ["retest"]
    assert set(in_fish(on_path, "hone run --samp")) == {"--sampler", "--sampler-option"}
    assert in_fish(on_path, "hone run --take=b") == ["--take=best"]
    assert set(in_fish(on_path, "hone show ")) == {"3", "2", "1", "0"}


@pytest.mark.skipif(not shutil.which("zsh"), reason="zsh is not installed")
def test_zsh(hone, on_path):
    small_study(hone)
    assert in_zsh(on_path, "ret") == ["retest:Repeat the best configurations, against luck"]
    assert [e.split(":")[0] for e in in_zsh(on_path, "show", "")] == ["3", "2", "1", "0"]
    assert in_zsh(on_path, "run", "--dir", "") == [":files"]
    assert in_zsh(on_path, "run", "--", "./train", "--l") == ["normal ./train --l 2"]


def test_a_wrong_shell(hone):
    done = hone("completion", "bush")
    assert (done.code, done.err) == (
        2, "hone: there is completion for bash, zsh and fish, not 'bush'; did you mean bash?\n"
           "    hone completion bush\n                    ^\n")


def test_installed_where_the_shells_look(root, build_dir):
    rules = (build_dir / "cmake_install.cmake").read_text()
    for place in ("share/bash-completion/completions", "share/zsh/site-functions",
                  "share/fish/vendor_completions.d"):
        assert place in rules
