// Expressions: their truth for given values, their normalised text, and what is wrong with them.
#include "help.h"

// One space for all; `inner` and `deep` are inactive unless flag is true.
static hone_space *make_space(void)
{
    return SEAL("opt=sgd,adam-w,lion", "x=0..1", "y=0..1", "n=int:1..100", "flag=bool",
                "s=subset:a,b,\"c d\"", "q=perm:a,b", "w=simplex:3", "size=ord:xs,s,m,l",
                "other=ord:xs,s,m,l", "bs=16,32,64", "a-b=0..1", "a=0..1", "b=0..1",
                "tf=true,false,null", "tf2=true,false", "rank=ord:1,2,4,8", "opt2=lion,sgd,rms",
                "lr.base=0..1", "mixed=1,two,\"3\"", "inner=0..1 if flag", "deep=p,q if inner>0.5",
                "shadow=x,z");
}

static hn_truth eval(const hone_space *space, hn_config config, const char *text,
                     const char **normal)
{
    static hn_arena arena;
    const hn_expr *expr = NULL;
    hone_error err = HONE_ERROR_INIT;
    size_t n = strlen(text);
    if (hn_expr_parse(&arena, space, (hn_quote){text, n, 0, n}, &expr, &err) != HONE_OK)
        fail_msg("%s: %s", text, err.text);
    hn_truth truth = hn_expr_eval(expr, space, config.slots, config.active);
    snprintf((char *)*normal, 300, "%s", hn_expr_text(expr));
    hn_arena_free(&arena);
    return truth;
}

