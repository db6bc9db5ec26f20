"""Samplers and schedulers by name, their options checked."""

import importlib.util
import pathlib

import pytest

import hone


def test_every_sampler_and_scheduler_can_be_chosen():
    assert {"auto", "tpe", "gp", "random"} <= set(dir(hone.samplers))
    assert {"none", "asha", "median", "bohb"} <= set(dir(hone.schedulers))
    for module in (hone.samplers, hone.schedulers):
        for name in dir(module):
            make = getattr(module, name)
            assert make().name.replace("-", "_") == name and make().name in make.__doc__


def test_the_stubs_are_those_of_the_library():
    """Else: python tools/make_python_stubs.py"""
    path = pathlib.Path(__file__).resolve().parents[2] / "tools" / "make_python_stubs.py"
    tool = importlib.util.module_from_spec(spec := importlib.util.spec_from_file_location("t", path))
    spec.loader.exec_module(tool)
    for kind, file in tool.FILES.items():
        assert (pathlib.Path(hone.__file__).parent / file).read_text() == tool.stub(kind)


CHECKED = """
import hone

hone.samplers.tpe(n_startup=5, good_weights="uniform")
hone.schedulers.freeze_thaw(max_resource=27)
hone.samplers.tpe(n_start=5)  # wrong
hone.samplers.tpe(n_startup="many")  # wrong
hone.samplers.tpe(good_weights="some")  # wrong
hone.samplers.tpee()  # wrong
hone.samplings  # wrong
"""


def test_mypy_knows_the_options(tmp_path):
    api = pytest.importorskip("mypy.api")
    (tmp_path / "user.py").write_text(CHECKED)
    found = api.run([str(tmp_path / "user.py"), "--cache-dir", str(tmp_path / "cache"), "--strict"])
    lines = {int(line.split(":")[1]) for line in found[0].splitlines() if ": error:" in line}
    assert lines == {i for i, line in enumerate(CHECKED.splitlines(), 1) if "wrong" in line}, found


@pytest.mark.parametrize("sampler", ["tpe", hone.sampler("tpe", n_startup=3)])
def test_a_sampler_works(sampler):
    study = hone.study("x=0..1", sampler=sampler)
    study.optimize(lambda trial: trial["x"], 10)
    assert study.sampler == "tpe" and study.best_value < 0.5


def test_options_are_kept_and_compared():
    assert hone.samplers.tpe(n_startup=3) == hone.sampler("tpe", n_startup=3)
    assert repr(hone.scheduler("asha", eta=4)) == "hone.scheduler('asha', eta=4)"
    assert "n_startup" in hone.samplers.tpe.__doc__


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: hone.sampler("tpee"), hone.NotFoundError, 'did you mean "tpe"'),
        (lambda: hone.samplers.tpee, AttributeError, 'did you mean "tpe"'),
        (lambda: hone.samplers.tpe(n_start=3), hone.Error, 'did you mean "n_startup"'),
        (lambda: hone.samplers.tpe(n_startup="x"), hone.Error, "n_startup"),
        (lambda: hone.samplers.tpe(gamma=7), hone.InvalidError, "gamma"),
        (lambda: hone.study(sampler="tpee"), hone.NotFoundError, 'did you mean "tpe"'),
        (lambda: hone.study(sampler=hone.scheduler("asha")), TypeError, "sampler is"),
        (lambda: hone.study(sampler=3), TypeError, "hone.sampler"),
        (lambda: hone.study(direction="up"), ValueError, "'up' is no direction"),
        (lambda: hone.study(direction="minimize", metrics={}), ValueError, "exclude each other"),
        (lambda: hone.study(seed=-1), ValueError, "seed is -1"),
        (lambda: hone.study(storage="postgres:x"), hone.Error, "postgres"),
        (lambda: hone.open("/no/such/hone.db"), hone.Error, "/no/such/hone.db"),
        (lambda: hone.study(sampler="grid"), hone.UnsupportedError, "grid"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(make, error, text):
    with pytest.raises(error) as caught:
        make()
    assert text in str(caught.value) and len(str(caught.value).splitlines()) == 1


def test_errors_are_what_python_expects():
    assert issubclass(hone.InvalidError, (hone.Error, ValueError))
    assert issubclass(hone.NotFoundError, LookupError)
    assert issubclass(hone.StorageError, OSError)
    assert issubclass(hone.StateError, RuntimeError)
    assert hone.ParseError.status == "EPARSE"
    assert hone.ParseError.__module__ == "hone"
