"""A study as a table: for pandas, and for a notebook."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hone._study import Study


def dataframe(study: "Study") -> Any:
    """See Study.trials_dataframe."""
    try:
        pandas = import_module("pandas")
    except ImportError:
        raise ImportError(
            "trials_dataframe needs pandas, which is not installed: pip install pandas, or read "
            "study.trials"
        ) from None
    rows: list[dict[str, Any]] = []
    for trial in study.trials:
        row: dict[str, Any] = {"number": trial.number, "state": str(trial.state)}
        row.update({name: trial.metrics.get(name) for name in study.metric_names})
        row.update({f"params_{name}": value for name, value in trial.params.items()})
        row.update({f"attrs_{name}": value for name, value in trial.user_attrs.items()})
        row["duration_s"] = trial.duration_s
        rows.append(row)
    return pandas.DataFrame(rows)


_N_SHOWN = 5


def html(study: "Study") -> str:
    """A study's head and its best trials, for notebooks."""
    from html import escape

    if study.closed:
        return f"<p>Study <b>{escape(study.name)}</b>, closed</p>"
    head = (
        f"<p>Study <b>{escape(study.name)}</b>: {study.n_trials} trials, {study.n_finished} "
        f"finished, sampler {escape(study.sampler)}</p>"
    )
    complete = study.get_trials(["complete"])
    if not complete:
        return head
    if len(study.directions) > 1:
        best = study.best_trials
    else:
        sign = -1 if study.direction == "maximize" else 1
        best = sorted(complete, key=lambda trial: sign * (trial.value or 0.0))
    best = best[:_N_SHOWN]
    names = list(dict.fromkeys(name for trial in best for name in trial.params))
    metrics = study.metric_names
    titles = "".join(f"<th>{escape(name)}</th>" for name in ("trial", *metrics, *names))
    rows = "".join(
        "<tr>"
        + f"<td>{trial.number}</td>"
        + "".join(f"<td>{_cell(trial.metrics.get(name))}</td>" for name in metrics)
        + "".join(f"<td>{_cell(trial.params.get(name))}</td>" for name in names)
        + "</tr>"
        for trial in best
    )
    return f"{head}<table><thead><tr>{titles}</tr></thead><tbody>{rows}</tbody></table>"


def _cell(value: Any) -> str:
    from html import escape

    if isinstance(value, float):
        return f"{value:.6g}"
    return "" if value is None else escape(str(value))
