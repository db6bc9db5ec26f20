// A space as a person sees it, and what changed between two.
#include "help.h"

static void check(const hone_space *space, int width, const char *want)
{
    char *text = hone_space_describe(space, width);
    assert_string_equal(text, want);
    hone_free(text);
}

static void aligned_columns(void **state)
{
    (void)state;
    hone_space *space =
        SEAL("lr=log:1e-5..1e-1 = 0.01 ~ 1e-3*/3", "depth=int:2..10", "opt=sgd:3,adam:1",
             "momentum=0..0.99 step 0.01 if opt==sgd", "size=ord:xs,s,m = s", "flag=bool",
             "order=perm:a,b,c", "use=subset:x,y = {}", "mix=simplex:3", "noise=normal:0,1",
             "scale=lognormal:0,0.5", "forbid opt==sgd && lr>0.05", "require depth<8 || flag");
    check(space, 80,
          "lr        float        1e-5 .. 0.1     log  = 0.01  ~ 0.001*/3\n"
          "depth     int          2 .. 10\n"
          "opt       categorical  sgd:3, adam:1\n"
          "momentum  float        0 .. 0.99       step 0.01  if opt==sgd\n"
          "size      ordered      xs, s, m  = s\n"
          "flag      bool         false, true\n"
          "order     permutation  a, b, c\n"
          "use       subset       x, y  = {}\n"
          "mix       simplex      3 shares\n"
          "noise     float        mean 0, sd 1\n"
          "scale     float        mean 0, sd 0.5  of the logarithm\n"
          "forbid    opt==sgd && lr>0.05\n"
          "require   depth<8 || flag\n"
          "infinitely many configurations\n");
    hone_space_destroy(space);
}

static void long_lines_hang(void **state)
{
    (void)state;
    hone_space *space = SEAL("activation=relu,gelu,silu,tanh,sigmoid,leaky_relu,elu,selu,softplus",
                             "x=bool if activation in {relu,gelu} && activation!=silu");
    check(space, 50,
          "activation  categorical  relu, gelu, silu, tanh,\n"
          "                         sigmoid, leaky_relu, elu,\n"
          "                         selu, softplus\n"
          "x           bool         false, true\n"
          "                         if activation in\n"
          "                         {relu,gelu} &&\n"
          "                         activation!=silu\n"
          "11 configurations\n");
    check(space, 0,
          "activation  categorical  relu, gelu, silu, tanh, sigmoid, leaky_relu, elu, selu, "
          "softplus\n"
          "x           bool         false, true  if activation in {relu,gelu} && "
          "activation!=silu\n"
          "11 configurations\n");
    hone_space_destroy(space);
}

static void narrow_and_long(void **state)
{
    (void)state;
    hone_space *space = SEAL("a_name_that_is_longer_than_its_column=0..1",
                             "b=größe,\"a text that is far too long for "
                             "a line of this width\"");
    check(space, 40,
          "a_name_that_is_longer_than_its_column\n"
          "    float  0 .. 1\n"
          "b                         categorical\n"
          "    größe,\n"
          "    \"a text that is far too long for a l\n"
          "    ine of this width\"\n"
          "infinitely many configurations\n");
    hone_space_destroy(space);
}

static void numbers_of_configurations(void **state)
{
    (void)state;
    hone_space *space = SEAL("a={x}");
    check(space, 80, "a  categorical  x\n1 configuration\n");
    hone_space_destroy(space);
    space = SEAL("a=bool", "b=bool", "forbid a && b");
    check(space, 80,
          "a        bool  false, true\n"
          "b        bool  false, true\n"
          "forbid   a && b\n"
          "at most 4 configurations\n");
    hone_space_destroy(space);
    space = SEAL("a=int:0..1000000000", "b=int:0..1000000000");
    check(space, 80,
          "a  int  0 .. 1000000000\n"
          "b  int  0 .. 1000000000\n"
          "about 1e+18 configurations\n");
    hone_space_destroy(space);
    space = OPEN("a=0..1 if b");
    check(space, 80, "a  float  0 .. 1  if b\n");
    hone_space_destroy(space);
}

static void check_diff(hone_space *a, hone_space *b, const char *want)
{
    char *diff = hone_space_diff(a, b);
    assert_string_equal(diff, want);
    hone_free(diff);
    hone_space_destroy(a);
    hone_space_destroy(b);
}

static void check_line(hone_space *a, hone_space *b, const char *want)
{
    char *line = hone_space_diff_line(a, b);
    assert_string_equal(line, want);
    hone_free(line);
    hone_space_destroy(a);
    hone_space_destroy(b);
}

static void differences_in_a_line(void **state)
{
    (void)state;
    check_line(SEAL("a=0..1"), SEAL("a=0..1"), "");
    check_line(SEAL("lr=log:1e-5..1", "b=x,y"), SEAL("lr=log:1e-6..1", "b=x,y"),
               "lr log:1e-6..1 (was log:1e-5..1)");
    check_line(SEAL("lr=0..1", "c=bool", "forbid lr>0.5"), SEAL("lr=0..1", "d=1,2", "require lr>0"),
               "c dropped, d added: 1,2, forbid: lr>0.5 lifted, require: lr>0 added");
    check_line(SEAL("a=1..2", "b=1..2", "c=1..2", "d=1..2", "e=1..2", "f=1..2"), SEAL("z=1..2"),
               "a dropped, b dropped, c dropped, d dropped and 3 more");
}

static void differences(void **state)
{
    (void)state;
    check_diff(SEAL("a=0..1", "b=x,y", "forbid a>0.5"),
               SEAL("a=0.0..1", "b={x,y}", "forbid a > 0.5"), "");
    // The order of declaration is no difference.
    check_diff(SEAL("a=0..1", "b=x,y"), SEAL("b=x,y", "a=0..1"), "");
    check_diff(
        SEAL("lr=log:1e-5..1", "b=x,y", "c=bool", "forbid lr>0.5", "require c"),
        SEAL("lr=log:1e-6..1", "b=x,y", "d=int:1..2 if b==x", "forbid lr>0.5", "forbid d==1"),
        "- lr log:1e-5..1\n"
        "+ lr log:1e-6..1\n"
        "- c bool\n"
        "+ d int:1..2 if b==x\n"
        "- require: c\n"
        "+ forbid: d==1\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aligned_columns), cmocka_unit_test(long_lines_hang),
        cmocka_unit_test(narrow_and_long), cmocka_unit_test(numbers_of_configurations),
        cmocka_unit_test(differences),     cmocka_unit_test(differences_in_a_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
