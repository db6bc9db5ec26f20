"""The digits trainer, on small made-up digits: what it prints, refuses, keeps and goes on from."""
import gzip
import re
import struct

import pytest

N_TRAIN, N_TEST = 400, 60
LINE = re.compile(r"step=(\d+) loss=(\S+) val_loss=(\S+) val_accuracy=(\S+)")


def write_images(path, labels):
    """Images that are easy to tell apart: a bright band whose height is the digit."""
    rows = b"".join(bytes(200 if row // 2 == label else 0 for row in range(28) for _ in range(28))
                    for label in labels)
    path.write_bytes(struct.pack(">IIII", 0x803, len(labels), 28, 28) + rows)


def write_set(directory, prefix, n):
    labels = bytes(i * 7 % 10 for i in range(n))
    write_images(directory / f"{prefix}-images-idx3-ubyte", labels)
    path = directory / f"{prefix}-labels-idx1-ubyte"
    path.write_bytes(struct.pack(">II", 0x801, n) + labels)


@pytest.fixture
def digits(workdir):
    directory = workdir / "digits"
    directory.mkdir()
    write_set(directory, "train", N_TRAIN)
    return directory


@pytest.fixture
def train(program, digits):
    runner = program("digits_train")

    def run(*args, **options):
        return runner("--data", digits, "--units1", 16, "--units2", 8, "--lr", 0.01, *args,
                      **options)
    return run


def test_prints_a_line_of_metrics_per_epoch(train):
    result = train("--epochs", 4)
    assert (result.code, result.err) == (0, "")
    lines = [LINE.fullmatch(line) for line in result.out.splitlines()]
    assert [int(line[1]) for line in lines] == [1, 2, 3, 4]
    assert float(lines[-1][2]) < float(lines[0][2])
    assert float(lines[-1][4]) == 1.0


def test_same_seed_same_numbers(train):
    first, again, other = (train("--epochs", 2, "--seed", seed).out for seed in (1, 1, 2))
    assert first == again != other


def test_no_phase_but_final_opens_the_test_digits(train, digits):
    assert "test_" not in train("--epochs", 1).out  # and it did not miss the files
    result = train("--epochs", 1, env={"HONE_PHASE": "final"})
    assert result.code == 2 and "t10k-images-idx3-ubyte" in result.err


def test_final_trains_on_everything_and_scores_the_test_digits_once(train, digits):
    write_set(digits, "t10k", N_TEST)
    result = train("--epochs", 4, env={"HONE_PHASE": "final"})
    lines = result.out.splitlines()
    assert len(lines) == 5 and all(re.fullmatch(r"step=\d+ loss=\S+", x) for x in lines[:4])
    assert re.fullmatch(r"test_loss=\S+ test_accuracy=1\.0+", lines[4])


def test_goes_on_from_a_checkpoint_as_if_never_interrupted(train, workdir):
    ckpt = workdir / "ckpt"
    ckpt.mkdir()
    env = {"HONE_CKPT": str(ckpt)}
    whole = train("--epochs", 4).out.splitlines()
    assert train("--epochs", 2, env=env).out.splitlines() == whole[:2]
    assert [path.name for path in ckpt.iterdir()] == ["digits.ckpt"]
    assert train("--epochs", 4, env=env).out.splitlines() == whole[2:]


def test_a_finished_checkpoint_still_says_its_metrics(train, workdir):
    env = {"HONE_CKPT": str(workdir)}
    last = train("--epochs", 2, env=env).out.splitlines()[-1]
    assert train("--epochs", 2, env=env).out.splitlines() == [last]


def test_final_does_not_go_on_from_a_network_that_has_seen_less(train, digits, workdir):
    write_set(digits, "t10k", N_TEST)
    train("--epochs", 2, env={"HONE_CKPT": str(workdir)})
    env = {"HONE_CKPT": str(workdir), "HONE_PHASE": "final"}
    final = train("--epochs", 2, env=env)
    assert final.out == train("--epochs", 2, env={"HONE_PHASE": "final"}).out
    assert len(final.out.splitlines()) == 3


@pytest.mark.parametrize("damage", ["cut", "other"])
def test_refuses_a_damaged_checkpoint(train, workdir, damage):
    env = {"HONE_CKPT": str(workdir)}
    train("--epochs", 1, env=env)
    path = workdir / "digits.ckpt"
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] if damage == "cut" else b"something else altogether" * 9)
    result = train("--epochs", 2, env=env)
    assert result.code == 2 and len(result.err.splitlines()) == 1 and "digits.ckpt" in result.err


def test_refuses_a_checkpoint_of_another_shape(train, workdir):
    env = {"HONE_CKPT": str(workdir)}
    train("--epochs", 1, env=env)
    result = train("--epochs", 2, "--units1", 17, env=env)
    assert result.code == 2 and "16 and 8 units, not 17 and 8" in result.err


@pytest.mark.parametrize("args, named", [
    (["--lr", "nan"], "--lr is 'nan'"),
    (["--lr", "inf"], "--lr is 'inf'"),
    (["--lr", "0"], "--lr is '0'"),
    (["--lr", "0.1x"], "--lr is '0.1x'"),
    (["--units1", "0"], "--units1 is '0'"),
    (["--units2", "3.5"], "--units2 is '3.5'"),
    (["--epochs", "99999999999999999999"], "--epochs is '99999999999999999999'"),
    (["--batch", ""], "--batch is ''"),
    (["more"], "'more' is not an option"),
    (["--unit", "3"], "--unit"),
    (["--data", "nowhere"], "nowhere/train-images-idx3-ubyte"),
])
def test_refuses_with_one_clear_line(train, args, named):
    result = train(*args)
    assert result.code == 2 and result.out == ""
    assert len(result.err.splitlines()) == 1 and named in result.err


@pytest.mark.parametrize("name, change, named", [
    ("images-idx3", lambda b: b[:10], "shorter than the header"),
    ("images-idx3", lambda b: gzip.compress(b), "not an IDX file of bytes in 3 dimensions"),
    ("images-idx3", lambda b: b[:-1], "its size is not that of its header"),
    ("images-idx3", lambda b: b + b"x", "its size is not that of its header"),
    ("images-idx3", lambda b: b[:8] + struct.pack(">I", 32) + b[12:], "dimension 1 is 32, not 28"),
    ("images-idx3", lambda b: b[:4] + b"\xff" * 4 + b[8:], "cannot be right"),
    ("labels-idx1", lambda b: b[:4] + struct.pack(">I", 399) + b[8:-1], "399 labels for 400"),
    ("labels-idx1", lambda b: b[:-1] + b"\x0a", "label 10 of image 399"),
])
def test_refuses_files_that_are_not_digits(train, digits, name, change, named):
    path = digits / f"train-{name}-ubyte"
    path.write_bytes(change(path.read_bytes()))
    result = train("--epochs", 1)
    assert result.code == 2 and result.out == ""
    assert len(result.err.splitlines()) == 1 and path.name in result.err and named in result.err


def test_a_loss_that_is_not_finite_ends_the_run(train):
    result = train("--lr", 1e30, "--epochs", 50)
    assert result.code == 1
    assert len(result.err.splitlines()) == 1 and "not finite" in result.err
