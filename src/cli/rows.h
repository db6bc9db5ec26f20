// Rows of option tables that several verbs share. A macro gives what is the same everywhere; its
// arguments are what the verb adds, such as `.heading`, `.fallback` or `.no_environment`, and
// `.help` where the verbs mean different things (no field twice). An option of a single verb stays
// in that verb's own table.
#ifndef CLI_ROWS_H
#define CLI_ROWS_H

#include "cli.h"

// --- what is tuned ---

#define CLI_ROW_MINIMIZE(...)                                                                      \
    {                                                                                              \
        .name = "minimize", .kind = CLI_TEXT, .argument = "NAME", .repeatable = true,              \
        .help = "metric to make small", __VA_ARGS__                                                \
    }
#define CLI_ROW_MAXIMIZE(...)                                                                      \
    {                                                                                              \
        .name = "maximize", .kind = CLI_TEXT, .argument = "NAME", .repeatable = true,              \
        .help = "metric to make large; several objectives give the best compromises", __VA_ARGS__  \
    }
#define CLI_ROW_PARAM(...)                                                                         \
    {                                                                                              \
        .name = "param", .letter = 'p', .kind = CLI_TEXT, .argument = "NAME=SPEC",                 \
        .repeatable = true,                                                                        \
        .help = "a parameter: lr=log:1e-5..0.1, depth=int:2..10, opt=sgd,adam, "                   \
                "'momentum=0..0.99 if opt==sgd'",                                                  \
        __VA_ARGS__                                                                                \
    }
#define CLI_ROW_FORBID(...)                                                                        \
    {                                                                                              \
        .name = "forbid", .kind = CLI_TEXT, .argument = "EXPR", .repeatable = true,                \
        .help = "no trial where this holds: 'opt==sgd && lr>0.1'", __VA_ARGS__                     \
    }
#define CLI_ROW_REQUIRE(...)                                                                       \
    {                                                                                              \
        .name = "require", .kind = CLI_TEXT, .argument = "EXPR", .repeatable = true,               \
        .help = "only trials where this holds: 'a<=b'", __VA_ARGS__                                \
    }
#define CLI_ROW_CONSTRAINT(...)                                                                    \
    {                                                                                              \
        .name = "constraint", .kind = CLI_TEXT, .argument = "EXPR", .repeatable = true,            \
        .help = "a bound on a reported metric: 'latency<=20'", __VA_ARGS__                         \
    }
// .help
#define CLI_ROW_METRIC(...)                                                                        \
    {                                                                                              \
        .name = "metric", .kind = CLI_TEXT, .argument = "NAME", .repeatable = true, __VA_ARGS__    \
    }

// --- when it ends ---

// The total or how many more: plan_take_trials.
#define CLI_ROW_TRIALS(...)                                                                        \
    {                                                                                              \
        .name = "trials", .letter = 'n', .kind = CLI_INT, .argument = "N|+N", .low = 1,            \
        .high = 1e15, .help = "stop at N finished trials in all, or after N more", __VA_ARGS__     \
    }
#define CLI_ROW_TIME(...)                                                                          \
    {                                                                                              \
        .name = "time", .kind = CLI_DURATION, .argument = "TIME",                                  \
        .help = "stop after running so long (90s, 10m, 2h, 1h30m)", __VA_ARGS__                    \
    }
#define CLI_ROW_COST(...)                                                                          \
    {                                                                                              \
        .name = "cost", .kind = CLI_COST, .argument = "TIME|METRIC<=BOUND",                        \
        .help = "stop when all trials together have taken so long (40h), on however many jobs; "   \
                "or when a metric of theirs comes to a bound in all ('usd<=200')",                 \
        __VA_ARGS__                                                                                \
    }
#define CLI_ROW_TARGET(...)                                                                        \
    {                                                                                              \
        .name = "target", .kind = CLI_REAL, .argument = "VALUE",                                   \
        .help = "stop when the objective is at least this good", __VA_ARGS__                       \
    }
