// What must hold for every sealed space, whoever made it: random ones of the property tests and
// those that the fuzzer writes. The includer defines SPACE_CHECK(condition).
#ifndef HONE_TEST_SPACE_CHECKS_H
#define HONE_TEST_SPACE_CHECKS_H

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "space/choice.h"
#include "space/space.h"
#include "space/value.h"

// An error says what is wrong, and its caret stands inside its line.
static void check_error(hone_status status, const hone_error *err)
{
    SPACE_CHECK(status != HONE_OK && err->status == status);
    SPACE_CHECK(err->text[0] && !strchr(err->text, '\n'));
    SPACE_CHECK(err->column >= -1 && err->column <= (int)strlen(err->source));
}

static void check_same(const hone_space *a, const hone_space *b)
{
    char *x = hone_space_to_json(a), *y = hone_space_to_json(b), *diff = hone_space_diff(a, b);
    SPACE_CHECK(x && y && diff);
    SPACE_CHECK(strcmp(x, y) == 0);
    SPACE_CHECK(diff[0] == '\0');
    SPACE_CHECK(a->cardinality == b->cardinality);
    hone_free(x);
    hone_free(y);
    hone_free(diff);
}

// Normalised specs and rules, and the JSON of the whole, read back as the same space.
static void check_texts(const hone_space *space)
{
    hone_space *again = NULL, *json = NULL;
    hone_error err = HONE_ERROR_INIT;
    SPACE_CHECK(hone_space_create(&again, &err) == HONE_OK);
    for (uint32_t k = 0; k < space->n_params; k++) {
        const hn_param *p = &space->params[space->declared[k]];
        SPACE_CHECK(hone_space_add(again, p->name, p->spec, &err) == HONE_OK);
    }
    for (uint32_t i = 0; i < space->n_rules; i++) {
        const hn_rule *rule = &space->rules[i];
        SPACE_CHECK((rule->kind == HN_FORBID
                         ? hone_space_forbid(again, rule->text, &err)
                         : hone_space_require(again, rule->text, &err)) == HONE_OK);
    }
    SPACE_CHECK(hone_space_seal(again, &err) == HONE_OK);
    check_same(space, again);
    char *text = hone_space_to_json(space);
    SPACE_CHECK(hone_space_from_json(text, &json, &err) == HONE_OK);
    check_same(space, json);
    hone_free(text);
    hone_space_destroy(again);
    hone_space_destroy(json);
}

static void check_description(const hone_space *space, int width)
{
    char *text = hone_space_describe(space, width);
    SPACE_CHECK(text != NULL);
    int column = 0;
    for (const char *p = text; *p; p++) {
        column = *p == '\n' ? 0 : column + (((unsigned char)*p & 0xC0) != 0x80);
        SPACE_CHECK(width == 0 || column <= width);
    }
    hone_free(text);
}

static bool nearly(double a, double b, double tolerance)
{
    return fabs(a - b) <= tolerance;
}

static void check_float(const hn_param *p, double x, double y)
{
    if (p->scale == HN_LOG) {
        SPACE_CHECK(
            nearly(x, y, x * DBL_EPSILON * 8 * (1 + fabs(log(p->low)) + fabs(log(p->high)))));
    } else if (p->scale == HN_LINEAR && p->step > 0) {
        SPACE_CHECK(x == y);
    } else if (p->scale == HN_LINEAR) {
        SPACE_CHECK(nearly(x, y, 8 * DBL_EPSILON * fmax(fabs(p->low), fabs(p->high))));
    } else {
        bool is_log = p->scale == HN_LOGNORMAL;
        double z = ((is_log ? log(x) : x) - p->low) / p->high;
        double w = ((is_log ? log(y) : y) - p->low) / p->high;
        double coarse = DBL_EPSILON * 16 * fabs(p->low) / p->high;
        SPACE_CHECK(fabs(z) > 6 || nearly(z, w, 1e-6 + coarse));
    }
}

