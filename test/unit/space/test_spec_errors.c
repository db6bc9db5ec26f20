// What is wrong with a text: the status, a part of the sentence, and the column of the caret.
#include <stdlib.h>

#include "help.h"

typedef struct bad {
    const char *text; // name=spec
    hone_status status;
    int column;
    const char *sentence;
} bad;

static const bad table[] = {
    // names
    {"", HONE_EPARSE, 0, "'=' is missing"},
    {"lr", HONE_EPARSE, 2, "'=' is missing"},
    {"=0..1", HONE_EPARSE, 0, "name is missing"},
    {"9x=0..1", HONE_EPARSE, 0, "begins with a letter"},
    {"-x=0..1", HONE_EPARSE, 0, "begins with a letter"},
    {"a b=0..1", HONE_EPARSE, 1, "goes on with letters"},
    {"ä=0..1", HONE_EPARSE, 0, "begins with a letter"},
    {"seed=0..1", HONE_EPARSE, 0, "trial seed dir ckpt resource from slot gpu args json json_file"},
    {"json_file=0..1", HONE_EPARSE, 0, "reserved"},
    {"true=0..1", HONE_EPARSE, 0, "a word of the space language"},
    {"in=0..1", HONE_EPARSE, 0, "a word of the space language"},
    // nothing, or nothing sensible
    {"x=", HONE_EPARSE, 2, "values are missing"},
    {"x=   ", HONE_EPARSE, 5, "values are missing"},
    {"x=\x01,b", HONE_EPARSE, 2, "0x01"},
    {"x=a\xff,b", HONE_EPARSE, 3, "0xff"},
    {"x=a,\xc0\x80", HONE_EPARSE, 4, "0xc0"},
    // ranges
    {"x=1..", HONE_EPARSE, 5, "the high end is missing"},
    {"x=..5", HONE_EPARSE, 2, "the low end is not a number"},
    {"x=a..b", HONE_EPARSE, 2, "the low end is not a number: 'a'"},
    {"x=1..b", HONE_EPARSE, 5, "the high end is not a number: 'b'"},
    {"x=0...1", HONE_EPARSE, 5, "two dots"},
    {"x=0..1..2", HONE_EPARSE, 6, "one '..'"},
    {"x=0..1x", HONE_EPARSE, 5, "not a number: '1x'"},
    {"x=0..0.1.2", HONE_EPARSE, 5, "not a number: '0.1.2'"},
    {"x=0..1e400", HONE_EPARSE, 5, "too large"},
    {"x=0..nan", HONE_EPARSE, 5, "not a number: 'nan'"},
    {"x=0..inf", HONE_EPARSE, 5, "not a number: 'inf'"},
    {"x=1..0", HONE_EINVAL, 2, "write 0..1"},
    {"x=int:9..3", HONE_EINVAL, 6, "write 3..9"},
    {"x=1..1", HONE_EINVAL, 5, "low and high are equal"},
    {"x=int:4..4", HONE_EINVAL, 9, "{4}"},
    {"x=0-1", HONE_EPARSE, 3, "0..1"},
    {"x=[0,1]", HONE_EPARSE, 2, "no brackets"},
    {"x=(0,1)", HONE_EPARSE, 2, "no brackets"},
    {"x=uniform(0,1)", HONE_EPARSE, 2, "no brackets"},
    {"x=int:[1,5]", HONE_EPARSE, 6, "no brackets"},
    {"x={1..5}", HONE_EPARSE, 3, "no braces: write 1..5"},
    {"x=int:{1..5}", HONE_EPARSE, 6, "no brackets"},
    {"x=1..3,5", HONE_EPARSE, 6, "',' is not expected"},
    // log, int, step
    {"x=log:0..1", HONE_EINVAL, 6, "above zero, not 0"},
    {"x=log:-1..1", HONE_EINVAL, 6, "above zero, not -1"},
    {"x=int:log:0..9", HONE_EINVAL, 10, "above zero, not 0"},
    {"x=log:log:1..2", HONE_EPARSE, 6, "twice"},
    {"x=log:int:1..2", HONE_EPARSE, 2, "int:log:"},
    {"x=int:1.5..3", HONE_EPARSE, 6, "whole number"},
    {"x=int:1..3.5", HONE_EPARSE, 9, "whole number"},
    {"x=int:1..1e30", HONE_EPARSE, 9, "whole number"},
    {"x=int:7", HONE_EPARSE, 7, "the shell has expanded it"},
    {"x=int:-9223372036854775808..9223372036854775807", HONE_EINVAL, 6, "2^50"},
    {"x=int:log:1..1e13", HONE_EINVAL, 13, "2^40"},
    {"x=0..1 step", HONE_EPARSE, 11, "the step is missing"},
    {"x=0..1 step 0", HONE_EPARSE, 12, "above zero"},
    {"x=0..1 step -0.1", HONE_EINVAL, 12, "above zero"},
    {"x=0..1 step 2", HONE_EINVAL, 12, "larger than the range"},
    {"x=0..1 step 1e-17", HONE_EINVAL, 12, "too small"},
    {"x=-1e308..1e308 step 1", HONE_EINVAL, 21, "too small"},
    {"x=int:1..5 step 5", HONE_EINVAL, 16, "larger than the range"},
    {"x=int:1..5 step 1.5", HONE_EPARSE, 16, "whole number"},
    {"x=log:1..9 step 1", HONE_EINVAL, 16, "takes no step"},
    {"x=int:log:1..9 step 2", HONE_EINVAL, 20, "takes no step"},
    {"x=0..1 = 0.5 step 0.1", HONE_EPARSE, 13, "right after its range"},
    {"x=a,b step 2", HONE_EPARSE, 6, "right after its range"},
    // types by another name
    {"x=lgo:1..2", HONE_EPARSE, 2, "did you mean 'log:'"},
    {"x=itn:1..2", HONE_EPARSE, 2, "did you mean 'int:'"},
    {"x=orf:xs,s", HONE_EPARSE, 2, "did you mean 'ord:'"},
    {"x=float:0..1", HONE_EPARSE, 2, "write 0..1"},
    {"x=loguniform:1..2", HONE_EPARSE, 2, "log:1e-5..1"},
    {"x=choice:a,b", HONE_EPARSE, 2, "sgd,adam"},
    {"x=whatever:1..2", HONE_EPARSE, 2, "is no type"},
    // lists
    {"opt=sgd", HONE_EPARSE, 4, "the shell has split it: write sgd,"},
    {"x=0.1", HONE_EPARSE, 2, "one number leaves nothing to choose"},
    {"x=0:1", HONE_EPARSE, 2, "one number leaves nothing to choose"},
    {"opt={sgd", HONE_EPARSE, 4, "never closed"},
    {"opt={sgd,", HONE_EPARSE, 4, "never closed"},
    {"opt={sgd adam}", HONE_EPARSE, 9, "',' or '}'"},
    {"adam}", HONE_EPARSE, 4, "the shell has split"},
    {"opt=sgd}", HONE_EPARSE, 7, "without its '{'"},
    {"x=perm:a", HONE_EPARSE, 7, "the shell has split it"},
    {"x=perm:{a}", HONE_EINVAL, 2, "2 to 256 items"},
    {"x=ord:{a}", HONE_EINVAL, 2, "2 to 65536 choices"},
    {"x=a,", HONE_EPARSE, 4, "a choice is missing"},
    {"x=,a", HONE_EPARSE, 2, "a choice is missing"},
    {"x=a,,b", HONE_EPARSE, 4, "a choice is missing"},
    {"x=a,~b", HONE_EPARSE, 4, "missing before '~'"},
    {"x=a b,c", HONE_EPARSE, 2, "leaves nothing to choose"},
    {"x=a,b c", HONE_EPARSE, 6, "separated by commas"},
    {"x=a,b,a", HONE_EINVAL, 6, "'a' stands there twice (1. and 3.)"},
    {"x=true,a,\"true\",true", HONE_EINVAL, 16, "'true' stands there twice (1. and 4.)"},
    {"x=[1],a,[ 1 ]", HONE_EINVAL, 8, "the choice '[1]' stands there twice (1. and 3.)"},
    {"x={{\"a\":1,\"b\":2},{\"b\":2,\"a\":1}}", HONE_EINVAL, 17, "stands there twice"},
    {"x=[sgd,adam]", HONE_EPARSE, 2, "choices need no brackets: write a,b,c"},
    {"x=[1],[2", HONE_EPARSE, 6, "this '[' is never closed"},
    {"x=[1],[2}", HONE_EPARSE, 6, "choices need no brackets"},
    {"x=[1],{\"a\":1,\"a\":2}", HONE_EPARSE, 6, "in JSON"},
    {"x=[1],[2]y", HONE_EPARSE, 9, "separated by commas"},
    {"x=[1,2,3]", HONE_EPARSE, 2, "one list leaves nothing to choose"},
    {"x=[1],[\"\\u0001\"] if y==[2}", HONE_EPARSE, 23, "in JSON"},
    {"x=[1],[\"\x7f\"]", HONE_EPARSE, 8, "is not text"},
    {"x=[1],[2] = [3]", HONE_EINVAL, 12, "'[3]' is no choice of x"},
    {"x=1,1.0", HONE_EINVAL, 4, "twice"},
    {"x=3,\"3\",3", HONE_EINVAL, 8, "the choice '3' stands there twice (1. and 3.)"},
    {"x=subset:a,a", HONE_EINVAL, 11, "the item 'a'"},
    {"x=a,\"b", HONE_EPARSE, 4, "never closed"},
    {"x=a,\"b\\q\"", HONE_EPARSE, 7, "backslash"},
    {"x=a,1e999", HONE_EINVAL, 4, "too large"},
    {"x=a,b:c", HONE_EPARSE, 5, "the weight of a choice"},
    {"x=a:0,b", HONE_EINVAL, 4, "weight of 'a'"},
    {"x=a,b:-1", HONE_EINVAL, 6, "weight of 'b'"},
    {"x=a,b:1e300", HONE_EINVAL, 6, "weight of 'b'"},
    {"x=perm:a:2,b", HONE_EINVAL, 2, "no weights"},
    {"x=a,1..2", HONE_EPARSE, 4, "reads as a range"},
    // simplex, normal
    {"x=simplex:1", HONE_EPARSE, 10, "2 to 256"},
    {"x=simplex:257", HONE_EPARSE, 10, "2 to 256"},
    {"x=simplex:2.5", HONE_EPARSE, 10, "2 to 256"},
    {"x=simplex:", HONE_EPARSE, 10, "number of shares is missing"},
    {"x=normal:0", HONE_EPARSE, 10, "standard deviation"},
    {"x=normal:0,0", HONE_EINVAL, 11, "above zero"},
    {"x=normal:a,1", HONE_EPARSE, 9, "the mean is not a number"},
    {"x=lognormal:0,99", HONE_EINVAL, 14, "logarithm"},
    // defaults
    {"x=0..1 =", HONE_EPARSE, 7, "default after '=' is missing"},
    {"x=subset:a,b =", HONE_EPARSE, 13, "the empty set is {}"},
    {"x=0..1 = 0.1 = 0.2", HONE_EPARSE, 13, "two defaults"},
    {"x=0..1 == 0.1", HONE_EPARSE, 7, "belongs after 'if'"},
    {"x=0..1 = 2", HONE_EINVAL, 9, "x = 2 is outside 0..1"},
    {"x=0..1 = a", HONE_EINVAL, 9, "'a' is not a number"},
    {"x=0..1 step 0.3 = 0.5", HONE_EINVAL, 18, "nearest are 0.3 and 0.6"},
    {"x=0..1 step 0.3 = 1", HONE_EINVAL, 18, "the last one is 0.9"},
    {"x=int:1..9 step 4 = 4", HONE_EINVAL, 20, "nearest are 1 and 5"},
    {"x=int:1..9 = 2.5", HONE_EINVAL, 13, "not a whole number"},
    {"x=sgd,adam = adma", HONE_EINVAL, 13, "did you mean 'adam'"},
    {"x=sgd,adam = rms", HONE_EINVAL, 13, "which has sgd, adam"},
    {"x=bool = yes", HONE_EINVAL, 9, "false, true"},
    {"x=perm:a,b = a", HONE_EINVAL, 13, "all its 2 items"},
    {"x=perm:a,b = a,a", HONE_EINVAL, 15, "twice"},
    {"x=subset:a,b = a,c", HONE_EINVAL, 17, "'c' is no choice"},
    {"x=subset:a,b = {a", HONE_EINVAL, 15, "never closed"},
    {"x=simplex:2 = 0.5,0.4", HONE_EINVAL, 14, "sum to 0.9"},
    {"x=simplex:2 = 0.5", HONE_EINVAL, 17, "2 shares"},
    {"x=simplex:2 = 0.5,0.2,0.3", HONE_EINVAL, 21, "more shares"},
    {"x=simplex:2 = 1.5,-0.5", HONE_EINVAL, 14, "within 0..1"},
    {"x=lognormal:0,1 = 0", HONE_EINVAL, 18, "above zero"},
    // beliefs
    {"x=0..1 ~ 0.5", HONE_EPARSE, 12, "'*/' and a factor"},
    {"x=0..1 ~ 2+-1", HONE_EINVAL, 9, "outside 0..1"},
    {"x=0..1 ~ 0.5+-0", HONE_EINVAL, 14, "width"},
    {"x=1..2 ~ 1.5*/1", HONE_EINVAL, 14, "factor of a belief is above 1"},
    {"x=log:-2..-1", HONE_EINVAL, 10, "a log range needs a high end above zero, not -1"},
    {"x=normal:0,1e300", HONE_EINVAL, 11, "deviation up to 1e299"},
    {"x=0_1", HONE_EPARSE, 2, "'0_1' is one choice"},
    {"x=it's,b", HONE_EPARSE, 4, "a quote inside a choice"},
    {"x0..1", HONE_EPARSE, 5, "'=' is missing"},
    {"x 0..1 if y==2", HONE_EPARSE, 1, "'=' is missing"},
    {"x{a}", HONE_EPARSE, 1, "'=' is missing"},
    {"x=0..1 ~ 0.5*/2", HONE_EINVAL, 9, "range above zero"},
    {"x=1..2 ~ 1.5*/2 ~ 1.5*/2", HONE_EPARSE, 16, "two beliefs"},
    {"x=a,b ~ 1", HONE_EINVAL, 6, "weigh choices"},
    {"x=bool ~ 1", HONE_EINVAL, 7, "true:3,false:1"},
    {"x=simplex:3 ~ 1", HONE_EINVAL, 12, "float and int"},
    {"x=normal:0,1 ~ 0+-1", HONE_EINVAL, 15, "leave '~' out"},
    // conditions: grammar is checked at once
    {"x=0..1 if", HONE_EPARSE, 7, "condition after 'if' is missing"},
    {"x=0..1 if a if b", HONE_EPARSE, 12, "two conditions"},
    {"x=0..1 if a=b", HONE_EPARSE, 11, "write '=='"},
    {"x=0..1 if a = b", HONE_EINVAL, 12, "to compare write '=='"},
    {"x=0..1 if a==", HONE_EPARSE, 13, "ends too early"},
    {"x=0..1 if (a>1", HONE_EPARSE, 10, "never closed"},
    {"x=0..1 if a>1)", HONE_EPARSE, 13, "without its '('"},
    {"x=0..1 if a and b", HONE_EPARSE, 12, "'&&'"},
    {"x=0..1 if a & b", HONE_EPARSE, 12, "'&&'"},
    {"x=0..1 if 0<a<1", HONE_EPARSE, 13, "do not chain"},
    {"x=0..1 iff a", HONE_EPARSE, 7, "'iff' is not expected"},
    {"x=0..1 when a", HONE_EPARSE, 7, "'when' is not expected"},
};

