// Opening, changing, naming and copying studies; settings; snapshots; options of plug-ins.
#include "core/snapshot.h"
#include "core/study_internal.h"
#include "unit/core/study_rig.h"

static void modes_of_opening(void **state)
{
    (void)state;
    folder f = folder_new();
    hone_space *space = SPACE("x=0..1");
    hone_study_options options = options_of(f.url, space);
    hone_study *study = NULL;
    options.mode = HONE_OPEN_EXISTING;
    FAILS(hone_study_open(&options, &study, &err), HONE_ENOTFOUND, NULL);
    assert_null(study);
    options.mode = HONE_CREATE_NEW;
    hone_study_close(study_open(&options));
    FAILS(hone_study_open(&options, &study, &err), HONE_EEXISTS,
          "there is a study \"default\" already");
    options.name = "a b";
    FAILS(hone_study_open(&options, &study, &err), HONE_EINVAL,
          "\"a b\" is no name for a study: letters, digits and . _ - + @ are right (at most 128)");
    options.name = "second";
    hone_study_close(study_open(&options));
    hone_study_options any = HONE_STUDY_OPTIONS_INIT;
    any.storage = f.url;
    any.mode = HONE_OPEN_EXISTING;
    study = study_open(&any); // there is one called default
    assert_string_equal(hone_study_name(study), "default");
    assert_int_equal(hone_study_seed(study), 7);
    hone_study_close(study);
    hone_space_destroy(space);
    folder_free(&f);
}

// What could not work is refused before there is a study, or a change to one.
static void a_wrong_plugin_leaves_no_trace(void **state)
{
    (void)state;
    folder f = folder_new();
    hone_space *space = SPACE("x=0..1");
    hone_study_options options = options_of(f.url, space);
    hone_study *study = NULL;
    options.mode = HONE_CREATE_NEW;
    options.sampler = "randon";
    hone_error err0 = HONE_ERROR_INIT;
    assert_int_equal(hone_study_open(&options, &study, &err0), HONE_ENOTFOUND);
    assert_non_null(strstr(err0.text, "there is no sampler \"randon\", did you mean \"random\""));
    options.sampler = "grid";
    options.sampler_options = "{\"resolutoin\":3}";
    FAILS(hone_study_open(&options, &study, &err), HONE_EINVAL,
          "grid has no option \"resolutoin\": did you mean \"resolution\"?");
    options.sampler_options = "{\"resolution\":3}";
    hone_study_close(study_open(&options)); // nothing was left in the way
    options.mode = HONE_OPEN_OR_CREATE;
    options.sampler_options = "{\"resolution\":0}";
    FAILS(hone_study_open(&options, &study, &err), HONE_EINVAL,
          "option \"resolution\" of grid is 0: it must lie in 1..1000000");
    study = study_again(f.url);
    assert_string_equal(hone_study_get(study, "sampler"),
                        "{\"name\":\"grid\",\"options\":{\"resolution\":3},"
                        "\"defaults\":{\"resolution\":10,\"order\":\"sequential\"}}");
    hone_study_close(study);
    // Options alone are for the sampler that the study has.
    options.sampler = NULL;
    options.sampler_options = "{\"resolution\":4}";
    study = study_open(&options);
    assert_string_equal(hone_study_sampler(study), "grid");
    hone_study_close(study);
    // A changed space that the sampler cannot take is not taken over.
    hone_space *large = SPACE("a=0..1", "b=0..1", "c=0..1", "x=0..1");
    options.space = large;
    options.accept_changes = true;
    options.sampler_options = "{\"resolution\":1000000}";
    FAILS(hone_study_open(&options, &study, &err), HONE_EUNSUPPORTED, NULL);
    study = study_again(f.url);
    assert_int_equal(hone_study_space_version(study), 1);
    hone_study_close(study);
    hone_space_destroy(large);
    hone_space_destroy(space);
    folder_free(&f);
}

