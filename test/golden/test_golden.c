// Journals of every past format still fold to the state that was written down beside them. They are
// never suggested again: suggestions are events.
//
//     journals/NAME.journal    records, each a length of two bytes (low first) and as many bytes
//     journals/NAME.json       the state, one line a trial
//
// HONE_GOLDEN_WRITE=1 writes the journals anew by the calls below, for a new format under new
// names; the files of a released format are never touched again.
#include "core/study_internal.h"
#include "unit/core/study_rig.h"

#define FORMAT "v1-"

static char *path_of(const char *name, const char *suffix)
{
    static char path[4096];
    const char *source = getenv("HONE_SOURCE_DIR");
    assert_non_null(source);
    (void)snprintf(path, sizeof path, "%s/test/golden/journals/%s%s", source, name, suffix);
    return path;
}

static char *read_all(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("%s is missing", path);
    char *data = calloc(1, 1 << 20);
    assert_non_null(data);
    *size = fread(data, 1, (1 << 20) - 1, file);
    (void)fclose(file);
    return data;
}

// --- the state as text ---

static void add_numbers(hn_str *out, const char *name, const double *values, uint32_t n)
{
    hn_str_printf(out, ",\"%s\":[", name);
    for (uint32_t i = 0; i < n; i++) {
        hn_str_add(out, i ? "," : "");
        if (isfinite(values[i]))
            hn_str_add_double(out, values[i]);
        else
            hn_str_add(out, isnan(values[i]) ? "\"nan\"" : values[i] > 0 ? "\"inf\"" : "\"-inf\"");
    }
    hn_str_add(out, "]");
}

static void add_trial(const hn_fold *fold, uint32_t number, hn_str *out)
{
    const hn_trial *t = &fold->trials.data[number];
    hn_config config = hn_fold_config(fold, t);
    hn_str_printf(out, "{\"trial\":%u,\"state\":\"%s\",\"attempts\":%u,\"space\":%u", number,
                  hone_state_name((hone_trial_state)t->state), t->epoch, t->space);
    hn_str_printf(out, ",\"origin\":%d,\"purpose\":%d,\"parent\":%d,\"flags\":%d,\"saw\":%lld",
                  t->origin, t->purpose, t->parent, t->flags, (long long)t->saw);
    hn_str_printf(out, ",\"copied\":%d,\"late\":%u,\"exit\":%d,\"signal\":%d,\"rss\":%lld",
                  t->copied, t->n_late, t->exit_code, t->signal, (long long)t->maxrss_kb);
    hn_str_add(out, ",\"message\":");
    hn_str_add_json(out, hn_fold_text(fold, t->message));
    hn_str_add(out, ",\"note\":");
    hn_str_add_json(out, hn_fold_text(fold, t->note));
    hn_str_add(out, ",\"owner\":");
    hn_str_add_json(out, hn_fold_text(fold, t->owner));
    if (t->values != HN_NONE)
        add_numbers(out, "values", fold->numbers.data + t->values, fold->problem.n_metrics);
    if (t->n_constraints > 0)
        add_numbers(out, "constraints", fold->numbers.data + t->constraints, t->n_constraints);
    for (uint32_t r = t->first_report; r != HN_NONE; r = fold->reports.data[r].next) {
        hn_str_add(out, r == t->first_report ? ",\"reports\":[" : ",");
        hn_str_add_double(out, fold->reports.data[r].step);
        hn_str_add(out, r == t->last_report ? "]" : "");
    }
    if (t->folds || t->repeats)
        hn_str_printf(out, ",\"folds\":%u,\"repeats\":%u", t->folds, t->repeats);
    for (uint32_t p = t->first_part; p != HN_NONE; p = fold->parts.data[p].next) {
        const hn_part *part = &fold->parts.data[p];
        hn_str_printf(out, ",\"part %u\":{\"us\":%llu,\"cpu\":%llu,\"rss\":%lld,\"step\":%d",
                      part->index, (unsigned long long)part->duration_us,
                      (unsigned long long)part->cpu_us, (long long)part->maxrss_kb,
                      (int)part->step);
        add_numbers(out, "values", fold->numbers.data + part->values, fold->problem.n_metrics);
        if (part->n_constraints > 0)
            add_numbers(out, "constraints", fold->numbers.data + part->constraints,
                        part->n_constraints);
        hn_str_add(out, "}");
    }
    if (config.slots && t->flags & HN_TRIAL_HAS_PARAMS) {
        hn_str_add(out, ",\"params\":");
        hn_config_json(hn_fold_space(fold, t->space), config, out);
    }
    hn_str_add(out, "}\n");
}