static void every_error_has_its_place(void **state)
{
    (void)state;
    size_t n = sizeof table / sizeof *table;
    assert_true(n >= 60);
    for (size_t i = 0; i < n; i++) {
        const bad *b = &table[i];
        hone_space *space = NULL;
        hone_error err = HONE_ERROR_INIT;
        assert_int_equal(hone_space_create(&space, &err), HONE_OK);
        hone_status status = hone_space_add_text(space, b->text, &err);
        if (status != b->status || err.status != status || err.column != b->column ||
            !strstr(err.text, b->sentence))
            fail_msg("%s: %s at %d: %s", b->text, hone_status_name(status), err.column, err.text);
        assert_int_equal(strlen(err.source), strlen(b->text));
        assert_int_equal(hone_space_n_params(space), 0);
        // After an error the space is as it was: the same name is still free.
        if (strncmp(b->text, "x=", 2) == 0)
            assert_int_equal(hone_space_add(space, "x", "0..1", &err), HONE_OK);
        hone_space_destroy(space);
    }
}

static void columns_count_in_the_spec_alone(void **state)
{
    (void)state;
    hone_space *space = OPEN("a=0..1");
    hone_error err = HONE_ERROR_INIT;
    assert_int_equal(hone_space_add(space, "x", "lgo:1..2", &err), HONE_EPARSE);
    assert_string_equal(err.source, "lgo:1..2");
    assert_int_equal(err.column, 0);
    assert_int_equal(hone_space_add(space, "trial", "0..1", &err), HONE_EPARSE);
    assert_string_equal(err.source, "trial");
    assert_int_equal(hone_space_add(space, "a", "0..1", &err), HONE_EEXISTS);
    assert_non_null(strstr(err.text, "a"));
    assert_int_equal(hone_space_add(space, NULL, "0..1", &err), HONE_EINVAL);
    assert_int_equal(hone_space_add(space, "b", NULL, &err), HONE_EINVAL);
    assert_int_equal(hone_space_add(space, "b", "1..0", NULL), HONE_EINVAL);
    hone_space_destroy(space);
}

