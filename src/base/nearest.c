// "Did you mean": edit distance between names.
#include <stddef.h>
#include <string.h>

#include "base/str.h"

enum { MAX_NAME = 127 };

static int min(int a, int b)
{
    return a < b ? a : b;
}

int hn_edit_distance(const char *a, const char *b, int limit)
{
    size_t n = strlen(a), m = strlen(b);
    if (limit < 0)
        limit = 0;
    // Names this long are never typed by hand: they are the same or they are not.
    if (n > MAX_NAME || m > MAX_NAME)
        return strcmp(a, b) == 0 ? 0 : limit + 1;
    // Optimal string alignment; three rows suffice, for a swap looks back two.
    int rows[3][MAX_NAME + 1];
    for (size_t j = 0; j <= m; j++)
        rows[0][j] = (int)j;
    for (size_t i = 1; i <= n; i++) {
        int *row = rows[i % 3], *above = rows[(i + 2) % 3], *above2 = rows[(i + 1) % 3];
        int best = row[0] = (int)i;
        for (size_t j = 1; j <= m; j++) {
            row[j] = min(min(above[j], row[j - 1]) + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = min(row[j], above2[j - 2] + 1);
            best = min(best, row[j]);
        }
        if (best > limit + 1)
            return limit + 1;
    }
    return min(rows[n % 3][m], limit + 1);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same_but_case(const char *a, const char *b)
{
    while (*a && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return *a == *b;
}

const char *hn_nearest(const char *word, const char *const *candidates, size_t n)
{
    int limit = (int)(strlen(word) + 1) / 3; // rounded, so that "ir" finds "lr"
    int best = limit + 1;
    const char *nearest = NULL;
    for (size_t i = 0; i < n; i++) {
        int d = hn_edit_distance(word, candidates[i], limit);
        // Another case is the smallest of slips, but an exact match still comes first.
        bool slip = d > 0 && same_but_case(word, candidates[i]);
        if (slip)
            d = 1;
        if (d < best || (slip && !nearest)) {
            best = d;
            nearest = candidates[i];
        }
    }
    return nearest;
}
