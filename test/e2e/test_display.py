"""What a user sees on a terminal: the block of a run, its colours, small and large screens."""
import re
import signal

import pytest

from screen import Terminal

# Reports a step; then waits for a file of its own name, or `go`, before it ends.
SCRIPT = """#!/bin/sh
echo "step=1 loss=$1"
: > "running.$HONE_TRIAL"
while [ ! -e go ] && [ ! -e "go.$HONE_TRIAL" ]; do sleep 0.02; done
[ "$2" = fail ] && exit 7
echo "step=2 loss=$1"
"""


@pytest.fixture
def terminal(hone, workdir, environment, train):
    def start(*args, columns=80, rows=24, env=None):
        variables = {**environment, "LC_ALL": "C.UTF-8", "TERM": "xterm", **(env or {})}
        variables.pop("NO_COLOR", None) if "NO_COLOR" not in (env or {}) else None
        return Terminal(hone.command(*args), workdir, variables, columns, rows)
    return start


RUN = ["run", "--minimize", "loss", "--seed", "1", "-p", "x=int:1..9", "-p", "unit=cm,mm"]


def block(text):
    """The lines of the block: from the one with the rate on."""
    lines = text.splitlines()
    at = max(i for i, line in enumerate(lines) if re.match(r"default ?[·|]", line))
    return [line for line in lines[at:] if line]


@pytest.mark.parametrize("columns", [80, 200])
def test_the_block_shows_how_it_goes(terminal, workdir, columns):
    term = terminal(*RUN, "-n", "6", "-j", "3", "--", "./train", "{x}", columns=columns)
    for number in (0, 1):
        term.wait_for(rf"trial {number} +\d+s  step 1: \d  x=\d unit=[cm]m$")
        (workdir / f"go.{number}").touch()
    term.wait_for(r"^default · 2/6")
    # Whole: a read may end in the middle of what is drawn.
    text = term.wait_for(r"^(?=(?:  trial \d.*\n?)*  trial 4 .*step)(?:  trial \d.*(?:\n|\Z)){3}")
    head, best, spark, *slots = block(text)
    assert re.fullmatch(r"default · 2/6 · \d+s · \S+/(s|min) · \S+ left", head)
    assert re.fullmatch(r"best loss \d  trial [01]  x=\d unit=[cm]m", best)
    assert re.fullmatch(r"[▁▂▃▄▅▆▇█]{2}  \d to \d", spark)
    assert [re.match(r"  trial (\d)", slot)[1] for slot in sorted(slots)] == ["2", "3", "4"]
    (workdir / "go").touch()
    assert term.end() == 0
    assert term.screen.widest < columns
    last = term.screen.text()
    assert "left" not in last and "trial 2 " not in last  # the block is gone
    assert re.search(r"^default: 6 COMPLETE \(this run: 6 in \S+\)\n"
                     r"Best: loss \d in trial \d\n    x     \d\n    unit  [cm]m\n"
                     r"Ended: 6 trials are finished \(-n\)\.\n"
                     r"More: `hone best`, `hone trials`; `hone resume -n \+50` goes on.$", last,
                     re.M)
    assert term.screen.n_colours > 0


# Trains on from its checkpoint; trial 7 waits for `go`.
RESUMES = """#!/bin/sh
while [ "$HONE_TRIAL" = 7 ] && [ ! -e go ]; do sleep 0.02; done
from=$(cat "$HONE_CKPT/at" 2>/dev/null || echo 0)
for step in $(seq $((from + 1)) "$2"); do
    echo "$step" > "$HONE_CKPT/at"
    echo "step=$step loss=$1"
done
"""


@pytest.mark.parametrize("rows, columns", [(24, 80), (24, 200), (10, 80)])
def test_what_pauses_is_seen_with_the_reason(terminal, workdir, rows, columns):
    """The decision is shown to its end, on two lines where one is too short for it."""
    (workdir / "train").write_text(RESUMES)
    term = terminal(*RUN, "-n", "9", "--scheduler", "hyperband", "--scheduler-option",
                    "max_resource=9", "--", "./train", "{x}", "{resource}", rows=rows,
                    columns=columns)
    text = term.wait_for(r"^  trial 7 .*\n(?s:.*)trial 6 paused at (?s:.*)\n\Z")
    lines = block(text)
    assert re.fullmatch(r"default · 8/9 begun · 0 complete · 7 paused · \d+s", lines[0])
    assert re.fullmatch(r"best none complete yet; \d in trial [0-6], paused at 1", lines[1])
    assert re.match(r"  trial 7 +\d+s  to 1  x=", lines[2])
    news = " ".join(line.strip() for line in lines[3:])
    whole = (r"trial 6 paused at rung 1 of 3 of bracket 1, at 1: place \d of 7; 2 more to come, "
             r"then the best 3 go on")
    assert len(lines) == (5 if (rows, columns) == (24, 80) else 4)
    assert re.fullmatch(whole, news) if rows > 10 else news.endswith("…")
    assert max(map(len, lines)) < columns
    (workdir / "go").touch()
    assert term.end() == 0


# Fails the first time, and the first time that it is promoted, when there is `fail`; then it, and
# whoever is promoted, waits for `go.RESOURCE`.
FAILS_ONCE = """#!/bin/sh
if [ ! -e "failed.$2" ]; then
    while [ "$2" != 1 ] && [ ! -e fail ]; do sleep 0.02; done
    : > "failed.$2"
    exit 7
fi
while [ "$HONE_TRIAL" = 0 -o "$2" != 1 ] && [ ! -e "go.$2" ]; do sleep 0.02; done
echo "step=$2 loss=$1"
"""


