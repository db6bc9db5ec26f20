"""A study as a table: for pandas, and for a notebook."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from hone._state import TrialState

if TYPE_CHECKING:
    from hone._frozen import FrozenTrial
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
    """A study for notebooks: how many trials there are of which state, and the best of them."""
    from html import escape

    name = f"Study <b>{escape(study.name)}</b>"
    if study.closed:
        return f"<p>{name}, closed</p>"
    counts = [(study.count(state), state.name) for state in TrialState]
    states = ", ".join(f"{n} {state}" for n, state in counts if n)
    head = f"<p>{name}: {states or 'no trials yet'}; sampler {escape(study.sampler)}</p>"
    trials = [trial for trial in study.get_trials(["complete"]) if trial.feasible]
    if not trials:
        return head
    if len(study.directions) > 1:
        best = study.best_trials
        what = f"{min(_N_SHOWN, len(best))} of the {len(best)} trials that no other is better than"
    else:
        sign = -1 if study.direction == "maximize" else 1
        best = sorted(trials, key=lambda trial: sign * (trial.value or 0.0))
        what = "the best trials" if len(best) > 1 else "the best trial"
    return head + _rows(study, best[:_N_SHOWN], what)


def _rows(study: "Study", trials: "list[FrozenTrial]", what: str) -> str:
    """Trials as a table, one a row; names of objectives say which way they go."""
    from html import escape

    names = list(dict.fromkeys(name for trial in trials for name in trial.params))
    metrics = study.metric_names
    goals = dict(zip(metrics, study.directions, strict=False))
    arrows = {"minimize": " ↓", "maximize": " ↑"}
    heads = ["trial", *(name + arrows.get(goals.get(name, ""), "") for name in metrics), *names]
    titles = "".join(f"<th>{escape(head)}</th>" for head in heads)
    rows = "".join(
        "<tr>"
        + f"<td>{trial.number}</td>"
        + "".join(f"<td>{_cell(trial.metrics.get(name))}</td>" for name in metrics)
        + "".join(f"<td>{_cell(trial.params.get(name))}</td>" for name in names)
        + "</tr>"
        for trial in trials
    )
    return (
        f"<table><caption>{what}</caption><thead><tr>{titles}</tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )


def _cell(value: Any) -> str:
    from html import escape

    if isinstance(value, float):
        return f"{value:.6g}"
    return "" if value is None else escape(str(value))
