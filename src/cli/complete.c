// What may come next in a command line of Hone, for completion in a shell: from the tables of the
// verbs, the registry of plug-ins, and the study that the line is about.
#include "complete.h"

#include <stdlib.h>
#include <string.h>

typedef struct completing {
    const char *const *words; // "hone", its verb, …
    uint32_t n;               // the last one is being typed
    const char *current;      // as far as it goes
    const char *prefix;       // stands before each candidate: "--sampler=" or ""
    const cli_verb *verb;
} completing;

enum { N_TRIALS = 100 }; // the newest: more would not be read

static void offer(const completing *c, const char *text, const char *about)
{
    if (strncmp(text, c->current, strlen(c->current)) == 0)
        printf("%s%s\t%s\n", c->prefix, text, about ? about : "");
}

// --- the study that it is about ---

static const char *option_in_line(const completing *c, const char *name)
{
    size_t n = strlen(name);
    for (uint32_t i = 2; i + 1 < c->n; i++) {
        const char *word = c->words[i];
        if (strncmp(word, "--", 2) != 0 || strncmp(word + 2, name, n) != 0)
            continue;
        if (word[n + 2] == '=')
            return word + n + 3;
        if (!word[n + 2] && i + 2 < c->n)
            return strcmp(c->words[i + 1], "=") == 0 && i + 3 < c->n ? c->words[i + 2]
                                                                     : c->words[i + 1];
    }
    return NULL;
}

static char *storage_of(const completing *c)
{
    const char *text = option_in_line(c, "storage");
    if (!text || !*text)
        text = getenv("HONE_STORAGE");
    return cli_storage_url(text && *text ? text : "hone.db");
}

// NULL when there is none: completion is silent about it.
static hone_study *open_study(const completing *c)
{
    hone_study *study = NULL;
    char *storage = storage_of(c);
    hone_study_options options = HONE_STUDY_OPTIONS_INIT;
    const char *name = option_in_line(c, "study");
    options.storage = storage;
    options.name = name && *name ? name : getenv("HONE_STUDY");
    options.mode = HONE_OPEN_EXISTING;
    options.read_only = true;
    if (strncmp(storage, "memory:", 7) != 0)
        (void)hone_study_open(&options, &study, NULL);
    free(storage);
    return study;
}

static hone_status offer_study(void *user, const hone_study_info *info, hone_error *err)
{
    (void)err;
    offer(user, info->name, "study");
    return HONE_OK;
}

static void offer_studies(completing *c)
{
    char *storage = storage_of(c);
    if (strncmp(storage, "memory:", 7) != 0)
        (void)hone_studies_list(storage, offer_study, c, NULL);
    free(storage);
}

// `hone kill` ends what has not ended, everything else may be about any trial.
static bool fits(const completing *c, const hone_trial *trial)
{
    bool ended = hone_state_is_finished(hone_trial_status(trial)) || hone_trial_excluded(trial);
    return strcmp(c->verb->name, "kill") != 0 || !ended;
}

static void offer_trials(const completing *c)
{
    hone_study *study = open_study(c);
    uint32_t n = study ? hone_study_n_trials(study) : 0, n_offered = 0;
    for (uint32_t i = n; i-- > 0 && n_offered < N_TRIALS;) {
        hone_trial *trial = NULL;
        char text[CLI_SHORT], value[CLI_SHORT];
        snprintf(text, sizeof text, "%u", (unsigned)i);
        if (strncmp(text, c->current, strlen(c->current)) != 0 ||
            hone_study_trial(study, i, &trial, NULL) != HONE_OK)
            continue;
        char *about = cli_format("%s %s", hone_state_name(hone_trial_status(trial)),
                                 cli_number(hone_trial_value(trial, 0), value));
        if (fits(c, trial)) {
            offer(c, text, about);
            n_offered++;
        }
        free(about);
        hone_trial_destroy(trial);
    }
    hone_study_close(study);
}

