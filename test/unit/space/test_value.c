// Values as text and as JSON.
#include "base/json.h"
#include "help.h"

static hone_space *make_space(void)
{
    return SEAL(
        "f=0..10", "st=0..1 step 0.05", "i=int:-5..1000",
        "c=sgd,\"a b\",\"x,y\",\"\",\"\\\"q\\\"\"", "n=16,1.50,true,null,\"3\"", "o=ord:xs,s",
        "t=bool", "q=perm:a,\"b,c\",\"d e\"", "s=subset:a,\"b,c\",null,4", "w=simplex:3",
        "m=1,\"1\",true,\"true\",null,[64,64],\"[64,64]\",{\"b\":1,\"a\":[]},\"\\\"1\\\"\",2.0",
        "z=subset:[1,2],\"1\",1,{\"k\":\"a,b\"}");
}

static void texts_and_json(void **state)
{
    (void)state;
    static const struct {
        const char *name, *input, *text, *json; // text NULL: the same as input
    } cases[] = {
        {"f", "0.01", NULL, "0.01"},
        {"f", "1", NULL, "1.0"},
        {"f", "1e-7", NULL, "1e-7"},
        {"f", "+2.50", "2.5", "2.5"},
        {"f", "-0", "0", "0.0"},
        {"st", "0.15", NULL, "0.15"},
        {"st", "0.15000000000000002", "0.15", "0.15"},
        {"st", "1.5e-1", "0.15", "0.15"},
        {"i", "-5", NULL, "-5"},
        {"i", "1e3", "1000", "1000"},
        {"i", "2.0", "2", "2"},
        {"c", "sgd", NULL, "\"sgd\""},
        {"c", "\"sgd\"", "sgd", "\"sgd\""},
        {"c", "a b", NULL, "\"a b\""},
        {"c", "\"a b\"", "a b", "\"a b\""},
        {"c", "x,y", NULL, "\"x,y\""},
        {"c", "", NULL, "\"\""},
        {"c", "\"q\"", NULL, "\"\\\"q\\\"\""},
        {"n", "16", NULL, "16"},
        {"n", "1.6e1", "16", "16"},
        {"n", "1.5", "1.50", "1.5"},
        {"n", "true", NULL, "true"},
        {"n", "null", NULL, "null"},
        {"n", "3", NULL, "\"3\""},
        {"n", "\"3\"", "3", "\"3\""},
        {"o", "s", NULL, "\"s\""},
        {"t", "true", NULL, "true"},
        {"t", "false", NULL, "false"},
        {"q", "\"d e\",a,\"b,c\"", NULL, "[\"d e\",\"a\",\"b,c\"]"},
        {"q", "{ 'd e' , a , 'b,c' }", "\"d e\",a,\"b,c\"", "[\"d e\",\"a\",\"b,c\"]"},
        {"s", "", NULL, "[]"},
        {"s", "{}", "", "[]"},
        {"s", "4,null,a", "a,null,4", "[\"a\",null,4]"},
        {"w", "0.2,0.3,0.5", NULL, "[0.2,0.3,0.5]"},
        {"w", "{1, 0, 0}", "1,0,0", "[1.0,0.0,0.0]"},
        {"m", "1", NULL, "1"},
        {"m", "1.0", "1", "1"},
        {"m", "\"1\"", "1", "\"1\""},
        {"m", "'1'", "1", "\"1\""},
        {"m", "true", NULL, "true"},
        {"m", "'true'", "true", "\"true\""},
        {"m", "null", NULL, "null"},
        {"m", "'null'", "null", "null"},
        {"m", "[64, 64]", "[64,64]", "[64,64]"},
        {"m", "'[64,64]'", "[64,64]", "\"[64,64]\""},
        {"m", "{\"a\": [], \"b\": 1}", "{\"a\":[],\"b\":1}", "{\"a\":[],\"b\":1}"},
        {"m", "'\"1\"'", "\"1\"", "\"\\\"1\\\"\""},
        {"m", "2", "2.0", "2.0"},
        {"z", "[1, 2],'1'", "[1,2],1", "[[1,2],\"1\"]"},
        {"z", "{{\"k\":\"a,b\"},1}", "1,{\"k\":\"a,b\"}", "[1,{\"k\":\"a,b\"}]"},
        {"z", "{{\"k\":\"a,b\"}}", NULL, "[{\"k\":\"a,b\"}]"},
    };
    hone_space *space = make_space();
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        hone_error err = HONE_ERROR_INIT;
        const hn_param *p = hn_space_find(space, cases[k].name);
        hn_slot slots[3] = {{0}}, back[3] = {{0}};
        hn_str text = HN_STR_INIT, json = HN_STR_INIT;
        json_t *tree = NULL;
        const char *input = cases[k].input, *want = cases[k].text ? cases[k].text : input;
        if (hn_value_parse(p, input, strlen(input), slots, &err) != HONE_OK)
            fail_msg("%s: %s", input, err.text);
        hn_value_text(p, slots, &text);
        hn_value_json(p, slots, &json);
        assert_string_equal(hn_str_text(&text), want);
        assert_string_equal(hn_str_text(&json), cases[k].json);
        assert_int_equal(hn_json_parse(json.data, json.n, "json", &tree, NULL), HONE_OK);
        assert_int_equal(hn_value_from_json(p, tree, back, &err), HONE_OK);
        assert_memory_equal(slots, back, sizeof slots);
        json_decref(tree);
        hn_str_free(&text);
        hn_str_free(&json);
    }
    hone_space_destroy(space);
}

