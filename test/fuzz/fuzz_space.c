// Fuzzes src/space/*.c with a space, line by line: `name=spec`, `forbid expr`, `require expr` or a
// JSON entry; whatever of it is accepted keeps all properties of a space, whatever is refused is
// refused in a sentence.
#include "fuzz.h"

#define SPACE_CHECK FUZZ_CHECK
#include "../property/space/checks.h"

// So many numbers are drawn in each of up to 10,000 attempts.
enum { MAX_SAMPLED_DIMS = 64, N_SAMPLES = 3 };

static void add_line(hone_space *space, const char *line)
{
    hone_error err = HONE_ERROR_INIT;
    uint32_t n_params = space->n_params, n_rules = space->n_rules;
    hone_status status;
    if (hn_starts_with(line, "forbid "))
        status = hone_space_forbid(space, line + 7, &err);
    else if (hn_starts_with(line, "require "))
        status = hone_space_require(space, line + 8, &err);
    else if (line[0] == '{')
        status = hone_space_add_json(space, line, &err);
    else
        status = hone_space_add_text(space, line, &err);
    if (status == HONE_OK) {
        FUZZ_CHECK(space->n_params + space->n_rules == n_params + n_rules + 1);
        return;
    }
    check_error(status, &err);
    FUZZ_CHECK(space->n_params == n_params && space->n_rules == n_rules);
}

// A value in JSON is that value.
static void read_back(const hn_param *p, const char *json)
{
    hn_slot slots[HN_MAX_ORDER] = {{0}};
    hn_str text = HN_STR_INIT;
    json_t *value = NULL;
    hone_status status = hn_json_parse(json, strlen(json), "value", &value, NULL);
    FUZZ_EXPECT(status == HONE_OK);
    if (status == HONE_OK)
        status = hn_value_from_json(p, value, slots, NULL);
    FUZZ_EXPECT(status == HONE_OK);
    if (status == HONE_OK)
        hn_value_json(p, slots, &text);
    FUZZ_EXPECT(strcmp(hn_str_text(&text), json) == 0);
    json_decref(value);
    hn_str_free(&text);
}

// Any text as the value of any parameter.
static void read_values(const hone_space *space, const char *text)
{
    hone_error err = HONE_ERROR_INIT;
    for (uint32_t i = 0; i < space->n_params; i++) {
        const hn_param *p = &space->params[i];
        hn_slot slots[HN_MAX_ORDER] = {{0}};
        hone_status status = hn_value_parse(p, text, strlen(text), slots, &err);
        if (status != HONE_OK)
            check_error(status, &err);
        char *json = NULL, *choice = hone_space_choice_json(space, i, 0);
        status = hone_space_value_json(space, p->name, text, &json, &err);
        FUZZ_CHECK((status == HONE_OK) == (json != NULL));
        if (status == HONE_OK)
            read_back(p, json);
        if (choice && p->type == HONE_PARAM_CATEGORICAL)
            read_back(p, choice);
        hone_free(json);
        hone_free(choice);
    }
}

// Every parameter switched on or off in turn: refused in a sentence, or no matter.
static void check_activity(const hone_space *space)
{
    hn_arena arena = HN_ARENA_INIT;
    hone_error err = HONE_ERROR_INIT;
    hn_config config = hn_config_new(&arena, space), odd = hn_config_new(&arena, space);
    FUZZ_CHECK(config.slots && odd.slots);
    hn_space_default(space, config);
    for (uint32_t i = 0; i < space->n_params && i < 2 * MAX_SAMPLED_DIMS; i++) {
        hn_config_copy(space, odd, config);
        FUZZ_CHECK(hn_config_equal(space, odd, config));
        hn_set_active(odd.active, i, !hn_active(odd.active, i));
        FUZZ_CHECK(!hn_config_equal(space, odd, config));
        hone_status status = hn_space_validate(space, odd, &err);
        if (status != HONE_OK)
            check_error(status, &err);
        odd.slots[space->params[i].slot].i ^= INT64_C(1) << i % 64;
        status = hn_space_validate(space, odd, &err);
        if (status != HONE_OK)
            check_error(status, &err);
    }
    hn_arena_free(&arena);
}

// The difference from a space without its last parameter names that one.
static void check_difference(const hone_space *space)
{
    hone_space *less = NULL;
    FUZZ_CHECK(hone_space_create(&less, NULL) == HONE_OK);
    bool same = true;
    for (uint32_t k = 0; k + 1 < space->n_params && same; k++) {
        const hn_param *p = &space->params[space->declared[k]];
        // A condition on the parameter that is left out is refused.
        same = hone_space_add(less, p->name, p->spec, NULL) == HONE_OK;
    }
    if (same && space->n_params > 1 && hone_space_seal(less, NULL) == HONE_OK) {
        char *there = hone_space_diff(less, space), *back = hone_space_diff(space, less);
        FUZZ_CHECK(there && strchr(there, '+') && back && strchr(back, '-'));
        hone_free(there);
        hone_free(back);
    }
    hone_space_destroy(less);
}

// Without memory results are missing, and nothing else is wrong.
static void use_starved(const hone_space *space)
{
    hone_space *again = NULL;
    hone_error err = HONE_ERROR_INIT;
    char *samples = NULL, *json = hone_space_to_json(space), *diff = NULL;
    char *text = hone_space_describe(space, 80);
    if (space->n_dims <= MAX_SAMPLED_DIMS &&
        hone_space_sample_json(space, 1, N_SAMPLES, &samples, NULL, &err) != HONE_OK)
        FUZZ_CHECK(err.text[0]);
    if (json && hone_space_from_json(json, &again, &err) == HONE_OK)
        diff = hone_space_diff(space, again);
    hone_space_destroy(again);
    hone_free(samples);
    hone_free(json);
    hone_free(text);
    hone_free(diff);
}

void fuzz_one(const uint8_t *data, size_t size)
{
    hone_space *space = NULL;
    hone_error err = HONE_ERROR_INIT;
    char *text = malloc(size + 1);
    FUZZ_CHECK(text != NULL);
    FUZZ_EXPECT(hone_space_create(&space, &err) == HONE_OK);
    memcpy(text, data, size);
    text[size] = '\0';
    const char *last = text;
    for (char *line = text, *end; line && space; line = end) {
        end = strchr(line, '\n');
        if (end)
            *end++ = '\0';
        add_line(space, line);
        last = line;
    }
    hone_status status = space ? hone_space_seal(space, &err) : HONE_ENOMEM;
    if (status == HONE_OK) {
        read_values(space, last);
        if (fuzz_starved)
            use_starved(space);
        else if (space->n_dims <= MAX_SAMPLED_DIMS)
            check_space(space, N_SAMPLES);
        else
            check_texts(space);
        if (!fuzz_starved) {
            check_activity(space);
            check_difference(space);
        }
    } else {
        check_error(status, &err);
        FUZZ_CHECK(!space || !space->sealed);
    }
    hone_space_destroy(space);
    free(text);
}
