// Events of the run, as the caller sees them.
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"
#include "drive/run_internal.h"

hone_run_event hn_run_event(hone_run_event_type type)
{
    return (hone_run_event){.type = type, .value = NAN, .step = NAN};
}

hone_run_event hn_run_place_event(const hn_place *place, hone_run_event_type type)
{
    hone_run_event event = hn_run_event(type);
    event.trial = place->number;
    event.slot = place->index;
    event.attempt = place->attempt;
    event.part = place->part;
    event.n_parts = place->n_parts;
    event.state = HONE_STATE_RUNNING;
    return event;
}

enum { FRAME_US = 100000 };

void hn_run_emit(hone_run *run, const hone_run_event *event)
{
    if (!run->options.on_event)
        return;
    if (event->type == HONE_RUN_TICK)
        run->frame_us = 0;
    else if (run->options.want_ticks && !run->frame_us)
        run->frame_us = hn_clock_mono_us() + FRAME_US;
    run->options.on_event(run->options.user, run, event);
}

void hn_run_warn(hone_run *run, const char *format, ...)
{
    char text[1024];
    hone_run_event event = hn_run_event(HONE_RUN_WARNING);
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    event.text = text;
    hn_run_emit(run, &event);
}
