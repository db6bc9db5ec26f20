"""The schedulers and presets as functions of their options.

Made by tools/make_python_stubs.py from the library's own tables.
"""

from typing import Literal

from hone._plugins import Choice

def asha(
    *,
    eta: float = 3,
    min_resource: float = 0,
    max_resource: float = 0,
    brackets: int = 1,
    depth: int = -1,
    n_startup: int = -1,
    variant: Literal["stop", "pause"] = "stop",
    value: Literal["best", "last"] = "best",
    metric: str = ...,
) -> Choice:
    """asha: compares trials at a few steps; about one in eta goes on from each.

        eta: one in eta goes on, to eta times the resource (float from 1.5 to 100;
            default 3)
        min_resource: the first rung; 0: max_resource / eta^3, or the longest training /
            eta^2 if that is learnt, or trials pause (float from 0 to 1e+15 steps;
            default 0)
        max_resource: the longest training, which {resource} tells; 0: as complete
            trials show (float from 0 to 1e+15 steps; default 0)
        brackets: shares of the trials that begin to be judged at later rungs (int from
            1 to 16; default 1)
        depth: without min_resource the first rung lies at eta^-depth of the longest
            training; -1: as said there (int from -1 to 16; default -1)
        n_startup: the first trials at a rung, which all go on; -1: 0 with max_resource,
            else 10 (int from -1 to 1e+09 trials; default -1)
        variant: whether bad trials end, or wait with a checkpoint for promotion (one of
            stop, pause; default stop)
        value: what counts at a rung: the best value so far, or the one there, as of
            several objectives (one of best, last; default best)
        metric: what is compared alone; by default all objectives (str)

    Source: Li et al., A System for Massively Parallel Hyperparameter Tuning, 2020
    """

def auto(
    *,
    max_resource: float = 0,
    metric: str = ...,
) -> Choice:
    """auto: stops by where curves lead, or lets trials pause, by what is known.

        max_resource: a whole training, which {resource} tells: trials pause; 0: not
            known, trials are stopped (float from 0 to 1e+15 steps; default 0)
        metric: what is watched; the objective if there is just one (str)
    """

def bohb(
    *,
    eta: float = 3,
    min_resource: float = 0,
    max_resource: float = 0,
    value: Literal["best", "last"] = "best",
    metric: str = ...,
    brackets: int = 0,
    shares: Literal["even", "paper"] = "even",
    mode: Literal["sync", "async"] = "sync",
    fill: Literal["promoted", "new"] = "promoted",
) -> Choice:
    """bohb: successive halving in brackets that begin with more or with less.

        eta: one in eta goes on, to eta times the resource (float from 2 to 100; default
            3)
        min_resource: the first rung of all; 0: max_resource / 81, or 1 (float from 0 to
            1e+15 steps; default 0)
        max_resource: the last rung, a whole training; 0: 81 min_resource (float from 0
            to 1e+15 steps; default 0)
        value: what counts at a rung: the best value so far, or the one there, as of
            several objectives (one of best, last; default best)
        metric: what is compared alone; by default all objectives (str)
        brackets: brackets, from the one with most trials; 0: all of them (int from 0 to
            64; default 0)
        shares: trials of a bracket: such that all cost the same, or as in the table of
            the paper (one of even, paper; default even)
        mode: whether a rung waits until all its trials are there (one of sync, async;
            default sync)
        fill: who trains at the upper rungs after the first bracket: the best of those
            below, or new trials, which a sampler such as dehb breeds from these (one of
            promoted, new; default promoted)

    Source: Li et al., Hyperband: a novel bandit-based approach, 2018
    """

def curve(
    *,
    probability: float = 0.05,
    n_startup: int = 5,
    n_min: int = 4,
    n_warmup: float = 0,
    grace: float = 0.1,
    factor: float = 1.2,
    end: float = 0,
    metric: str = ...,
) -> Choice:
    """curve: extrapolates learning curves; stops what will hardly pass the best.

        probability: stopped is what passes the best trial with less (float from 0 to 1;
            default 0.05)
        n_startup: complete trials before anything is stopped (int from 1 to 1e+09
            trials; default 5)
        n_min: numbers that a trial must have reported (int from 2 to 1e+06 steps;
            default 4)
        n_warmup: no trial is stopped before this step (float from 0 to 1e+15 steps;
            default 0)
        grace: the share of the whole training that no trial is stopped in (float from
            0.001 to 1; default 0.1)
        factor: by which the steps grow at which a trial is judged (float from 1.01 to
            100; default 1.2)
        end: the last step of a whole training; 0: that of the longest complete trial
            (float from 0 to 1e+15 steps; default 0)
        metric: what is extrapolated; the objective if there is just one (str)

    Source: Domhan, Springenberg, Hutter: Speeding up automatic hyperparameter optimization
    of deep neural networks by extrapolation of learning curves, 2015
    """

