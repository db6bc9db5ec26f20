// Enumerations and cardinalities.
#include <math.h>

#include "help.h"

static void check_grid(const char *spec, uint32_t resolution, const char *values)
{
    char line[100];
    hn_str out = HN_STR_INIT;
    snprintf(line, sizeof line, "x=%s", spec);
    hone_space *space = SEAL(line);
    const hn_param *p = &space->params[0];
    for (uint32_t k = 0; k < hn_grid_size(p, resolution); k++) {
        hn_slot slots[4];
        hn_grid_value(p, resolution, k, slots);
        hn_str_add(&out, k ? " " : "");
        hn_value_text(p, slots, &out);
    }
    assert_string_equal(hn_str_text(&out), values);
    hn_str_free(&out);
    hone_space_destroy(space);
}

static void grids(void **state)
{
    (void)state;
    check_grid("0..1", 4, "0.125 0.375 0.625 0.875");
    check_grid("0..1", 1, "0.5");
    check_grid("0..1", 0, "0.5");
    check_grid("0..1 step 0.25", 2, "0 0.25 0.5 0.75 1");
    check_grid("int:3..6", 2, "3 4 5 6");
    check_grid("int:log:1..4", 2, "1 2 3 4");
    check_grid("a,b,c", 2, "a b c");
    check_grid("bool", 9, "false true");
    check_grid("perm:a,b,c", 2, "a,b,c a,c,b b,a,c b,c,a c,a,b c,b,a");
    check_grid("subset:a,b", 2, " a b a,b");
    check_grid("simplex:3", 3, "1,0,0 0.5,0.5,0 0.5,0,0.5 0,1,0 0,0.5,0.5 0,0,1");
    check_grid("simplex:2", 5, "1,0 0.75,0.25 0.5,0.5 0.25,0.75 0,1");
    check_grid("normal:0,1", 1, "0");
}

static void what_is_too_many_is_spread(void **state)
{
    (void)state;
    hone_space *space =
        SEAL("a=int:0..1000000000000", "b=perm:a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w",
             "c=subset:a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,x,y,z,A,B,C,D,E,F,G,H,I,J,K",
             "d=simplex:256", "e=simplex:2");
    hn_slot slots[256];
    assert_int_equal(hn_grid_size(&space->params[0], 7), 7);
    hn_grid_value(&space->params[0], 4, 1, slots);
    assert_true(slots[0].i > 374999999000 && slots[0].i < 375000001000);
    assert_int_equal(hn_grid_size(&space->params[1], 7), 7);
    assert_int_equal(hn_grid_size(&space->params[2], 7), 7);
    hn_grid_value(&space->params[2], 2, 1, slots);
    assert_int_equal(slots[0].i, 3LL << 35);
    // 256 shares: the finest lattice whose points can be numbered.
    assert_true(hn_grid_size(&space->params[3], 50) > 256);
    hn_grid_value(&space->params[3], 50, 0, slots);
    assert_true(slots[0].f == 1 && slots[255].f == 0);
    hn_grid_value(&space->params[3], 50, hn_grid_size(&space->params[3], 50) - 1, slots);
    assert_true(slots[0].f == 0 && slots[255].f == 1);
    assert_int_equal(hn_grid_size(&space->params[4], 4000000), 1000001);
    hone_space_destroy(space);
}

static void check_count(double count, bool bound, const char *const *lines)
{
    hone_space *space = seal_space(lines);
    double got = hone_space_cardinality(space);
    if (got != count || space->is_bound != bound)
        fail_msg("%s …: %.17g%s", lines[0], got, space->is_bound ? " at most" : "");
    hone_space_destroy(space);
}

#define COUNT(count, bound, ...)                                                                   \
    check_count((count), (bound), (const char *const[]){__VA_ARGS__, NULL})

static void cardinalities(void **state)
{
    (void)state;
    COUNT(6, false, "a=x,y", "b=int:1..3");
    COUNT(INFINITY, false, "a=x,y", "b=1..3");
    COUNT(21 * 2, false, "a=0..1 step 0.05", "b=bool");
    COUNT(6 * 8, false, "a=perm:x,y,z", "b=subset:x,y,z");
    COUNT(INFINITY, false, "a=simplex:3");
    COUNT(INFINITY, false, "a=normal:0,1");
    // a==x: b has 3 values; a==y: 1.
    COUNT(3 + 1, false, "a=x,y", "b=int:1..3 if a==x");
    COUNT((3 + 1) * 5, false, "a=x,y", "b=int:1..3 if a==x", "c=int:1..5");
    // Nested: x: b = 1, 2 each 1, b = 3 with c 4; y: 1.
    COUNT(2 + 4 + 1, false, "a=x,y", "b=int:1..3 if a==x", "c=int:1..4 if b==3");
    // A continuous part that can never be active does not count, one that can does.
    COUNT(2, false, "a=x,y", "b=0..1 if a!=x && a!=y");
    COUNT(INFINITY, false, "a=x,y", "b=0..1 if a==x");
    COUNT(INFINITY, false, "a=0..1", "b=bool if a>0.5");
    COUNT(INFINITY, false, "t=bool", "a=0..1 if t", "b=bool if a>0.5");
    // Two components are counted apart: 1001² combinations would be too many.
    COUNT(1001. * 1001 + 2 * 1001 + 1, false, "a=int:0..1000", "b=bool if a==0", "c=int:0..1000",
          "d=bool if c==0");
    // Parents that are too many to be tried: an upper bound.
    COUNT(1001. * 1001 * 3, true, "a=int:0..1000", "b=int:0..1000", "c=bool if a<b");
    // Rules are ignored.
    COUNT(4, true, "a=bool", "b=bool", "forbid a && b");
    COUNT(1125899906842624., false, "a=int:0..1125899906842623");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grids),
        cmocka_unit_test(what_is_too_many_is_spread),
        cmocka_unit_test(cardinalities),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
