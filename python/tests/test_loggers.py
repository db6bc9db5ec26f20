"""What the loggers share, and each of them read back with the tool that it writes for."""

import importlib.util
import json
import pathlib
import subprocess
import sys
import zipfile

import pytest

import hone
from hone._logger import Logger, curve_of, facts_of, params_of, results_of, simple

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import logged  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


def needs(*names):
    for name in names:
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"{name} is not installed")


# --- what they share ---


class Collector(Logger):
    def __init__(self):
        super().__init__()
        self.seen = {}

    def _log(self, study, trial):
        assert self._lock.locked()  # one at a time
        self.seen[trial.number] = (results_of(trial), {step: v for _, step, v in curve_of(trial)})


@pytest.mark.parametrize("options", [{}, {"n_jobs": 2}, {"n_jobs": 2, "backend": "threads"}])
def test_every_trial_is_logged(options):
    logger = Collector()
    logged.run(logger, **options)
    assert [logger.seen[i] for i in range(4)] == logged.LOGGED
    assert logger.failed == []


def test_a_result_that_is_dropped_is_not_logged():
    """The trial runs once more, for whoever has taken it over."""
    seen, again = [], []
    study = hone.study("x=0..1", seed=1)

    def objective(trial):
        study.requeue(trial)
        again.append(study.ask())
        return 1.0

    study.optimize(objective, 1, callbacks=[lambda study, trial: seen.append(str(trial.state))])
    assert seen == [] and str(study.trials[0].state) == "RUNNING"
    study.tell(again[0], 2.0)
    assert study.trials[0].value == 2.0


def test_facts():
    study = logged.run(Collector())
    facts = facts_of(study, study.trials[2])
    assert facts.pop("hone.duration_s") >= 0
    assert facts == {
        "hone.study": "demo",
        "hone.trial": 2,
        "hone.state": "PRUNED",
        "hone.message": "too high",
        "n_params": 1236,
    }
    assert facts_of(study, study.trials[3])["hone.message"] == "RuntimeError: out of disk"
    params = params_of(study.trials[0])
    assert params["act"] in ("act", "max") and isinstance(params["lr"], float)


def test_simple():
    assert [simple(v) for v in (1, 0.5, True, None, "a")] == [1, 0.5, True, None, "a"]
    assert simple([64, 64]) == "[64, 64]" and simple({"a": 1}) == '{"a": 1}'
    assert simple(max) == "max" and simple(pathlib.Path) == "Path"


def test_steps_that_are_no_whole_numbers_are_counted():
    trial = hone.study("x=0..1").ask()
    for step, value in ((0.5, 3.0), (1, float("nan")), (1.5, 2.0)):
        trial.report(value, step)
    trial.study.tell(trial, state="pruned")
    assert curve_of(trial.study.trials[0]) == [(1, 0.5, 3.0), (2, 1.5, 2.0)]


def test_a_logger_that_fails_loses_no_trial():
    class Broken(Logger):
        def _log(self, study, trial):
            raise OSError("no route\nto host")

    logger = Broken()
    with pytest.warns(RuntimeWarning) as said:
        study = logged.run(logger)
    assert [str(w.message) for w in said] == [
        "Broken could not log trial 0, which the study has: OSError: no route to host. The study "
        "goes on; further trials that cannot be logged are only listed in the logger's `failed`."
    ]
    assert logger.failed == [0, 1, 2, 3]
    assert study.count("complete") == 2


