// What earlier studies add to the estimators of tpe: kernels, as far as they agree.
#ifndef HN_SAMPLERS_TPE_SOURCES_H
#define HN_SAMPLERS_TPE_SOURCES_H

#include "core/sources.h"
#include "samplers/tpe_history.h"

// Trials of earlier studies have numbers from here on, above those of any study's own.
#define HN_TPE_OF_SOURCE 0x80000000u

// Adds theirs to the lists of good and bad ones, after the own ones. *any: is there one?
hone_status hn_tpe_sources_add(const hn_sources *s, hn_evidence *e, const hn_view *view,
                               hn_tpe_list *good, hn_tpe_list *bad, hn_arena *scratch, bool *any,
                               hone_error *err);
hn_config hn_tpe_sources_config(const hn_sources *s, uint32_t number);

#endif