// .low, .help
#define CLI_ROW_PLATEAU(...)                                                                       \
    {                                                                                              \
        .name = "plateau", .kind = CLI_INT, .argument = "N", .high = 1e9, __VA_ARGS__              \
    }
#define CLI_HELP_PLATEAU "stop when N finished trials in a row have not improved the objective"
#define CLI_ROW_PLATEAU_DELTA(...)                                                                 \
    {                                                                                              \
        .name = "plateau-delta", .kind = CLI_REAL, .argument = "D", .low = 0, .high = 1e308,       \
        .help = "what counts as an improvement; 0: any", __VA_ARGS__                               \
    }
#define CLI_ROW_UNTIL_REGRET(...)                                                                  \
    {                                                                                              \
        .name = "until-regret", .kind = CLI_REAL, .argument = "D", .low = 0, .high = 1e308,        \
        .help =                                                                                    \
            "stop when a model says that the optimum is hardly better by more than D; 0: than "    \
            "chance sets equal trials apart",                                                      \
        __VA_ARGS__                                                                                \
    }
#define CLI_ROW_LIFT(...)                                                                          \
    {                                                                                              \
        .name = "lift", .kind = CLI_CHOICE, .argument = "RULE",                                    \
        .choices = "trials|time|cost|target|plateau|until-regret", .repeatable = true,             \
        .no_environment = true, .help = "end no more by this rule", __VA_ARGS__                    \
    }
#define CLI_ROW_FINAL(...)                                                                         \
    {                                                                                              \
        .name = "final", .kind = CLI_FLAG,                                                         \
        .help = "run the winner once more at the end, with HONE_PHASE=final", __VA_ARGS__          \
    }

// --- how it searches ---

#define CLI_ROW_SAMPLER(...)                                                                       \
    {                                                                                              \
        .name = "sampler", .kind = CLI_TEXT, .argument = "NAME", .help = "see `hone samplers`",    \
        __VA_ARGS__                                                                                \
    }
#define CLI_ROW_SAMPLER_OPTION(...)                                                                \
    {                                                                                              \
        .name = "sampler-option", .kind = CLI_TEXT, .argument = "NAME=VALUE", .repeatable = true,  \
        .help = "an option of the sampler", __VA_ARGS__                                            \
    }
#define CLI_ROW_SCHEDULER(...)                                                                     \
    {                                                                                              \
        .name = "scheduler", .kind = CLI_TEXT, .argument = "NAME",                                 \
        .help = "see `hone schedulers`", __VA_ARGS__                                               \
    }
#define CLI_ROW_SCHEDULER_OPTION(...)                                                              \
    {                                                                                              \
        .name = "scheduler-option", .kind = CLI_TEXT, .argument = "NAME=VALUE",                    \
        .repeatable = true, .help = "an option of the scheduler", __VA_ARGS__                      \
    }
#define CLI_ROW_FROM(...)                                                                          \
    {                                                                                              \
        .name = "from", .kind = CLI_TEXT, .argument = "STUDY[,STUDY…]", .repeatable = true,        \
        .no_environment = true,                                                                    \
        .help = "a new study starts from the trials of earlier ones, as far as they prove "        \
                "relevant: names in this storage, or STORAGE#NAME",                                \
        __VA_ARGS__                                                                                \
    }
// .help
#define CLI_ROW_SEED(...)                                                                          \
    {                                                                                              \
        .name = "seed", .kind = CLI_INT, .argument = "N", .low = 0, .high = 9e18, __VA_ARGS__      \
    }
#define CLI_HELP_STUDY_SEED                                                                        \
    "the same seed makes the same suggestions; a new one is taken and recorded when not given"
#define CLI_ROW_NOISY(...)                                                                         \
    {                                                                                              \
        .name = "noisy", .kind = CLI_FLAG,                                                         \
        .help = "equal trials are repeated, as their values differ", __VA_ARGS__                   \
    }

// --- which trials ---