def dehb(
    *,
    eta: float = 3,
    min_resource: float = 0,
    max_resource: float = 0,
    value: Literal["best", "last"] = "best",
    metric: str = ...,
    brackets: int = 0,
    shares: Literal["even", "paper"] = "paper",
    mode: Literal["sync", "async"] = "sync",
    fill: Literal["promoted", "new"] = "new",
) -> Choice:
    """dehb: successive halving in brackets that begin with more or with less.

        eta: one in eta goes on, to eta times the resource (float from 2 to 100; default
            3)
        min_resource: the first rung of all; 0: max_resource / 81, or 1 (float from 0 to
            1e+15 steps; default 0)
        max_resource: the last rung, a whole training; 0: 81 min_resource (float from 0
            to 1e+15 steps; default 0)
        value: what counts at a rung: the best value so far, or the one there, as of
            several objectives (one of best, last; default best)
        metric: what is compared alone; by default all objectives (str)
        brackets: brackets, from the one with most trials; 0: all of them (int from 0 to
            64; default 0)
        shares: trials of a bracket: such that all cost the same, or as in the table of
            the paper (one of even, paper; default even)
        mode: whether a rung waits until all its trials are there (one of sync, async;
            default sync)
        fill: who trains at the upper rungs after the first bracket: the best of those
            below, or new trials, which a sampler such as dehb breeds from these (one of
            promoted, new; default promoted)

    Source: Li et al., Hyperband: a novel bandit-based approach, 2018
    """

def freeze_thaw(
    *,
    max_resource: float = 0,
    interval: float = 0,
    growth: float = 0.5,
    probability: float = 0.02,
    finish: float = 0.5,
    basket: int = 64,
    cost: Literal["steps", "time"] = "steps",
    metric: str = ...,
) -> Choice:
    """freeze-thaw: pauses all; goes on with what may pass the best at the least cost.

        max_resource: a whole training; must be given (float from 0 to 1e+15 steps;
            default 0)
        interval: the first slice of a training, and the least; 0: max_resource / 27
            (float from 0 to 1e+15 steps; default 0)
        growth: later slices are this share of what has been trained, if that is longer
            (float from 0 to 10; default 0.5)
        probability: when all trials have begun, who passes the best with less stays
            paused (float from 0 to 1; default 0.02)
        finish: the share of all training that brings to an end who is foretold to be
            the best (float from 0 to 1; default 0.5)
        basket: paused trials that are compared each time, the most promising ones (int
            from 1 to 10000 trials; default 64)
        cost: what the rest of a training costs: the number of its steps, or the time
            that they take (one of steps, time; default steps)
        metric: what is foretold; the objective if there is just one (str)

    Source: Swersky, Snoek, Adams: Freeze-thaw Bayesian optimization, 2014
    """

def halving(
    *,
    n: int = 0,
    eta: float = 2,
    min_resource: float = 0,
    max_resource: float = 0,
    value: Literal["best", "last"] = "best",
    metric: str = ...,
) -> Choice:
    """halving: many trials for a short time, the best half for twice as long, and so on.

        n: trials that a bracket begins with; 0: as many as leave one at the end (int
            from 0 to 1e+06 trials; default 0)
        eta: one in eta goes on, to eta times the resource (float from 2 to 100; default
            2)
        min_resource: the first rung; 0: max_resource / 64, or 100 (float from 0 to
            1e+15 steps; default 0)
        max_resource: the last rung, a whole training; 0: 64 min_resource (float from 0
            to 1e+15 steps; default 0)
        value: what counts at a rung: the best value so far, or the one there, as of
            several objectives (one of best, last; default best)
        metric: what is compared alone; by default all objectives (str)

    Source: Jamieson, Talwalkar, Non-stochastic best arm identification, 2016
    """

def hyperband(
    *,
    eta: float = 3,
    min_resource: float = 0,
    max_resource: float = 0,
    value: Literal["best", "last"] = "best",
    metric: str = ...,
    brackets: int = 0,
    shares: Literal["even", "paper"] = "even",
    mode: Literal["sync", "async"] = "sync",
    fill: Literal["promoted", "new"] = "promoted",
) -> Choice:
    """hyperband: successive halving in brackets that begin with more or with less.

        eta: one in eta goes on, to eta times the resource (float from 2 to 100; default
            3)
        min_resource: the first rung of all; 0: max_resource / 81, or 1 (float from 0 to
            1e+15 steps; default 0)
        max_resource: the last rung, a whole training; 0: 81 min_resource (float from 0
            to 1e+15 steps; default 0)
        value: what counts at a rung: the best value so far, or the one there, as of
            several objectives (one of best, last; default best)
        metric: what is compared alone; by default all objectives (str)
        brackets: brackets, from the one with most trials; 0: all of them (int from 0 to
            64; default 0)
        shares: trials of a bracket: such that all cost the same, or as in the table of
            the paper (one of even, paper; default even)
        mode: whether a rung waits until all its trials are there (one of sync, async;
            default sync)
        fill: who trains at the upper rungs after the first bracket: the best of those
            below, or new trials, which a sampler such as dehb breeds from these (one of
            promoted, new; default promoted)

    Source: Li et al., Hyperband: a novel bandit-based approach, 2018
    """

