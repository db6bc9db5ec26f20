"""hone logs: what a trial wrote, and goes on to write."""
import os
import select
import time

import pytest

RUN = ("run", "-n", "1", "--minimize", "loss", "-p", "x=0..1", "--")


def read_until(stream, text, seconds=30):
    """What comes on the descriptor, up to `text`."""
    seen, deadline = b"", time.monotonic() + seconds
    while text.encode() not in seen:
        left = deadline - time.monotonic()
        assert left > 0 and select.select([stream], [], [], left)[0], seen
        part = os.read(stream.fileno(), 65536)
        assert part, seen
        seen += part
    return seen.decode()


@pytest.fixture
def ran(hone):
    done = hone(*RUN, "sh", "-c", "echo out; echo err >&2; echo loss=1")
    assert done.code == 0, done.err
    return hone


@pytest.mark.parametrize("args, text", [
    (["0"], "out\nloss=1\n"), (["--stderr", "0"], "err\n"), (["-a", "0"], "out\nloss=1\nerr\n"),
    (["-f", "0"], "out\nloss=1\n"),
])
def test_a_finished_trial(ran, args, text):
    done = ran("logs", *args)
    assert (done.code, done.out, done.err) == (0, text, "")


def test_mistakes(ran):
    assert ran("logs", "7").err == 'hone: there is no trial 7: study "default" has trial 0 only\n'
    assert ran("logs").code == 2


def test_a_trial_without_files(hone):
    hone("ask", "-p", "x=0..1", "--minimize", "loss")
    done = hone("logs", "0")
    assert (done.code, done.out) == (1, "")
    assert done.err == ("hone: trial 0 (RUNNING) has no output here: there is no file "
                        "hone/default/0/stdout; look where `hone run` was started\n")


def test_following_ends_with_the_trial(hone, workdir):
    os.mkfifo(workdir / "go")
    run = hone.start(*RUN, "sh", "-c", "echo first; read line < go; echo $line; echo loss=1")
    deadline = time.monotonic() + 30
    while not (workdir / "hone/default/0/stdout").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    logs = hone.start("logs", "-f", "0")
    assert read_until(logs.stdout, "first\n") == "first\n"
    assert logs.poll() is None
    (workdir / "go").write_text("second\n")
    out, err = logs.communicate(timeout=60)
    assert (out, err, logs.returncode) == ("second\nloss=1\n", "", 0)
    run.communicate(timeout=60)
    assert run.returncode == 0


def test_following_costs_nothing_while_nothing_happens(hone):
    hone("ask", "-p", "x=0..1", "--minimize", "loss")
    logs = hone.start("logs", "-f", "0")

    def switches():
        with open(f"/proc/{logs.pid}/status", encoding="ascii") as status:
            return sum(int(line.split()[1]) for line in status if "ctxt_switches" in line)

    deadline = time.monotonic() + 30
    before = -1
    while before != switches() and time.monotonic() < deadline:
        before = switches()
        time.sleep(0.8)  # longer than the last look that follows a change
    assert switches() == before
    hone("tell", "0", "1")
    out, err = logs.communicate(timeout=60)
    assert (out, err, logs.returncode) == ("", "", 0)


def test_following_a_trial_that_has_not_begun(hone, workdir):
    done = hone("ask", "-p", "x=0..1", "--minimize", "loss")
    assert done.code == 0
    logs = hone.start("logs", "-f", "0")
    folder = workdir / "hone" / "default" / "0"
    folder.mkdir(parents=True)
    with open(folder / "stdout", "w", encoding="ascii") as output:
        for text in ("one\n", "two\n"):
            output.write(text)
            output.flush()
            assert read_until(logs.stdout, text) == text
    hone("tell", "0", "1")
    assert logs.communicate(timeout=60) == ("", "") and logs.returncode == 0


def test_following_ends_when_what_ran_it_is_gone(hone, workdir):
    os.mkfifo(workdir / "go")
    run = hone.start(*RUN, "sh", "-c", "echo first; read line < go")
    deadline = time.monotonic() + 30
    while not (workdir / "hone/default/0/stdout").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    logs = hone.start("logs", "-f", "0")
    read_until(logs.stdout, "first\n")
    run.kill()
    run.communicate()
    out, err = logs.communicate(timeout=60)
    assert (out, logs.returncode) == ("", 0)
    assert err == ("hone: what ran trial 0 is gone, and nobody has recorded its end; `hone resume` "
                   "runs it again\n")
