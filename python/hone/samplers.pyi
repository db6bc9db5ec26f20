"""The samplers as functions of their options.

Made by tools/make_python_stubs.py from the library's own tables.
"""

from typing import Literal

from hone._plugins import Choice

def auto() -> Choice:
    """auto: chooses for you: grid where 32 points are all there is; gp with some trust, tpe
    and cmaes, later trust and cmaes, or tpe.
    """

def cmaes(
    *,
    population: int = 0,
    sigma0: float = 0.1667,
    restarts: Literal["none", "ipop", "bipop"] = "bipop",
    variant: Literal["auto", "full", "sep"] = "auto",
    lr_adapt: bool = False,
    warm_start: int = -1,
) -> Choice:
    """cmaes: learns the shape of the landscape; long studies of numbers.

        population: results of a generation of the first run; 0: 4 + 3 ln(dimensions)
            (int from 0 to 1e+06 points; default 0)
        sigma0: first standard deviation, as a share of each range (float from 1e-06 to
            1; default 0.1667)
        restarts: after convergence: none, with twice the population, or by turns large
            and small (one of none, ipop, bipop; default bipop)
        variant: full covariance or its diagonal; auto: full up to 100 dimensions (one
            of auto, full, sep; default auto)
        lr_adapt: slower learning where results are noisy or rugged (bool; default
            false)
        warm_start: first trials to learn the start from; -1: those before this sampler
            was chosen, or of earlier studies (int from -1 to 2e+09 trials; default -1)

    Source: Hansen. The CMA evolution strategy: a tutorial. arXiv 1604.00772, 2016
    """

def de(
    *,
    population: int = 10,
    memory: int = 6,
) -> Choice:
    """de: differential evolution that adapts its rates; rugged landscapes.

        population: members; more search more globally and more slowly (int from 4 to
            100000 trials; default 10)
        memory: whose successful rates are remembered (int from 1 to 10000 generations;
            default 6)

    Source: Tanabe, Fukunaga. Success-history based parameter adaptation for differential
    evolution. CEC 2013
    """

def dehb(
    *,
    F: float = 0.5,
    CR: float = 0.5,
    population: int = 20,
) -> Choice:
    """dehb: differential evolution at each rung of hyperband; see scheduler dehb.

        F: length of a step, in differences between two parents (float from 0 to 2;
            default 0.5)
        CR: probability of each parameter to change (float from 0 to 1; default 0.5)
        population: members where the scheduler has no rungs; with rungs these say how
            many (int from 4 to 100000 trials; default 20)

    Source: Awad, Mallik, Hutter. DEHB: evolutionary hyperband for scalable, robust and
    efficient hyperparameter optimization. IJCAI 2021
    """

def gp(
    *,
    n_startup: int = 0,
    n_candidates: int = 512,
    n_starts: int = 6,
    max_points: int = 400,
    target: Literal["plain", "power", "rank", "log", "steep", "auto"] = "auto",
    trust_region: Literal["off", "on", "auto"] = "auto",
    deterministic: bool = False,
    warp: bool = False,
    cost: str = ...,
    cost_budget: float = 0,
) -> Choice:
    """gp: models the objective by a Gaussian process, and looks where it may gain.

        n_startup: evaluated trials before the model is used; 0: dimensions + 2, at most
            10 (int from 0 to 1e+06 trials; default 0)
        n_candidates: points judged for each suggestion before the best are refined (int
            from 2 to 100000 points; default 512)
        n_starts: points that are refined (int from 1 to 1000 points; default 6)
        max_points: most trials that are modelled: of more the best, the newest and
            others far apart (int from 10 to 5000 trials; default 400)
        target: how values are turned before they are modelled; auto: as predicts best
            (one of plain, power, rank, log, steep, auto; default auto)
        trust_region: look only in a box about the best trial that grows and shrinks;
            auto: past 20 numbers (one of off, on, auto; default auto)
        deterministic: the objective has no noise: none is looked for (bool; default
            false)
        warp: numbers are warped as the data ask, which helps where one end of a range
            matters more (bool; default false)
        cost: what trials cost: "duration", or a metric; improvement is then sought per
            unit of it (str)
        cost_budget: as it is used up, cost counts less; 0: as trials go by (float from
            0 to 1e+300 units of cost; default 0)

    Source: Jones, Schonlau, Welch. Efficient global optimization of expensive black-box
    functions. J. Global Optim. 13, 1998
    """

