// The command's program is looked for before the first trial: a misspelt name is refused while it
// costs nothing.
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "drive/run_internal.h"

// A whole command line in one argument: its first word is a program by itself.
static bool is_a_line(const hone_run *run, const char *text)
{
    char first[PATH_MAX];
    int n = (int)strcspn(text, " ");
    return text[n] && snprintf(first, sizeof first, "%.*s", n, text) < (int)sizeof first &&
           run->executor->look_up(run->executor_state, first, NULL, NULL) == HONE_OK;
}

// A program whose name is known beforehand has to be there.
hone_status hone_run_look_up(const hone_run *run, hone_error *err)
{
    const hn_template *command = &run->command;
    if (command->shell || command->words.n == 0 || !run->executor->look_up)
        return HONE_OK;
    const hn_word *word = &command->words.data[0];
    const hn_piece *piece = &command->pieces.data[word->first];
    bool known = word->n == 1 && piece->kind == HN_PIECE_TEXT;
    if (!known && !(piece->kind == HN_PIECE_TEXT && is_a_line(run, piece->text)))
        return HONE_OK;
    hone_error why = HONE_ERROR_INIT;
    const char *name = known ? piece->text : word->source;
    if (run->executor->look_up(run->executor_state, name, NULL, &why) == HONE_OK)
        return HONE_OK;
    return hn_fail_at(err, HONE_EINVAL, word->source, strlen(word->source), 0, "%s", why.text);
}
