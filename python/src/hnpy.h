// What the files of the extension share: the module's state, the three types, the study's lock.
//
// A hone_study belongs to one thread at a time, a Python object to whoever holds it. So each study
// has a lock, which its trials use as well. The rules that keep it from deadlocking with the GIL:
//  1. Who waits for the lock does not hold the GIL.
//  2. A call that can take time runs between hnpy_begin and hnpy_end, without the GIL.
//  3. A getter runs between hnpy_enter and hnpy_leave, with the GIL. Making its Python objects may
//     free a trial of the same study meanwhile, which takes the lock again: it is recursive.
#ifndef HNPY_H
#define HNPY_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <pthread.h>
#include <sys/types.h>

#include <hone/hone.h>

typedef struct hnpy_state {
    PyTypeObject *space_type, *study_type, *trial_type;
    PyObject *error;                     // hone.Error
    PyObject *errors[HONE_STATUS_COUNT]; // by status; [HONE_OK] is `error`
    PyObject *loads;                     // json.loads once it was needed
} hnpy_state;

typedef struct hnpy_space {
    PyObject_HEAD hnpy_state *state;
    hone_space *space;
} hnpy_space;

typedef struct hnpy_study {
    PyObject_HEAD hnpy_state *state;
    hone_study *study; // NULL once it is closed
    pthread_mutex_t lock;
    bool has_lock;
    pid_t lock_pid;   // of the process that made the lock
    pid_t pid;        // of the process that opened it
    uint32_t opened;  // times it was opened: 2 in the child of a fork that has used it
    uint32_t n_alive; // trials of the present handle that are not destroyed
    bool closing;     // closed as soon as n_alive is 0
    bool read_only;
    uint32_t n_metrics;
    PyObject *storage, *name;             // what it was opened by
    const char *storage_text, *name_text; // of these
    PyObject *choices;                    // {parameter: {JSON of a choice: object}}
} hnpy_study;

typedef struct hnpy_trial {
    PyObject_HEAD hnpy_state *state;
    hnpy_study *study;
    hone_trial *trial;
    uint32_t number;
    uint32_t opened; // of its study when the trial was made
} hnpy_trial;

// --- module.c ---
// State of the module that `type`, or the nearest of its bases, belongs to; NULL with an exception.
hnpy_state *hnpy_state_of(PyTypeObject *type);

// --- errors.c ---
int hnpy_errors_add(PyObject *module, hnpy_state *state);
// Raises what a call of the library has said; always NULL.
PyObject *hnpy_raise(const hnpy_state *state, const hone_error *err);

// --- value.c ---
// A JSON text as an object, scalars without the json module; NULL with an exception.
PyObject *hnpy_from_json(hnpy_state *state, const char *json);
// Text or None.
PyObject *hnpy_text(const char *text);
// Value of parameter `index` of the space that the trial's configuration is of; the parameter is
// active. NULL with an exception.
PyObject *hnpy_value(hnpy_study *study, const hone_trial *trial, const hone_space *space,
                     uint32_t index);
// {name: value} of a trial's active parameters.
PyObject *hnpy_params(hnpy_study *study, const hone_trial *trial);
// Numbers of a sequence, None being NaN, into a new array; `*n` gets how many. The caller frees it
// with PyMem_Free. NULL with an exception.
double *hnpy_doubles(PyObject *sequence, const char *what, uint32_t *n);

// --- plugins.c ---
extern PyMethodDef hnpy_plugin_methods[];

// --- exchange.c ---
extern PyMethodDef hnpy_exchange_methods[];

// --- space.c ---
extern PyType_Spec hnpy_space_spec;

// --- study.c ---
extern PyType_Spec hnpy_study_spec;
// Takes the lock and lets go of the GIL; the other way round. After hnpy_begin a call asks
// hnpy_ready whether there is a study to call.
PyThreadState *hnpy_begin(hnpy_study *study);
void hnpy_end(hnpy_study *study, PyThreadState *thread);
void hnpy_enter(hnpy_study *study);
void hnpy_leave(hnpy_study *study);
// With the lock: HONE_ESTATE when the study is closed. In the child of a fork a stored study is
// opened once more; one in memory is HONE_ESTATE.
hone_status hnpy_ready(hnpy_study *study, hone_error *err);
// A trial's object of this study is gone; closes the study if it was only waiting for that.
void hnpy_trial_gone(hnpy_study *study, hone_trial *trial, uint32_t opened);

// --- study_open.c ---
int hnpy_study_init(PyObject *self, PyObject *args, PyObject *kwargs);

// --- trial.c ---
extern PyType_Spec hnpy_trial_spec;
// An object of `type`, a subtype of the module's, which owns `trial` from now on, even on failure;
// the trial counts in n_alive already.
PyObject *hnpy_trial_new(hnpy_study *study, PyObject *type, hone_trial *trial);
// The trial object that `object` is, of this study; NULL with an exception.
hnpy_trial *hnpy_trial_of(hnpy_study *study, PyObject *object);
// With the lock of its study, after hnpy_ready: HONE_ESTATE for a trial of before a fork.
hone_status hnpy_trial_ready(const hnpy_trial *trial, hone_error *err);

// --- record.c ---
// Everything of a trial as a tuple, in the order of hone.FrozenTrial's fields.
PyObject *hnpy_record(hnpy_study *study, const hone_trial *trial);
// What FrozenTrial leaves out: (purpose, excluded, version of the space, ((step, values), …)).
PyObject *hnpy_record_rest(hnpy_study *study, const hone_trial *trial);

#endif