PACKAGES = {"mlflow": "mlflow", "tensorboard": "tensorboard", "wandb": "wandb", "comet": "comet_ml"}


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_that_is_missing(name):
    code = f"""
import importlib, importlib.abc, sys
class Hidden(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "{PACKAGES[name]}":
            raise ModuleNotFoundError(name=name)
sys.meta_path.insert(0, Hidden())
import hone
try:
    import hone.{name}
except ImportError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    package = PACKAGES[name].replace("_", "-")
    assert done.stdout == f"hone.{name} needs {package}: pip install {package}\n", done.stderr


# --- MLflow, read by its client ---


def runs_of(client, name="demo"):
    """By number."""
    experiment = client.get_experiment_by_name(name)
    runs = client.search_runs([experiment.experiment_id])
    return sorted(runs, key=lambda run: int(run.data.tags["hone.trial"]))


def curve(client, run):
    history = client.get_metric_history(run.info.run_id, "reports/loss")
    return {metric.step: metric.value for metric in history}


@pytest.mark.parametrize("options", [{}, {"n_jobs": 2}, {"n_jobs": 2, "backend": "threads"}])
def test_mlflow(tmp_path, options):
    needs("mlflow")
    import mlflow

    import hone.mlflow

    uri = f"sqlite:///{tmp_path}/mlflow.db"
    logger = hone.mlflow.MLflowLogger(uri, tags={"team": "a", "odd key!": 1})
    study = logged.run(logger, **options)
    assert logger.failed == [] and mlflow.active_run() is None
    client = mlflow.MlflowClient(uri)
    runs = runs_of(client)
    assert [run.info.status for run in runs] == ["FINISHED", "FINISHED", "KILLED", "FAILED"]
    assert [run.info.run_name for run in runs] == [f"demo-{i}" for i in range(4)]
    for run, trial, (result, reports) in zip(runs, study.trials, logged.LOGGED, strict=True):
        metrics = {k: v for k, v in run.data.metrics.items() if not k.startswith("reports/")}
        assert metrics == result and curve(client, run) == reports
        assert run.data.params == {k: str(v) for k, v in params_of(trial).items()}
        assert run.data.tags["hone.state"] == str(trial.state)
        assert run.data.tags["team"] == "a" and run.data.tags["odd key_"] == "1"
        assert run.info.start_time == int(trial.started * 1000)
        assert run.info.end_time == int(trial.ended * 1000)
    assert runs[0].data.tags["n_params"] == "1234"
    assert runs[3].data.tags["hone.message"] == "RuntimeError: out of disk"


def test_mlflow_below_a_run_of_ones_own(tmp_path):
    needs("mlflow")
    import mlflow

    import hone.mlflow

    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path}/mlflow.db")
    try:
        mlflow.set_experiment("mine")
        with mlflow.start_run() as parent:
            logged.run(hone.mlflow.MLflowLogger(), 2)
            assert mlflow.active_run().info.run_id == parent.info.run_id
        client = mlflow.MlflowClient()
        query = f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'"
        children = client.search_runs([parent.info.experiment_id], query)
        assert sorted(run.info.run_name for run in children) == ["demo-0", "demo-1"]
        assert client.get_run(parent.info.run_id).data.params == {}
    finally:
        mlflow.set_tracking_uri(before)


def test_mlflow_below_no_run_of_another_store(tmp_path):
    """There nobody knows it."""
    needs("mlflow")
    import mlflow

    import hone.mlflow

    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path}/mlflow.db")
    other = f"sqlite:///{tmp_path}/other.db"
    try:
        mlflow.set_experiment("mine")
        with mlflow.start_run() as parent:
            logger = hone.mlflow.MLflowLogger(other)
            logged.run(logger, 2)
            assert logger.failed == []
            logger = hone.mlflow.MLflowLogger(mlflow.get_tracking_uri())
            logged.run(logger, 1)
        query = f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'"
        children = mlflow.MlflowClient().search_runs([parent.info.experiment_id], query)
        assert [run.info.run_name for run in children] == ["demo-0"]
        runs = runs_of(mlflow.MlflowClient(other))
        assert [run.info.run_name for run in runs] == ["demo-0", "demo-1"]
        assert all("mlflow.parentRunId" not in run.data.tags for run in runs)
    finally:
        mlflow.set_tracking_uri(before)


def test_mlflow_names_that_it_does_not_take(tmp_path):
    needs("mlflow")
    import mlflow

    import hone.mlflow

    uri = f"sqlite:///{tmp_path}/mlflow.db"
    logger = hone.mlflow.MLflowLogger(uri)
    study = hone.study("x=0..1", metrics={"ndcg@5": "maximize"}, seed=1, name="demo")

    def objective(trial):
        trial.report(0.25, 1)
        return 0.5

    study.optimize(objective, 1, callbacks=[logger])
    assert logger.failed == []
    (run,) = runs_of(mlflow.MlflowClient(uri))
    assert run.data.metrics == {"ndcg_5": 0.5, "reports/ndcg_5": 0.25}


def test_mlflow_says_what_was_wrong(tmp_path, monkeypatch):
    """And a run that could not be filled is none that has FINISHED."""
    needs("mlflow")
    import mlflow

    import hone.mlflow

    def broken(self, *args, **kwargs):
        raise mlflow.exceptions.MlflowException("disk full")

    uri = f"sqlite:///{tmp_path}/mlflow.db"
    with monkeypatch.context() as patched:
        patched.setattr(mlflow.MlflowClient, "create_experiment", broken)
        with pytest.warns(RuntimeWarning, match="could not log .*: MlflowException: disk full"):
            logged.run(hone.mlflow.MLflowLogger(uri), 1)
    with monkeypatch.context() as patched:
        patched.setattr(mlflow.MlflowClient, "log_batch", broken)
        logger = hone.mlflow.MLflowLogger(uri)
        with pytest.warns(RuntimeWarning, match="could not log .*: MlflowException: disk full"):
            logged.run(logger, 1)
    client = mlflow.MlflowClient(uri)
    (run,) = client.search_runs([client.get_experiment_by_name("demo").experiment_id])
    assert run.info.status == "FAILED" and logger.failed == [0]


def test_mlflow_many_parameters_and_long_ones(tmp_path):
    """More than MLflow takes at once, and longer than it takes."""
    needs("mlflow")
    import mlflow

    import hone.mlflow

    uri = f"sqlite:///{tmp_path}/mlflow.db"
    logger = hone.mlflow.MLflowLogger(uri, experiment="big")
    study = hone.study({f"p{i}": hone.Float(0, 1) for i in range(150)}, seed=1)

    def objective(trial):
        for step in range(1, 1202):
            trial.report(1.0, step)
        trial.set_user_attr("text", "x" * 9000)
        return 1.0

    study.optimize(objective, 1, callbacks=[logger])
    assert logger.failed == []
    client = mlflow.MlflowClient(uri)
    (run,) = runs_of(client, "big")
    assert len(run.data.params) == 150 and run.data.tags["text"] == "x" * 5000
    assert len(client.get_metric_history(run.info.run_id, "reports/value")) == 1201


def test_mlflow_that_cannot_be_reached(monkeypatch):
    needs("mlflow")
    import hone.mlflow

    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    logger = hone.mlflow.MLflowLogger("http://127.0.0.1:9")  # where nobody listens
    with pytest.warns(RuntimeWarning, match="MLflowLogger could not log trial 0") as said:
        study = logged.run(logger, 2)
    assert len([w for w in said if "could not log" in str(w.message)]) == 1
    assert logger.failed == [0, 1] and study.count("complete") == 2


# --- TensorBoard, read by its reader and by the backend of its HParams tab ---


def accumulated(directory):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    return EventAccumulator(str(directory)).Reload()


def scalars(directory):
    events = accumulated(directory)
    return {
        tag: [(event.step, event.value) for event in events.Scalars(tag)]
        for tag in events.Tags()["scalars"]
    }


def session_groups(directory, statuses=None):
    """What the HParams tab shows: the experiment, and a row for each trial."""
    from tensorboard.backend.event_processing import data_provider, plugin_event_multiplexer
    from tensorboard.context import RequestContext
    from tensorboard.plugins.base_plugin import TBContext
    from tensorboard.plugins.hparams import api_pb2, backend_context, list_session_groups

    multiplexer = plugin_event_multiplexer.EventMultiplexer().AddRunsFromDirectory(str(directory))
    multiplexer.Reload()
    provider = data_provider.MultiplexerDataProvider(multiplexer, str(directory))
    context = backend_context.Context(TBContext(data_provider=provider))
    metadata = context.hparams_metadata(RequestContext(), "")
    experiment = context.experiment_from_metadata(RequestContext(), "", True, metadata, [])
    columns = [
        api_pb2.ColParams(metric=info.name, include_in_result=True)
        for info in experiment.metric_infos
    ]
    columns += [
        api_pb2.ColParams(hparam=info.name, include_in_result=True)
        for info in experiment.hparam_infos
    ]
    request = api_pb2.ListSessionGroupsRequest(
        start_index=0,
        slice_size=100,
        col_params=columns,
        allowed_statuses=[
            api_pb2.STATUS_SUCCESS,
            api_pb2.STATUS_FAILURE,
            api_pb2.STATUS_UNKNOWN,
        ],
    )
    handler = list_session_groups.Handler(RequestContext(), context, "", request)
    return experiment, sorted(handler.run().session_groups, key=lambda group: group.name)


@pytest.mark.parametrize("options", [{}, {"n_jobs": 2}, {"n_jobs": 2, "backend": "threads"}])
def test_tensorboard(tmp_path, options):
    needs("tensorboard")
    import hone.tensorboard

    logger = hone.tensorboard.TensorBoardLogger(tmp_path / "runs")
    study = logged.run(logger, **options)
    assert logger.failed == []
    assert scalars(tmp_path / "runs" / "trial-1") == {
        "reports/loss": [(2, 1.5), (4, 1.25)],
        "loss": [(4, 0.5)],
        "size": [(4, 8.0)],
    }
    assert scalars(tmp_path / "runs" / "trial-2") == {"reports/loss": [(2, 2.5)]}
    text = accumulated(tmp_path / "runs" / "trial-3").Tensors("trial")[0].tensor_proto.string_val[0]
    assert b"| hone.message | RuntimeError: out of disk |" in text

    experiment, groups = session_groups(tmp_path / "runs")
    infos = {info.name: info for info in experiment.hparam_infos}
    assert (infos["lr"].domain_interval.min_value, infos["lr"].domain_interval.max_value) == (1e-4, 1)
    assert [v.string_value for v in infos["act"].domain_discrete.values] == ["act", "max"]
    assert (infos["n"].domain_interval.min_value, infos["n"].domain_interval.max_value) == (1, 9)
    assert [info.name.tag for info in experiment.metric_infos] == ["loss", "size", "reports/loss"]
    assert [group.name for group in groups] == [f"trial-{i}" for i in range(4)]
    statuses = [session.status for group in groups for session in group.sessions]
    assert statuses == [1, 1, 0, 2]  # success, success, unknown, failure
    for group, trial, (result, _) in zip(groups, study.trials, logged.LOGGED, strict=True):
        assert group.hparams["lr"].number_value == trial["lr"]
        assert group.hparams["act"].string_value == trial["act"].__name__
        values = {value.name.tag: value.value for value in group.metric_values}
        values.pop("reports/loss", None)
        assert values == result


def test_tensorboard_of_permutations_and_subsets(tmp_path):
    """Their choices are no values: a column of these would hide all trials."""
    needs("tensorboard")
    import hone.tensorboard

    study = hone.study("order=perm:a,b,c\nsome=subset:a,b\nsize=ord:s,m,l", seed=1)
    study.optimize(lambda trial: 1.0, 2, callbacks=[hone.tensorboard.TensorBoardLogger(tmp_path)])
    experiment, groups = session_groups(tmp_path)
    infos = {info.name: info for info in experiment.hparam_infos}
    assert not infos["order"].HasField("domain_discrete")
    assert not infos["some"].HasField("domain_discrete")
    assert {v.string_value for v in infos["size"].domain_discrete.values} == {"s", "m", "l"}
    for group, trial in zip(groups, study.trials, strict=True):
        assert json.loads(group.hparams["order"].string_value) == list(trial["order"])


def test_tensorboard_of_a_study_that_defines_as_it_runs(tmp_path):
    """The columns are what the trials had, in whichever trial they came."""
    needs("tensorboard")
    import hone.tensorboard

    def objective(trial):
        x = trial.suggest_float("x", 0, 1)
        return x if trial.number == 0 else x + trial.suggest_int("later", 1, 3)

    study = hone.study(seed=1)
    study.optimize(objective, 2, callbacks=[hone.tensorboard.TensorBoardLogger(tmp_path)])
    experiment, groups = session_groups(tmp_path)
    assert {info.name for info in experiment.hparam_infos} == {"x", "later"}
    assert groups[1].hparams["later"].number_value == study.trials[1]["later"]
    assert "later" not in groups[0].hparams


def test_a_study_is_logged_afterwards(tmp_path):
    needs("tensorboard")
    import hone.tensorboard

    study = logged.run(Collector())
    logger = hone.tensorboard.TensorBoardLogger(tmp_path)
    for trial in study.trials:
        logger(study, trial)
    assert sorted(path.name for path in tmp_path.glob("trial-*")) == [f"trial-{i}" for i in range(4)]


# --- W&B, read from the files of its offline runs ---


def records(path):
    """Of a file of W&B: blocks of 32 KiB with records whose head is checksum, length and kind."""
    from wandb.proto import wandb_internal_pb2

    content, at, whole = path.read_bytes(), 7, b""
    assert content[:4] == b":W&B"
    while at + 7 <= len(content):
        if at % 32768 > 32768 - 7:  # no room for a head
            at += 32768 - at % 32768
            continue
        n, kind = int.from_bytes(content[at + 4 : at + 6], "little"), content[at + 6]
        if kind == 0:
            break
        whole += content[at + 7 : at + 7 + n]
        at += 7 + n
        if kind in (1, 4):  # full, or the last part
            yield wandb_internal_pb2.Record.FromString(whole)
            whole = b""


def wandb_run(path):
    """Name, group, tags, config, history, summary and exit code of a run."""
    run = {"config": {}, "history": [], "summary": {}}
    for record in records(path):
        kind = record.WhichOneof("record_type")
        if kind == "run":
            run |= {"name": record.run.display_name, "group": record.run.run_group}
            run["tags"] = list(record.run.tags)
            items = record.run.config.update
            run["config"] |= {i.key: json.loads(i.value_json) for i in items if i.key}
        elif kind == "history":
            row = {i.key or i.nested_key[0]: json.loads(i.value_json) for i in record.history.item}
            run["history"].append({k: v for k, v in row.items() if not k.startswith("_")})
        elif kind == "summary":
            items = record.summary.update
            run["summary"] |= {i.key or i.nested_key[0]: json.loads(i.value_json) for i in items}
        elif kind == "exit":
            run["exit"] = record.exit.exit_code
    return run


@pytest.mark.parametrize("options", [{}, {"n_jobs": 2}, {"n_jobs": 2, "backend": "threads"}])
def test_wandb(tmp_path, monkeypatch, options):
    needs("wandb")
    import wandb

    import hone.wandb

    monkeypatch.setenv("WANDB_DIR", str(tmp_path))
    logger = hone.wandb.WandbLogger("demo-project", mode="offline", tags=["mine"])
    study = logged.run(logger, **options)
    assert logger.failed == [] and wandb.run is None
    wandb.teardown()  # its service writes on after a run's end; this waits for it
    runs = [wandb_run(path) for path in tmp_path.glob("wandb/offline-run-*/run-*.wandb")]
    runs.sort(key=lambda run: run["name"])
    assert [run["name"] for run in runs] == [f"demo-{i}" for i in range(4)]
    assert [run["exit"] for run in runs] == [0, 0, 0, 1]
    for run, trial, (result, reports) in zip(runs, study.trials, logged.LOGGED, strict=True):
        assert run["group"] == "demo" and sorted(run["tags"]) == sorted(["mine", str(trial.state)])
        config = {k: v for k, v in run["config"].items() if not k.startswith("_")}
        assert config == params_of(trial)
        assert {row["step"]: row["reports/loss"] for row in run["history"]} == reports
        assert {k: run["summary"][k] for k in ("loss", "size") if k in run["summary"]} == result
        assert run["summary"]["hone.state"] == str(trial.state)


def test_wandb_leaves_ones_own_run_alone(tmp_path, monkeypatch):
    needs("wandb")
    import wandb

    import hone.wandb

    monkeypatch.setenv("WANDB_DIR", str(tmp_path))
    options = {"project": "demo", "mode": "offline"}
    quiet = wandb.Settings(silent=True, console="off")
    with wandb.init(**options, settings=quiet) as run:
        logger = hone.wandb.WandbLogger(**options)
        logged.run(logger, 1)
        assert logger.failed == [] and wandb.run is run
        run.log({"mine": 1})
    wandb.teardown()
    assert len(list(tmp_path.glob("wandb/offline-run-*"))) == 2


def test_wandb_is_no_stand_in(tmp_path):
    """Under `hone run sweep.yaml` a script's wandb reports to Hone: that is another thing."""
    stand_in = pathlib.Path(__file__).parents[2] / "share" / "hone" / "wandb"
    if not stand_in.exists():
        pytest.skip("no checkout")
    code = f"import sys; sys.path.insert(0, {str(stand_in)!r})\nimport hone.wandb"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "ImportError: hone.wandb needs the real wandb, and this is a trial of" in done.stderr


