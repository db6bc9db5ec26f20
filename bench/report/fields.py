"""What the report ranks: fields of samplers on suites, and the files that hold their runs."""
import dataclasses

CHEAP = ("optuna:tpe", "optuna:cmaes", "hyperopt:tpe", "nevergrad:ngopt", "pycma:cmaes")


def is_own(sampler):
    return sampler.startswith("hone:")


@dataclasses.dataclass(frozen=True)
class Part:
    """A file of results: who is in it, on what."""
    name: str
    suite: str
    samplers: tuple
    seeds: int
    trials: int = 100
    only: str = ""        # as of bench/suites/run
    problems: tuple = ()  # those that this leaves; () all

    def own(self):
        return [sampler for sampler in self.samplers if is_own(sampler)]


@dataclasses.dataclass(frozen=True)
class Field:
    title: str
    parts: tuple
    at: tuple = (25, 50, 100)
    is_drawn: bool = False
    least: float = 0.0  # as of bench/suites/rank
    family: str = ""    # this one alone

    def counts_after(self, trials):
        """Is it counted? Others have the problems of one that is."""
        return self.is_drawn or bool(self.family) and trials == self.at[-1]


def _suite(name, seeds, own=("hone:auto", "hone:random"), peers=CHEAP):
    return Field(name, (Part(name, name, own, seeds), Part(f"{name}-peers", name, peers, seeds)),
                 is_drawn=True)


def _long_problems():
    return tuple(f"bbob-f{function}-d{d}" for d in (2, 5, 10, 20) for function in range(1, 25))


CORE = _suite("core-report", 5, ("hone:auto", "hone:gp", "hone:tpe", "hone:random"))
BIOBJ = _suite("biobj-report", 2, ("hone:auto", "hone:nsga2", "hone:random"),
               ("optuna:tpe", "optuna:nsga2"))
OTHERS = Part("core-report-hone", "core-report",
              ("hone:smac", "hone:de", "hone:regevo", "hone:trust", "hone:cmaes"), 2)
DEAR = Part("core-report-gp-smac", "core-report", ("optuna:gp", "smac:forest"), 2)
FIXED = Part("core-report-fixed", "core-report", ("hone:qmc",), 5)
OTHERS_OF_TWO = Part("biobj-report-hone", "biobj-report", ("hone:nsga3", "hone:tpe"), 2)
HEBO = Part("core-report-hebo", "core-report", ("hebo:gp",), 1)
AX = Part("core-report-ax", "core-report", ("ax:gp",), 1)
CHOOSING = Part("core-report-autosampler", "core-report", ("optuna:auto",), 2)
LONG = Part("bbob-report-1000", "bbob-report", ("hone:auto", "pycma:bipop"), 2, 1000,
            "-d2,-d5,-d10", _long_problems())

FIELDS = (
    _suite("bbob-report", 2),
    _suite("mixint-report", 2),
    _suite("noisy-report", 2),
    _suite("conditional-report", 20),
    BIOBJ,
    _suite("models", 3),
    CORE,
    Field("core-report with GPSampler and SMAC3", (*CORE.parts, DEAR)),
    Field("core-report with HEBO, too", (*CORE.parts, DEAR, HEBO)),
    Field("core-report with Ax", (*CORE.parts, AX)),
    Field("core-report with AutoSampler", (*CORE.parts, CHOOSING)),
    Field("core-report, all of Hone's", (*CORE.parts, OTHERS, FIXED)),
    Field("biobj-report, all of Hone's", (*BIOBJ.parts, OTHERS_OF_TWO)),
    *(Field(f"bbob-report, 1,000 trials, {d} dimensions", (LONG,), (100, 1000), least=1e-8,
            family=f"bbob-d{d}") for d in (2, 5, 10, 20)),
)
