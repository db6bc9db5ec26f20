// Lines on what samplers do; see explain.h.

#include "core/explain.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/mem.h"

uint32_t hn_explain_n_results(const hn_view *view, bool failed)
{
    uint32_t n = 0;
    for (uint32_t t = 0; t < view->n_trials; t++) {
        hone_trial_state state = hn_view_state(view, t);
        bool counts = state == HONE_STATE_COMPLETE || state == HONE_STATE_PRUNED ||
                      (failed && hn_state_finished(state) && state != HONE_STATE_LOST);
        n += counts && hn_view_counts(view, t);
    }
    return n;
}

char *hn_explain(const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return hn_strdup(text);
}

char *hn_explain_start(uint32_t trial, uint32_t n_first, const char *then)
{
    if (trial != HN_NONE)
        return hn_explain("one of the first points, which are evenly spread");
    return hn_explain("the first %u points are evenly spread, then %s", (unsigned)n_first, then);
}