// Builds a text of `n` items `item`, separated by `comma`, after `head`.
static char *repeat(const char *head, const char *format, const char *comma, int n)
{
    hn_str out = HN_STR_INIT;
    hn_str_add(&out, head);
    for (int i = 0; i < n; i++) {
        char item[32];
        snprintf(item, sizeof item, format, i);
        hn_str_add(&out, i ? comma : "");
        hn_str_add(&out, item);
    }
    return hn_str_take(&out);
}

static void check_size(const char *head, const char *format, const char *comma, int n,
                       const char *sentence)
{
    hone_space *space = OPEN("a=0..1");
    hone_error err = HONE_ERROR_INIT;
    char *spec = repeat(head, format, comma, n);
    hone_status status = hone_space_add(space, "x", spec, &err);
    if (sentence) {
        assert_true(status == HONE_EINVAL || status == HONE_EPARSE);
        assert_non_null(strstr(err.text, sentence));
    } else {
        assert_int_equal(status, HONE_OK);
    }
    hn_free(spec);
    hone_space_destroy(space);
}

static void limits(void **state)
{
    (void)state;
    check_size("subset:", "i%d", ",", 64, NULL);
    check_size("subset:", "i%d", ",", 65, "1 to 64 items");
    check_size("perm:", "i%d", ",", 256, NULL);
    check_size("perm:", "i%d", ",", 257, "2 to 256 items");
    check_size("", "c%d", ",", 10000, NULL);
    check_size("", "c%d", ",", 20000, "longer than 65536 bytes");
    check_size("0..1 if ", "a>0", "&&", 10000, NULL);
    check_size("0..1 if ", "a+", "", 10000, "ends too early");
    check_size("0..1 if ", "(", "", 64, "ends too early");
    check_size("0..1 if ", "(", "", 65, "nested more than 64 deep");
    check_size("0..1 if ", "!", "", 60000, "nested more than 64 deep");
    check_size("0..1 if ", "-", "", 60000, "nested more than 64 deep");
    check_size("subset:a,b = ", "{", "", 60000, "never closed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_error_has_its_place),
        cmocka_unit_test(columns_count_in_the_spec_alone),
        cmocka_unit_test(limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