def grid(
    *,
    resolution: int = 10,
    order: Literal["sequential", "shuffled"] = "sequential",
) -> Choice:
    """grid: every combination once; continuous parameters at a resolution.

        resolution: points per continuous parameter (int from 1 to 1e+06 values; default
            10)
        order: in order, the last parameter fastest, or shuffled by the seed (one of
            sequential, shuffled; default sequential)
    """

def nsga2(
    *,
    population: int = 50,
    crossover: float = 0.9,
    mutation: float = 0,
) -> Choice:
    """nsga2: genetic algorithm for two or three objectives.

        population: results of a generation, and parents of the next (int from 2 to
            100000 trials; default 50)
        crossover: probability that a child has two parents (float from 0 to 1; default
            0.9)
        mutation: probability of each parameter to change; 0: 1 / number of parameters
            (float from 0 to 1; default 0)

    Source: Deb, Pratap, Agarwal, Meyarivan. A fast and elitist multiobjective genetic
    algorithm: NSGA-II. IEEE Trans. Evol. Comput. 2002
    """

def nsga3(
    *,
    population: int = 50,
    crossover: float = 0.9,
    mutation: float = 0,
    divisions: int = 0,
) -> Choice:
    """nsga3: genetic algorithm for many objectives.

        population: results of a generation, and parents of the next (int from 2 to
            100000 trials; default 50)
        crossover: probability that a child has two parents (float from 0 to 1; default
            0.9)
        mutation: probability of each parameter to change; 0: 1 / number of parameters
            (float from 0 to 1; default 0)
        divisions: parts of each axis between reference points; 0: as many points as the
            population has room for (int from 0 to 1000; default 0)

    Source: Deb, Jain. An evolutionary many-objective optimization algorithm using
    reference-point-based nondominated sorting approach. IEEE Trans. Evol. Comput. 2014
    """

def pb2(
    *,
    n_startup: int = 4,
    window: int = 150,
    curiosity: float = 0.25,
) -> Choice:
    """pb2: numbers of pbt's copies by a model that drifts; see scheduler pb2.

        n_startup: of members that must have been seen before the model has a say (int
            from 2 to 1e+06 intervals; default 4)
        window: of members, the newest, that the model learns from (int from 4 to 2000
            intervals; default 150)
        curiosity: weight of what is not known yet against what is expected; the paper
            has 1 (float from 0 to 10; default 0.25)

    Source: Parker-Holder, Nguyen, Roberts. Provably efficient online hyperparameter
    optimization with population-based bandits. NeurIPS 2020
    """

def qmc() -> Choice:
    """qmc: scrambled Sobol points: even coverage of the whole space.


    Source: Joe, Kuo. Constructing Sobol sequences with better two-dimensional projections.
    SIAM J. Sci. Comput. 2008
    """

def random() -> Choice:
    """random: independent draws from the priors.


    Source: Bergstra, Bengio. Random search for hyper-parameter optimization. JMLR 2012
    """

def regevo(
    *,
    population: int = 30,
    tournament: int = 15,
    crossover: float = 0.3,
) -> Choice:
    """regevo: evolution in which the oldest die; choices and architectures.

        population: results that live at a time (int from 2 to 1e+06 trials; default 30)
        tournament: members of which the best is the parent (int from 1 to 1e+06 trials;
            default 15)
        crossover: probability of a second parent (float from 0 to 1; default 0.3)

    Source: Real, Aggarwal, Huang, Le. Regularized evolution for image classifier
    architecture search. AAAI 2019
    """