static void add_state(const hn_fold *fold, hn_str *out)
{
    hn_str_printf(out, "{\"study\":%s,\"events\":%llu,\"stale\":%llu,\"spaces\":%zu}\n",
                  fold->definition, (unsigned long long)fold->n_events,
                  (unsigned long long)fold->n_stale, fold->spaces.n);
    for (size_t i = 0; i < fold->spaces.n; i++) {
        hn_str_add(out, fold->spaces.data[i].json);
        hn_str_add(out, "\n");
    }
    for (size_t i = 0; i < fold->settings.n; i++)
        hn_str_printf(out, "{\"key\":\"%s\",\"value\":%s}\n", fold->settings.data[i].key,
                      fold->settings.data[i].json);
    for (size_t i = 0; i < fold->logs.n; i++) {
        hn_str_printf(out, "{\"level\":\"%s\",\"text\":", fold->logs.data[i].level);
        hn_str_add_json(out, fold->logs.data[i].text);
        hn_str_add(out, "}\n");
    }
    for (uint32_t i = 0; i < fold->trials.n; i++)
        add_trial(fold, i, out);
    assert_false(hn_str_failed(out));
}

// --- writing ---

static hone_status put_record(void *user, uint64_t seq, const void *data, size_t size,
                              hone_error *err)
{
    FILE *file = user;
    (void)seq, (void)err;
    assert_true(size < 65536);
    (void)fputc((int)(size & 255), file);
    (void)fputc((int)(size >> 8), file);
    return fwrite(data, 1, size, file) == size ? HONE_OK : HONE_EIO;
}

static void write_golden(hone_study *study, const char *name)
{
    hn_str text = HN_STR_INIT;
    OK(hone_study_refresh(study, &err));
    FILE *file = fopen(path_of(name, ".journal"), "wb");
    assert_non_null(file);
    OK(study->storage_class->read(study->storage, study->id, 0, put_record, file, &err));
    (void)fclose(file);
    add_state(&study->fold, &text);
    file = fopen(path_of(name, ".json"), "wb");
    assert_non_null(file);
    (void)fwrite(text.data, 1, text.n, file);
    (void)fclose(file);
    hn_str_free(&text);
    hone_study_close(study);
}

static hone_trial *ask_as(hone_study *study, const char *owner)
{
    hone_ask_options options = HONE_ASK_OPTIONS_INIT;
    hone_trial *trial = NULL;
    options.owner = owner;
    OK(hone_study_ask(study, &options, &trial, &err));
    return trial;
}

static const char owner[] = "host/boot/17/4711";