def median(
    *,
    percentile: float = 50,
    n_startup: int = 10,
    n_warmup: float = 0,
    grace: float = 0.1,
    interval: float = 0,
    n_min_trials: int = 1,
    metric: str = ...,
) -> Choice:
    """median: stops what is worse than a percentile of the completed trials.

        percentile: the share of trials that is good enough to go on (float from 0 to
            100 %; default 50)
        n_startup: complete trials before anything is stopped (int from 0 to 1e+09
            trials; default 10)
        n_warmup: no trial is stopped before this step (float from 0 to 1e+15 steps;
            default 0)
        grace: the share of the longest training that no trial is stopped in (float from
            0 to 1; default 0.1)
        interval: from one judgement to the next; 0: at every report (float from 0 to
            1e+15 steps; default 0)
        n_min_trials: trials that must have reported this very step (int from 1 to 1e+09
            trials; default 1)
        metric: what is compared; the objective if there is just one (str)

    Source: Golovin et al., Google Vizier: A Service for Black-Box Optimization, 2017
    """

def none() -> Choice:
    """none: every trial runs to its own end.
    """

def pasha(
    *,
    eta: float = 3,
    min_resource: float = 0,
    max_resource: float = 0,
    value: Literal["best", "last"] = "best",
    metric: str = ...,
    epsilon: float = 0,
) -> Choice:
    """pasha: asha that trains longer only while longer training changes the ranking.

        eta: one in eta goes on, to eta times the resource (float from 2 to 100; default
            3)
        min_resource: the first rung; 0: max_resource / 81, or 1 (float from 0 to 1e+15
            steps; default 0)
        max_resource: a whole training, which one trial gets at least; 0: 81
            min_resource (float from 0 to 1e+15 steps; default 0)
        value: what counts at a rung: the best value so far, or the one there, as of
            several objectives (one of best, last; default best)
        metric: what is compared alone; by default all objectives (str)
        epsilon: values this close may change places; 0: as curves that cross show
            (float from 0 to 1e+300; default 0)

    Source: Bohdal et al., PASHA: efficient HPO and NAS, 2023
    """

def patient(
    *,
    patience: int = 10,
    min_delta: float = 0,
    metric: str = ...,
) -> Choice:
    """patient: stops what has not become better for some steps.

        patience: steps without a gain that are borne with (int from 0 to 1e+06 steps;
            default 10)
        min_delta: being worse by no more than this is borne with, too (float from 0 to
            1e+300; default 0)
        metric: what is watched; the objective if there is just one (str)
    """

def pb2(
    *,
    max_resource: float = 0,
    population: int = 8,
    interval: float = 0,
    exploit: Literal["truncation", "tournament"] = "truncation",
    quantile: float = 0.25,
    resample: float = 0.25,
    perturb: float = 0.2,
    keep: str = ...,
    metric: str = ...,
) -> Choice:
    """pb2: a population trains; the worst go on as copies of the best, a little changed.

        max_resource: the last step of a whole training; must be given (float from 0 to
            1e+15 steps; default 0)
        population: members that train side by side, on however few slots (int from 2 to
            10000 trials; default 8)
        interval: from one comparison to the next; 0: a tenth of the training (float
            from 0 to 1e+15 steps; default 0)
        exploit: whom a copy replaces: the worst, or who loses to another (one of
            truncation, tournament; default truncation)
        quantile: truncation: share that is replaced, and share that is copied (float
            from 0 to 0.5; default 0.25)
        resample: probability that a copy draws a parameter from its prior (float from 0
            to 1; default 0.25)
        perturb: share by which a copy's other numbers go up or down (float from 0 to
            0.99; default 0.2)
        keep: parameters that copies inherit as they are, such as layers: a,b (str)
        metric: what is compared alone; by default all objectives (str)

    Source: Jaderberg et al., Population Based Training of Neural Networks, 2017
    """