static void option_tables_say_what_is_right(void **state)
{
    (void)state;
    static const struct {
        const char *json, *sentence;
    } cases[] = {
        {"{\"order\":\"shufled\"}", "option \"order\" of grid is \"shufled\": it must be one of "
                                    "sequential|shuffled (did you mean shuffled?)"},
        {"{\"order\":3}", "option \"order\" of grid is 3: it must be one of sequential|shuffled"},
        {"{\"resolution\":2.5}",
         "option \"resolution\" of grid is 2.5: it must be a whole number from 1 to 1000000"},
        {"{\"resolution\":\"3\"}",
         "option \"resolution\" of grid is \"3\": it must be a whole number from 1 to 1000000"},
        {"{\"resolution\":1e9}",
         "option \"resolution\" of grid is 1000000000: it must lie in 1..1000000"},
        {"[]", "the options of grid must be a JSON object"},
        {"{\"zzz\":1}", "grid has no option \"zzz\": it has resolution order"},
    };
    const hn_plugin *plugin = NULL;
    OK(hone_plugin_find(HN_KIND_SAMPLER, "grid", &plugin, &err));
    OK(hone_plugin_check_options(plugin, NULL, &err));
    OK(hone_plugin_check_options(plugin, "{\"resolution\":7,\"order\":\"shuffled\"}", &err));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        FAILS(hone_plugin_check_options(plugin, cases[i].json, &err), HONE_EINVAL,
              cases[i].sentence);
    OK(hone_plugin_find(HN_KIND_SAMPLER, "sobol", &plugin, &err));
    assert_string_equal(plugin->name, "qmc");
    FAILS(hone_plugin_check_options(plugin, "{\"a\":1}", &err), HONE_EINVAL,
          "qmc takes no options: \"a\" is unknown");
}

static void a_changed_space_is_told_or_taken_over(void **state)
{
    (void)state;
    folder f = folder_new();
    hone_space *space = SPACE("x=0..1", "opt=sgd,adam");
    hone_study_options options = options_of(f.url, space);
    hone_study *study = study_open(&options);
    OK(hone_study_enqueue(study, "{\"x\":0.75}", HONE_PURPOSE_SEARCH, -1, NULL, &err));
    for (int i = 0; i < 6; i++) {
        hone_trial *trial = ask(study);
        tell(study, trial, i);
    }
    OK(hone_study_enqueue(study, "{\"x\":0.875}", HONE_PURPOSE_SEARCH, -1, NULL, &err));
    hone_study_close(study);
    hone_space *other = SPACE("x=0..0.8", "opt=rmsprop,sgd,adam", "n=int:1..9 = 4");
    options.space = other;
    hone_error why = HONE_ERROR_INIT;
    assert_int_equal(hone_study_open(&options, &study, &why), HONE_ESTATE);
    assert_non_null(strstr(why.text, "- x 0..1"));
    assert_non_null(strstr(why.text, "+ x 0..0.8"));
    assert_non_null(strstr(why.text, "+ n int:1..9 = 4"));
    options.accept_changes = true;
    study = study_open(&options);
    assert_int_equal(hone_study_space_version(study), 2);
    // Old trials seen in the new space: by name of the choice, with the default of what is new.
    hn_view view = hn_view_of(&study->fold, hone_study_n_trials(study));
    hn_arena arena = HN_ARENA_INIT;
    hn_config config = hn_config_new(&arena, hone_study_space(study));
    for (uint32_t i = 0; i < 6; i++) {
        hone_trial *trial = look(study, i);
        assert_int_equal(hone_trial_space_version(trial), 1);
        double x = hone_trial_float(trial, "x");
        assert_int_equal(hn_view_config(&view, i, config), x <= 0.8);
        if (x <= 0.8) {
            const hn_param *opt = hn_space_find(view.problem->space, "opt");
            int64_t choice = config.slots[opt->slot].i;
            assert_string_equal(opt->choices[choice].text, hone_trial_text(trial, "opt"));
            assert_int_equal(config.slots[hn_space_find(view.problem->space, "n")->slot].i, 4);
            assert_number(config.slots[hn_space_find(view.problem->space, "x")->slot].f, x);
        }
        hone_trial_destroy(trial);
    }
    hn_arena_free(&arena);
    // A queued trial that no longer fits is run in the version for which it was queued.
    hone_trial *trial = ask(study);
    assert_int_equal(hone_trial_number(trial), 6);
    assert_int_equal(hone_trial_space_version(trial), 1);
    assert_number(hone_trial_float(trial, "x"), 0.875);
    tell(study, trial, 1);
    trial = ask(study);
    assert_int_equal(hone_trial_number(trial), 7);
    assert_int_equal(hone_trial_space_version(trial), 2);
    tell(study, trial, 1);
    hone_study_close(study);
    hone_space_destroy(space);
    hone_space_destroy(other);
    folder_free(&f);
}

