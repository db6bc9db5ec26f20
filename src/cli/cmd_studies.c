// hone studies: the studies of a storage; rename, delete, copy.
#include <stdlib.h>
#include <string.h>

#include "trial_view.h"

typedef struct entry {
    char *name;
    uint64_t n_events, n_bytes, created_us, changed_us;
    hone_study *study; // NULL when it could not be opened
} entry;

typedef struct entries {
    entry *data;
    size_t n;
} entries;

// --- the list ---

static hone_status add(void *user, const hone_study_info *info, hone_error *err)
{
    (void)err;
    entries *list = user;
    list->data = cli_realloc(list->data, (list->n + 1) * sizeof *list->data);
    list->data[list->n++] = (entry){cli_dup(info->name), info->n_events,   info->n_bytes,
                                    info->created_us,    info->changed_us, NULL};
    return HONE_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const entry *)a)->name, ((const entry *)b)->name);
}

static void free_entries(entries *list)
{
    for (size_t i = 0; i < list->n; i++) {
        hone_study_close(list->data[i].study);
        free(list->data[i].name);
    }
    free(list->data);
}

static int gather(const cli_args *cli, entries *list)
{
    hone_error err = HONE_ERROR_INIT;
    if (hone_studies_list(cli_storage(cli), add, list, &err) != HONE_OK)
        return cli_fail(cli, &err);
    if (list->n > 0)
        qsort(list->data, list->n, sizeof *list->data, by_name);
    return CLI_EXIT_OK;
}

// A study that cannot be read still has its row.
static void open_entry(const cli_args *cli, entry *e)
{
    hone_error err = HONE_ERROR_INIT;
    hone_study_options options = HONE_STUDY_OPTIONS_INIT;
    options.storage = cli_storage(cli);
    options.name = e->name;
    options.mode = HONE_OPEN_EXISTING;
    options.read_only = true;
    if (hone_study_open(&options, &e->study, &err) != HONE_OK)
        cli_note(cli, "study %s cannot be read: %s", e->name, err.text);
}

static hone_trial *best_of(hone_study *study)
{
    hone_error err = HONE_ERROR_INIT;
    hone_trial *trial = NULL;
    uint32_t number;
    if (study && hone_study_n_objectives(study) == 1 &&
        hone_study_best(study, &number, &err) == HONE_OK)
        hone_study_trial(study, number, &trial, &err);
    return trial;
}

static json_t *entry_json(const entry *e)
{
    json_t *o = json_object();
    hone_trial *best = best_of(e->study);
    json_object_set_new(o, "name", json_string(e->name));
    json_object_set_new(o, "n_trials",
                        e->study ? json_integer(hone_study_n_trials(e->study)) : json_null());
    json_object_set_new(o, "n_finished",
                        e->study ? json_integer(hone_study_n_finished(e->study)) : json_null());
    json_object_set_new(o, "best", best ? trial_json(e->study, best) : json_null());
    json_object_set_new(o, "attrs", study_attrs_json(e->study));
    json_object_set_new(o, "n_events", json_integer((json_int_t)e->n_events));
    json_object_set_new(o, "n_bytes", json_integer((json_int_t)e->n_bytes));
    json_object_set_new(o, "created", iso_time_json(e->created_us));
    json_object_set_new(o, "changed", iso_time_json(e->changed_us));
    hone_trial_destroy(best);
    return o;
}

static char *best_text(const entry *e)
{
    if (e->study && hone_study_n_objectives(e->study) > 1)
        return cli_format("%u objectives", (unsigned)hone_study_n_objectives(e->study));
    hone_trial *best = best_of(e->study);
    char *text = best ? trial_values_line(e->study, best) : cli_dup("-");
    hone_trial_destroy(best);
    return text;
}

static void add_row(cli_table *table, const entry *e)
{
    char text[CLI_SHORT];
    char *trials =
        e->study ? cli_format("%u", (unsigned)hone_study_n_trials(e->study)) : cli_dup("-");
    char *best = best_text(e);
    cli_table_cell(table, e->name);
    cli_table_cell(table, trials);
    cli_table_cell(table, best);
    cli_table_cell(table, cli_bytes((double)e->n_bytes, text));
    cli_table_cell(table, e->created_us ? cli_date(e->created_us, text) : "-");
    cli_table_cell(table, e->changed_us ? cli_ago(e->changed_us, text) : "-");
    free(trials);
    free(best);
}

static int list(const cli_args *cli)
{
    static const char *const titles[] = {"study",   "trials",        "best", "size",
                                         "created", "last activity", NULL};
    entries all = {NULL, 0};
    int code = gather(cli, &all);
    bool json = cli_flag(cli, "json");
    cli_table *table = json || all.n == 0 ? NULL : cli_table_create("lrlrll", titles);
    for (size_t i = 0; i < all.n; i++) {
        open_entry(cli, &all.data[i]);
        if (json)
            cli_json(entry_json(&all.data[i]), 0);
        else
            add_row(table, &all.data[i]);
        hone_study_close(all.data[i].study);
        all.data[i].study = NULL;
    }
    if (table)
        cli_table_print(cli, table);
    else if (code == CLI_EXIT_OK && !json)
        cli_note(cli, "%s holds no study: `hone run` begins one", cli_storage(cli));
    free_entries(&all);
    return code;
}

// --- changing ---

