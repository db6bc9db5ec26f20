// Spaces in a line, for the tests of src/space.
#ifndef HONE_TEST_SPACE_HELP_H
#define HONE_TEST_SPACE_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "space/space.h"

// Adds "forbid …", "require …", a JSON object or "name=spec".
static inline hone_status add_line(hone_space *space, const char *line, hone_error *err)
{
    if (hn_starts_with(line, "forbid "))
        return hone_space_forbid(space, line + 7, err);
    if (hn_starts_with(line, "require "))
        return hone_space_require(space, line + 8, err);
    if (line[0] == '{')
        return hone_space_add_json(space, line, err);
    return hone_space_add_text(space, line, err);
}

// An unsealed space of the lines up to NULL.
static inline hone_space *open_space(const char *const *lines)
{
    hone_space *space = NULL;
    hone_error err = HONE_ERROR_INIT;
    assert_int_equal(hone_space_create(&space, &err), HONE_OK);
    for (; *lines; lines++) {
        if (add_line(space, *lines, &err) != HONE_OK)
            fail_msg("%s: %s", *lines, err.text);
    }
    return space;
}

static inline hone_space *seal_space(const char *const *lines)
{
    hone_error err = HONE_ERROR_INIT;
    hone_space *space = open_space(lines);
    if (hone_space_seal(space, &err) != HONE_OK)
        fail_msg("%s", err.text);
    return space;
}

#define OPEN(...) open_space((const char *const[]){__VA_ARGS__, NULL})
#define SEAL(...) seal_space((const char *const[]){__VA_ARGS__, NULL})

// Sets parameter `name` of `config` from text; the activity bits are computed afterwards.
static inline void set_value(const hone_space *space, hn_config config, const char *name,
                             const char *text)
{
    hone_error err = HONE_ERROR_INIT;
    const hn_param *p = hn_space_find(space, name);
    assert_non_null(p);
    if (hn_value_parse(p, text, strlen(text), config.slots + p->slot, &err) != HONE_OK)
        fail_msg("%s = %s: %s", name, text, err.text);
}

// A configuration of "name=value" texts up to NULL, the others at their middle; activated.
static inline hn_config make_config(hn_arena *arena, const hone_space *space,
                                    const char *const *values)
{
    hn_config config = hn_config_new(arena, space);
    assert_non_null(config.slots);
    for (uint32_t i = 0; i < space->n_params; i++)
        hn_grid_value(&space->params[i], 3, 0, config.slots + space->params[i].slot);
    for (; *values; values++) {
        char name[HN_MAX_NAME + 1];
        const char *equals = strchr(*values, '=');
        snprintf(name, sizeof name, "%.*s", (int)(equals - *values), *values);
        set_value(space, config, name, equals + 1);
    }
    hn_space_activate(space, config);
    return config;
}

#define CONFIG(arena, space, ...)                                                                  \
    make_config((arena), (space), (const char *const[]){__VA_ARGS__, NULL})

static inline bool is_active(const hone_space *space, hn_config config, const char *name)
{
    return hn_active(config.active, hn_space_find(space, name)->index);
}

#endif
