// Every example of the reference is a space, and its normalised text is one, too.
#include <stdlib.h>

#include "base/fs.h"
#include "help.h"

typedef struct block {
    hone_space *space; // NULL outside of a block
    bool json;
    int n_blocks, n_lines;
} block;

static void end_block(block *b)
{
    hone_error err = HONE_ERROR_INIT;
    hone_space *again = NULL;
    if (hone_space_seal(b->space, &err) != HONE_OK)
        fail_msg("block %d: %s", b->n_blocks, err.text);
    char *json = hone_space_to_json(b->space), *samples = NULL;
    assert_int_equal(hone_space_from_json(json, &again, &err), HONE_OK);
    if (hone_space_sample_json(again, 1, 20, &samples, NULL, &err) != HONE_OK)
        fail_msg("block %d: %s", b->n_blocks, err.text);
    hone_free(json);
    hone_free(samples);
    hone_space_destroy(again);
    hone_space_destroy(b->space);
    b->space = NULL;
}

static void read_line(block *b, const char *line)
{
    hone_error err = HONE_ERROR_INIT;
    bool fence = strncmp(line, "```", 3) == 0;
    if (fence && b->space) {
        end_block(b);
    } else if (strcmp(line, "```space") == 0 || strcmp(line, "```json") == 0) {
        assert_int_equal(hone_space_create(&b->space, &err), HONE_OK);
        b->n_blocks++;
    } else if (b->space) {
        if (add_line(b->space, line, &err) != HONE_OK)
            fail_msg("%s: %s", line, err.text);
        b->n_lines++;
    }
}

static void every_example_is_a_space(void **state)
{
    (void)state;
    const char *root = getenv("HONE_SOURCE_DIR");
    if (!root)
        skip();
    hn_arena arena = HN_ARENA_INIT;
    hone_error err = HONE_ERROR_INIT;
    char *text = NULL;
    block b = {0};
    char *path = hn_fs_join(&arena, root, "docs/reference/space.md");
    if (hn_fs_read(path, 0, &arena, &text, NULL, &err) != HONE_OK)
        fail_msg("%s", err.text);
    for (char *line = text, *end; line && *line; line = end) {
        end = strchr(line, '\n');
        if (end)
            *end++ = '\0';
        read_line(&b, line);
    }
    assert_null(b.space);
    assert_true(b.n_blocks >= 10 && b.n_lines >= 60);
    hn_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_example_is_a_space)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