static void offer_params(const completing *c, const char *end)
{
    hone_study *study = open_study(c);
    const hone_space *space = study ? hone_study_space(study) : NULL;
    for (uint32_t i = 0; space && i < hone_space_n_params(space); i++) {
        char *text = cli_format("%s%s", hone_space_name(space, i), end);
        offer(c, text, "parameter");
        free(text);
    }
    hone_study_close(study);
}

static void offer_metrics(const completing *c)
{
    hone_study *study = open_study(c);
    uint32_t n = study ? hone_study_n_metrics(study) : 0;
    for (uint32_t i = 0; i < n; i++)
        offer(c, hone_study_metric(study, i).name,
              i < hone_study_n_objectives(study) ? "objective" : "metric");
    hone_study_close(study);
}

// --- names ---

static void offer_plugins(const completing *c, hn_plugin_kind kind)
{
    const hn_plugin *plugin;
    const hone_preset *preset;
    for (uint32_t i = 0; (plugin = hone_plugin_at(kind, i)); i++)
        offer(c, plugin->name, plugin->summary);
    for (uint32_t i = 0; kind == HN_KIND_SCHEDULER && (preset = hone_preset_at(i)); i++)
        offer(c, preset->name, preset->summary);
}

// NAME= of the options that the sampler or scheduler takes which the line names, or the study has.
static void offer_plugin_options(const completing *c, const char *of, hn_plugin_kind kind)
{
    const hn_plugin *plugin = NULL;
    const char *name = option_in_line(c, of);
    hone_study *study = name ? NULL : open_study(c);
    if (!name && study)
        name = kind == HN_KIND_SAMPLER ? hone_study_sampler(study) : hone_study_scheduler(study);
    hone_status status = hone_plugin_find(kind, name ? name : "auto", &plugin, NULL);
    hone_study_close(study);
    if (status != HONE_OK)
        return;
    for (const hn_option *row = plugin->options; row && row->name; row++) {
        char *text = cli_format("%s=", row->name);
        offer(c, text, row->help);
        free(text);
    }
}

static void offer_words(const completing *c, const char *list, char separator)
{
    while (*list) {
        const char *end = strchr(list, separator);
        size_t n = end ? (size_t)(end - list) : strlen(list);
        char *word = cli_format("%.*s", (int)n, list);
        offer(c, word, "");
        free(word);
        list += n + (end != NULL);
    }
}

static void offer_verbs(const completing *c)
{
    for (int i = 0; cli_verbs[i]; i++)
        offer(c, cli_verbs[i]->name, cli_verbs[i]->summary);
}

// --- options ---

static const cli_option *find_option(const completing *c, const char *name, size_t n)
{
    for (const cli_option *row = c->verb->options; row && row->name; row++)
        if (strlen(row->name) == n && strncmp(row->name, name, n) == 0)
            return row;
    for (const cli_option *row = cli_common_options; row->name; row++)
        if (cli_common_applies(c->verb, row) && strlen(row->name) == n &&
            strncmp(row->name, name, n) == 0)
            return row;
    return NULL;
}

// The option that `word` is, if it is a whole one: --sampler, -n.
static const cli_option *option_of(const completing *c, const char *word)
{
    if (strncmp(word, "--", 2) == 0)
        return find_option(c, word + 2, strcspn(word + 2, "="));
    for (const cli_option *row = c->verb->options; row && row->name; row++)
        if (row->letter && word[0] == '-' && word[1] == row->letter && !word[2])
            return row;
    return NULL;
}

static void offer_options(const completing *c)
{
    for (int common = 0; common < 2; common++)
        for (const cli_option *row = common ? cli_common_options : c->verb->options;
             row && row->name; row++) {
            char *text = cli_format("--%s", row->name);
            if (!common || cli_common_applies(c->verb, row))
                offer(c, text, row->help);
            free(text);
        }
}