#define CLI_ROW_TOP()                                                                              \
    {                                                                                              \
        .name = "top", .kind = CLI_INT, .argument = "N", .low = 1, .high = 1e15,                   \
        .no_environment = true, .help = "the N best, the best first"                               \
    }

// --- how it runs ---

// .help
#define CLI_ROW_JOBS(...)                                                                          \
    {                                                                                              \
        .name = "jobs", .letter = 'j', .kind = CLI_INT, .argument = "N", .low = 1, .high = 65536,  \
        __VA_ARGS__                                                                                \
    }
#define CLI_HELP_JOBS "how many trials run at once"
// The jobs of a verb that runs trials only with --now.
#define CLI_ROW_JOBS_NOW()                                                                         \
    CLI_ROW_JOBS(.help = "with --now: how many at once; as recorded when not given")
#define CLI_ROW_NOW(...)                                                                           \
    {                                                                                              \
        .name = "now", .kind = CLI_FLAG,                                                           \
        .help = "run here and at once, with the recorded command", __VA_ARGS__                     \
    }
#define CLI_ROW_TIMEOUT_TRIAL(...)                                                                 \
    {                                                                                              \
        .name = "timeout-trial", .kind = CLI_DURATION, .argument = "TIME",                         \
        .help = "end a trial (all of its folds and repeats) that takes longer", __VA_ARGS__        \
    }
#define CLI_ROW_MEM_TRIAL(...)                                                                     \
    {                                                                                              \
        .name = "mem-trial", .kind = CLI_SIZE, .argument = "SIZE", .low = 1 << 20,                 \
        .help = "end a trial whose processes take more memory together (500M, 4G); 0: no limit",   \
        __VA_ARGS__                                                                                \
    }
#define CLI_ROW_GPUS_PER_TRIAL(...)                                                                \
    {                                                                                              \
        .name = "gpus-per-trial", .kind = CLI_REAL, .argument = "N", .low = 0, .high = 1024,       \
        .help = "GPUs of its own for each trial, or a part of one (0.5: two trials share it)",     \
        __VA_ARGS__                                                                                \
    }
#define CLI_ROW_CPUS_PER_TRIAL(...)                                                                \
    {                                                                                              \
        .name = "cpus-per-trial", .kind = CLI_INT, .argument = "N", .low = 0, .high = 8192,        \
        .help = "CPUs of its own for each trial", __VA_ARGS__                                      \
    }
#define CLI_ROW_KEEP_CKPT(...)                                                                     \
    {                                                                                              \
        .name = "keep-ckpt", .kind = CLI_KEEP, .argument = "WHICH", .choices = "all|best|none",    \
        .help = "checkpoints of finished trials that stay: a number of the best, or one of",       \
        __VA_ARGS__                                                                                \
    }
#define CLI_ROW_CKPT_QUOTA(...)                                                                    \
    {                                                                                              \
        .name = "ckpt-quota", .kind = CLI_SIZE, .argument = "SIZE",                                \
        .help = "when all checkpoints take more (20G), those of the worst finished trials go; 0: " \
                "no limit",                                                                        \
        __VA_ARGS__                                                                                \
    }
#define CLI_ROW_GRACE(...)                                                                         \
    {                                                                                              \
        .name = "grace", .kind = CLI_DURATION, .argument = "TIME",                                 \
        .help = "between asking a trial to end and killing it", __VA_ARGS__                        \
    }
#define CLI_ROW_RETRIES(...)                                                                       \
    {                                                                                              \
        .name = "retries", .kind = CLI_INT, .argument = "N", .low = 0, .high = 1000,               \
        .help = "further attempts for a trial that failed", __VA_ARGS__                            \
    }
#define CLI_ROW_DIR(...)                                                                           \
    {                                                                                              \
        .name = "dir", .kind = CLI_TEXT, .argument = "DIR", .help = "where the trials' files go",  \
        __VA_ARGS__                                                                                \
    }

#endif
