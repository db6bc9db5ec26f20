// Files of other tools: what they mean as a study file, what is refused, what is left out.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/study_foreign.h"

static json_t *parse(const char *text)
{
    json_error_t error;
    json_t *value = json_loads(text, 0, &error);
    if (!value)
        fail_msg("%s: %s", error.text, text);
    return value;
}

static void release(hn_foreign *f)
{
    json_decref(f->root);
    json_decref(f->notes);
}

// `text` in, with `tool` the study file `wanted` and the notes out.
static void assert_means(const char *text, const char *tool, const char *wanted, const char *notes)
{
    hn_foreign f;
    hone_error err = HONE_ERROR_INIT;
    json_t *file = parse(text), *root = parse(wanted), *list = parse(notes);
    hone_status status = hn_foreign_read(file, &f, &err);
    assert_string_equal(err.text, "");
    assert_int_equal(status, HONE_OK);
    assert_string_equal(f.tool, tool);
    if (!json_equal(f.root, root) || !json_equal(f.notes, list)) {
        char *got = json_dumps(f.root, 0), *said = json_dumps(f.notes, 0);
        fail_msg("%s\nmeans %s\n  not %s\nnotes %s", text, got, wanted, said);
    }
    release(&f);
    json_decref(file);
    json_decref(root);
    json_decref(list);
}

static void assert_refused(const char *text, const char *says)
{
    hn_foreign f;
    hone_error err = HONE_ERROR_INIT;
    json_t *file = parse(text);
    assert_int_equal(hn_foreign_read(file, &f, &err), HONE_EUNSUPPORTED);
    if (!strstr(err.text, says))
        fail_msg("%s", err.text);
    release(&f);
    json_decref(file);
}

static void our_own_files_are_left_alone(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{}", "{\"space\":{\"parameters\":\"0..1\"}}", "{\"space\":{\"x\":{\"_type\":1}}}",
        "{\"study\":{\"minimize\":\"loss\"},\"run\":{\"command\":\"x\"}}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        hn_foreign f;
        json_t *file = parse(texts[i]);
        assert_int_equal(hn_foreign_read(file, &f, NULL), HONE_OK);
        assert_null(f.tool);
        release(&f);
        json_decref(file);
    }
}

static void a_sweep_of_wandb(void **state)
{
    (void)state;
    assert_means("{\"program\":\"train.py\",\"method\":\"bayes\",\"run_cap\":30,"
                 "\"metric\":{\"name\":\"val_loss\",\"goal\":\"minimize\",\"target\":0.1},"
                 "\"early_terminate\":{\"type\":\"hyperband\"},\"parameters\":{"
                 "\"lr\":{\"distribution\":\"log_uniform_values\",\"min\":1e-5,\"max\":0.1},"
                 "\"decay\":{\"distribution\":\"log_uniform\",\"min\":0,\"max\":0},"
                 "\"layers\":{\"min\":1,\"max\":5},\"drop\":{\"min\":0.0,\"max\":0.5},"
                 "\"width\":{\"distribution\":\"q_uniform\",\"min\":32,\"max\":256,\"q\":32},"
                 "\"opt\":{\"values\":[\"sgd\",\"adam\"],\"probabilities\":[0.3,0.7]},"
                 "\"init\":{\"distribution\":\"normal\",\"mu\":0,\"sigma\":2},"
                 "\"epochs\":{\"value\":10}}}",
                 "W&B sweep",
                 "{\"space\":{"
                 "\"lr\":{\"type\":\"float\",\"low\":1e-5,\"high\":0.1,\"log\":true},"
                 "\"decay\":{\"type\":\"float\",\"low\":1.0,\"high\":1.0,\"log\":true},"
                 "\"layers\":{\"type\":\"int\",\"low\":1,\"high\":5},"
                 "\"drop\":{\"type\":\"float\",\"low\":0.0,\"high\":0.5},"
                 "\"width\":{\"type\":\"int\",\"low\":32,\"high\":256,\"step\":32},"
                 "\"opt\":{\"type\":\"categorical\",\"choices\":[\"sgd\",\"adam\"],"
                 "\"weights\":[0.3,0.7]},"
                 "\"init\":{\"type\":\"normal\",\"mean\":0,\"sd\":2},"
                 "\"epochs\":{\"type\":\"categorical\",\"choices\":[10]}},"
                 "\"run\":{\"wandb\":\"stand-in\",\"trials\":30,\"target\":0.1,"
                 "\"command\":[\"/usr/bin/env\",\"python\",\"train.py\",\"{args:python}\"]},"
                 "\"study\":{\"minimize\":\"val_loss\"}}",
                 "[\"its early_terminate is left out: see --scheduler\"]");
}