# --- Comet, read from the archives of its offline experiments ---


def comet_experiment(path):
    """Parameters, metrics, others, tags and name of an experiment."""
    found = {"params": {}, "metrics": {}, "others": {}}
    with zipfile.ZipFile(path) as archive:
        lines = archive.read("messages.json").decode().splitlines()
        found["tags"] = json.loads(archive.read("experiment.json"))["tags"]
    for message in map(json.loads, lines):
        payload = message["payload"]
        if payload.get("param"):
            found["params"][payload["param"]["paramName"]] = payload["param"]["paramValue"]
        elif payload.get("metric"):
            metric = payload["metric"]
            found["metrics"].setdefault(metric["metricName"], []).append(
                (metric.get("step"), float(metric["metricValue"]))
            )
        elif message["type"] == "log_other":
            found["others"][payload["key"]] = payload["value"]
    for own in ("process duration", "curr_step"):  # what Comet adds
        found["params"].pop(own, None)
        found["metrics"].pop(own, None)
    return found


@pytest.mark.parametrize("options", [{}, {"n_jobs": 2}, {"n_jobs": 2, "backend": "threads"}])
def test_comet(tmp_path, options):
    needs("comet_ml")
    import hone.comet

    logger = hone.comet.CometLogger("demo-project", offline_directory=tmp_path)
    study = logged.run(logger, **options)
    assert logger.failed == []
    experiments = [comet_experiment(path) for path in tmp_path.glob("*.zip")]
    experiments.sort(key=lambda found: found["others"]["hone.trial"])
    assert len(experiments) == 4
    for found, trial, (result, reports) in zip(experiments, study.trials, logged.LOGGED, strict=True):
        assert found["others"]["Name"] == f"demo-{trial.number}"
        assert found["others"]["hone.state"] == str(trial.state)
        curve = dict(found["metrics"].pop("reports/loss", []))
        assert curve == reports
        assert {name: values[-1][1] for name, values in found["metrics"].items()} == result
        assert found["params"] == params_of(trial)
        assert sorted(found["tags"]) == sorted(["demo", str(trial.state)])