static void truths(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        hn_truth truth;
        const char *normal; // NULL: as it is written
    } cases[] = {
        {"opt==sgd", HN_TRUE, NULL},
        {"opt == \"sgd\"", HN_TRUE, "opt==\"sgd\""},
        {"'sgd' == opt", HN_TRUE, "\"sgd\"==opt"},
        {"opt!=sgd", HN_FALSE, NULL},
        {"shadow=='x'", HN_TRUE, "shadow==\"x\""},
        {"opt==adam-w", HN_FALSE, NULL},
        {"opt in {sgd, adam-w}", HN_TRUE, "opt in {sgd,adam-w}"},
        {"opt not in {\"sgd\"}", HN_FALSE, "opt not in {sgd}"},
        {"x>0.25", HN_TRUE, NULL},
        {"x>=0.5", HN_TRUE, NULL},
        {"x>0.5", HN_FALSE, NULL},
        {"0.5<x", HN_FALSE, NULL},
        {"0.50<=x", HN_TRUE, NULL},
        {"x==5e-1", HN_TRUE, NULL},
        {"x<y", HN_TRUE, NULL},
        {"y<x", HN_FALSE, NULL},
        {"x+y==1.25", HN_TRUE, "x + y==1.25"},
        {"y-x>0.2", HN_TRUE, "y - x>0.2"},
        {"2*x + 1 <= n / 5", HN_TRUE, "2 * x + 1<=n / 5"},
        {"n%3==1", HN_TRUE, "n % 3==1"},
        {"-x<-0.4", HN_TRUE, NULL},
        {"- -x>0.4", HN_TRUE, "--x>0.4"},
        {"(x+y)*2>2.4", HN_TRUE, "(x + y) * 2>2.4"},
        {"x+y*2>2.4", HN_FALSE, "x + y * 2>2.4"},
        {"n in {5,10,20}", HN_TRUE, NULL},
        {"n+1 in {5,10,20}", HN_FALSE, "n + 1 in {5,10,20}"},
        {"n in {-10}", HN_FALSE, NULL},
        {"flag", HN_FALSE, NULL},
        {"!flag", HN_TRUE, NULL},
        {"!!flag", HN_FALSE, NULL},
        {"flag==false", HN_TRUE, NULL},
        {"flag==true", HN_FALSE, NULL},
        {"flag in {true,false}", HN_TRUE, NULL},
        {"tf2", HN_TRUE, NULL},
        {"tf==null", HN_FALSE, NULL},
        {"tf==tf2", HN_TRUE, NULL},
        {"flag==tf2", HN_FALSE, NULL},
        {"flag!=tf2", HN_TRUE, NULL},
        {"'a' in s", HN_TRUE, "\"a\" in s"},
        {"'b' in s", HN_FALSE, "\"b\" in s"},
        {"'c d' in s && 'a' in s", HN_TRUE, "\"c d\" in s && \"a\" in s"},
        {"'b' not in s", HN_TRUE, "\"b\" not in s"},
        {"size<=m", HN_TRUE, NULL},
        {"size<m", HN_FALSE, NULL},
        {"size>xs", HN_TRUE, NULL},
        {"xs<size", HN_TRUE, NULL},
        {"size==other", HN_FALSE, NULL},
        {"size<other", HN_TRUE, NULL},
        {"size>=other", HN_FALSE, NULL},
        {"bs==32", HN_TRUE, NULL},
        {"bs<=32", HN_TRUE, NULL},
        {"bs<20", HN_FALSE, NULL},
        {"bs*2==64", HN_TRUE, "bs * 2==64"},
        {"bs>n", HN_TRUE, NULL},
        {"bs in {16,64}", HN_FALSE, NULL},
        {"rank>=4", HN_TRUE, NULL},
        {"rank<3", HN_FALSE, NULL},
        {"rank*10>n", HN_TRUE, "rank * 10>n"},
        {"a-b>0.9", HN_TRUE, NULL},
        {"a - b<0", HN_TRUE, NULL},
        {"a-b-a>0.5", HN_TRUE, "a-b - a>0.5"},
        {"lr.base>0", HN_TRUE, NULL},
        {"opt==opt2", HN_TRUE, NULL},
        {"opt!=opt2", HN_FALSE, NULL},
        {"mixed==\"3\"", HN_TRUE, NULL},
        {"mixed==3", HN_TRUE, NULL},
        {"mixed==1", HN_FALSE, NULL},
        {"opt==sgd && x>0.4", HN_TRUE, NULL},
        {"opt==sgd&&x>0.6", HN_FALSE, "opt==sgd && x>0.6"},
        {"opt==lion || x>0.4", HN_TRUE, NULL},
        {"x>0.9 || x<0.1 || opt==sgd && n>5", HN_TRUE, NULL},
        {"(x>0.9 || n>5) && opt==lion", HN_FALSE, NULL},
        // unknown: inner is inactive, and so is what hangs on it
        {"inner>0.5", HN_UNKNOWN, NULL},
        {"inner<=0.5", HN_UNKNOWN, NULL},
        {"!(inner>0.5)", HN_UNKNOWN, NULL},
        {"inner!=inner", HN_UNKNOWN, NULL},
        {"deep==p", HN_UNKNOWN, NULL},
        {"deep!=p", HN_UNKNOWN, NULL},
        {"deep in {p,q}", HN_UNKNOWN, NULL},
        {"inner + 1 in {1}", HN_UNKNOWN, NULL},
        {"inner>0.5 && flag", HN_FALSE, NULL},
        {"inner>0.5 && opt==sgd", HN_UNKNOWN, NULL},
        {"inner>0.5 || opt==sgd", HN_TRUE, NULL},
        {"inner>0.5 || flag", HN_UNKNOWN, NULL},
        {"flag || inner>0.5", HN_UNKNOWN, NULL},
        // 0/0 and the like
        {"x/(n-10)>1", HN_TRUE, "x / (n - 10)>1"},
        {"(n-10)/(n-10)==1", HN_UNKNOWN, "(n - 10) / (n - 10)==1"},
        {"n%(n-10)==1", HN_UNKNOWN, "n % (n - 10)==1"},
    };
    hone_space *space = make_space();
    hn_arena arena = HN_ARENA_INIT;
    hn_config config =
        CONFIG(&arena, space, "opt=sgd", "x=0.5", "y=0.75", "n=10", "flag=false", "s=a,\"c d\"",
               "size=m", "other=l", "bs=32", "a-b=0.95", "a=0.1", "b=0.3", "tf=true", "tf2=true",
               "rank=4", "opt2=sgd", "lr.base=0.5", "mixed=3", "shadow=x");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char buffer[300];
        const char *normal = buffer;
        hn_truth truth = eval(space, config, cases[i].text, &normal);
        const char *want = cases[i].normal ? cases[i].normal : cases[i].text;
        if (truth != cases[i].truth)
            fail_msg("%s is %d, not %d", cases[i].text, truth, cases[i].truth);
        assert_string_equal(normal, want);
        // The normalised text means the same and is its own normal form.
        assert_int_equal(eval(space, config, want, &normal), cases[i].truth);
        assert_string_equal(normal, want);
    }
    hn_arena_free(&arena);
    hone_space_destroy(space);
}