static void a_command_of_wandb(void **state)
{
    (void)state;
    assert_means("{\"method\":\"grid\",\"program\":\"a.py\",\"parameters\":{\"x\":{\"value\":1}},"
                 "\"metric\":{\"name\":\"acc\",\"goal\":\"maximize\"},"
                 "\"command\":[\"run\",\"${program}\",\"--config\",\"${args_json_file}\"]}",
                 "W&B sweep",
                 "{\"space\":{\"x\":{\"type\":\"categorical\",\"choices\":[1]}},"
                 "\"study\":{\"maximize\":\"acc\"},\"sampler\":\"grid\","
                 "\"run\":{\"wandb\":\"stand-in\",\"command\":[\"run\",\"a.py\",\"--config\",\"{"
                 "json_file}\"]}}",
                 "[]");
}

static void the_macros_of_a_wandb_command(void **state)
{
    (void)state;
    setenv("HONE_TEST_DATA", "/d", 1);
    assert_means(
        "{\"program\":\"a.py\",\"parameters\":{},\"command\":[\"${env}\",\"${interpreter}\","
        "\"${args}\",\"${args_no_hyphens}\",\"${args_no_boolean_flags}\",\"${args_json}\","
        "\"--data=${envvar:HONE_TEST_DATA}/x\",\"dir=${now:%Y}/{x}\",5]}",
        "W&B sweep",
        "{\"space\":{},\"run\":{\"wandb\":\"stand-in\",\"command\":[\"/usr/bin/"
        "env\",\"python\",\"{args:python}\","
        "\"{args:no-hyphens}\",\"{args:no-boolean-flags}\",\"{args:json}\","
        "\"--data=/d/x\",\"dir=${{now:%Y}}/{x}\",5]}}",
        "[]");
    assert_means("{\"parameters\":{},\"command\":\"${env} ls '${x}'\"}", "W&B sweep",
                 "{\"space\":{},\"run\":{\"wandb\":\"stand-in\",\"command\":[\"/usr/bin/"
                 "env\",\"ls\",\"${{x}}\"]}}",
                 "[]");
}

static void nested_and_reserved_parameters_of_wandb(void **state)
{
    (void)state;
    assert_means("{\"parameters\":{\"opt\":{\"parameters\":{\"lr\":{\"min\":0.1,\"max\":1},"
                 "\"seed\":{\"value\":[1,2]}}},\"seed\":{\"values\":[1]},"
                 "\"b\":{\"distribution\":\"q_log_uniform_values\",\"min\":8,\"max\":64,\"q\":8},"
                 "\"i\":{\"distribution\":\"inv_log_uniform\",\"min\":0,\"max\":0}}}",
                 "W&B sweep",
                 "{\"space\":{\"opt.lr\":{\"type\":\"float\",\"low\":0.1,\"high\":1},"
                 "\"opt.seed\":{\"type\":\"categorical\",\"choices\":[[1,2]]},"
                 "\"sweep.seed\":{\"type\":\"categorical\",\"choices\":[1]},"
                 "\"b\":{\"type\":\"int\",\"low\":8,\"high\":64,\"step\":8},"
                 "\"i\":{\"type\":\"float\",\"low\":1.0,\"high\":1.0,\"log\":true}},\"run\":{"
                 "\"wandb\":\"stand-in\"}}",
                 "[\"its parameter seed is called sweep.seed here, as the name is one of Hone's "
                 "placeholders; the script gets it as seed\","
                 "\"the steps of its b are taken without the log scale\"]");
}

static void early_termination_of_wandb(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        {"\"min_iter\":3", "\"eta\":3,\"min_resource\":3", "eta=3 min_resource=3"},
        {"\"min_iter\":3,\"s\":2,\"eta\":2", "\"eta\":2,\"min_resource\":3,\"max_resource\":12",
         "eta=2 min_resource=3 max_resource=12"},
        {"\"max_iter\":27,\"s\":2", "\"eta\":3,\"min_resource\":3,\"max_resource\":27",
         "eta=3 min_resource=3 max_resource=27"},
        {"\"max_iter\":27", "\"eta\":3,\"max_resource\":27", "eta=3 max_resource=27"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char file[300], wanted[300], notes[300];
        snprintf(file, sizeof file,
                 "{\"parameters\":{},\"early_terminate\":{\"type\":\"hyperband\",%s}}", rows[i][0]);
        snprintf(wanted, sizeof wanted,
                 "{\"space\":{},\"run\":{\"wandb\":\"stand-in\"},\"scheduler\":{\"name\":\"asha\",%"
                 "s,\"n_startup\":0}}",
                 rows[i][1]);
        snprintf(notes, sizeof notes,
                 "[\"its early_terminate is the scheduler asha with %s n_startup=0; an iteration "
                 "is one report of the objective\"]",
                 rows[i][2]);
        assert_means(file, "W&B sweep", wanted, notes);
    }
}

