// Parameters and spaces as JSON.
#include "help.h"

static void entries_spelt_out(void **state)
{
    (void)state;
    static const struct {
        const char *json, *spec;
    } cases[] = {
        {"{\"name\":\"x\",\"spec\":\"log:1e-5..1 = 0.1\"}", "log:1e-5..1 = 0.1"},
        {"{\"name\":\"x\",\"type\":\"float\",\"low\":0,\"high\":1}", "0..1"},
        {"{\"name\":\"x\",\"type\":\"float\",\"low\":1e-5,\"high\":1,\"log\":true}", "log:1e-5..1"},
        {"{\"name\":\"x\",\"type\":\"float\",\"low\":0,\"high\":1,\"step\":0.25,\"default\":0.5}",
         "0..1 step 0.25 = 0.5"},
        {"{\"name\":\"x\",\"type\":\"float\",\"low\":0,\"high\":1,\"step\":null,\"log\":false}",
         "0..1"},
        {"{\"name\":\"x\",\"type\":\"int\",\"low\":1,\"high\":64}", "int:1..64"},
        {"{\"name\":\"x\",\"type\":\"int\",\"low\":1.0,\"high\":1e3,\"log\":true,\"default\":9}",
         "int:log:1..1000 = 9"},
        {"{\"name\":\"x\",\"type\":\"int\",\"low\":32,\"high\":256,\"step\":32}",
         "int:32..256 step 32"},
        {"{\"name\":\"x\",\"type\":\"categorical\",\"choices\":[\"sgd\",\"a "
         "b\",3,2.5,1.0,true,null,"
         "\"4\"],\"default\":\"a b\"}",
         "sgd,\"a b\",3,2.5,1.0,true,null,\"4\" = \"a b\""},
        {"{\"name\":\"x\",\"type\":\"categorical\",\"choices\":[\"sgd\"]}", "{sgd}"},
        {"{\"name\":\"x\",\"type\":\"categorical\",\"choices\":[8]}", "{8}"},
        {"{\"name\":\"x\",\"type\":\"categorical\",\"choices\":[\"a\",\"b\"],\"weights\":[3,1]}",
         "a:3,b:1"},
        {"{\"name\":\"x\",\"type\":\"ordinal\",\"choices\":[1,2,4],\"default\":2}",
         "ord:1,2,4 = 2"},
        {"{\"name\":\"x\",\"type\":\"bool\",\"default\":true}", "bool = true"},
        {"{\"name\":\"x\",\"type\":\"permutation\",\"choices\":[\"a\",\"b\"],\"default\":[\"b\","
         "\"a\"]}",
         "perm:a,b = b,a"},
        {"{\"name\":\"x\",\"type\":\"subset\",\"choices\":[\"a\",\"b\"],\"default\":[]}",
         "subset:a,b = {}"},
        {"{\"name\":\"x\",\"type\":\"simplex\",\"n\":3}", "simplex:3"},
        {"{\"name\":\"x\",\"type\":\"normal\",\"mean\":0,\"sd\":2}", "normal:0,2"},
        {"{\"name\":\"x\",\"type\":\"lognormal\",\"mean\":0,\"sd\":2}", "lognormal:0,2"},
        {"{\"name\":\"x\",\"type\":\"bool\",\"condition\":{\"parent\":\"p\",\"values\":[\"u\",3,"
         "true,"
         "\"v w\",\"3\"]}}",
         "bool if p in {u,3,true,\"v w\",\"3\"}"},
        {"{\"name\":\"x\",\"type\":\"bool\",\"condition\":\" p==u \"}", "bool if p==u"},
        {"{\"name\":\"x\",\"type\":\"bool\",\"condition\":null}", "bool"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hone_space *space = OPEN(cases[i].json);
        assert_string_equal(hone_space_spec(space, 0), cases[i].spec);
        hone_space *again = NULL;
        assert_int_equal(hone_space_create(&again, NULL), HONE_OK);
        assert_int_equal(hone_space_add(again, "x", cases[i].spec, NULL), HONE_OK);
        assert_string_equal(hone_space_spec(again, 0), cases[i].spec);
        hone_space_destroy(again);
        hone_space_destroy(space);
    }
}

static void wrong_entries(void **state)
{
    (void)state;
    static const struct {
        const char *json, *sentence;
    } cases[] = {
        {"{\"name\":", "not valid JSON"},
        {"[]", "a JSON object"},
        {"{}", "\"name\" is missing"},
        {"{\"name\":3}", "name"},
        {"{\"name\":\"x\"}", "x: \"type\" (or \"spec\") is missing"},
        {"{\"name\":\"x\",\"type\":\"flaot\"}", "did you mean \"float\""},
        {"{\"name\":\"x\",\"type\":\"float\"}", "x: \"low\" is missing"},
        {"{\"name\":\"x\",\"type\":\"float\",\"low\":0}", "x: \"high\" is missing"},
        {"{\"name\":\"x\",\"type\":\"float\",\"low\":\"a\",\"high\":1}", "low"},
        {"{\"name\":\"x\",\"type\":\"float\",\"low\":0,\"high\":\"inf\"}", "finite"},
        {"{\"name\":\"x\",\"type\":\"float\",\"low\":1,\"high\":0}", "write 0..1"},
        {"{\"name\":\"x\",\"type\":\"float\",\"low\":0,\"high\":1,\"step\":0}", "above zero"},
        {"{\"name\":\"x\",\"type\":\"float\",\"low\":0,\"high\":1,\"log\":true}", "above zero"},
        {"{\"name\":\"x\",\"type\":\"float\",\"low\":0,\"high\":1,\"log\":1}", "log"},
        {"{\"name\":\"x\",\"type\":\"float\",\"low\":0,\"hihg\":1}", "hihg"},
        {"{\"name\":\"x\",\"type\":\"int\",\"low\":0.5,\"high\":1}", "whole number"},
        {"{\"name\":\"x\",\"type\":\"int\",\"low\":0,\"high\":9,\"step\":-1}", "at least 1"},
        {"{\"name\":\"x\",\"type\":\"int\",\"low\":0,\"high\":9,\"choices\":[1]}", "choices"},
        {"{\"name\":\"x\",\"type\":\"categorical\"}", "\"choices\" is missing"},
        {"{\"name\":\"x\",\"type\":\"categorical\",\"choices\":[]}", "1 to 65536 choices"},
        {"{\"name\":\"x\",\"type\":\"categorical\",\"choices\":[1,1]}", "twice"},
        {"{\"name\":\"x\",\"type\":\"categorical\",\"choices\":[[1],[1]]}", "twice"},
        {"{\"name\":\"x\",\"type\":\"categorical\",\"choices\":[[\"\\u007f\"]]}",
         "control character"},
        {"{\"name\":\"x\",\"type\":\"categorical\",\"choices\":[\"a\\u0001\"]}",
         "control character"},
        {"{\"name\":\"x\",\"type\":\"categorical\",\"choices\":[1,2],\"weights\":[1]}",
         "2 numbers"},
        {"{\"name\":\"x\",\"type\":\"categorical\",\"choices\":[1,2],\"weights\":[1,0]}", "weight"},
        {"{\"name\":\"x\",\"type\":\"categorical\",\"choices\":[1,2],\"default\":3}",
         "x: \"default\": '3' is no choice"},
        {"{\"name\":\"x\",\"type\":\"bool\",\"default\":1}", "\"default\""},
        {"{\"name\":\"x\",\"type\":\"simplex\",\"n\":1}", "2 to 256"},
        {"{\"name\":\"x\",\"type\":\"simplex\"}", "\"n\" is missing"},
        {"{\"name\":\"x\",\"type\":\"normal\",\"mean\":0}", "\"sd\" is missing"},
        {"{\"name\":\"x\",\"type\":\"bool\",\"condition\":{\"parent\":\"p\"}}", "\"values\":"},
        {"{\"name\":\"x\",\"type\":\"bool\",\"condition\":{\"parnet\":\"p\",\"values\":[1]}}",
         "parnet"},
        {"{\"name\":\"x\",\"type\":\"bool\",\"condition\":\"p=1\"}", "'=='"},
        {"{\"name\":\"x\",\"type\":\"bool\",\"condition\":\"\"}", "empty"},
        {"{\"name\":\"x\",\"spec\":\"0..1\",\"low\":0}", "low"},
        {"{\"name\":\"x\",\"spec\":\"1..0\"}", "write 0..1"},
        {"{\"name\":\"seed\",\"type\":\"bool\"}", "reserved"},
        {"{\"name\":\"\",\"type\":\"bool\"}", "name is missing"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hone_space *space = NULL;
        hone_error err = HONE_ERROR_INIT;
        assert_int_equal(hone_space_create(&space, NULL), HONE_OK);
        hone_status status = hone_space_add_json(space, cases[i].json, &err);
        if ((status != HONE_EINVAL && status != HONE_EPARSE) ||
            !strstr(err.text, cases[i].sentence))
            fail_msg("%s: %s: %s", cases[i].json, hone_status_name(status), err.text);
        assert_int_equal(hone_space_n_params(space), 0);
        hone_space_destroy(space);
    }
}

static void spaces_have_one_text(void **state)
{
    (void)state;
    hone_space *space = SEAL("opt = sgd , adam", "lr=log:1e-5..1e-1 if opt == sgd",
                             "forbid opt==sgd&&lr>0.01", "require  lr < 1", "n=\"a\\\"b\",c");
    static const char want[] = "{\"params\":[{\"name\":\"opt\",\"spec\":\"sgd,adam\"},"
                               "{\"name\":\"lr\",\"spec\":\"log:1e-5..0.1 if opt==sgd\"},"
                               "{\"name\":\"n\",\"spec\":\"\\\"a\\\\\\\"b\\\",c\"}],"
                               "\"forbid\":[\"opt==sgd && lr>0.01\"],\"require\":[\"lr<1\"]}";
    char *json = hone_space_to_json(space);
    assert_string_equal(json, want);
    hone_space *again = NULL;
    assert_int_equal(hone_space_from_json(json, &again, NULL), HONE_OK);
    assert_true(again->sealed);
    char *twice = hone_space_to_json(again);
    assert_string_equal(twice, want);
    hone_free(json);
    hone_free(twice);
    hone_space_destroy(again);
    hone_space_destroy(space);
    assert_int_equal(hone_space_from_json("[{\"name\":\"x\",\"spec\":\"0..1\"}]", &again, NULL),
                     HONE_OK);
    assert_int_equal(hone_space_n_params(again), 1);
    hone_space_destroy(again);
}

static void wrong_spaces(void **state)
{
    (void)state;
    static const struct {
        const char *json, *sentence, *trail;
    } cases[] = {
        {"", "not valid JSON", ""},
        {"3", "a space is", ""},
        {"{}", "a space is", ""},
        {"{\"params\":{}}", "a space is", ""},
        {"{\"parms\":[]}", "parms", ""},
        {"{\"params\":[{\"name\":\"x\",\"spec\":\"0..1\"},3]}", "a JSON object", "params[1]"},
        {"[{\"name\":\"x\",\"spec\":\"1..0\"}]", "write 0..1", "params[0]"},
        {"{\"params\":[],\"forbid\":3}", "\"forbid\" is an array", ""},
        {"{\"params\":[],\"require\":[3]}", "\"require\" is an array", ""},
        {"{\"params\":[],\"require\":[\"a=1\"]}", "'=='", "require[0]"},
        {"{\"params\":[],\"require\":[\"a==1\"]}", "no parameter 'a'", "require"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hone_space *space = NULL;
        hone_error err = HONE_ERROR_INIT;
        hone_status status = hone_space_from_json(cases[i].json, &space, &err);
        assert_true(status == HONE_EINVAL || status == HONE_EPARSE);
        assert_null(space);
        if (!strstr(err.text, cases[i].sentence))
            fail_msg("%s: %s", cases[i].json, err.text);
        assert_string_equal(err.trail, cases[i].trail);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_spelt_out),
        cmocka_unit_test(wrong_entries),
        cmocka_unit_test(spaces_have_one_text),
        cmocka_unit_test(wrong_spaces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