static void offer_values(completing *c, const cli_option *row)
{
    const char *argument = row->argument ? row->argument : "";
    if (row->kind == CLI_CHOICE)
        offer_words(c, row->choices, '|');
    else if (strcmp(row->name, "sampler") == 0)
        offer_plugins(c, HN_KIND_SAMPLER);
    else if (strcmp(row->name, "scheduler") == 0)
        offer_plugins(c, HN_KIND_SCHEDULER);
    else if (strcmp(row->name, "sampler-option") == 0)
        offer_plugin_options(c, "sampler", HN_KIND_SAMPLER);
    else if (strcmp(row->name, "scheduler-option") == 0)
        offer_plugin_options(c, "scheduler", HN_KIND_SCHEDULER);
    else if (strcmp(row->name, "study") == 0)
        offer_studies(c);
    else if (strcmp(row->name, "trial") == 0)
        offer_trials(c);
    else if (strcmp(row->name, "drop") == 0)
        offer_params(c, "");
    else if (strcmp(row->name, "objective") == 0)
        offer_metrics(c);
    else if (strstr("FILE DIR URL PATH FILE[:KEY]", argument) && *argument)
        puts(":files");
}

// --- what stands by itself ---

// A verb's usage says what it takes: "TRIAL...", "[study]", "name=value...", "[verb]", "FILE".
static void offer_positional(completing *c)
{
    static const char actions[] = "list rename delete copy";
    const char *usage = c->verb->usage, *name = c->verb->name;
    if (strcmp(name, "studies") == 0 && c->n == 3)
        offer_words(c, actions, ' ');
    else if (strcmp(name, "studies") == 0 || strncmp(usage, "[study]", 7) == 0)
        offer_studies(c);
    else if (strcmp(name, "samplers") == 0)
        offer_plugins(c, HN_KIND_SAMPLER);
    else if (strcmp(name, "schedulers") == 0)
        offer_plugins(c, HN_KIND_SCHEDULER);
    else if (strcmp(name, "completion") == 0)
        offer_words(c, "bash zsh fish", ' ');
    else if (strncmp(usage, "[verb]", 6) == 0)
        offer_verbs(c);
    else if (strncmp(usage, "name=value", 10) == 0)
        offer_params(c, "=");
    else if (strstr(usage, "TRIAL"))
        offer_trials(c);
    else if (strstr(usage, "FILE") || strstr(usage, ".yaml"))
        puts(":files");
}

static bool is_command(const completing *c)
{
    for (uint32_t i = 2; i + 1 < c->n; i++)
        if (strcmp(c->words[i], "--") == 0)
            return true;
    return false;
}

static void complete_verb(completing *c)
{
    char *prefix = NULL;
    const char *before = c->words[c->n - 2], *equals = strchr(c->current, '=');
    const cli_option *row = c->n > 3 && !strchr(before, '=') ? option_of(c, before) : NULL;
    // Bash makes words of their own of the signs in --sampler=tpe.
    bool parted = c->n > 4 && strcmp(before, "=") == 0;
    if (parted)
        row = option_of(c, c->words[c->n - 3]);
    if (strcmp(c->current, "=") == 0 && row)
        c->current = "";
    if (row && row->kind != CLI_FLAG) {
        offer_values(c, row);
    } else if (strncmp(c->current, "--", 2) == 0 && equals && (row = option_of(c, c->current))) {
        c->prefix = prefix = cli_format("%.*s", (int)(equals + 1 - c->current), c->current);
        c->current = equals + 1;
        offer_values(c, row);
    } else if (c->current[0] == '-') {
        offer_options(c);
    } else {
        offer_positional(c);
    }
    free(prefix);
}

void complete(const char *const *words, uint32_t n)
{
    completing c = {.words = words, .n = n, .current = n ? words[n - 1] : "", .prefix = ""};
    if (n == 2) {
        offer_verbs(&c);
        offer_words(&c, "--help --version", ' ');
        return;
    }
    c.verb = n > 2 ? cli_verb_find(words[1]) : NULL;
    if (!c.verb)
        return;
    if (is_command(&c))
        puts(":command");
    else
        complete_verb(&c);
}