static void other_objectives_are_refused(void **state)
{
    (void)state;
    folder f = folder_new();
    hone_space *space = SPACE("x=0..1");
    hone_study_options options = options_of(f.url, space);
    hone_study *study = study_open(&options);
    hone_study_close(study);
    options.metrics = (const hone_metric[]){{"acc", HONE_MAXIMIZE}};
    options.n_metrics = 1;
    hone_error why = HONE_ERROR_INIT;
    assert_int_equal(hone_study_open(&options, &study, &why), HONE_ESTATE);
    assert_non_null(strstr(why.text, "has other objectives or constraints"));
    options.n_metrics = 0;
    options.lag = 2;
    FAILS(hone_study_open(&options, &study, &err), HONE_ESTATE, NULL);
    hone_space_destroy(space);
    folder_free(&f);
}

static hone_study *open_for(const char *url, const hone_space *space, const char *metric,
                            hone_goal goal, bool accept)
{
    hone_study_options options = options_of(url, space);
    hone_metric metrics[] = {{metric, goal}};
    options.metrics = metrics;
    options.sampler = "grid"; // each point once
    options.n_metrics = 1;
    options.accept_changes = accept;
    return study_open(&options);
}

static uint32_t best_number(hone_study *study)
{
    uint32_t number = UINT32_MAX;
    return hone_study_best(study, &number, NULL) == HONE_OK ? number : UINT32_MAX;
}

// Values keep their metric's name; a direction only reads them differently, and what nobody has
// told yet is missing.
static void accepted_objectives_keep_the_values(void **state)
{
    (void)state;
    folder f = folder_new();
    hone_space *space = SPACE("a=int:1..3");
    hone_study *study = open_for(f.url, space, "loss", HONE_MINIMIZE, false);
    for (int i = 0; i < 3; i++) {
        hone_trial *trial = ask(study);
        OK(hone_trial_report(trial, 1, i + 0.5, &err));
        tell(study, trial, i);
    }
    assert_int_equal(best_number(study), 0);
    hone_study_close(study);
    study = open_for(f.url, space, "loss", HONE_MAXIMIZE, true);
    assert_int_equal(best_number(study), 2);
    assert_int_equal(hone_study_n_metrics(study), 1);
    hone_study_close(study);
    study = open_for(f.url, space, "acc", HONE_MAXIMIZE, true);
    assert_int_equal(hone_study_n_metrics(study), 2);
    assert_string_equal(hone_study_metric(study, 1).name, "loss");
    assert_int_equal(hone_study_metric(study, 1).goal, HONE_RECORD);
    assert_int_equal(best_number(study), UINT32_MAX);
    hone_trial *trial = look(study, 1);
    assert_int_equal(hone_trial_status(trial), HONE_STATE_COMPLETE);
    assert_true(isnan(hone_trial_value(trial, 0)));
    assert_number(hone_trial_value(trial, 1), 1);
    assert_true(isnan(hone_trial_report_value(trial, 0, 0)));
    assert_number(hone_trial_report_value(trial, 0, 1), 1.5);
    hone_trial_destroy(trial);
    // Its points have not been tried for this aim: none is served from what was told before.
    bool exhausted = true;
    OK(hone_study_exhausted(study, &exhausted, &err));
    assert_false(exhausted);
    trial = ask(study);
    assert_int_equal(hone_trial_number(trial), 3);
    tell(study, trial, 9);
    assert_int_equal(best_number(study), 3);
    assert_int_equal(hone_study_n_finished(study), 4);
    hone_study_close(study);
    study = open_for(f.url, space, "acc", HONE_MAXIMIZE, false); // the same: nothing to accept
    uint64_t n_events = hone_study_n_events(study);
    hone_study_close(study);
    study = open_for(f.url, space, "loss", HONE_MINIMIZE, true);
    assert_int_equal(hone_study_n_events(study), n_events + 1);
    assert_int_equal(best_number(study), 0);
    hone_study_close(study);
    hone_space_destroy(space);
    folder_free(&f);
}

