// A space, line by line: `name=spec`, `forbid expr`, `require expr` or a JSON entry; whatever of it
// is accepted keeps all properties of a space, whatever is refused is refused in a sentence.
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
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hone_space *space = NULL;
    hone_error err = HONE_ERROR_INIT;
    char *text = malloc(size + 1);
    FUZZ_CHECK(text && hone_space_create(&space, &err) == HONE_OK);
    memcpy(text, data, size);
    text[size] = '\0';
    const char *last = text;
    for (char *line = text, *end; line; line = end) {
        end = strchr(line, '\n');
        if (end)
            *end++ = '\0';
        add_line(space, line);
        last = line;
    }
    hone_status status = hone_space_seal(space, &err);
    if (status == HONE_OK) {
        read_values(space, last);
        if (space->n_dims <= MAX_SAMPLED_DIMS)
            check_space(space, N_SAMPLES);
        else
            check_texts(space);
    } else {
        check_error(status, &err);
        FUZZ_CHECK(!space->sealed);
    }
    hone_space_destroy(space);
    free(text);
    return 0;
}