def smac(
    *,
    n_startup: int = 0,
    n_trees: int = 50,
    min_leaf: int = 1,
    feature_share: float = 0.8,
    random_share: float = 0.05,
    n_random: int = 200,
    n_starts: int = 8,
) -> Choice:
    """smac: predicts by random forests and looks where most improvement is expected.

        n_startup: evaluated trials before results are used; 0: dimensions + 1, within 5
            to 20 (int from 0 to 1e+06 trials; default 0)
        n_trees: trees of a forest (int from 2 to 1000 trees; default 50)
        min_leaf: fewest trials in a leaf; more for a noisy objective (int from 1 to
            1000 trials; default 1)
        feature_share: share of the dimensions that is looked at for each split (float
            from 0.01 to 1; default 0.8)
        random_share: share of the suggestions that are draws from the prior (float from
            0 to 1; default 0.05)
        n_random: points from the prior that are scored for each suggestion (int from 1
            to 100000 points; default 200)
        n_starts: local searches for each suggestion (int from 1 to 1000 searches;
            default 8)

    Source: Hutter, Hoos, Leyton-Brown. Sequential model-based optimization for general
    algorithm configuration. LION 2011
    """

def tpe(
    *,
    n_startup: int = 10,
    n_candidates: int = 24,
    multivariate: bool = True,
    gamma: float = 0.15,
    max_good: int = 25,
    max_kernels: int = 2000,
    prior_weight: float = 1,
    good_weights: Literal["old-decay", "uniform", "improvement"] = "improvement",
    bad_weights: Literal["old-decay", "uniform"] = "old-decay",
    consider_endpoints: bool = False,
    magic_clip: bool = True,
    constant_liar: bool = True,
) -> Choice:
    """tpe: learns where good and bad trials lie, and looks where good ones prevail.

        n_startup: evaluated trials before results are used (int from 0 to 1e+06 trials;
            default 10)
        n_candidates: points drawn for each suggestion (int from 1 to 100000 points;
            default 24)
        multivariate: model all parameters together, not each by itself (bool; default
            true)
        gamma: share of the trials that are called good (float from 0.001 to 0.9;
            default 0.15)
        max_good: most trials that are called good (int from 1 to 10000 trials; default
            25)
        max_kernels: most bad trials that are modelled; beyond it a part stands for all
            (int from 10 to 1e+06 trials; default 2000)
        prior_weight: weight of the prior beside that of one trial (float from 0.001 to
            1000; default 1)
        good_weights: weights of good trials: less for old ones, equal, or by how much
            better they are (one of old-decay, uniform, improvement; default
            improvement)
        bad_weights: weights of bad trials: less for all but the newest 25, or equal
            (one of old-decay, uniform; default old-decay)
        consider_endpoints: the ends of a range widen the kernels next to them (bool;
            default false)
        magic_clip: no kernel narrower than its range / min(100, number of kernels + 1)
            (bool; default true)
        constant_liar: running trials count as bad, which keeps parallel ones apart
            (bool; default true)

    Source: Bergstra, Bardenet, Bengio, Kégl. Algorithms for hyper-parameter optimization.
    NeurIPS 2011
    """

def trust(
    *,
    radius: float = 0.15,
    least_radius: float = 1e-6,
) -> Choice:
    """trust: follows local models to the nearest optimum; few trials, smooth numbers.

        radius: first radius of the region, as a share of each range (float from 1e-06
            to 0.5; default 0.15)
        least_radius: the radius that counts as converged: the search begins elsewhere
            (float from 1e-12 to 0.5; default 1e-6)

    Source: Powell. The BOBYQA algorithm for bound constrained optimization without
    derivatives. 2009
    """