def test_one_that_failed_runs_again_and_one_that_was_promoted_goes_on(terminal, workdir):
    (workdir / "train").write_text(FAILS_ONCE)
    term = terminal(*RUN, "-n", "3", "--retries", "2", "--scheduler", "halving", "--scheduler-option",
                    "n=3", "--scheduler-option", "eta=3", "--scheduler-option", "max_resource=3",
                    "--", "./train", "{x}", "{resource}")
    term.wait_for(r"^  trial 0 +\d+s  again to 1  x=")
    (workdir / "go.1").touch()
    term.wait_for(r"^  trial \d +\d+s  on to 3  x=")
    (workdir / "fail").touch()
    term.wait_for(r"^  trial \d +\d+s  again to 3  x=")
    (workdir / "go.3").touch()
    assert term.end() == 0


def test_ctrl_c_says_what_the_next_one_does(terminal, workdir):
    term = terminal(*RUN, "-n", "6", "-j", "2", "--", "./train", "{x}")
    term.wait_for(r"trial 1 .*step 1")
    term.process.send_signal(signal.SIGINT)
    text = term.wait_for("Ctrl-C again: stop them")
    assert block(text)[-1].startswith("No new trials, the running ones finish. Ctrl-C again: stop")
    term.process.send_signal(signal.SIGINT)
    assert term.end() == 3
    assert "2 trials are to be run again; `hone resume` goes on." in term.screen.text()


@pytest.mark.parametrize("columns, said", [
    (200, "1 failed; last: trial 0 FAILED: exit code 7"),
    (70, "1 failed; last: trial 0 FAILED: exit code…"),
    (40, "1 failed;")])
def test_a_failure_stays_in_sight_with_its_log(terminal, workdir, columns, said):
    term = terminal(*RUN, "-n", "4", "-j", "2", "--", "./train", "{x}", "fail", columns=columns)
    term.wait_for(r"trial 1 .*step 1")
    (workdir / "go.0").touch()
    text = term.wait_for(r"1 failed;")
    assert block(text)[-1] == f"{said}  log hone/default/0/stdout"
    (workdir / "go").touch()
    assert term.end() == 4
    assert re.search(r"^    log hone/default/\d/stdout$", term.screen.text(), re.M)


def test_the_block_follows_the_width(terminal, workdir):
    term = terminal(*RUN, "-n", "6", "-j", "2", "--", "./train", "{x}", columns=120)
    term.wait_for(r"trial 1 .*step 1: \d  x=\d unit=[cm]m$")
    term.resize(30, 24)
    term.wait_for(r"trial 1 .*…$")
    assert all(len(line) < 30 for line in block(term.screen.text()))
    (workdir / "go").touch()
    assert term.end() == 0


@pytest.mark.parametrize("columns, rows", [(20, 6), (8, 3), (2, 1), (80, 4), (500, 100)])
def test_any_size_of_screen_is_respected(terminal, workdir, columns, rows):
    (workdir / "go").touch()
    term = terminal(*RUN, "-q", "-n", "1", "--", "./train", "{x}", columns=columns, rows=rows)
    assert term.end() == 0
    (workdir / "go").unlink()
    term = terminal("resume", "-n", "+8", "-j", "8", columns=columns, rows=rows)
    term.screen.widest = 0
    term.wait_for(r"^def", seconds=10) if columns > 3 else term.wait_for(r"^d")
    (workdir / "go").touch()
    # The screen itself refuses a cursor above its top.
    assert term.end() == 0


def test_many_slots_are_counted_when_they_do_not_fit(terminal, workdir):
    term = terminal(*RUN, "-j", "12", "-n", "12", "--", "./train", "{x}", rows=10)
    text = term.wait_for(r"and \d+ more running")
    assert len(block(text)) < 10
    (workdir / "go").touch()
    assert term.end() == 0


def test_without_utf8_it_is_ascii(terminal, workdir):
    term = terminal(*RUN, "-n", "6", "-j", "2", "--", "./train", "{x}", env={"LC_ALL": "C"})
    for number in (0, 1):
        term.wait_for(rf"trial {number} .*step")
        (workdir / f"go.{number}").touch()
    text = term.wait_for(r"^default \| 2/6")
    (workdir / "go").touch()
    assert term.end() == 0
    assert text.isascii() and re.search(r"^[_.~=+*#-]{2}  \d to \d$", text, re.M)


@pytest.mark.parametrize("option, env", [([], {"NO_COLOR": "1"}), (["--no-color"], {})])
def test_colours_can_be_switched_off(terminal, workdir, option, env):
    (workdir / "go").touch()
    term = terminal(*RUN, *option, "-n", "3", "--", "./train", "{x}", env=env)
    assert term.end() == 0
    assert term.screen.n_colours == 0
    assert "default: 3 COMPLETE" in term.screen.text()


def test_a_dumb_terminal_gets_lines(terminal, workdir):
    (workdir / "go").touch()
    term = terminal(*RUN, "-n", "3", "--", "./train", "{x}", env={"TERM": "dumb"})
    assert term.end() == 0
    assert len(re.findall(r"^trial \d  COMPLETE  loss=\d", term.screen.text(), re.M)) == 3
    assert term.screen.n_colours == 0


def test_help_is_bold_on_a_terminal_and_fits_it(terminal):
    term = terminal("run", "--help", columns=70, rows=200)
    assert term.end() == 0
    assert term.screen.n_colours > 10
    body = term.screen.text().partition("\nWhat is tuned\n")[2].partition("\nExamples\n")[0]
    assert body and all(len(line) <= 70 for line in body.splitlines())


def test_an_error_is_red_and_points(terminal):
    term = terminal("run", "--trails", "3")
    assert term.end() == 2
    assert term.screen.n_colours > 0
    assert term.screen.text().splitlines()[1:3] == ["    hone run --trails 3", "             ^"]
