"""What the command says of itself: overview, help of every verb, manual page, wrong command lines."""
import re
import shutil
import subprocess

import pytest


@pytest.fixture
def verbs(hone):
    """Every verb that the overview lists."""
    names = re.findall(r"^  ([a-z]+) {2,}\S", hone("help").out, re.M)
    assert {"run", "resume", "try", "help"} <= set(names)
    return names


def test_the_overview_is_the_same_however_it_is_asked_for(hone):
    first = hone("help")
    assert first.code == 0 and first.err == ""
    assert first.out.startswith("Hone ")
    assert all(len(line) <= 80 for line in first.out.splitlines())
    for args in ([], ["--help"], ["-h"]):
        assert hone(*args) == first


def test_version(hone, root):
    version = re.search(r"VERSION (\d+\.\d+\.\d+)", (root / "CMakeLists.txt").read_text())[1]
    for option in ("--version", "-V"):
        assert hone(option).out == f"hone {version}\n"


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_help_keeps_within_the_page(hone, verbs, columns):
    for verb in verbs:
        result = hone(verb, "--help", env={"COLUMNS": str(columns)})
        assert (result.code, result.err) == (0, "")
        text, _, _ = result.out.partition("\nExamples\n")
        # Usage, examples and the last sentence stand as they are.
        body = text[text.index("\n\n", text.index("Usage:")):].partition("\nAn option may also")[0]
        longest = max(body.splitlines(), key=len)
        assert len(longest) <= min(columns, 100), f"hone {verb}: {longest}"
        if columns == 80:
            longest = max(result.out.splitlines(), key=len)
            assert len(longest) <= 80, f"hone {verb}: {longest}"


def test_help_of_a_verb_by_either_way(hone, verbs):
    for verb in verbs:
        assert hone("help", verb) == hone(verb, "--help") == hone(verb, "-h")


def test_help_wins_over_mistakes_before_it_is_read(hone):
    assert hone("run", "--help", "--nonsense").code == 0


def test_help_has_no_escapes_outside_of_a_terminal(hone, verbs):
    assert not any("\x1b" in hone(verb, "--help").out for verb in verbs)


def test_manual_page_has_every_verb_and_option(hone, verbs):
    page = hone("help", "--man").out
    assert page.startswith(".TH HONE 1 ")
    for section in ("NAME", "SYNOPSIS", "DESCRIPTION", "VERBS", "ENVIRONMENT", "EXIT STATUS"):
        assert f"\n.SH {section}\n" in page
    for verb in verbs:
        assert f'.SS "hone {verb}"' in page
        for option in re.findall(r"^ .{5}--([a-z-]+)", hone(verb, "--help").out, re.M):
            assert f"\\-\\-{option}".replace("-", "\\-").replace("\\\\-", "\\-") in page


@pytest.mark.skipif(not shutil.which("groff"), reason="groff is not installed")
def test_manual_page_is_good_troff(hone):
    page = hone("help", "--man").out
    done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z"], input=page, text=True,
                          capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


# What is typed, and all of what is said.
WRONG = [
    (["rnu"], "hone: there is no verb 'rnu'; did you mean 'run'?\n"
              "    hone rnu\n"
              "         ^\n"),
    (["--json"], "hone: options come after the verb: hone VERB --json\n"
                 "    hone --json\n"
                 "         ^\n"),
    (["xyzzy"], "hone: there is no verb 'xyzzy'; `hone help` lists them\n"
                "    hone xyzzy\n"
                "         ^\n"),
    (["run", "--trails", "9"], "hone: unknown option '--trails'; did you mean '--trials'?\n"
                               "    hone run --trails 9\n"
                               "             ^\n"),
    (["run", "--xyzzy"], "hone: 'hone run' has no option '--xyzzy'; see `hone run --help`\n"
                         "    hone run --xyzzy\n"
                         "             ^\n"),
    (["run", "-Z"], "hone: 'hone run' has no option '-Z'\n"
                    "    hone run -Z\n"
                    "              ^\n"),
    (["run", "-n", "x"], "hone: --trials takes a whole number, not 'x'\n"
                         "    hone run -n x\n"
                         "                ^\n"),
    (["run", "-j0"], "hone: --jobs takes a whole number between 1 and 65536, not '0'\n"
                     "    hone run -j0\n"
                     "               ^\n"),
    (["run", "--time=5x"], "hone: --time takes a duration (90, 90s, 10m, 2h, 1h30m), not '5x'\n"
                           "    hone run --time=5x\n"
                           "                    ^\n"),
    (["run", "--take", "first"], "hone: --take takes one of last|best, not 'first'\n"
                                 "    hone run --take first\n"
                                 "                    ^\n"),
    (["run", "--study"], "hone: --study needs a value: NAME\n"
                         "    hone run --study\n"
                         "             ^\n"),
    (["run", "--final=yes"], "hone: --final takes no value\n"
                             "    hone run --final=yes\n"
                             "                    ^\n"),
    (["resume", "a", "b"], "hone: 'hone resume' does not take 'b'\n"
                           "    hone resume a b\n"
                           "                  ^\n"),
    (["resume", "--", "ls"], "hone: 'hone resume' takes no command\n"
                             "    hone resume -- ls\n"
                             "                ^\n"),
    (["try"], "hone: something is missing: hone try name=value... [--now]\n"),
    (["help", "rum"], "hone: there is no verb 'rum'; did you mean 'run'?\n"
                      "    hone help rum\n"
                      "              ^\n"),
]


@pytest.mark.parametrize("args, said", WRONG, ids=lambda x: " ".join(x) if isinstance(x, list) else "")
def test_a_wrong_command_line_is_shown_with_a_caret(hone, args, said):
    result = hone(*args)
    assert (result.code, result.out, result.err) == (2, "", said)


def test_the_caret_of_a_long_line_stays_in_sight(hone):
    result = hone("run", "--forbid", "a" * 90, "--regex", "b" * 90, "--trails", "3", "--", "c" * 200)
    line, caret = result.err.splitlines()[1:]
    assert len(line) < 120
    assert line[caret.index("^"):].startswith("--trails")


def test_quotes_and_wide_characters_do_not_move_the_caret(hone):
    result = hone("run", "--study", "größe ä", "--regex", "it's", "--tims", "3")
    line, caret = result.err.splitlines()[1:]
    assert line[caret.index("^"):].startswith("--tims")


@pytest.mark.parametrize("verb, said", [
    ("run", "--timeout-trial as\nHONE_TIMEOUT_TRIAL."), ("edit", "--storage as\nHONE_STORAGE."),
    ("status", "--storage as\nHONE_STORAGE."), ("samplers", None)])
def test_the_variable_that_help_names_is_one_of_the_verb(hone, verb, said):
    text = hone("help", verb).out
    assert (said in text) if said else ("environment variable" not in text)


def test_options_come_from_the_environment_and_the_line_goes_before_it(hone):
    assert hone("run", env={"HONE_TRIALS": "x"}).err.startswith(
        "hone: the environment variable HONE_TRIALS is wrong: --trials takes a whole number")
    assert hone("run", env={"HONE_NOISY": "maybe"}).err == (
        "hone: the environment variable HONE_NOISY is 'maybe'; it takes 1 or 0\n")
    assert "nothing to run" in hone("run", "-n", 3, env={"HONE_TRIALS": "x"}).err


def test_variables_of_a_trial_are_no_options(hone):
    assert "HONE_SEED" in hone("run", env={"HONE_SEED": "x"}).err
    assert "nothing to run" in hone("run", env={"HONE_SEED": "x", "HONE_TRIAL": "3"}).err
