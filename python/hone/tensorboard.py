"""Trials in TensorBoard, in its HParams tab and as curves.

    study.optimize(objective, n_trials=50, callbacks=[hone.tensorboard.TensorBoardLogger("runs")])

and `tensorboard --logdir runs`. Needs the package tensorboard, and neither TensorFlow nor PyTorch.
"""

import json
import os
import re
from typing import TYPE_CHECKING, Any

from hone._logger import (
    SUCCEEDED,
    Logger,
    curve_name,
    curve_of,
    facts_of,
    params_of,
    results_of,
    simple,
)
from hone._needs import needed
from hone._state import TrialState

if TYPE_CHECKING:
    from hone._frozen import FrozenTrial
    from hone._study import Study


def _needed(module: str) -> Any:
    return needed(f"tensorboard.{module}", "tensorboard", "hone.tensorboard")


_hp = _needed("plugins.hparams.summary_v2")
_api_pb2 = _needed("plugins.hparams.api_pb2")
_metadata = _needed("plugins.hparams.metadata")
_plugin_data_pb2 = _needed("plugins.hparams.plugin_data_pb2")
_text = _needed("plugins.text.metadata")
_event_pb2 = _needed("compat.proto.event_pb2")
_summary_pb2 = _needed("compat.proto.summary_pb2")
_tensor_util = _needed("util.tensor_util")
_writer = _needed("summary.writer.event_file_writer")

__all__ = ["TensorBoardLogger"]


class TensorBoardLogger(Logger):
    """A run of TensorBoard for each trial, `log_dir/trial-12`: hyperparameters, metrics at the end,
    reports by step, and as a text what else is known.

    log_dir: one directory for a study. Of a declared space the ranges are written, too; that of a
    define-by-run study TensorBoard works out from the trials.

    HParams knows success and failure: PRUNED is neither ("unknown"), and such a trial has a curve
    but no result.
    """

    def __init__(self, log_dir: str | os.PathLike[str]) -> None:
        super().__init__()
        self._dir = os.fspath(log_dir)
        self._described: set[str] = set()  # studies

    def _log(self, study: "Study", trial: "FrozenTrial") -> None:
        if study.name not in self._described and not study._define_by_run:
            self._write(self._dir, [(trial.started or 0.0, 0, _config(study))])
        self._described.add(study.name)
        began, ended = trial.started or 0.0, trial.ended or 0.0
        params = {name: value for name, value in params_of(trial).items() if value is not None}
        start = _hp.hparams_pb(params, trial_id=f"trial-{trial.number}", start_time_secs=began)
        curve = curve_of(trial)
        last = curve[-1][0] if curve else 0
        name = curve_name(study)
        events = [(began, 0, start)]
        events += [(ended, step, _scalar(name, value)) for step, _, value in curve]
        events += [(ended, last, _scalar(k, v)) for k, v in results_of(trial).items()]
        events += [(ended, 0, _facts(facts_of(study, trial))), (ended, 0, _end(trial.state, ended))]
        self._write(os.path.join(self._dir, f"trial-{trial.number}"), events)

    def _write(self, directory: str, events: list[tuple[float, int, Any]]) -> None:
        writer = _writer.EventFileWriter(directory)
        try:
            for at, step, summary in events:
                writer.add_event(_event_pb2.Event(wall_time=at, step=step, summary=summary))
        finally:
            writer.close()


def _config(study: "Study") -> Any:
    """What the columns of the table are."""
    space = study.space
    hparams = [_hp.HParam(name, _domain(space, name)) for name in space.names]
    metrics = [_hp.Metric(name) for name in (*study.metric_names, curve_name(study))]
    return _hp.hparams_config_pb(hparams=hparams, metrics=metrics)


def _domain(space: Any, name: str) -> Any:
    """Range or choices; None where TensorBoard has no word for it."""
    spec = space.spec(name)
    if spec.startswith(("perm:", "subset:")):
        return None  # of these the choices are what a value is made of
    choices = [simple(json.loads(text)) for text in space._choices(name)]
    if choices and len({type(choice) for choice in choices}) == 1 and choices[0] is not None:
        return _hp.Discrete(choices)
    if spec.partition(" ")[0] == "bool":
        return _hp.Discrete([False, True])
    found = re.match(r"(int:)?(?:log:)?([-+.\de]+?)\.\.([-+.\de]+)", spec)
    if not found:
        return None
    low, high = float(found[2]), float(found[3])
    return _hp.IntInterval(int(low), int(high)) if found[1] else _hp.RealInterval(low, high)


def _scalar(tag: str, value: float) -> Any:
    return _summary_pb2.Summary(value=[_summary_pb2.Summary.Value(tag=tag, simple_value=value)])


def _facts(facts: dict[str, Any]) -> Any:
    """A table, as the text tab shows one."""
    rows = [f"| {key} | {str(value).replace('|', '/')} |" for key, value in facts.items()]
    text = "\n".join(["| | |", "|---|---|", *(" ".join(row.split()) for row in rows)])
    value = _summary_pb2.Summary.Value(
        tag="trial",
        metadata=_text.create_summary_metadata(display_name="", description=""),
        tensor=_tensor_util.make_tensor_proto(text),
    )
    return _summary_pb2.Summary(value=[value])


def _end(state: TrialState, at: float) -> Any:
    """The session's end."""
    status = _api_pb2.STATUS_SUCCESS if state in SUCCEEDED else _api_pb2.STATUS_FAILURE
    if state == TrialState.PRUNED:
        status = _api_pb2.STATUS_UNKNOWN
    info = _plugin_data_pb2.SessionEndInfo(status=status, end_time_secs=at)
    data = _plugin_data_pb2.HParamsPluginData(session_end_info=info)
    value = _summary_pb2.Summary.Value(
        tag=_metadata.SESSION_END_INFO_TAG,
        metadata=_metadata.create_summary_metadata(data),
        tensor=_metadata.NULL_TENSOR,
    )
    return _summary_pb2.Summary(value=[value])