static void an_experiment_of_katib(void **state)
{
    (void)state;
    assert_means(
        "{\"kind\":\"Experiment\",\"spec\":{\"objective\":{\"type\":\"maximize\",\"goal\":0.99,"
        "\"objectiveMetricName\":\"acc\",\"additionalMetricNames\":[\"loss\"]},"
        "\"algorithm\":{\"algorithmName\":\"cmaes\"},\"parallelTrialCount\":3,"
        "\"maxTrialCount\":12,\"parameters\":["
        "{\"name\":\"lr\",\"parameterType\":\"double\",\"feasibleSpace\":{\"min\":\"0.01\","
        "\"max\":\"0.5\",\"distribution\":\"logUniform\"}},"
        "{\"name\":\"n\",\"parameterType\":\"int\",\"feasibleSpace\":{\"min\":\"2\",\"max\":\"8\","
        "\"step\":\"2\"}},"
        "{\"name\":\"b\",\"parameterType\":\"discrete\",\"feasibleSpace\":{\"list\":[\"16\",\"32\"]"
        "}"
        "},"
        "{\"name\":\"o\",\"parameterType\":\"categorical\",\"feasibleSpace\":{\"list\":[\"sgd\","
        "\"1\"]}}],"
        "\"trialTemplate\":{\"trialParameters\":[{\"name\":\"rate\",\"reference\":\"lr\"}],"
        "\"trialSpec\":{\"spec\":{\"containers\":[{\"command\":[\"python\",\"t.py\"],"
        "\"args\":[\"--lr=${trialParameters.rate}\"]}]}}}}}",
        "Katib experiment",
        "{\"space\":{\"lr\":{\"type\":\"float\",\"low\":0.01,\"high\":0.5,\"log\":true},"
        "\"n\":{\"type\":\"int\",\"low\":2,\"high\":8,\"step\":2},"
        "\"b\":{\"type\":\"categorical\",\"choices\":[16,32]},"
        "\"o\":{\"type\":\"categorical\",\"choices\":[\"sgd\",\"1\"]}},"
        "\"study\":{\"maximize\":\"acc\",\"metrics\":[\"loss\"]},"
        "\"run\":{\"jobs\":3,\"trials\":12,\"target\":0.99,"
        "\"command\":[\"python\",\"t.py\",\"--lr={lr}\"]}}",
        "[\"its method \\\"cmaes\\\" is left out: Hone chooses a sampler\"]");
}

static void an_experiment_and_a_space_of_nni(void **state)
{
    (void)state;
    static const char space[] =
        "{\"space\":{\"lr\":{\"type\":\"float\",\"low\":0.001,\"high\":0.1,\"log\":true},"
        "\"n\":{\"type\":\"int\",\"low\":2,\"high\":7},"
        "\"q\":{\"type\":\"float\",\"low\":0,\"high\":1,\"step\":0.25},"
        "\"o\":{\"type\":\"categorical\",\"choices\":[\"a\",\"b\"]}},";
    static const char given[] = "{\"lr\":{\"_type\":\"loguniform\",\"_value\":[0.001,0.1]},"
                                "\"n\":{\"_type\":\"randint\",\"_value\":[2,8]},"
                                "\"q\":{\"_type\":\"quniform\",\"_value\":[0,1,0.25]},"
                                "\"o\":{\"_type\":\"choice\",\"_value\":[\"a\",\"b\"]}}";
    char file[2000], wanted[2000];
    snprintf(wanted, sizeof wanted, "%s\"run\":{}}", space);
    assert_means(given, "NNI search space", wanted, "[]");
    snprintf(file, sizeof file,
             "{\"searchSpace\":%s,\"trialCommand\":\"python t.py\",\"trialConcurrency\":2,"
             "\"maxTrialNumber\":10,\"maxExperimentDuration\":\"1h\",\"assessor\":{},"
             "\"tuner\":{\"name\":\"Random\",\"classArgs\":{\"optimize_mode\":\"minimize\"}}}",
             given);
    snprintf(wanted, sizeof wanted,
             "%s\"run\":{\"jobs\":2,\"trials\":10,\"time\":\"1h\",\"command\":\"python t.py\"},"
             "\"study\":{\"minimize\":\"default\"},\"sampler\":\"random\"}",
             space);
    assert_means(file, "NNI experiment", wanted, "[\"its assessor is left out: see --scheduler\"]");
}