// decode(encode(x)) is x, and what decode makes is valid.
static void check_encoding(const hone_space *space, hn_config config, hn_arena *arena)
{
    hn_arena_mark mark = hn_arena_get_mark(arena);
    hone_error err = HONE_ERROR_INIT;
    hn_config back = hn_config_new(arena, space);
    double *u = HN_NEW(arena, double, space->n_dims);
    SPACE_CHECK(back.slots && u);
    hn_space_encode(space, config, u);
    for (uint32_t i = 0; i < space->n_dims; i++)
        SPACE_CHECK(u[i] >= 0 && u[i] <= 1);
    hn_space_decode(space, u, back);
    bool exact = true;
    for (uint32_t i = 0; i < space->n_params; i++) {
        const hn_param *p = &space->params[i];
        const hn_slot *x = config.slots + p->slot, *y = back.slots + p->slot;
        if (!hn_active(config.active, i))
            continue;
        bool is_float = p->type == HONE_PARAM_FLOAT || p->type == HONE_PARAM_SIMPLEX;
        // A float that moved by an ulp may have moved across the bound of a condition.
        exact &= !is_float;
        if (!hn_active(back.active, i))
            SPACE_CHECK(!exact || is_float);
        else if (p->type == HONE_PARAM_FLOAT)
            check_float(p, x[0].f, y[0].f);
        for (uint32_t k = 0; k < p->n_slots && hn_active(back.active, i); k++) {
            if (p->type == HONE_PARAM_SIMPLEX)
                SPACE_CHECK(nearly(x[k].f, y[k].f, 1e-9));
            else if (!is_float)
                SPACE_CHECK(x[k].i == y[k].i);
        }
    }
    SPACE_CHECK(hn_space_validate(space, back, &err) == HONE_OK);
    hn_arena_rewind(arena, mark);
}

// The binary form comes back bit for bit; its beginnings and damaged copies are refused or valid.
static void check_codec(const hone_space *space, hn_config config, hn_arena *arena)
{
    hn_arena_mark mark = hn_arena_get_mark(arena);
    hone_error err = HONE_ERROR_INIT;
    hn_str bytes = HN_STR_INIT;
    hn_config back = hn_config_new(arena, space);
    hn_config_write(space, config, &bytes);
    SPACE_CHECK(back.slots && !hn_str_failed(&bytes));
    SPACE_CHECK(hn_config_read(space, bytes.data, bytes.n, back, &err) == HONE_OK);
    SPACE_CHECK(memcmp(back.slots, config.slots, space->n_slots * sizeof *back.slots) == 0);
    SPACE_CHECK(hn_config_equal(space, back, config));
    SPACE_CHECK(hn_config_hash(space, back) == hn_config_hash(space, config));
    for (size_t n = 0; n < bytes.n; n += 1 + bytes.n / 64) {
        char *cut = malloc(n ? n : 1); // of exact size, so that a read beyond its end is seen
        SPACE_CHECK(cut != NULL);
        memcpy(cut, bytes.data, n);
        hone_status status = hn_config_read(space, cut, n, back, &err);
        SPACE_CHECK(status == HONE_ECORRUPT);
        check_error(status, &err);
        free(cut);
    }
    for (size_t n = 0; n < bytes.n; n += 1 + bytes.n / 64) {
        char kept = bytes.data[n];
        bytes.data[n] = (char)(kept ^ (1 << (n % 8)));
        hone_status status = hn_config_read(space, bytes.data, bytes.n, back, &err);
        SPACE_CHECK(status == HONE_OK || status == HONE_ECORRUPT);
        bytes.data[n] = kept;
    }
    hn_str_free(&bytes);
    hn_arena_rewind(arena, mark);
}

// Does no choice's text, typed without quotes, mean another choice?
static bool texts_tell_apart(const hn_param *p, hn_arena *arena)
{
    for (uint32_t i = 0; p->choices && i < p->n_choices; i++) {
        const hn_choice *c = &p->choices[i];
        hn_choice meant;
        SPACE_CHECK(hn_typed_choice(arena, c->text, &meant, NULL) == HONE_OK);
        if (c->kind == HN_LITERAL_TEXT && c->text[0] && strchr("\"'", c->text[0]))
            return false;
        for (uint32_t k = 0; k < p->n_choices; k++) {
            if (k != i && hn_choice_equal(&meant, &p->choices[k]))
                return false;
        }
    }
    return true;
}