static void wrong_texts(void **state)
{
    (void)state;
    static const struct {
        const char *name, *input;
        int column;
        const char *sentence;
    } cases[] = {
        {"f", "", 0, "'' is not a number; f takes 0..10"},
        {"f", "abc", 0, "'abc' is not a number"},
        {"f", "1 ", 0, "not a number"},
        {"f", "0x10", 0, "not a number"},
        {"f", "nan", 0, "not a number"},
        {"f", "1e999", 0, "too large"},
        {"f", "11", 0, "f = 11 is outside 0..10"},
        {"st", "0.17", 0, "nearest are 0.15 and 0.2"},
        {"i", "2.5", 0, "not a whole number"},
        {"i", "99999999999999999999", 0, "not a whole number"},
        {"i", "1001", 0, "outside -5..1000"},
        {"c", "sgdd", 0, "did you mean 'sgd'"},
        {"c", "\"sgd\"x", 5, "nothing may follow"},
        {"c", "\"sgd", 0, "never closed"},
        {"t", "1", 0, "false, true"},
        {"q", "a,\"b,c\"", 0, "all its 3 items, not 2"},
        {"q", "a,\"b,c\",a", 8, "twice"},
        {"q", "a,\"b,c\",\"d e\",", 13, "an item is missing"},
        {"q", "a,b", 2, "'b' is no choice"},
        {"q", "a \"b,c\"", 2, "a ',' is missing"},
        {"s", "a,a", 2, "twice"},
        {"s", "{a", 0, "never closed"},
        {"w", "0.5", 3, "3 shares"},
        {"w", "0.5,0.5,0.5", 0, "sum to 1.5"},
        {"w", "0.5,0.5,x", 8, "not a number"},
        {"w", "0.5 0.5 0", 4, "a ',' is missing"},
    };
    hone_space *space = make_space();
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        hone_error err = HONE_ERROR_INIT;
        const hn_param *p = hn_space_find(space, cases[k].name);
        hn_slot slots[3] = {{0}};
        const char *input = cases[k].input;
        hone_status status = hn_value_parse(p, input, strlen(input), slots, &err);
        if ((status != HONE_EINVAL && status != HONE_EPARSE) || err.column != cases[k].column ||
            !strstr(err.text, cases[k].sentence))
            fail_msg("%s: %s at %d: %s", input, hone_status_name(status), err.column, err.text);
    }
    hn_slot slot;
    assert_int_equal(hn_value_parse(&space->params[0], "1\0002", 3, &slot, NULL), HONE_EINVAL);
    hone_space_destroy(space);
}

static void wrong_json(void **state)
{
    (void)state;
    static const struct {
        const char *name, *json, *sentence;
    } cases[] = {
        {"f", "\"a\"", "f takes a number: 0..10"},
        {"f", "11", "outside 0..10"},
        {"f", "\"inf\"", "not a finite number"},
        {"f", "null", "takes a number"},
        {"i", "1.5", "a whole number"},
        {"i", "1e300", "a whole number"},
        {"c", "\"sdg\"", "did you mean 'sgd'"},
        {"c", "[]", "'[]' is no choice"},
        {"n", "17", "'17' is no choice"},
        {"m", "[7]",
         "'[7]' is no choice of m, which has 1, \"1\", true, \"true\", null, "
         "[64,64], \"[64,64]\", {\"a\":[],\"b\":1}"},
        {"n", "false", "'false' is no choice"},
        {"q", "[\"a\"]", "an array of 3"},
        {"q", "[\"a\",\"a\",\"b,c\"]", "twice"},
        {"s", "\"a\"", "an array of items"},
        {"s", "[\"a\",\"a\"]", "twice"},
        {"w", "[0.5,0.5]", "an array of 3"},
        {"w", "[0.5,0.5,\"x\"]", "takes a number"},
        {"w", "[0.5,0.4,0.5]", "sum to"},
    };
    hone_space *space = make_space();
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        hone_error err = HONE_ERROR_INIT;
        json_t *tree = NULL;
        hn_slot slots[3] = {{0}};
        const char *json = cases[k].json;
        assert_int_equal(hn_json_parse(json, strlen(json), "json", &tree, NULL), HONE_OK);
        assert_int_equal(hn_value_from_json(hn_space_find(space, cases[k].name), tree, slots, &err),
                         HONE_EINVAL);
        if (!strstr(err.text, cases[k].sentence))
            fail_msg("%s: %s", json, err.text);
        json_decref(tree);
    }
    hone_space_destroy(space);
}

static void whole_configurations(void **state)
{
    (void)state;
    hone_space *space = SEAL("b=0..1 if t", "t=bool", "a=x,y");
    hn_arena arena = HN_ARENA_INIT;
    hn_str out = HN_STR_INIT;
    hn_config_json(space, CONFIG(&arena, space, "t=true", "b=1", "a=y"), &out);
    assert_string_equal(hn_str_text(&out), "{\"b\":1.0,\"t\":true,\"a\":\"y\"}");
    hn_str_clear(&out);
    hn_config_json(space, CONFIG(&arena, space, "t=false", "a=x"), &out);
    assert_string_equal(hn_str_text(&out), "{\"t\":false,\"a\":\"x\"}");
    hn_str_free(&out);
    hn_arena_free(&arena);
    hone_space_destroy(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_and_json),
        cmocka_unit_test(wrong_texts),
        cmocka_unit_test(wrong_json),
        cmocka_unit_test(whole_configurations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