// Whoever has opened the study before speaks of the metrics that it had then.
static void a_stale_handle_tells_by_name(void **state)
{
    (void)state;
    folder f = folder_new();
    hone_space *space = SPACE("x=0..1");
    hone_study *old = open_for(f.url, space, "loss", HONE_MINIMIZE, false), *now = NULL;
    hone_ask_options script = HONE_ASK_OPTIONS_INIT;
    hone_trial *trial = NULL, *none = NULL;
    hone_study_options options = options_of(f.url, space);
    options.metrics = (const hone_metric[]){{"acc", HONE_MAXIMIZE}};
    options.n_metrics = 1;
    options.accept_changes = true;
    trial = ask(old);
    FAILS(hone_study_open(&options, &now, &err), HONE_ESTATE,
          "trial 0 runs right now: the objective of study \"default\" can be changed when nothing "
          "runs");
    OK(hone_study_requeue(old, trial, "later", &err));
    hone_trial_destroy(trial);
    script.lease_s = 100; // a script's trial does not hold it up
    OK(hone_study_ask(old, &script, &trial, &err));
    now = study_open(&options);
    OK(hone_trial_report(trial, 1, 0.75, &err));
    tell(old, trial, 0.5);
    OK(hone_study_refresh(now, &err));
    trial = look(now, 0);
    assert_int_equal(hone_trial_status(trial), HONE_STATE_COMPLETE);
    assert_true(isnan(hone_trial_value(trial, 0)));
    assert_number(hone_trial_value(trial, 1), 0.5);
    assert_number(hone_trial_report_value(trial, 0, 1), 0.75);
    hone_trial_destroy(trial);
    FAILS(hone_study_ask(old, NULL, &none, &err), HONE_ESTATE,
          "the objectives of study \"default\" have been changed since it was opened: open it "
          "again (`hone resume`)");
    hone_study_close(old);
    hone_study_close(now);
    hone_space_destroy(space);
    folder_free(&f);
}

static void accepted_constraints_judge_anew(void **state)
{
    (void)state;
    folder f = folder_new();
    hone_space *space = SPACE("x=0..1");
    hone_study_options options = options_of(f.url, space);
    options.metrics = (const hone_metric[]){{"loss", HONE_MINIMIZE}};
    options.n_metrics = 1;
    hone_study *study = study_open(&options);
    tell(study, ask(study), 1);
    tell(study, ask(study), 2);
    assert_int_equal(best_number(study), 0);
    hone_study_close(study);
    options.constraints = (const char *const[]){"loss>=1.5"};
    options.n_constraints = 1;
    options.accept_changes = true;
    study = study_open(&options);
    assert_int_equal(best_number(study), 1);
    // The same from a snapshot.
    hn_fold copy;
    hn_str bytes = HN_STR_INIT, again = HN_STR_INIT;
    hn_fold_init(&copy);
    hn_snapshot_write(&study->fold, &bytes);
    OK(hn_snapshot_read(&copy, bytes.data, bytes.n, &err));
    hn_snapshot_write(&copy, &again);
    assert_int_equal(again.n, bytes.n);
    assert_memory_equal(again.data, bytes.data, bytes.n);
    assert_int_equal(copy.goals.n, 2);
    assert_int_equal(copy.problem.n_bounds, 1);
    hn_fold_free(&copy);
    hn_str_free(&bytes);
    hn_str_free(&again);
    hone_study_close(study);
    hone_space_destroy(space);
    folder_free(&f);
}