static void check_value(const hn_param *p, const hn_slot *slots, hn_arena *arena)
{
    hone_error err = HONE_ERROR_INIT;
    hn_slot *back = HN_ZNEW(arena, hn_slot, p->n_slots);
    hn_str text = HN_STR_INIT;
    json_t *json = NULL;
    SPACE_CHECK(back != NULL);
    hn_value_text(p, slots, &text);
    if (texts_tell_apart(p, arena)) {
        SPACE_CHECK(hn_value_parse(p, hn_str_text(&text), text.n, back, &err) == HONE_OK);
        SPACE_CHECK(memcmp(back, slots, p->n_slots * sizeof *back) == 0);
    }
    hn_str_clear(&text);
    hn_value_write(p, slots, &text);
    hn_quote quote = {hn_str_text(&text), text.n, 0, text.n};
    memset(back, 0, p->n_slots * sizeof *back);
    SPACE_CHECK(hn_value_read(p, quote, back, &err) == HONE_OK);
    SPACE_CHECK(memcmp(back, slots, p->n_slots * sizeof *back) == 0);
    hn_str_clear(&text);
    hn_value_json(p, slots, &text);
    SPACE_CHECK(hn_json_parse(hn_str_text(&text), text.n, "value", &json, &err) == HONE_OK);
    memset(back, 0, p->n_slots * sizeof *back);
    SPACE_CHECK(hn_value_from_json(p, json, back, &err) == HONE_OK);
    SPACE_CHECK(memcmp(back, slots, p->n_slots * sizeof *back) == 0);
    json_decref(json);
    hn_str_free(&text);
}

static void check_config(const hone_space *space, hn_config config, hn_arena *arena)
{
    hn_arena_mark mark = hn_arena_get_mark(arena);
    hone_error err = HONE_ERROR_INIT;
    SPACE_CHECK(hn_space_validate(space, config, &err) == HONE_OK);
    check_encoding(space, config, arena);
    check_codec(space, config, arena);
    for (uint32_t i = 0; i < space->n_params; i++) {
        const hn_param *p = &space->params[i];
        if (hn_active(config.active, i))
            check_value(p, config.slots + p->slot, arena);
    }
    hn_arena_rewind(arena, mark);
}

// Every grid point is a value, and neighbours differ.
static void check_grid(const hn_param *p, uint32_t resolution, hn_arena *arena)
{
    uint32_t n = hn_grid_size(p, resolution);
    hn_slot *a = HN_ZNEW(arena, hn_slot, p->n_slots), *b = HN_ZNEW(arena, hn_slot, p->n_slots);
    SPACE_CHECK(n > 0 && a && b);
    for (uint32_t i = 0; i < n && i < 40; i++) {
        uint32_t k = n <= 40 || i < 20 ? i : n - 1 - (i - 20);
        hn_grid_value(p, resolution, k, a);
        if (k > 0)
            hn_grid_value(p, resolution, k - 1, b);
        hn_config one = {a, NULL};
        (void)one;
        hn_str text = HN_STR_INIT;
        hn_slot *back = HN_ZNEW(arena, hn_slot, p->n_slots);
        hn_value_write(p, a, &text); // reading validates
        hn_quote quote = {hn_str_text(&text), text.n, 0, text.n};
        SPACE_CHECK(back && hn_value_read(p, quote, back, NULL) == HONE_OK);
        hn_str_free(&text);
        bool narrow = p->type == HONE_PARAM_FLOAT && p->step == 0; // may be one double wide
        SPACE_CHECK(k == 0 || narrow || memcmp(a, b, p->n_slots * sizeof *a) != 0);
    }
}

// All of the above; `n_samples` samples from the priors.
static void check_space(const hone_space *space, uint32_t n_samples)
{
    hn_arena arena = HN_ARENA_INIT;
    hone_error err = HONE_ERROR_INIT;
    hn_config config = hn_config_new(&arena, space);
    SPACE_CHECK(config.slots != NULL);
    SPACE_CHECK(space->cardinality >= 1);
    check_texts(space);
    check_description(space, 0);
    check_description(space, 80);
    check_description(space, 40);
    hn_space_default(space, config);
    check_config(space, config, &arena);
    for (uint32_t i = 0; i < n_samples; i++) {
        hn_rng rng = hn_rng_make(1, HN_PURPOSE_TEST, i);
        hone_status status = hn_space_sample(space, &rng, config, NULL, &err);
        if (status != HONE_OK) {
            check_error(status, &err);
            SPACE_CHECK(status == HONE_EINVAL && space->n_rules > 0);
            break;
        }
        SPACE_CHECK(hn_space_allows(space, config, NULL));
        check_config(space, config, &arena);
    }
    for (uint32_t i = 0; i < space->n_params; i++) {
        hn_arena_mark mark = hn_arena_get_mark(&arena);
        check_grid(&space->params[i], 5, &arena);
        hn_arena_rewind(&arena, mark);
    }
    hn_arena_free(&arena);
}

#endif
