// Attributes: what a program keeps with a trial or the study.
#include "study_rig.h"

#include "core/snapshot.h"
#include "core/study_internal.h"

static void they_are_kept_and_replaced(void **state)
{
    (void)state;
    folder f = folder_new();
    hone_space *space = SPACE("x=0..1");
    hone_study_options options = options_of(f.url, space);
    hone_study *study = study_open(&options);
    hone_trial *trial = ask(study), *other = ask(study);
    assert_null(hone_trial_attr_key(trial, 0));
    assert_null(hone_trial_attr(trial, "n_params"));
    OK(hone_trial_set_attr(trial, "n_params", " 12345 ", &err));
    OK(hone_trial_set_attrs(trial, "{\"arch\":\"resnet\",\"layers\":[1, {\"k\": null}]}", &err));
    OK(hone_trial_set_attr(other, "arch", "true", &err));
    OK(hone_study_set_attr(study, "dataset", "\"mnist\"", &err));
    OK(hone_trial_set_attr(trial, "n_params", "7", &err));                  // shorter
    OK(hone_trial_set_attr(trial, "arch", "\"a much longer name\"", &err)); // longer
    tell(study, trial, 1);
    tell(study, other, 2);
    hone_study_close(study);
    study = study_again(f.url);
    trial = look(study, 0);
    static const char *const keys[] = {"n_params", "arch", "layers"};
    for (uint32_t i = 0; i < 3; i++)
        assert_string_equal(hone_trial_attr_key(trial, i), keys[i]);
    assert_null(hone_trial_attr_key(trial, 3));
    assert_string_equal(hone_trial_attr(trial, "n_params"), "7");
    assert_string_equal(hone_trial_attr(trial, "arch"), "\"a much longer name\"");
    assert_string_equal(hone_trial_attr(trial, "layers"), "[1,{\"k\":null}]");
    OK(hone_trial_set_attr(trial, "late", "1", &err)); // after its end
    assert_string_equal(hone_trial_attr(trial, "late"), "1");
    hone_trial_destroy(trial);
    trial = look(study, 1);
    assert_string_equal(hone_trial_attr(trial, "arch"), "true");
    assert_null(hone_trial_attr(trial, "n_params"));
    hone_trial_destroy(trial);
    assert_string_equal(hone_study_attr_key(study, 0), "dataset");
    assert_null(hone_study_attr_key(study, 1));
    assert_string_equal(hone_study_attr(study, "dataset"), "\"mnist\"");
    assert_null(hone_study_get(study, "dataset")); // a setting is something else
    hone_study_close(study);
    hone_space_destroy(space);
    folder_free(&f);
}

static void what_is_known_is_not_written_again(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("x=0..1"));
    hone_trial *trial = ask(study);
    OK(hone_trial_set_attrs(trial, "{\"a\":1,\"b\":2}", &err));
    uint64_t n = hone_study_n_events(study);
    OK(hone_trial_set_attrs(trial, "{\"b\":2,\"a\":1}", &err));
    OK(hone_trial_set_attrs(trial, "{}", &err));
    assert_int_equal(hone_study_n_events(study), n);
    OK(hone_trial_set_attrs(trial, "{\"b\":2,\"a\":3}", &err));
    assert_int_equal(hone_study_n_events(study), n + 1);
    hone_trial_destroy(trial);
    hone_study_close(study);
}

static void what_is_wrong_is_said(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("x=0..1"));
    hone_trial *trial = ask(study);
    char long_name[200];
    memset(long_name, 'a', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    uint64_t n = hone_study_n_events(study);
    FAILS(hone_trial_set_attr(trial, "", "1", &err), HONE_EINVAL,
          "the name of an attribute is a text of 1 to 128 bytes without control characters, not "
          "\"\"");
    assert_int_equal(hone_trial_set_attr(trial, long_name, "1", NULL), HONE_EINVAL);
    assert_int_equal(hone_trial_set_attr(trial, "a\nb", "1", NULL), HONE_EINVAL);
    assert_int_equal(hone_trial_set_attr(trial, "a", "resnet", NULL), HONE_EPARSE);
    assert_int_equal(hone_trial_set_attr(trial, "a", NULL, NULL), HONE_EPARSE);
    FAILS(hone_trial_set_attrs(trial, "[1]", &err), HONE_EINVAL,
          "attributes are an object of names and values, {\"n_params\":12345}");
    assert_int_equal(hone_trial_set_attrs(trial, "{\"a\":1,\"\":2}", NULL), HONE_EINVAL);
    hn_str text = HN_STR_INIT;
    hn_str_add_char(&text, '"');
    for (int i = 0; i < 70000; i++)
        hn_str_add_char(&text, 'x');
    hn_str_add_char(&text, '"');
    FAILS(hone_study_set_attr(study, "a", hn_str_text(&text), &err), HONE_EINVAL,
          "attribute \"a\" is longer than 65536 bytes as JSON");
    hn_str_clear(&text);
    for (int i = 0; i <= HN_MAX_ATTRS; i++)
        hn_str_printf(&text, "%s\"k%d\":1", i ? "," : "{", i);
    hn_str_add_char(&text, '}');
    FAILS(hone_trial_set_attrs(trial, hn_str_text(&text), &err), HONE_EINVAL,
          "there is room for 4096 attributes, and \"k4096\" is one more");
    assert_int_equal(hone_study_n_events(study), n);
    hn_str_free(&text);
    hone_trial_destroy(trial);
    hone_study_close(study);
}