static void refusals(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int column;
        const char *sentence;
    } cases[] = {
        {"", 0, "empty"},
        {"   ", 0, "empty"},
        {"x", 0, "x is a float, not a condition"},
        {"opt", 0, "opt==sgd"},
        {"tf", 0, "not a condition"},
        {"1", 0, "a number is not a condition"},
        {"1<2", 0, "names no parameter"},
        {"x+1", 0, "a number is not a condition"},
        {"opt==sdg", 5, "did you mean 'sgd'"},
        {"opt==rms", 5, "which has sgd, adam-w, lion"},
        {"opt in {sgd,rms}", 12, "'rms' is no choice"},
        {"opt in {sgd", 7, "never closed"},
        {"opt in {sgd;lion}", 8, "'sgd;lion' is no choice"},
        {"opt in {sgd lion}", 12, "',' or '}'"},
        {"opt in {}", 8, "a choice is missing"},
        {"opt in lion", 7, "there is no parameter 'lion'"},
        {"opt in x", 7, "a subset parameter"},
        {"opt in", 6, "{a,b} or a subset"},
        {"opt not sgd", 8, "'in' is"},
        {"sgd in {sgd}", 0, "there is no parameter 'sgd'"},
        {"opt<lion", 3, "has no order"},
        {"opt<opt2", 3, "no common order"},
        {"size<opt", 4, "no common order"},
        {"mixed<1", 5, "has no order"},
        {"bs==20", 4, "'20' is no choice"},
        {"flag==1", 6, "'1' is no choice of flag"},
        {"xx>1", 0, "there is no parameter 'xx'; did you mean 'x'"},
        {"x>yy", 2, "did you mean 'y'"},
        {"x==sgd", 3, "there is no parameter 'sgd'"},
        {"x==\"sgd\"", 3, "\"sgd\" has no parameter beside it"},
        {"foo==bar", 0, "there is no parameter 'foo'"},
        {"x in {a}", 6, "'a' is not a number"},
        {"q==a", 0, "q is a permutation"},
        {"w+1>0", 0, "w is a simplex, not a number"},
        {"w", 0, "w is a simplex, not a condition"},
        {"w>1", 0, "w is a simplex"},
        {"s==a", 0, "'a' in s"},
        {"a in s", 0, "an item of s is expected"},
        {"'e' in s", 0, "'e' is no choice"},
        {"s>size", 0, "s is a subset"},
        {"(x>0)==flag", 0, "a condition is not compared"},
        {"(x>0)+1>0", 0, "a condition is not a number"},
        {"x+opt>1", 2, "opt is a categorical, not a number"},
        {"-opt>1", 1, "not a number"},
        {"0<x<1", 3, "do not chain"},
        {"shadow==x", 8, "in quotes: 'x'"},
        {"x!=shadow", 0, "in quotes: 'x'"},
        {"shadow==y", 0, "shadow is a categorical, not a number"},
        {"x=1", 1, "'=='"},
        {"x&y", 1, "'&&'"},
        {"x>0 | y>0", 4, "'||'"},
        {"x>0 and y>0", 4, "'&&'"},
        {"x>0 or y>0", 4, "'||'"},
        {"not x>0", 0, "'!'"},
        {"x>0 y>0", 4, "an operator"},
        {"x>", 2, "ends too early"},
        {">x", 0, "not expected here"},
        {"(x>0", 0, "never closed"},
        {"x>0)", 3, "without its '('"},
        {"(x>0]", 4, "means nothing"},
        {"x>0 && ", 7, "ends too early"},
        {"opt=='sgd", 5, "never closed"},
        {"x>1e999", 2, "too large"},
        {"x>$y", 2, "means nothing"},
        {"x>\x01", 2, "0x01"},
    };
    hone_space *space = make_space();
    hn_arena arena = HN_ARENA_INIT;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const hn_expr *expr = NULL;
        hone_error err = HONE_ERROR_INIT;
        size_t n = strlen(cases[i].text);
        hone_status status =
            hn_expr_parse(&arena, space, (hn_quote){cases[i].text, n, 0, n}, &expr, &err);
        if ((status != HONE_EPARSE && status != HONE_EINVAL) || err.column != cases[i].column ||
            !strstr(err.text, cases[i].sentence))
            fail_msg("%s: %s at %d: %s", cases[i].text, hone_status_name(status), err.column,
                     err.text);
    }
    hn_arena_free(&arena);
    hone_space_destroy(space);
}

static void count_visit(uint32_t param, void *user)
{
    uint32_t *seen = user;
    seen[param]++;
}

static void names_what_it_uses(void **state)
{
    (void)state;
    hone_space *space = make_space();
    hn_arena arena = HN_ARENA_INIT;
    const char *text = "opt==opt2 && x+n>1 || 'a' in s && flag";
    const hn_expr *expr = NULL;
    uint32_t seen[32] = {0};
    size_t n = strlen(text);
    assert_int_equal(hn_expr_parse(&arena, space, (hn_quote){text, n, 0, n}, &expr, NULL), HONE_OK);
    hn_expr_params(expr, count_visit, seen);
    static const char *const used[] = {"opt", "opt2", "x", "n", "s", "flag"};
    uint32_t total = 0;
    for (int i = 0; i < 6; i++)
        assert_int_equal(seen[hone_space_index(space, used[i])], 1);
    for (int i = 0; i < 32; i++)
        total += seen[i];
    assert_int_equal(total, 6);
    assert_int_equal(hn_expr_cost(expr), 11);
    hn_arena_free(&arena);
    hone_space_destroy(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(truths),
        cmocka_unit_test(refusals),
        cmocka_unit_test(names_what_it_uses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