// Every type of parameter and event that a run has.
static void write_run(const char *name)
{
    hone_space *space =
        SPACE("f=0..1", "lf=log:1e-6..1", "sf=0..1 step 0.1", "i=int:-3..40", "c=sgd,adam",
              "o=ord:xs,s,m", "b=bool", "p=perm:a,b,c", "s=subset:u,v,w", "x=simplex:3",
              "n=normal:0,1", "m=0..0.99 if c==sgd", "forbid i>30 && b==true");
    hone_study_options options = options_of("memory:", space);
    options.metrics = (const hone_metric[]){{"loss", HONE_MINIMIZE}, {"seconds", HONE_RECORD}};
    options.n_metrics = 2;
    options.constraints = (const char *const[]){"mem<=5"};
    options.n_constraints = 1;
    options.attributes = "{\"command\":[\"train\",\"{f}\"]}";
    hone_study *study = study_open(&options);
    for (int i = 0; i < 12; i++) {
        hone_trial *trial = ask_as(study, owner);
        const double values[] = {i % 4 ? i : -INFINITY, 2, i};
        hone_result result = HONE_RESULT_INIT;
        OK(hone_trial_spawned(trial, 100 + i, 7, &err));
        OK(hone_trial_report(trial, 1, i, &err));
        OK(hone_trial_checkpointed(trial, 1, 4096, &err));
        result.state = i % 5 == 4 ? HONE_STATE_FAILED : HONE_STATE_COMPLETE;
        result.values = values;
        result.present = i % 3 ? 7 : 5;
        result.constraints = (const double[]){-1, i - 8};
        result.n_constraints = 2;
        result.exit_code = i % 5 == 4;
        result.signal = i == 4 ? 9 : 0;
        result.maxrss_kb = 1000;
        result.message = i % 5 == 4 ? "exit code 1" : NULL;
        OK(hone_study_tell_result(study, trial, &result, &err));
        hone_trial_destroy(trial);
    }
    OK(hone_study_set(study, "paused", "true", &err));
    OK(hone_study_note(study, 3, "a \"good\" one", &err));
    OK(hone_study_note(study, -1, "of the study", &err));
    OK(hone_study_log(study, 3, "warning", "slow", &err));
    hone_space_destroy(space);
    write_golden(study, name);
}

// Attempts, the queue, served duplicates, late results, leases, a changed space.
static void write_lives(const char *name)
{
    folder f = folder_new();
    hone_space *space = SPACE("a=bool = true", "b=x,y,z");
    hone_space *later = SPACE("a=bool = true", "b=x,y,z,w", "c=int:1..3 if b==w");
    hone_study_options options = options_of(f.url, space);
    hone_study *study = study_open(&options);
    hone_trial *first = ask_as(study, owner), *second;
    OK(hone_study_requeue(study, first, "given back", &err));
    second = ask_as(study, "host/boot/18/4711");
    assert_int_equal(hone_study_tell(study, first, HONE_STATE_COMPLETE, &(double){1}, NULL),
                     HONE_ESTALE);
    OK(hone_trial_extend_lease(second, 60, &err));
    OK(hone_study_pause(study, second, 2, &err));
    hone_trial_destroy(first);
    hone_trial_destroy(second);
    OK(hone_study_enqueue(study, "{\"b\":\"z\"}", HONE_PURPOSE_SEARCH, -1, NULL, &err));
    OK(hone_study_enqueue(study, "{\"b\":\"z\",\"a\":false}", HONE_PURPOSE_FINAL, 0, NULL, &err));
    for (int i = 0; i < 4; i++) {
        first = ask_as(study, owner);
        OK(hone_study_stop_trial(study, hone_trial_number(first), HONE_STATE_PRUNED, &err));
        OK(hone_trial_set_attr(first, "commit", "\"abc\"", &err));
        tell(study, first, i);
    }
    hone_study_close(study);
    options.space = later;
    options.accept_changes = true;
    options.sampler = "qmc";
    study = study_open(&options);
    for (int i = 0; i < 6; i++)
        tell(study, ask_as(study, owner), 10 + i);
    first = ask_as(study, owner);
    OK(hone_study_tell(study, first, HONE_STATE_LOST, NULL, &err));
    OK(hone_study_tell(study, first, HONE_STATE_COMPLETE, &(double){4}, &err));
    hone_trial_destroy(first);
    hone_space_destroy(space);
    hone_space_destroy(later);
    write_golden(study, name);
    folder_free(&f);
}

