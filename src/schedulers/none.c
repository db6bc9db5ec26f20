// none: every trial runs to its own end, a new one whenever there is room.

#include <hone/sys/scheduler.h>

#include "schedulers/standing.h"

static hone_status init(void *self, const hn_problem *problem, const void *options, hone_error *err)
{
    (void)self, (void)problem, (void)options, (void)err;
    return HONE_OK;
}

const hn_scheduler_class hn_scheduler_none = {
    .head = {.kind = HN_KIND_SCHEDULER,
             .name = "none",
             .summary = "every trial runs to its own end",
             .source = "",
             .can = HN_CAN_MULTI_OBJECTIVE},
    .init = init,
    .next = hn_next_new,
};