def test_comet_leaves_ones_own_experiment_alone(tmp_path):
    needs("comet_ml")
    import comet_ml

    import hone.comet

    mine = comet_ml.OfflineExperiment(
        project_name="mine", offline_directory=str(tmp_path / "mine"), **hone.comet._QUIET
    )
    try:
        logger = hone.comet.CometLogger(offline_directory=tmp_path / "trials")
        logged.run(logger, 2)
        assert logger.failed == [] and comet_ml.get_global_experiment() is mine
        assert mine.alive and not mine.ended
        mine.log_metric("after", 1.0)
    finally:
        mine.end()
    (path,) = (tmp_path / "mine").glob("*.zip")
    assert comet_experiment(path)["metrics"]["after"] == [(None, 1.0)]
    assert len(list((tmp_path / "trials").glob("*.zip"))) == 2


def test_comet_that_would_end_ones_own_experiment(tmp_path, monkeypatch):
    """A version that has no way around that."""
    needs("comet_ml")
    import comet_ml

    import hone.comet

    class Running:
        alive = True

    monkeypatch.setattr(hone.comet, "set_global_experiment", None)
    monkeypatch.setattr(comet_ml, "get_global_experiment", Running)
    logger = hone.comet.CometLogger(offline_directory=tmp_path)
    with pytest.warns(RuntimeWarning, match="would end the experiment that runs: log the trials"):
        logged.run(logger, 1)
    assert logger.failed == [0]


def test_comet_that_cannot_start(tmp_path, monkeypatch):
    """It raises nothing then, and only logs. One that is disabled is meant to write nothing."""
    needs("comet_ml")
    import comet_ml

    import hone.comet

    logger = hone.comet.CometLogger(offline_directory=tmp_path, disabled=True)
    logged.run(logger, 1)
    assert logger.failed == [] and list(tmp_path.glob("*.zip")) == []

    monkeypatch.setattr(comet_ml.OfflineExperiment, "_setup_streamer", lambda self: False)
    logger = hone.comet.CometLogger(offline_directory=tmp_path)
    with pytest.warns(RuntimeWarning, match="could not log trial 0.*could not start the experiment"):
        logged.run(logger, 2)
    assert logger.failed == [0, 1]