static void write_defined(const char *name)
{
    hone_study_options options = options_of("memory:", NULL);
    hone_study *study = study_open(&options);
    for (int i = 0; i < 5; i++) {
        hone_trial *trial = ask_as(study, owner);
        double x, y;
        OK(hone_trial_suggest_float(trial, "x", 0, 1, 0, 0, &x, &err));
        if (i % 2)
            OK(hone_trial_suggest_float(trial, "y", 1e-3, 1, 0, HONE_SUGGEST_LOG, &y, &err));
        tell(study, trial, x);
    }
    write_golden(study, name);
}

static void end_part(hone_trial *trial, double value, double seconds)
{
    const double values[] = {value, seconds};
    const double constraint = value - 3;
    hone_result part = HONE_RESULT_INIT;
    part.values = values;
    part.present = seconds > 0 ? 3 : 1;
    part.constraints = &constraint;
    part.n_constraints = 1;
    part.step = 2 * value;
    part.exit_code = 0;
    part.duration_us = 1000;
    part.cpu_us = 500;
    part.maxrss_kb = (int64_t)(1000 * value);
    OK(hone_trial_part_ended(trial, &part, &err));
}

// Trials of folds and repeats: a whole one, one that was interrupted, one with another plan then,
// and one that is under way.
static void write_parts(const char *name)
{
    hone_space *space = SPACE("f=0..1");
    hone_study_options options = options_of("memory:", space);
    options.metrics = (const hone_metric[]){{"loss", HONE_MINIMIZE}, {"seconds", HONE_RECORD}};
    options.n_metrics = 2;
    hone_study *study = study_open(&options);
    for (int i = 0; i < 4; i++) {
        hone_ask_options ask = HONE_ASK_OPTIONS_INIT;
        hone_trial *trial = NULL;
        ask.owner = owner;
        ask.folds = i == 1 ? 0 : 2;
        ask.repeats = i > 0 ? 2 : 0;
        OK(hone_study_ask(study, &ask, &trial, &err));
        end_part(trial, 1, 7);
        if (i == 1 || i == 2) {
            OK(hone_study_requeue(study, trial, "interrupted", &err));
            hone_trial_destroy(trial);
            ask.folds = 2;
            OK(hone_study_ask(study, &ask, &trial, &err));
        }
        uint32_t n = i < 3 ? hone_trial_n_parts(trial) : 3;
        for (uint32_t p = hone_trial_n_parts_ended(trial); p < n; p++)
            end_part(trial, 0.5 * p, p == 2 ? 0 : p + 1);
        hone_trial_destroy(trial);
    }
    hone_space_destroy(space);
    write_golden(study, name);
}

// --- reading ---

static void assert_folds(const char *name)
{
    size_t size, want_size, at = 0;
    char *data = read_all(path_of(name, ".journal"), &size);
    char *want = read_all(path_of(name, ".json"), &want_size);
    hn_str text = HN_STR_INIT;
    hn_fold fold;
    hn_fold_init(&fold);
    while (at + 2 <= size) {
        size_t length = (size_t)(unsigned char)data[at] | (size_t)(unsigned char)data[at + 1] << 8;
        at += 2;
        assert_true(length <= size - at);
        OK(hn_fold_apply_bytes(&fold, data + at, length, NULL, &err));
        at += length;
    }
    assert_int_equal(at, size);
    add_state(&fold, &text);
    assert_string_equal(hn_str_text(&text), want);
    if (strcmp(name, FORMAT "lives") == 0)
        assert_string_equal(hn_fold_attr(&fold, &fold.trials.data[1].attrs, "commit"), "\"abc\"");
    hn_str_free(&text);
    hn_fold_free(&fold);
    free(data);
    free(want);
}

static const struct {
    const char *name;
    void (*write)(const char *name);
} goldens[] = {{FORMAT "run", write_run},
               {FORMAT "lives", write_lives},
               {FORMAT "defined", write_defined},
               {FORMAT "parts", write_parts}};

static void every_golden_journal_folds_as_it_did(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof goldens / sizeof *goldens; i++) {
        if (getenv("HONE_GOLDEN_WRITE"))
            goldens[i].write(goldens[i].name);
        assert_folds(goldens[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_golden_journal_folds_as_it_did),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