static void assert_attr(const hone_trial *trial, uint32_t index, const char *key, const char *json)
{
    assert_string_equal(hone_trial_attr_key(trial, index), key);
    assert_string_equal(hone_trial_attr(trial, key), json);
}

// A listing goes on where the last look was; looks elsewhere in between do not mislead it.
static void listings_at_the_same_time(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("x=0..1"));
    hone_trial *one = ask(study), *other = ask(study);
    OK(hone_trial_set_attrs(one, "{\"a\":1,\"b\":2,\"c\":3}", &err));
    OK(hone_trial_set_attrs(other, "{\"c\":4,\"b\":5}", &err));
    OK(hone_study_set_attr(study, "s", "6", &err));
    assert_attr(one, 2, "c", "3");
    assert_attr(one, 1, "b", "2");
    assert_attr(other, 0, "c", "4");
    assert_string_equal(hone_trial_attr(one, "b"), "2");
    assert_attr(other, 1, "b", "5");
    assert_string_equal(hone_study_attr_key(study, 0), "s");
    assert_string_equal(hone_study_attr(study, "s"), "6");
    assert_null(hone_study_attr(study, "b"));
    OK(hone_trial_set_attrs(one, "{\"d\":7,\"a\":8}", &err));
    assert_attr(one, 0, "a", "8");
    assert_attr(one, 3, "d", "7");
    assert_null(hone_trial_attr_key(one, 4));
    assert_null(hone_trial_attr_key(other, 2));
    assert_attr(other, 0, "c", "4");
    hone_trial_destroy(one);
    hone_trial_destroy(other);
    hone_study_close(study);
}

// A journal of another making may hold anything.
static void the_fold_takes_what_it_can(void **state)
{
    (void)state;
    hn_fold fold, again;
    hn_str bytes = HN_STR_INIT;
    hn_attrs attrs = {0};
    bool applied = true;
    hn_fold_init(&fold);
    hn_fold_init(&again);
    OK(hn_fold_set_attr(&fold, &attrs, hn_bytes_of(""), hn_bytes_of("1"), &applied, &err));
    assert_false(applied);
    OK(hn_fold_set_attr(&fold, &attrs, hn_bytes_of("a"), hn_bytes_of(""), &applied, &err));
    assert_true(applied);
    assert_string_equal(hn_fold_attr(&fold, &attrs, "a"), "");
    for (int i = 1; i <= HN_MAX_ATTRS; i++) {
        char name[16];
        snprintf(name, sizeof name, "k%d", i);
        OK(hn_fold_set_attr(&fold, &attrs, hn_bytes_of(name), hn_bytes_of("1"), &applied, &err));
        assert_int_equal(applied, i < HN_MAX_ATTRS);
    }
    OK(hn_fold_set_attr(&fold, &attrs, hn_bytes_of("a"), hn_bytes_of("22"), &applied, &err));
    assert_true(applied);
    size_t n = fold.texts.n;
    for (int i = 0; i < 100; i++) // in place
        OK(hn_fold_set_attr(&fold, &attrs, hn_bytes_of("a"), hn_bytes_of(i % 2 ? "3" : "44"),
                            &applied, &err));
    assert_true(fold.texts.n <= n + 50 * 3);
    assert_string_equal(hn_fold_attr(&fold, &attrs, "a"), "3");
    fold.study_attrs = attrs;
    hn_snapshot_write(&fold, &bytes);
    OK(hn_snapshot_read(&again, bytes.data, bytes.n, &err));
    assert_string_equal(hn_fold_attr(&again, &again.study_attrs, "a"), "3");
    assert_string_equal(hn_fold_attr(&again, &again.study_attrs, "k4095"), "1");
    assert_null(hn_fold_attr(&again, &again.study_attrs, "k4096"));
    hn_str_free(&bytes);
    hn_fold_free(&fold);
    hn_fold_free(&again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_are_kept_and_replaced),
        cmocka_unit_test(what_is_known_is_not_written_again),
        cmocka_unit_test(what_is_wrong_is_said),
        cmocka_unit_test(listings_at_the_same_time),
        cmocka_unit_test(the_fold_takes_what_it_can),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