static void a_number_that_is_none_is_refused(void **state)
{
    (void)state;
    static const char katib[] = "{\"kind\":\"Experiment\",\"spec\":{%s}}";
    static const struct {
        const char *form, *part, *says;
    } rows[] = {
        {"{\"parameters\":{},%s}", "\"run_cap\":\"x\"", "run_cap is a number, not \"x\""},
        {"{\"parameters\":{},%s}", "\"run_cap\":2.5",
         "run_cap is a whole number of at least 1, not 2.5"},
        {katib, "\"maxTrialCount\":0", "maxTrialCount is a whole number of at least 1, not 0"},
        {"{\"parameters\":{},%s}", "\"metric\":{\"name\":\"a\",\"target\":[1]}",
         "target is a number, not [1]"},
        {"{\"parameters\":{},%s}", "\"early_terminate\":{\"type\":\"hyperband\",\"eta\":\"?\"}",
         "eta is a number, not \"?\""},
        {"{\"parameters\":{\"a\":{\"min\":0,\"max\":8,%s}}}",
         "\"distribution\":\"q_uniform\",\"q\":\"x\"", "parameter \"a\": q is a number, not \"x\""},
        {katib, "\"maxTrialCount\":true", "maxTrialCount is a number, not true"},
        {katib, "\"objective\":{\"goal\":\"low\"}", "goal is a number, not \"low\""},
        {katib,
         "\"parameters\":[{\"name\":\"n\",\"parameterType\":\"int\",\"feasibleSpace\":{"
         "\"min\":\"1\",\"max\":\"8\",\"step\":\"two\"}}]",
         "parameter \"n\": step is a number, not \"two\""},
        {"{\"searchSpace\":{\"a\":{\"_type\":\"uniform\",\"_value\":[0,1]}},%s}",
         "\"trialConcurrency\":{}", "trialConcurrency is a number, not {}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char file[400];
        snprintf(file, sizeof file, rows[i].form, rows[i].part);
        assert_refused(file, rows[i].says);
    }
    assert_means("{\"parameters\":{},\"run_cap\":null,\"command\":[\"a\"]}", "W&B sweep",
                 "{\"space\":{},\"run\":{\"wandb\":\"stand-in\",\"command\":[\"a\"]}}", "[]");
}

static void what_has_no_like_is_refused(void **state)
{
    (void)state;
    assert_refused("{\"parameters\":{\"a\":{\"distribution\":\"q_log_uniform\",\"min\":1}}}",
                   "\"a\": Hone has nothing like q_log_uniform");
    assert_refused("{\"parameters\":{\"a\":{\"distribution\":\"beta\"}}}", "nothing like beta");
    // What nobody knows is not taken for a uniform range.
    assert_refused("{\"parameters\":{\"a\":{\"distribution\":\"log_unform_values\",\"min\":1,"
                   "\"max\":2}}}",
                   "\"a\": there is no distribution log_unform_values; did you mean "
                   "log_uniform_values?");
    assert_refused("{\"parameters\":{\"a\":{\"distribution\":\"triangular\",\"min\":1}}}",
                   "nothing like triangular");
    assert_refused("{\"parameters\":{\"a\":{\"distribution\":\"q_uniform\",\"max\":2}}}",
                   "\"a\": q_uniform needs min and max");
    assert_refused("{\"parameters\":{\"a\":{\"value\":1}},"
                   "\"metric\":{\"name\":\"loss\",\"goal\":\"lower\"}}",
                   "a goal is minimize or maximize, not \"lower\"");
    assert_refused("{\"kind\":\"Experiment\",\"spec\":{\"parameters\":[{\"name\":\"a\"}]}}",
                   "without parameterType");
    assert_refused("{\"a\":{\"_type\":\"mutable_layer\",\"_value\":{}}}", "mutable_layer");
    assert_refused("{\"a\":{\"_type\":\"choice\",\"_value\":[{\"_name\":\"b\"}]}}",
                   "a nested choice");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(our_own_files_are_left_alone),
        cmocka_unit_test(a_sweep_of_wandb),
        cmocka_unit_test(a_command_of_wandb),
        cmocka_unit_test(the_macros_of_a_wandb_command),
        cmocka_unit_test(nested_and_reserved_parameters_of_wandb),
        cmocka_unit_test(early_termination_of_wandb),
        cmocka_unit_test(an_experiment_of_katib),
        cmocka_unit_test(an_experiment_and_a_space_of_nni),
        cmocka_unit_test(a_number_that_is_none_is_refused),
        cmocka_unit_test(what_has_no_like_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
