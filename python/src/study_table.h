// The methods and attributes of _hone.Study, each named once; they are spread over study_*.c.
// Those that begin with an underscore are for hone.Study, which makes the public ones of them.
#ifndef STUDY_TABLE_H
#define STUDY_TABLE_H

#include "hnpy.h"

// name, function hnpy_study_…, flags, doc
#define HNPY_STUDY_METHODS(X)                                                                      \
    X("close", close, METH_NOARGS,                                                                 \
      "Makes everything durable and lets go of the storage. A second call does nothing.")          \
    X("refresh", refresh, METH_NOARGS, "Reads what other processes have appended since.")          \
    X("sync", sync, METH_NOARGS, "Makes what was acknowledged durable against a power cut.")       \
    X("_ask", ask, METH_VARARGS, "type, only_trial, no_new, total, lease_s -> a running trial")    \
    X("_tell", tell, METH_VARARGS,                                                                 \
      "trial, state, values|None, constraints|None, message|None, step, duration_s, signal")       \
    X("_requeue", requeue, METH_VARARGS, "trial, reason: it waits again, with its values")         \
    X("_pause", pause, METH_VARARGS, "trial, step of its checkpoint")                              \
    X("_recover", recover, METH_NOARGS, "(requeued, lost) trials whose runners are gone")          \
    X("_enqueue", enqueue, METH_VARARGS, "params JSON, purpose, parent -> number")                 \
    X("_kill", kill, METH_VARARGS, "number, state, force -> what became of it")                    \
    X("_rerun", rerun, METH_VARARGS, "number -> number that waits now")                            \
    X("_retest", retest, METH_VARARGS, "number, n -> number of the first repeat")                  \
    X("_change_space", change_space, METH_VARARGS, "space, why -> version")                        \
    X("_set", set, METH_VARARGS, "key, JSON: a setting")                                           \
    X("_get", get, METH_VARARGS, "key -> JSON of a setting or None")                               \
    X("_set_attr", set_attr, METH_VARARGS, "key, JSON: an attribute")                              \
    X("_attrs", attrs, METH_NOARGS, "{key: JSON} of the attributes")                               \
    X("_note", note, METH_VARARGS, "trial or -1, text")                                            \
    X("_trial", trial, METH_VARARGS, "type, number -> a trial to look at or to act on")            \
    X("_record", record, METH_O, "number -> everything of a trial as a tuple")                     \
    X("_record_rest", record_rest, METH_O, "number -> what _record leaves out")                    \
    X("_best", best, METH_O, "by a model? -> number of the best trial")                            \
    X("_pareto", pareto, METH_NOARGS, "numbers of the trials of the front")                        \
    X("_importance", importance, METH_VARARGS,                                                     \
      "metric|None -> (r2, rest, trials, [(name, share, spread, trials), …])")                     \
    X("_count", count, METH_O, "trials of a state")                                                \
    X("_state", state, METH_O, "state of a trial by number")                                       \
    X("exhausted", exhausted, METH_NOARGS,                                                         \
      "Has every configuration of a finite space been tried?")                                     \
    X("_space_json", space_json, METH_NOARGS, "canonical JSON of the present space")               \
    X("_space_at", space_at, METH_O, "version, from 1 -> JSON of the space")                       \
    X("_explain", explain, METH_O, "number or -1 -> (sampler, in use, why, standing)")

#define HNPY_STUDY_GETTERS(X)                                                                      \
    X(closed, "Was it closed?")                                                                    \
    X(name, "Its name in the storage.")                                                            \
    X(storage, "Where it is kept: \"sqlite:hone.db\", \"memory:\".")                               \
    X(seed, "Its seed, whether given or taken from the system.")                                   \
    X(sampler, "The sampler as it was asked for.")                                                 \
    X(sampler_in_use, "The sampler that works now: what \"auto\" has chosen.")                     \
    X(scheduler, "The scheduler as it was asked for.")                                             \
    X(scheduler_in_use, "The scheduler that works: what \"auto\" has chosen.")                     \
    X(_scheduler_can, "What of HN_CAN_… its scheduler makes use of.")                              \
    X(n_trials, "Trials that have a number.")                                                      \
    X(n_finished, "COMPLETE and PRUNED trials of the search.")                                     \
    X(n_objectives, "Number of objectives.")                                                       \
    X(_space_version, "Versions of the space so far.")                                             \
    X(_noisy, "Are equal configurations repeats?")                                                 \
    X(_define_by_run, "Do its trials define the space as they run?")                               \
    X(_n_asked_for, "Trials that wait because somebody wants them.")                               \
    X(_metrics, "((name, goal), …), objectives first.")                                            \
    X(constraints, "The constraints on metrics, as texts.")                                        \
    X(_choices, "{parameter: {JSON of a choice: object}}")

#define HNPY_METHOD(name, function, flags, doc)                                                    \
    PyObject *hnpy_study_##function(PyObject *self, PyObject *args);
HNPY_STUDY_METHODS(HNPY_METHOD)
#undef HNPY_METHOD
#define HNPY_GETTER(name, doc) PyObject *hnpy_study_get_##name(PyObject *self, void *unused);
HNPY_STUDY_GETTERS(HNPY_GETTER)
#undef HNPY_GETTER

#endif
