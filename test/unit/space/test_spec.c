// What a spec means, and its normalised spelling.
#include "help.h"

static void specs_are_normalised(void **state)
{
    (void)state;
    static const struct {
        const char *spec, *normal;
    } cases[] = {
        {"0..1", "0..1"},
        {" 0 .. 1 ", "0..1"},
        {".5..1", "0.5..1"},
        {"-1..1", "-1..1"},
        {"-1e-3..+1E3", "-0.001..1000"},
        {"1e-5..1e-1", "1e-5..0.1"},
        {"1..5", "1..5"},
        {"-0..1", "0..1"},
        {"0..1 step 0.05", "0..1 step 0.05"},
        {"log:1e-5..1", "log:1e-5..1"},
        {"int:1..64", "int:1..64"},
        {"int:1e3..1E4", "int:1000..10000"},
        {"int:32..256 step 32", "int:32..256 step 32"},
        {"int:0..10 step 1", "int:0..10"},
        {"int:log:1..4096", "int:log:1..4096"},
        {"int:-5..5", "int:-5..5"},
        {"sgd,adam,lion", "sgd,adam,lion"},
        {"sgd , adam,  lion", "sgd,adam,lion"},
        {"{sgd,adam}", "sgd,adam"},
        {"{ sgd , adam }", "sgd,adam"},
        {"{sgd}", "{sgd}"},
        {"\"sgd\"", "{sgd}"},
        {"{16}", "{16}"},
        {"\"16\"", "{\"16\"}"},
        {"sgd:3,adam:1", "sgd:3,adam:1"},
        {"sgd:1,adam:1", "sgd,adam"},
        {"sgd:3,adam", "sgd:3,adam:1"},
        {"16,32,64", "16,32,64"},
        {"true,false", "true,false"},
        {"none,null,1.50", "none,null,1.50"},
        {"\"3\",4", "\"3\",4"},
        {"\"3\",3.0 = 3.0", "\"3\",3.0 = 3.0"},
        {"\"3\",3.0 = 3", "\"3\",3.0 = 3.0"},
        {"'a b','c,d'", "\"a b\",\"c,d\""},
        {"'a\"b',\"c\\\\d\",'e\\nf'", "\"a\\\"b\",c\\d,\"e\\nf\""},
        {"\"a:b\",\"x=y\",\"~\"", "\"a:b\",\"x=y\",\"~\""},
        {"\"\",a", "\"\",a"},
        {"../a,b", NULL},
        {"./a,/b/c.txt", "./a,/b/c.txt"},
        {"\"int\":2,b", "\"int\":2,b:1"},
        {"\"1..5\",b", "\"1..5\",b"},
        {"3x3,5x5", "3x3,5x5"},
        {"1.,2", "1.,2"},
        {"+,-", "+,-"},
        {"größe,小", "größe,小"},
        {"ord:xs,s,m,l", "ord:xs,s,m,l"},
        {"ord:{xs,s}", "ord:xs,s"},
        {"ord:1:2,4", "ord:1:2,4:1"},
        {"bool", "bool"},
        {"bool = true", "bool = true"},
        {"bool,other", "\"bool\",other"},
        {"perm:a,b,c", "perm:a,b,c"},
        {"perm:a,b,c = c,a,b", "perm:a,b,c = c,a,b"},
        {"subset:a,b,c = {}", "subset:a,b,c = {}"},
        {"subset:a,b,c = {c, a}", "subset:a,b,c = a,c"},
        {"subset:{a}", "subset:{a}"},
        {"simplex:4", "simplex:4"},
        {"simplex:3 = 0.2, 0.3, 0.5", "simplex:3 = 0.2,0.3,0.5"},
        {"normal:0,1", "normal:0,1"},
        {"normal: -1.5 , 2", "normal:-1.5,2"},
        {"lognormal:0,1 = 2", "lognormal:0,1 = 2"},
        {"0..1=0.5", "0..1 = 0.5"},
        {"0..1 step 0.1 = 0.30000000000000004", "0..1 step 0.1 = 0.3"},
        {"a,b = b", "a,b = b"},
        {"a,\"b c\" = \"b c\"", "a,\"b c\" = \"b c\""},
        {"a,\"b c\" = b c", "a,\"b c\" = \"b c\""},
        {"16,32 = 32", "16,32 = 32"},
        {"a,if = if", "a,if = if"},
        {"log:1e-5..1 ~ 3e-4*/3", "log:1e-5..1 ~ 0.0003*/3"},
        {"0..1 ~ 0.5+-0.1", "0..1 ~ 0.5+-0.1"},
        {"0..1 ~ 0.5 +- 0.1", "0..1 ~ 0.5+-0.1"},
        {"int:1..100 ~ 30*/2 = 20", "int:1..100 = 20 ~ 30*/2"},
        {"0..1 if a ==1", "0..1 if a ==1"},
        {"0..1 if a==1 = 0.5 ~ 0.3+-0.1", "0..1 = 0.5 ~ 0.3+-0.1 if a==1"},
        {"0..1 if b = 0.5", "0..1 = 0.5 if b"},
        {"x,y if c in {a,b}", "x,y if c in {a,b}"},
        {"x,y if c=='~ = if'", "x,y if c=='~ = if'"},
        // choices of any JSON
        {"1,\"1\",true,\"true\"", "1,\"1\",true,\"true\""},
        {"1,\"1\" = 1", "1,\"1\" = 1"},
        {"1,\"1\" = \"1\"", "1,\"1\" = \"1\""},
        {"[64, 64],[128]", "[64,64],[128]"},
        {"[64,64]:3,[128] = [ 128 ]", "[64,64]:3,[128]:1 = [128]"},
        {"{[64, 64]}", "{[64,64]}"},
        {"{\"b\":1, \"a\":[1.0]},{}", "{{\"a\":[1.0],\"b\":1},{}}"},
        {"{\"a\":1}:2 , b:1", "{{\"a\":1}:2,b:1}"},
        {"{\"a\":1}", "{a}"}, // a list with a weight, as ever
        {"{{\"a\":1}}", "{{\"a\":1}}"},
        {"a,{\"b\":\"= ~ if\"} = {\"b\": \"= ~ if\"} if c==[1,\"]\"]",
         "a,{\"b\":\"= ~ if\"} = {\"b\":\"= ~ if\"} if c==[1,\"]\"]"},
        {"ord:[1],[2]", "ord:[1],[2]"},
        {"perm:{\"a\":1},[2] = [2],{\"a\":1}", "perm:{{\"a\":1},[2]} = [2],{\"a\":1}"},
        {"perm:{\"a\":1},[2] = {{\"a\":1},[2]}", "perm:{{\"a\":1},[2]} = {{\"a\":1},[2]}"},
        {"subset:[1],[2],3 = [2]", "subset:[1],[2],3 = [2]"},
        {"\"[1]\",[1]", "\"[1]\",[1]"},
        {"9007199254740993,9007199254740992", "9007199254740993,9007199254740992"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hone_space *space = NULL;
        hone_error err = HONE_ERROR_INIT;
        assert_int_equal(hone_space_create(&space, &err), HONE_OK);
        hone_status status = hone_space_add(space, "x", cases[i].spec, &err);
        if (!cases[i].normal) {
            assert_int_equal(status, HONE_EPARSE);
        } else if (status != HONE_OK) {
            fail_msg("%s: %s", cases[i].spec, err.text);
        } else {
            assert_string_equal(hone_space_spec(space, 0), cases[i].normal);
            hone_space *again = NULL;
            assert_int_equal(hone_space_create(&again, &err), HONE_OK);
            assert_int_equal(hone_space_add(again, "x", cases[i].normal, &err), HONE_OK);
            assert_string_equal(hone_space_spec(again, 0), cases[i].normal);
            hone_space_destroy(again);
        }
        hone_space_destroy(space);
    }
}

static void ranges_are_numbers(void **state)
{
    (void)state;
    hone_space *space = SEAL("a=log:1e-5..0.1", "b=int:32..256 step 32", "c=0..1 step 0.3",
                             "d=normal:1,2", "e=1..5", "f=int:log:1..4096");
    const hn_param *a = hn_space_find(space, "a"), *b = hn_space_find(space, "b");
    const hn_param *c = hn_space_find(space, "c"), *d = hn_space_find(space, "d");
    assert_int_equal(a->type, HONE_PARAM_FLOAT);
    assert_int_equal(a->scale, HN_LOG);
    assert_true(a->low == 1e-5 && a->high == 0.1 && a->step == 0);
    assert_int_equal(b->type, HONE_PARAM_INT);
    assert_true(b->ilow == 32 && b->ihigh == 256 && b->istep == 32 && b->last == 7);
    assert_true(c->last == 3 && c->decimals == 1);
    assert_int_equal(d->scale, HN_NORMAL);
    assert_true(d->low == 1 && d->high == 2);
    assert_int_equal(hone_space_type(space, 4), HONE_PARAM_FLOAT);
    assert_int_equal(hn_space_find(space, "f")->scale, HN_LOG);
    assert_int_equal(hn_space_find(space, "f")->istep, 1);
    hone_space_destroy(space);
}

static void choices_have_types(void **state)
{
    (void)state;
    hone_space *space = SEAL("x=16,1.5,true,null,sgd,\"3\",'4'");
    static const hn_literal_kind kinds[] = {HN_LITERAL_NUMBER, HN_LITERAL_NUMBER, HN_LITERAL_BOOL,
                                            HN_LITERAL_NULL,   HN_LITERAL_TEXT,   HN_LITERAL_TEXT,
                                            HN_LITERAL_TEXT};
    static const char *const texts[] = {"16", "1.5", "true", "null", "sgd", "3", "4"};
    const hn_param *p = &space->params[0];
    assert_int_equal(p->n_choices, 7);
    for (int i = 0; i < 7; i++) {
        assert_int_equal(p->choices[i].kind, kinds[i]);
        assert_string_equal(hone_space_choice(space, 0, (uint32_t)i), texts[i]);
    }
    assert_true(p->choices[0].is_int && p->choices[0].integer == 16);
    assert_false(p->choices[1].is_int);
    assert_true(p->weights == 0);
    hone_space_destroy(space);
}

static void dimensions_and_slots(void **state)
{
    (void)state;
    hone_space *space = SEAL("a=0..1", "b=perm:x,y,z", "c=subset:x,y", "d=simplex:4", "e=bool");
    static const uint32_t slots[] = {1, 3, 1, 4, 1}, dims[] = {1, 3, 2, 3, 1};
    uint32_t slot = 0, dim = 0;
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(space->params[i].slot, slot);
        assert_int_equal(space->params[i].dim, dim);
        assert_int_equal(space->params[i].n_slots, slots[i]);
        assert_int_equal(space->params[i].n_dims, dims[i]);
        slot += slots[i];
        dim += dims[i];
    }
    assert_int_equal(space->n_slots, slot);
    assert_int_equal(space->n_dims, dim);
    hone_space_destroy(space);
}

static void beliefs_and_defaults(void **state)
{
    (void)state;
    hone_space *space = SEAL("a=log:1e-5..1 ~ 3e-4*/3 = 0.01", "b=0..1 ~ 0.5+-0.1", "c=a,b = b");
    const hn_param *a = hn_space_find(space, "a"), *b = hn_space_find(space, "b");
    assert_true(a->belief.present && a->belief.is_factor);
    assert_true(a->belief.centre == 3e-4 && a->belief.spread == 3);
    assert_true(a->has_default && a->fallback[0].f == 0.01);
    assert_true(b->belief.present && !b->belief.is_factor && b->belief.spread == 0.1);
    assert_false(b->has_default);
    assert_int_equal(hn_space_find(space, "c")->fallback[0].i, 1);
    hone_space_destroy(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(specs_are_normalised), cmocka_unit_test(ranges_are_numbers),
        cmocka_unit_test(choices_have_types),   cmocka_unit_test(dimensions_and_slots),
        cmocka_unit_test(beliefs_and_defaults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