static void looking_changes_nothing(void **state)
{
    (void)state;
    folder f = folder_new();
    hone_space *space = SPACE("x=0..1");
    hone_study_options options = options_of(f.url, space);
    hone_study *study = study_open(&options), *reader = NULL;
    hone_trial *trial = ask(study), *seen;
    options.read_only = true;
    reader = study_open(&options);
    assert_int_equal(hone_study_n_trials(reader), 1);
    static const char sentence[] = "the study was opened for looking only";
    FAILS(hone_study_ask(reader, NULL, &seen, &err), HONE_ESTATE, sentence);
    FAILS(hone_study_set(reader, "a", "1", &err), HONE_ESTATE, sentence);
    FAILS(hone_study_note(reader, -1, "a", &err), HONE_ESTATE, sentence);
    seen = look(reader, 0);
    FAILS(hone_study_tell(reader, seen, HONE_STATE_COMPLETE, &(double){1}, &err), HONE_ESTATE,
          sentence);
    FAILS(hone_trial_report(seen, 1, 1, &err), HONE_ESTATE, sentence);
    tell(study, trial, 5);
    OK(hone_study_refresh(reader, &err));
    assert_number(hone_trial_value(seen, 0), 5);
    hone_trial_destroy(seen);
    hone_study_close(reader);
    hone_study_close(study);
    hone_space_destroy(space);
    folder_free(&f);
}

static void settings_and_notes_are_kept(void **state)
{
    (void)state;
    folder f = folder_new();
    hone_space *space = SPACE("x=0..1");
    hone_study_options options = options_of(f.url, space);
    options.attributes = "{\"host\":\"a\",\"n\":[1,2]}";
    hone_study *study = study_open(&options);
    hone_trial *trial = ask(study);
    assert_null(hone_study_get(study, "nothing"));
    OK(hone_study_set(study, "key", "{\"a\":1}", &err));
    OK(hone_study_set(study, "key", "{\"a\":2}", &err));
    OK(hone_study_note(study, 0, "a good one", &err));
    OK(hone_study_note(study, -1, "a study", &err));
    OK(hone_study_log(study, 0, "warning", "slow", &err));
    OK(hone_trial_set_attr(trial, "commit", "\"abc\"", &err));
    FAILS(hone_study_note(study, 7, "x", &err), HONE_ENOTFOUND,
          "there is no trial 7: study \"default\" has trial 0 only");
    tell(study, trial, 1);
    hone_study_close(study);
    study = study_again(f.url);
    assert_string_equal(hone_study_get(study, "key"), "{\"a\":2}");
    assert_string_equal(hone_study_get(study, "host"), "\"a\"");
    assert_string_equal(hone_study_get(study, "n"), "[1,2]");
    bool found = false;
    for (uint32_t i = 0; hone_study_key(study, i); i++)
        found |= strcmp(hone_study_key(study, i), "key") == 0;
    assert_true(found);
    trial = look(study, 0);
    assert_string_equal(hone_trial_note(trial), "a good one");
    hone_trial_destroy(trial);
    char *events = NULL;
    OK(hone_study_events_json(study, 0, UINT32_MAX, &events, &err));
    uint64_t n_lines = 0;
    for (const char *at = events; (at = strchr(at, '\n')) != NULL; at++)
        n_lines++;
    assert_int_equal(n_lines, hone_study_n_events(study));
    assert_non_null(strstr(events, "\"commit\""));
    hone_free(events);
    OK(hone_study_events_json(study, 1, 2, &events, &err)); // some of them
    assert_non_null(strstr(events, "{\"seq\":1,"));
    assert_non_null(strstr(events, "\n{\"seq\":2,"));
    assert_null(strstr(events, "{\"seq\":3,"));
    hone_free(events);
    hone_study_close(study);
    hone_space_destroy(space);
    folder_free(&f);
}

