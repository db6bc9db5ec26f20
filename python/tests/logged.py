"""A study for the tests of loggers: a complete, a pruned and a failed trial, and one of no reports."""

import hone


def act(x):
    """An object that is a choice."""
    return x


def objective(trial):
    if trial.number == 3:
        raise RuntimeError("out of disk")
    trial.set_user_attr("n_params", 1234 + trial.number)
    if trial.number == 0:
        return {"loss": 0.25, "size": 7.0}
    for step in (2, 4):
        trial.report(1.0 / step + trial.number, step)
        if trial.should_prune():
            raise hone.TrialPruned("too high")
    return {"loss": 0.5, "size": 8.0}


SPACE = {"lr": hone.Float(1e-4, 1, log=True), "act": hone.Categorical([act, max]), "n": hone.Int(1, 9)}


def study_of(**options):
    """Trial 1 is let go on, trial 2 is stopped at its first report."""
    scheduler = hone.schedulers.threshold(upper=2.2)
    metrics = {"loss": "minimize", "size": "record"}
    options = {"metrics": metrics, "scheduler": scheduler, "seed": 1, "name": "demo", **options}
    return hone.study(SPACE, **options)


def run(logger, n_trials=4, **options):
    """Runs them; the study."""
    study = study_of()
    study.optimize(objective, n_trials, callbacks=[logger], catch=RuntimeError, **options)
    states = [str(trial.state) for trial in study.trials]
    assert states[:4] == ["COMPLETE", "COMPLETE", "PRUNED", "FAILED"][:n_trials]
    return study


# As the loggers write it: (result, {step: report}) of each trial.
LOGGED = [
    ({"loss": 0.25, "size": 7.0}, {}),
    ({"loss": 0.5, "size": 8.0}, {2: 1.5, 4: 1.25}),
    ({}, {2: 2.5}),
    ({}, {}),
]