static int rename_study(const cli_args *cli)
{
    hone_error err = HONE_ERROR_INIT;
    const char *from = cli_arg(cli, 1), *to = cli_arg(cli, 2);
    if (hone_studies_rename(cli_storage(cli), from, to, &err) != HONE_OK)
        return cli_fail(cli, &err);
    cli_note(cli, "study %s is called %s now", from, to);
    return CLI_EXIT_OK;
}

static int copy_study(const cli_args *cli)
{
    hone_error err = HONE_ERROR_INIT;
    const char *from = cli_arg(cli, 1), *name = cli_arg(cli, 2), *to = cli_text(cli, "to");
    char *target = to ? cli_storage_url(to) : NULL;
    hone_status status = hone_studies_copy(cli_storage(cli), from, target, name, &err);
    if (status == HONE_OK)
        cli_note(cli, "study %s has been copied to %s%s%s", from, name, target ? " in " : "",
                 target ? target : "");
    free(target);
    return status == HONE_OK ? CLI_EXIT_OK : cli_fail(cli, &err);
}

// Asks on the terminal; elsewhere --yes is needed.
static int confirm(const cli_args *cli, const char *name)
{
    hone_study *study = NULL;
    int code = cli_open_named(cli, name, true, &study);
    if (code != CLI_EXIT_OK)
        return code;
    uint32_t n = hone_study_n_trials(study), running = hone_study_count(study, HONE_STATE_RUNNING);
    hone_study_close(study);
    if (!cli_is_terminal(stdin))
        return cli_usage(cli, "deleting study %s with its %u trial%s cannot be undone; say --yes",
                         name, (unsigned)n, n == 1 ? "" : "s");
    fprintf(stderr, "Delete study %s with its %u trial%s", name, (unsigned)n, n == 1 ? "" : "s");
    if (running > 0)
        fprintf(stderr, ", of which %u run%s now", (unsigned)running, running == 1 ? "s" : "");
    fprintf(stderr, "? This cannot be undone [y/N] ");
    char answer[16] = "";
    bool yes = fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y');
    return yes ? CLI_EXIT_OK : cli_error(cli, "nothing was deleted");
}

static int delete_study(const cli_args *cli)
{
    hone_error err = HONE_ERROR_INIT;
    const char *name = cli_arg(cli, 1);
    int code = cli_flag(cli, "yes") ? CLI_EXIT_OK : confirm(cli, name);
    if (code != CLI_EXIT_OK)
        return code;
    if (hone_studies_delete(cli_storage(cli), name, &err) != HONE_OK)
        return cli_fail(cli, &err);
    cli_note(cli, "study %s is deleted; the files of its trials are left alone", name);
    return CLI_EXIT_OK;
}

// --- the verb ---

static const struct {
    const char *name;
    int n_args; // with the action itself
    const char *usage;
    int (*run)(const cli_args *cli);
} actions[] = {
    {"list", 1, "hone studies list", list},
    {"rename", 3, "hone studies rename NAME NEW-NAME", rename_study},
    {"delete", 2, "hone studies delete NAME", delete_study},
    {"copy", 3, "hone studies copy NAME NEW-NAME", copy_study},
};
enum { N_ACTIONS = sizeof actions / sizeof *actions };

static int run(cli_args *cli)
{
    const char *action = cli_arg(cli, 0) ? cli_arg(cli, 0) : "list";
    const char *names[N_ACTIONS];
    for (size_t i = 0; i < N_ACTIONS; i++) {
        names[i] = actions[i].name;
        if (strcmp(action, actions[i].name) != 0)
            continue;
        if (cli_n_args(cli) > 0 && cli_n_args(cli) != actions[i].n_args)
            return cli_usage(cli, "%s takes %d name%s: %s", action, actions[i].n_args - 1,
                             actions[i].n_args == 2 ? "" : "s", actions[i].usage);
        if (cli_has(cli, "to") && actions[i].run != copy_study)
            return cli_usage_option(cli, "to", "--to goes with copy only");
        return actions[i].run(cli);
    }
    const char *nearest = cli_nearest(action, names, N_ACTIONS);
    return cli_usage_arg(cli, 0, "'%s' is not one of list, rename, delete, copy%s%s%s", action,
                         nearest ? "; did you mean " : "", nearest ? nearest : "",
                         nearest ? "?" : "");
}

static const cli_option options[] = {
    {.name = "to",
     .kind = CLI_TEXT,
     .argument = "URL",
     .no_environment = true,
     .help = "copy into another storage"},
    {.name = "yes",
     .letter = 'y',
     .kind = CLI_FLAG,
     .no_environment = true,
     .help = "delete without asking"},
    {.name = NULL},
};

const cli_verb cli_verb_studies = {
    .name = "studies",
    .group = CLI_GROUP_KEEP,
    .rank = 10,
    .summary = "List, rename, delete or copy the studies of a storage",
    .usage = "[list]\nrename NAME NEW-NAME\ndelete NAME [--yes]\ncopy NAME NEW-NAME [--to URL]",
    .examples =
        "hone studies\n    what is in hone.db\n"
        "hone studies copy default before --to sqlite:archive.db\n    keep a copy elsewhere",
    .options = options,
    .common = CLI_WITH_STORAGE | CLI_WITH_JSON | CLI_WITH_QUIET,
    .max_args = 3,
    .run = run,
};
