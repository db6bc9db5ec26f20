"""The report's table: mean ranks after each number of trials, with their intervals."""
import dataclasses
import statistics

import ranking
import results as files
import stats

FIRST = "hone:auto"


@dataclasses.dataclass
class Ranked:
    field: object
    machine: str
    versions: dict  # of each sampler
    n_problems: int
    seeds: str
    ranks: dict     # {trials: {label: (mean rank, low, high)}}
    regret: dict    # {trials: {label: mean}}
    friedman: dict  # {trials: p of samplers that are all alike}
    cpu_ms: dict

    def second(self, trials):
        """The best of those that are not Hone's."""
        peers = [label for label in self.ranks[trials] if not label.startswith("hone:")]
        return min(peers, key=lambda label: self.ranks[trials][label][0])

    def not_told_apart(self, trials):
        """Who is within the critical difference of the first, by rank."""
        apart = stats.critical_difference(len(self.versions), self.n_problems)
        mine = self.ranks[trials][FIRST][0]
        return [label for label, rank in sorted(self.ranks[trials].items(), key=lambda item: item[1])
                if label != FIRST and abs(rank[0] - mine) <= apart]

    def is_first(self, trials):
        return self.ranks[trials][FIRST][0] < self.ranks[trials][self.second(trials)][0]

    def leaves_out(self, trials):
        """Does the interval of the first not include the second's mean rank?"""
        return self.ranks[trials][FIRST][2] < self.ranks[trials][self.second(trials)][0]


def rank(field, folder):
    whole = files.load_all([folder / f"{part.name}.json" for part in field.parts])
    labels = [label for part in field.parts for label in part.samplers if label in whole.samplers]
    ranked = Ranked(field, whole.machine, {label: whole.samplers[label] for label in labels},
                    0, "", {}, {}, {}, {})
    for trials in field.at:
        table = ranking.table(whole, labels, trials, least=field.least)
        regret = {problem: rows for problem, rows in table.regret.items()
                  if field.family in ("", whole.problems[problem]["family"])}
        means = ranking.Table(labels, regret).means()
        intervals = ranking.rank_intervals(regret)
        ranked.ranks[trials] = {label: (mean, *interval) for label, mean, interval
                                in zip(labels, ranking.mean_ranks(means), intervals)}
        ranked.friedman[trials] = stats.friedman(means)
        ranked.regret[trials] = dict(zip(labels, map(statistics.fmean, zip(*means))))
    counts = sorted({len(rows) for rows in regret.values()})
    ranked.n_problems, ranked.seeds = len(regret), " to ".join(map(str, counts))
    ranked.cpu_ms = {label: statistics.fmean(run.cpu_ms for run in whole.runs.values()
                                             if run.label == label and run.problem in regret)
                     for label in labels}
    return ranked


def said(ranked):
    """One line to watch."""
    return f"{ranked.field.title}: " + ", ".join(
        f"{FIRST} {ranked.ranks[t][FIRST][0]:.2f} after {t:,}, {ranked.second(t)} "
        f"{ranked.ranks[t][ranked.second(t)][0]:.2f}" for t in ranked.field.at)


def _with_interval(rank):
    return "{:.2f} ({:.2f} to {:.2f})".format(*rank)


def _summary(all_ranked):
    lines = ["| suite | problems, seeds | trials | `auto` | the best peer | first | leaves it out |",
             "|---|---|---|---|---|---|---|"]
    for ranked in all_ranked:
        for k, trials in enumerate(ranked.field.at):
            second = ranked.second(trials)
            lines.append("| " + " | ".join([
                "" if k else ranked.field.title, "" if k else f"{ranked.n_problems}, {ranked.seeds}",
                f"{trials:,}", _with_interval(ranked.ranks[trials][FIRST]),
                f"`{second}` {_with_interval(ranked.ranks[trials][second])}",
                "yes" if ranked.is_first(trials) else "no",
                "yes" if ranked.leaves_out(trials) else "no"]) + " |")
    return lines


def _counts(all_ranked):
    """Per number of trials: of how many suites."""
    lines = []
    for trials in sorted({t for ranked in all_ranked for t in ranked.field.at}):
        having = [ranked for ranked in all_ranked
                  if trials in ranked.field.at and ranked.field.counts_after(trials)]
        first = sum(ranked.is_first(trials) for ranked in having)
        out = sum(ranked.leaves_out(trials) for ranked in having)
        lines.append(f"- After {trials:,} trials `auto` ranks before every peer on {first} of {len(having)} "
                     f"suites, and its interval leaves the best of them out on {out}.")
    return lines


def _tests(ranked):
    """Friedman's test, and whom Nemenyi's critical difference does not tell from the first."""
    apart = stats.critical_difference(len(ranked.versions), ranked.n_problems)
    alike = "; ".join(f"after {t:,} {', '.join(f'`{x}`' for x in ranked.not_told_apart(t)) or 'nobody'}"
                      for t in ranked.field.at)
    p = ", ".join(f"{ranked.friedman[t]:.1g}" for t in ranked.field.at)
    return [f"Friedman: p = {p}. Nemenyi: ranks more than {apart:.2f} apart differ; not told from `auto`: "
            f"{alike}.", ""]


def _everybody(ranked):
    at = ranked.field.at
    lines = [f"## {ranked.field.title}", "",
             "| | " + " | ".join(f"rank after {t:,}" for t in at) + " | "
             + " | ".join(f"regret {t:,}" for t in at) + " | CPU ms | version |",
             "|---" * (2 * len(at) + 3) + "|"]
    order = sorted(ranked.versions, key=lambda label: ranked.ranks[at[-1]][label][0])
    for label in order:
        ranks = " | ".join(_with_interval(ranked.ranks[t][label]) for t in at)
        regrets = " | ".join(f"{ranked.regret[t][label]:.3f}" for t in at)
        lines.append(f"| `{label}` | {ranks} | {regrets} | {ranked.cpu_ms[label]:.2g} | "
                     f"{ranked.versions[label]} |")
    return lines + [""] + _tests(ranked)


def page(all_ranked):
    lines = ["# The report", "",
             "Made by `make bench B=report` from the files beside it; [benchmarks](../../docs/benchmarks.md)",
             "says what it means. Mean ranks among the samplers of a suite, with the 95 % interval of a",
             "bootstrap of problems and of seeds; of two that found the same each has half the ranks.", "",
             *_summary(all_ranked), "",
             "Counted are the suites with the cheap peers, core-report among them, and after 1,000 trials the",
             "dimensions; the fields with dear peers have problems that are counted already.", "",
             *_counts(all_ranked), ""]
    for ranked in all_ranked:
        lines += _everybody(ranked)
    return "\n".join(lines)
