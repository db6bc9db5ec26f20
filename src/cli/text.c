// Texts on a terminal: how wide they are, cutting, wrapping, quoting for a shell, nearest names.
#include "cli.h"

#include <stdlib.h>
#include <string.h>

// Decodes one UTF-8 character; a byte that is none counts as itself.
static uint32_t decode(const char **text)
{
    const unsigned char *s = (const unsigned char *)*text;
    int n = s[0] < 0x80 ? 1 : s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : s[0] >= 0xC0 ? 2 : 1;
    uint32_t c = n == 1 ? s[0] : s[0] & (0xFFu >> (n + 1));
    for (int i = 1; i < n; i++) {
        if ((s[i] & 0xC0) != 0x80) {
            n = 1;
            c = s[0];
            break;
        }
        c = c << 6 | (s[i] & 0x3F);
    }
    *text += n;
    return c;
}

static int width_of(uint32_t c)
{
    static const struct {
        uint32_t first, last;
        int width;
    } ranges[] = {
        {0x0300, 0x036F, 0},   {0x200B, 0x200F, 0},   {0x20D0, 0x20FF, 0},   {0xFE00, 0xFE0F, 0},
        {0x1100, 0x115F, 2},   {0x2E80, 0x303E, 2},   {0x3041, 0xA4CF, 2},   {0xAC00, 0xD7A3, 2},
        {0xF900, 0xFAFF, 2},   {0xFE30, 0xFE6F, 2},   {0xFF00, 0xFF60, 2},   {0xFFE0, 0xFFE6, 2},
        {0x1F300, 0x1F64F, 2}, {0x1F680, 0x1F6FF, 2}, {0x1F900, 0x1F9FF, 2}, {0x20000, 0x3FFFD, 2},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (c >= ranges[i].first && c <= ranges[i].last)
            return ranges[i].width;
    return 1;
}

int cli_columns(const char *text)
{
    int n = 0;
    while (*text)
        n += width_of(decode(&text));
    return n;
}

char *cli_elide(const char *text, int columns, char *out, size_t size)
{
    const char *mark = cli_utf8() ? "…" : "..";
    int mark_columns = cli_utf8() ? 1 : 2;
    bool cut = cli_columns(text) > columns;
    int room = cut ? columns - mark_columns : columns;
    size_t n = 0;
    if (size == 0)
        return out;
    while (*text) {
        const char *next = text;
        int width = width_of(decode(&next));
        size_t bytes = (size_t)(next - text);
        if (room - width < 0 || n + bytes + strlen(mark) >= size)
            break;
        // Control characters would move the cursor.
        if ((unsigned char)*text < 0x20 || *text == 0x7F)
            out[n++] = ' ';
        else {
            memcpy(out + n, text, bytes);
            n += bytes;
        }
        room -= width;
        text = next;
    }
    out[n] = '\0';
    if (*text && columns >= mark_columns && n + strlen(mark) < size)
        memcpy(out + n, mark, strlen(mark) + 1);
    return out;
}

void cli_wrap(FILE *out, const char *text, int indent, int column, int width)
{
    bool fresh = column <= indent;
    if (fresh) {
        fprintf(out, "%*s", indent - column, "");
        column = indent;
    }
    while (*text) {
        text += strspn(text, " ");
        size_t n = strcspn(text, " \n");
        char *word = cli_format("%.*s", (int)n, text);
        int columns = cli_columns(word);
        if (!fresh && column + 1 + columns > width) {
            fprintf(out, "\n%*s", indent, "");
            column = indent;
            fresh = true;
        }
        fprintf(out, "%s%s", fresh || n == 0 ? "" : " ", word);
        column += columns + (fresh || n == 0 ? 0 : 1);
        fresh = fresh && n == 0;
        text += n;
        if (*text == '\n') {
            fprintf(out, "\n%*s", text[1] ? indent : 0, "");
            column = indent;
            fresh = true;
            text++;
        }
        free(word);
    }
    fputc('\n', out);
}

void cli_indent(FILE *out, const char *text, int indent)
{
    for (const char *at = text; at && *at;) {
        size_t n = strcspn(at, "\n");
        fprintf(out, "%*s%.*s\n", indent, "", (int)n, at);
        at += n + (at[n] == '\n');
    }
}

void cli_quote(FILE *out, const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "@%+=:,./-_";
    size_t n = 0;
    // A `{…}` without a comma or `..` is left alone by every shell; it is what placeholders are.
    bool braces = strchr(text, '{') && !strchr(text, ',') && !strstr(text, "..");
    for (const char *c = text; *c; c++)
        n += strchr(plain, *c) || (unsigned char)*c >= 0x80 || (braces && (*c == '{' || *c == '}'));
    if (n == strlen(text) && n > 0) {
        fputs(text, out);
        return;
    }
    fputc('\'', out);
    for (const char *c = text; *c; c++)
        if (*c == '\'')
            fputs("'\\''", out);
        else
            fputc(*c, out);
    fputc('\'', out);
}

// Edits (insert, drop, change, swap of neighbours) from `a` to `b`.
static int distance(const char *a, const char *b)
{
    enum { LONGEST = 63 };
    size_t n = strlen(a), m = strlen(b);
    if (n > LONGEST || m > LONGEST)
        return LONGEST;
    int d[LONGEST + 1][LONGEST + 1];
    for (size_t i = 0; i <= n; i++)
        d[i][0] = (int)i;
    for (size_t j = 0; j <= m; j++)
        d[0][j] = (int)j;
    for (size_t i = 1; i <= n; i++)
        for (size_t j = 1; j <= m; j++) {
            int best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            if (d[i - 1][j] + 1 < best)
                best = d[i - 1][j] + 1;
            if (d[i][j - 1] + 1 < best)
                best = d[i][j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                d[i - 2][j - 2] + 1 < best)
                best = d[i - 2][j - 2] + 1;
            d[i][j] = best;
        }
    return d[n][m];
}

const char *cli_nearest(const char *word, const char *const *candidates, size_t n)
{
    const char *nearest = NULL;
    int limit = (int)strlen(word) / 3 + 1, least = limit + 1;
    for (size_t i = 0; i < n; i++) {
        int d = distance(word, candidates[i]);
        // A beginning of at least three letters is near, too: --min for --minimize.
        if (d > limit && strlen(word) >= 3 && strncmp(word, candidates[i], strlen(word)) == 0)
            d = limit;
        if (d < least && d < (int)strlen(candidates[i])) {
            least = d;
            nearest = candidates[i];
        }
    }
    return nearest;
}

char *cli_storage_url(const char *text)
{
    // A bare path is a SQLite file; anything with a scheme in front stands as it is.
    size_t scheme = strspn(text, "abcdefghijklmnopqrstuvwxyz");
    if (scheme > 1 && text[scheme] == ':')
        return cli_dup(text);
    return cli_format("sqlite:%s", text);
}