def pbt(
    *,
    max_resource: float = 0,
    population: int = 8,
    interval: float = 0,
    exploit: Literal["truncation", "tournament"] = "truncation",
    quantile: float = 0.25,
    resample: float = 0.25,
    perturb: float = 0.2,
    keep: str = ...,
    metric: str = ...,
) -> Choice:
    """pbt: a population trains; the worst go on as copies of the best, a little changed.

        max_resource: the last step of a whole training; must be given (float from 0 to
            1e+15 steps; default 0)
        population: members that train side by side, on however few slots (int from 2 to
            10000 trials; default 8)
        interval: from one comparison to the next; 0: a tenth of the training (float
            from 0 to 1e+15 steps; default 0)
        exploit: whom a copy replaces: the worst, or who loses to another (one of
            truncation, tournament; default truncation)
        quantile: truncation: share that is replaced, and share that is copied (float
            from 0 to 0.5; default 0.25)
        resample: probability that a copy draws a parameter from its prior (float from 0
            to 1; default 0.25)
        perturb: share by which a copy's other numbers go up or down (float from 0 to
            0.99; default 0.2)
        keep: parameters that copies inherit as they are, such as layers: a,b (str)
        metric: what is compared alone; by default all objectives (str)

    Source: Jaderberg et al., Population Based Training of Neural Networks, 2017
    """

def percentile(
    *,
    percentile: float = 50,
    n_startup: int = 10,
    n_warmup: float = 0,
    grace: float = 0.1,
    interval: float = 0,
    n_min_trials: int = 1,
    metric: str = ...,
) -> Choice:
    """percentile: stops what is worse than a percentile of the completed trials.

        percentile: the share of trials that is good enough to go on (float from 0 to
            100 %; default 50)
        n_startup: complete trials before anything is stopped (int from 0 to 1e+09
            trials; default 10)
        n_warmup: no trial is stopped before this step (float from 0 to 1e+15 steps;
            default 0)
        grace: the share of the longest training that no trial is stopped in (float from
            0 to 1; default 0.1)
        interval: from one judgement to the next; 0: at every report (float from 0 to
            1e+15 steps; default 0)
        n_min_trials: trials that must have reported this very step (int from 1 to 1e+09
            trials; default 1)
        metric: what is compared; the objective if there is just one (str)

    Source: Golovin et al., Google Vizier: A Service for Black-Box Optimization, 2017
    """

def race(
    *,
    test: Literal["t", "wilcoxon", "mean"] = "t",
    p: float = 0.1,
    n_min: int = 1,
    bound: float = ...,
    metric: str = ...,
) -> Choice:
    """race: stops what is clearly worse than the best on the same folds or instances.

        test: what says that a trial is worse: a paired test, or the mean at 1, 2, 4, …
            parts (one of t, wilcoxon, mean; default t)
        p: level of the test at each look: the more, the sooner a trial is stopped
            (float from 0 to 0.5; default 0.1)
        n_min: parts in common with the best trial before a test stops anything (int
            from 1 to 1e+06 parts; default 1)
        bound: the best value that a part can have, as 0 for an error; infinite: none
            (float; default inf)
        metric: what is compared; the objective if there is just one (str)

    Source: Maron, Moore, The racing algorithm, 1997; Lindauer et al., SMAC3, 2022
    """

def threshold(
    *,
    lower: float = ...,
    upper: float = ...,
    n_warmup: float = 0,
    interval: float = 0,
    metric: str = ...,
) -> Choice:
    """threshold: stops what leaves given bounds, or is not a number.

        lower: a value below it stops the trial (float; default -inf)
        upper: a value above it stops the trial (float; default inf)
        n_warmup: no trial is stopped before this step (float from 0 to 1e+15 steps;
            default 0)
        interval: from one judgement to the next; 0: at every report (float from 0 to
            1e+15 steps; default 0)
        metric: what is watched, recorded metrics included; the objective if there is
            just one (str)
    """

def wilcoxon(
    *,
    test: Literal["t", "wilcoxon", "mean"] = "wilcoxon",
    p: float = 0.1,
    n_min: int = 2,
    bound: float = ...,
    metric: str = ...,
) -> Choice:
    """wilcoxon: stops what is clearly worse than the best on the same folds or instances.

        test: what says that a trial is worse: a paired test, or the mean at 1, 2, 4, …
            parts (one of t, wilcoxon, mean; default t)
        p: level of the test at each look: the more, the sooner a trial is stopped
            (float from 0 to 0.5; default 0.1)
        n_min: parts in common with the best trial before a test stops anything (int
            from 1 to 1e+06 parts; default 1)
        bound: the best value that a part can have, as 0 for an error; infinite: none
            (float; default inf)
        metric: what is compared; the objective if there is just one (str)

    Source: Maron, Moore, The racing algorithm, 1997; Lindauer et al., SMAC3, 2022
    """
