"""A stand-in for the package wandb: what a script logs goes to Hone, and nowhere else.

Hone puts it on PYTHONPATH of trials whose study comes from a W&B sweep. It keeps no files of its
own and opens no connection.

* `config` holds the trial's parameters, which win over what the script sets; "optimizer.lr" is
  also config.optimizer.lr.
* `log` reports the numbers of a row. The step that Hone sees counts the rows that hold the
  objective, as early termination does at W&B.
* `summary`, and `define_metric(…, summary="min")`, set the value that counts in the end.
* A trial that Hone stops ends in `log` by SystemExit.
* Every other name is there and does nothing.
"""
import atexit
import json
import math
import os
import sys
import threading

_PREFIX = "sweep."  # before names that are placeholders of Hone
_RESERVED = ("trial", "seed", "dir", "ckpt", "resource", "from", "slot", "gpu", "args", "json",
             "json_file")


class _Nothing:
    """Takes every use and does nothing."""

    def __init__(self, *args, **kwargs):
        pass

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return _Nothing()

    def __call__(self, *args, **kwargs):
        return _Nothing()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return False

    def __getitem__(self, key):
        return _Nothing()

    def __setitem__(self, key, value):
        pass

    def __iter__(self):
        return iter(())

    def __len__(self):
        return 0

    def __fspath__(self):
        return os.environ.get("HONE_DIR", ".")


# --- config ---

class Config:
    """Parameters by attribute and by item; those of the trial cannot be changed."""

    def __init__(self, values=None):
        object.__setattr__(self, "_values", {})
        object.__setattr__(self, "_locked", set())
        for name, value in (values or {}).items():
            self._values[name] = value

    def _lock(self, params):
        for name, value in params.items():
            if name.startswith(_PREFIX) and name[len(_PREFIX):] in _RESERVED:
                name = name[len(_PREFIX):]
            self._values[name] = value
            self._locked.add(name)

    def _below(self, name):
        """Config of the parameters "name.…", None if there are none."""
        n = len(name) + 1
        found = {key[n:]: value for key, value in self._values.items()
                 if key.startswith(name + ".")}
        return Config(found) if found else None

    def __getitem__(self, name):
        if name in self._values:
            return self._values[name]
        below = self._below(name)
        if below is None:
            raise KeyError(name)
        return below

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"there is no parameter {name!r}") from None

    def __setitem__(self, name, value):
        if name not in self._locked:
            self._values[name] = value

    __setattr__ = __setitem__

    def __contains__(self, name):
        return name in self._values or self._below(name) is not None

    def __iter__(self):
        return iter(self._values)

    def __len__(self):
        return len(self._values)

    def __repr__(self):
        return repr(self._values)

    def keys(self):
        return self._values.keys()

    def values(self):
        return self._values.values()

    def items(self):
        return self._values.items()

    def as_dict(self):
        return dict(self._values)

    def get(self, name, default=None):
        return self[name] if name in self else default

    def update(self, values=None, allow_val_change=None, **more):
        for name, value in {**_mapping(values), **more}.items():
            self[name] = value

    def setdefaults(self, values):
        for name, value in _mapping(values).items():
            if name not in self._values:
                self[name] = value

    def setdefault(self, name, value):
        self.setdefaults({name: value})
        return self[name]


def _mapping(values):
    """A dictionary of a mapping, an argparse.Namespace, a YAML or JSON file, or None."""
    if values is None or isinstance(values, (str, os.PathLike)):
        return {}
    if hasattr(values, "items"):
        return dict(values.items())
    return dict(vars(values))


def _parsed(text):
    try:
        return json.loads(text)
    except ValueError:
        return text


# --- what Hone hears ---

class _Channel:
    """JSON lines on the descriptor HONE_FD, or without one in metrics.jsonl."""

    def __init__(self):
        self.lock = threading.Lock()
        self.pid = os.getpid()
        try:
            self.stream = os.fdopen(os.dup(int(os.environ["HONE_FD"])), "r+b", buffering=0)
        except (KeyError, ValueError, OSError):
            self.stream = None

    def send(self, row):
        """True when the trial is to stop."""
        line = json.dumps(row).encode() + b"\n"
        with self.lock:
            if self.stream is not None and self.pid == os.getpid():
                try:
                    self.stream.write(line)
                    return _answer(self.stream).get("stop", False)
                except OSError:
                    self.stream = None
            directory = os.environ.get("HONE_DIR")
            if directory:
                with open(os.path.join(directory, "metrics.jsonl"), "ab") as file:
                    file.write(line)
        return False


def _answer(stream):
    return json.loads(stream.readline() or b"{}")


def _number(value):
    """The number that `value` is, or None; arrays and tensors with one element are numbers."""
    if isinstance(value, (bool, int, float)):
        return float(value)
    try:
        return float(value.item())
    except (AttributeError, TypeError, ValueError, RuntimeError):
        return None


