// Fuzzes src/executors/lines.c: bytes cut into pieces anywhere give the same lines.
//
// The first byte chooses a file or a socket and the size of the pieces. In what follows, a byte
// above 0x7f stands for a stretch of one letter, so that small inputs make lines of any length.
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "executors/lines.h"
#include "fuzz.h"

enum { MAX_BYTES = 2 * HN_LINE_MAX, MAX_PIECES = 500 };

typedef struct source {
    const char *bytes;
    size_t n, sent, piece;
    int in, out; // the same twice for a file
    bool is_file;
    uint64_t offset;
} source;

static char *expand(const uint8_t *data, size_t size, size_t *n)
{
    char *bytes = malloc(MAX_BYTES);
    FUZZ_CHECK(bytes != NULL);
    *n = 0;
    for (size_t i = 0; i < size; i++) {
        size_t count = data[i] > 127 ? (size_t)(data[i] - 127) * 600 : 1;
        count = count < MAX_BYTES - *n ? count : MAX_BYTES - *n;
        memset(bytes + *n, data[i] > 127 ? 'x' : data[i], count);
        *n += count;
    }
    return bytes;
}

static void begin(source *s, bool is_file)
{
    int ends[2];
    s->is_file = is_file;
    if (is_file) {
        s->in = s->out = memfd_create("lines", MFD_CLOEXEC);
        FUZZ_CHECK(s->in >= 0);
        return;
    }
    FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    s->in = ends[0];
    s->out = ends[1];
}

// Sends a piece; at the end closes a socket.
static bool send_piece(source *s)
{
    size_t n = s->n - s->sent < s->piece ? s->n - s->sent : s->piece;
    if (n == 0) {
        if (!s->is_file && s->out >= 0)
            close(s->out);
        s->out = -1;
        return false;
    }
    FUZZ_CHECK(write(s->out, s->bytes + s->sent, n) == (ssize_t)n);
    s->sent += n;
    return true;
}

// Is `text` the next line of `s`, of which `*at` bytes have been seen? Checked as long as no line
// was too long.
static void check_line(const source *s, size_t *at, bool *exact, const char *text, size_t size)
{
    FUZZ_CHECK(size <= HN_LINES_ROOM_MAX && text[size] == '\0' && !memchr(text, '\n', size));
    if (!*exact)
        return;
    const char *end = memchr(s->bytes + *at, '\n', s->n - *at);
    size_t whole = end ? (size_t)(end - s->bytes) - *at : s->n - *at;
    *exact = whole < HN_LINE_MAX;
    size_t cut = whole && s->bytes[*at + whole - 1] == '\r' ? whole - 1 : whole;
    FUZZ_CHECK(!*exact || (cut == size && memcmp(s->bytes + *at, text, size) == 0));
    *at += whole + 1;
}

void fuzz_one(const uint8_t *data, size_t size)
{
    static const size_t pieces[] = {1, 7, 100, 4096, 60000, MAX_BYTES, 65536, 31};
    source s = {.piece = size ? pieces[data[0] % 8] : 1};
    hn_lines lines = {0};
    const char *text;
    size_t n, at = 0;
    bool exact = true;
    char *bytes = expand(data + (size > 0), size - (size > 0), &s.n);
    s.bytes = bytes;
    if (s.n / s.piece > MAX_PIECES)
        s.piece = s.n / MAX_PIECES;
    if (s.piece > 60000) // what a socket holds
        s.piece = 60000;
    begin(&s, size && data[0] & 8);
    for (bool more = true; more;) {
        more = send_piece(&s);
        hn_fill fill;
        do {
            fill = hn_lines_fill(&lines, s.in, s.is_file ? &s.offset : NULL);
            FUZZ_EXPECT(fill != HN_FILL_MEMORY);
            while (hn_lines_next(&lines, &text, &n))
                check_line(&s, &at, &exact, text, n);
        } while (fill == HN_FILL_SOME || fill == HN_FILL_MEMORY);
    }
    if (hn_lines_last(&lines, &text, &n))
        check_line(&s, &at, &exact, text, n);
    FUZZ_CHECK(!exact || at >= s.n);
    hn_lines_free(&lines);
    close(s.in);
    free(bytes);
}