static hone_status collect(void *user, const hone_study_info *info, hone_error *err)
{
    (void)err;
    strcat(strcat(user, info->name), " ");
    return HONE_OK;
}

static const char *list(const char *url)
{
    static char names[256];
    names[0] = '\0';
    OK(hone_studies_list(url, collect, names, &err));
    return names;
}

static void studies_are_listed_renamed_copied_deleted(void **state)
{
    (void)state;
    folder f = folder_new();
    char second[128];
    (void)snprintf(second, sizeof second, "sqlite:%s/second.db", f.path);
    hone_space *space = SPACE("x=0..1");
    hone_study_options options = options_of(f.url, space);
    options.name = "one";
    hone_study *study = study_open(&options);
    hone_trial *trial = ask(study);
    double x = hone_trial_float(trial, "x");
    tell(study, trial, 3);
    hone_study_close(study);
    OK(hone_studies_rename(f.url, "one", "uno", &err));
    assert_string_equal(list(f.url), "uno ");
    FAILS(hone_studies_rename(f.url, "uno", "no good", &err), HONE_EINVAL, NULL);
    FAILS(hone_studies_rename(f.url, "one", "two", &err), HONE_ENOTFOUND, NULL);
    OK(hone_studies_copy(f.url, "uno", NULL, "due", &err));
    OK(hone_studies_copy(f.url, "uno", second, "tre", &err));
    FAILS(hone_studies_copy(f.url, "uno", NULL, "due", &err), HONE_EEXISTS, NULL);
    assert_string_equal(list(f.url), "uno due ");
    assert_string_equal(list(second), "tre ");
    study = study_again(second);
    assert_string_equal(hone_study_name(study), "tre");
    trial = look(study, 0);
    assert_number(hone_trial_float(trial, "x"), x);
    assert_number(hone_trial_value(trial, 0), 3);
    hone_trial_destroy(trial);
    trial = ask(study); // and it can be gone on with
    tell(study, trial, 1);
    hone_study_close(study);
    OK(hone_studies_delete(f.url, "uno", &err));
    assert_string_equal(list(f.url), "due ");
    FAILS(hone_studies_delete(f.url, "uno", &err), HONE_ENOTFOUND, NULL);
    hone_space_destroy(space);
    folder_free(&f);
}

// Past a thousand events a snapshot is kept, and gives the same state as all the events.
static void a_snapshot_equals_the_full_fold(void **state)
{
    (void)state;
    folder f = folder_new();
    char copied[128];
    (void)snprintf(copied, sizeof copied, "sqlite:%s/copy.db", f.path);
    hone_space *space = SPACE("x=0..1", "k=int:1..9");
    hone_study_options options = options_of(f.url, space);
    hone_study *study = study_open(&options);
    for (int i = 0; i < 400; i++) {
        hone_trial *trial = ask(study);
        if (i % 3 == 0)
            OK(hone_trial_report(trial, 1, i, &err));
        tell(study, trial, i);
    }
    assert_true(hone_study_n_events(study) > 1000);
    hone_study_close(study);
    OK(hone_studies_copy(f.url, "default", copied, "default", &err)); // without its snapshot
    hone_study *quick = study_again(f.url), *full = study_again(copied);
    assert_true(quick->snapshot_at > 1000);
    assert_int_equal(full->snapshot_at, 0);
    hn_str a = HN_STR_INIT, b = HN_STR_INIT;
    hn_snapshot_write(&quick->fold, &a);
    hn_snapshot_write(&full->fold, &b);
    assert_int_equal(a.n, b.n);
    assert_memory_equal(a.data, b.data, a.n);
    hn_str_free(&a);
    hn_str_free(&b);
    hone_trial *one = ask(quick), *two = ask(full);
    assert_string_equal(hone_trial_params_json(one), hone_trial_params_json(two));
    tell(quick, one, 1);
    tell(full, two, 1);
    hone_study_close(quick);
    hone_study_close(full);
    hone_space_destroy(space);
    folder_free(&f);
}