def _numbers(row, prefix=""):
    found = {}
    for name, value in row.items():
        if isinstance(value, dict):
            found.update(_numbers(value, f"{prefix}{name}."))
        elif _number(value) is not None:
            found[prefix + str(name)] = _number(value)
    return found


def _sendable(numbers):
    def word(value):
        if math.isfinite(value):
            return value
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    return {name: word(value) for name, value in numbers.items()}


class Summary(dict):
    """The last values. Setting the objective says its value in the end."""

    def __setitem__(self, name, value):
        super().__setitem__(name, value)
        if name == Run.objective and _number(value) is not None:
            _tell(_sendable({name: _number(value)}))

    def __getattr__(self, name):
        if name in self:
            return self[name]
        raise AttributeError(name)

    def __setattr__(self, name, value):
        self[name] = value

    def update(self, values=None, **more):
        for name, value in {**dict(values or {}), **more}.items():
            self[name] = value


# --- the run ---

class Run:
    """The one run of a process: the trial."""

    objective = os.environ.get("HONE_WANDB_METRIC")

    def __init__(self):
        number = os.environ.get("HONE_TRIAL", "0")
        self.id = self.name = f"trial-{number}"
        self.dir = os.environ.get("HONE_DIR", ".")
        self.project = self.sweep_id = self.group = os.environ.get("HONE_STUDY", "hone")
        self.entity = self.url = self.notes = ""
        self.tags = ()
        self.step = 0
        self.offline = True
        self.disabled = self.resumed = False
        self.config = Config()
        self.config._lock(_parsed(os.environ.get("HONE_PARAMS", "{}")))
        self.summary = Summary()
        self._iterations = 0
        self._row_step = None
        self._pending = {}
        self._kinds = {}
        self._seen = []
        self._finished = False

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return _Nothing()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.finish()
        return False

    def log(self, data=None, step=None, commit=None, sync=None):
        """A row; with commit=False, or the step of the row before, more of the same row."""
        numbers = _numbers(data or {})
        same = step is not None and step == self._row_step
        self._row_step = step
        dict.update(self.summary, data or {})
        self._pending.update(numbers)
        if commit is False:
            return
        row, self._pending = self._pending, {}
        self.step = self.step + 1 if step is None else int(step)
        if self.objective in row:
            self._iterations += 0 if same and self._iterations else 1
            self._seen.append(row[self.objective])
            _stop_if(_tell({**_sendable(row), "step": self._iterations}))

    def define_metric(self, name, step_metric=None, summary=None, goal=None, **options):
        kind = "max" if goal == "maximize" and summary == "best" else summary
        self._kinds[name] = "min" if kind == "best" else kind
        return _Nothing()

    def finish(self, exit_code=None, quiet=None):
        """Says what the last row leaves open, and the best value if that was asked for."""
        if self._finished:
            return
        self._finished = True
        if self._pending:
            self.log({})
        best = {"min": min, "max": max, "mean": lambda seen: sum(seen) / len(seen)}.get(
            self._kinds.get(self.objective))
        if best and self._seen:
            _tell(_sendable({self.objective: best(self._seen)}))

    def use_artifact(self, *args, **kwargs):
        return _Nothing()

    def watch(self, *args, **kwargs):
        return None


def _tell(row):
    global _channel
    if _channel is None:
        _channel = _Channel()
    return _channel.send(row)


def _stop_if(stop):
    if stop and threading.current_thread() is threading.main_thread():
        sys.exit(0)


_channel = None
run = None
config = Config()
config._lock(_parsed(os.environ.get("HONE_PARAMS", "{}")))
summary = Summary()


def init(*args, config=None, **options):
    global run, summary
    if run is None or run._finished:
        run = Run()
        summary = run.summary
        globals()["config"] = run.config
        atexit.register(run.finish)
    run.config.setdefaults(config)
    return run


def log(data=None, step=None, commit=None, sync=None):
    (run or init()).log(data, step=step, commit=commit, sync=sync)


def define_metric(name, *args, **options):
    return (run or init()).define_metric(name, *args, **options)


def finish(exit_code=None, quiet=None):
    if run is not None:
        run.finish()


def login(*args, **kwargs):
    return True


def sweep(*args, **kwargs):
    return os.environ.get("HONE_STUDY", "hone")


def agent(sweep_id=None, function=None, *args, **kwargs):
    """The trial is one call of the function."""
    if function is not None:
        function()


class Error(Exception):
    pass


class _Submodules:
    """Any module wandb.x.y, whose names are there and do nothing."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if not name.startswith("wandb."):
            return None
        import importlib.machinery
        return importlib.machinery.ModuleSpec(name, _Submodules, is_package=True)

    @staticmethod
    def create_module(spec):
        return None

    @staticmethod
    def exec_module(module):
        module.__getattr__ = lambda name: _absent(name)


def _absent(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return type(name, (_Nothing,), {}) if name[:1].isupper() else _Nothing()


__version__ = "0.0.0+hone"
sys.meta_path.append(_Submodules)


def __getattr__(name):
    return _absent(name)