// A sampler for which a history is dear keeps what it has derived, however short the journal; the
// suggestion is that of a study without.
static void a_snapshot_has_what_the_sampler_keeps(void **state)
{
    (void)state;
    folder f = folder_new();
    char copied[128];
    (void)snprintf(copied, sizeof copied, "sqlite:%s/copy.db", f.path);
    hone_space *space = SPACE("a=0..1", "b=0..1", "c=0..1", "d=0..1", "e=0..1", "f=0..1", "g=0..1",
                              "h=0..1", "i=0..1", "j=0..1", "k=0..1", "l=0..1", "m=0..1");
    hone_study_options options = options_of(f.url, space);
    options.sampler = "trust";
    hone_study *study = study_open(&options);
    for (int i = 0; i < 160; i++) {
        hone_trial *trial = ask(study);
        double a = hone_trial_float(trial, "a"), b = hone_trial_float(trial, "b");
        tell(study, trial, a * b - a + 0.1 * cos(9 * a) + hone_trial_float(trial, "m"));
    }
    hone_study_close(study);
    OK(hone_studies_copy(f.url, "default", copied, "default", &err)); // without its snapshot
    hone_study *quick = study_again(f.url), *full = study_again(copied);
    const hn_sampler_class *trust = (const void *)quick->sampler.plugin;
    hn_str kept = HN_STR_INIT;
    assert_int_equal(quick->snapshot_at, quick->fold.n_events);
    assert_int_equal(full->snapshot_at, 0);
    hone_trial *one = ask(quick), *two = ask(full);
    assert_string_equal(hone_trial_params_json(one), hone_trial_params_json(two));
    assert_false(trust->keep(quick->sampler.state, &kept));
    assert_true(trust->keep(full->sampler.state, &kept));
    hn_str_free(&kept);
    tell(quick, one, 1);
    tell(full, two, 1);
    hone_study_close(quick);
    hone_study_close(full);
    // With other options it is of no use.
    options.sampler_options = "{\"radius\":0.2}";
    options.accept_changes = true;
    study = study_open(&options);
    tell(study, ask(study), 1);
    assert_true(trust->keep(study->sampler.state, &kept));
    hn_str_free(&kept);
    hone_study_close(study);
    hone_space_destroy(space);
    folder_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(modes_of_opening),
        cmocka_unit_test(a_wrong_plugin_leaves_no_trace),
        cmocka_unit_test(option_tables_say_what_is_right),
        cmocka_unit_test(a_changed_space_is_told_or_taken_over),
        cmocka_unit_test(other_objectives_are_refused),
        cmocka_unit_test(accepted_objectives_keep_the_values),
        cmocka_unit_test(a_stale_handle_tells_by_name),
        cmocka_unit_test(accepted_constraints_judge_anew),
        cmocka_unit_test(looking_changes_nothing),
        cmocka_unit_test(settings_and_notes_are_kept),
        cmocka_unit_test(studies_are_listed_renamed_copied_deleted),
        cmocka_unit_test(a_snapshot_equals_the_full_fold),
        cmocka_unit_test(a_snapshot_has_what_the_sampler_keeps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
