// What changes a study: ask, tell and the acts by hand. Each call runs without the GIL.
#include "study_table.h"

static hnpy_study *as_study(PyObject *self)
{
    return (hnpy_study *)self;
}

// CALL: an expression of `study` (hone_study *) and `err`, evaluated with the lock; gives a status.
#define ENGINE(self, status, err, CALL)                                                            \
    do {                                                                                           \
        PyThreadState *thread = hnpy_begin(self);                                                  \
        status = hnpy_ready(self, err);                                                            \
        if (status == HONE_OK) {                                                                   \
            hone_study *study = (self)->study;                                                     \
            status = (CALL);                                                                       \
        }                                                                                          \
        hnpy_end(self, thread);                                                                    \
    } while (0)

static PyObject *none_or_raise(PyObject *self, hone_status status, const hone_error *err)
{
    if (status != HONE_OK)
        return hnpy_raise(as_study(self)->state, err);
    Py_RETURN_NONE;
}

PyObject *hnpy_study_refresh(PyObject *self, PyObject *unused)
{
    (void)unused;
    hone_error err = HONE_ERROR_INIT;
    hone_status status;
    ENGINE(as_study(self), status, &err, hone_study_refresh(study, &err));
    return none_or_raise(self, status, &err);
}

PyObject *hnpy_study_sync(PyObject *self, PyObject *unused)
{
    (void)unused;
    hone_error err = HONE_ERROR_INIT;
    hone_status status;
    ENGINE(as_study(self), status, &err, hone_study_sync(study, &err));
    return none_or_raise(self, status, &err);
}

// --- trials ---

// With the lock: a trial is alive as soon as the library has made it, or a thread that closes the
// study before there is an object of it would free it.
static hone_status counted(hnpy_study *study, hone_status status)
{
    if (status == HONE_OK)
        study->n_alive++;
    return status;
}

PyObject *hnpy_study_ask(PyObject *self, PyObject *args)
{
    hone_ask_options options = HONE_ASK_OPTIONS_INIT;
    hone_error err = HONE_ERROR_INIT;
    hone_trial *trial = NULL;
    PyObject *type;
    long long only = -1, total = 0;
    int no_new = 0;
    if (!PyArg_ParseTuple(args, "O|LpLd:_ask", &type, &only, &no_new, &total, &options.lease_s))
        return NULL;
    options.only_trial = only;
    options.no_new = no_new;
    options.total = total;
    hone_status status;
    ENGINE(as_study(self), status, &err,
           counted(as_study(self), hone_study_ask(study, &options, &trial, &err)));
    if (status != HONE_OK)
        return hnpy_raise(as_study(self)->state, &err);
    return hnpy_trial_new(as_study(self), type, trial);
}

PyObject *hnpy_study_trial(PyObject *self, PyObject *args)
{
    hone_error err = HONE_ERROR_INIT;
    hone_trial *trial = NULL;
    PyObject *type;
    unsigned number;
    if (!PyArg_ParseTuple(args, "OI:_trial", &type, &number))
        return NULL;
    hone_status status;
    ENGINE(as_study(self), status, &err,
           counted(as_study(self), hone_study_trial(study, number, &trial, &err)));
    if (status != HONE_OK)
        return hnpy_raise(as_study(self)->state, &err);
    return hnpy_trial_new(as_study(self), type, trial);
}

// Values by position: all metrics, or only the first ones.
static bool fit_values(const hnpy_study *self, double **values, uint32_t n, hone_result *result)
{
    uint32_t wanted = self->n_metrics;
    if (n > wanted) {
        PyErr_Format(PyExc_ValueError, "%u values for %u metric%s", (unsigned)n, (unsigned)wanted,
                     wanted == 1 ? "" : "s");
        return false;
    }
    double *all = PyMem_Realloc(*values, (wanted + 1) * sizeof **values);
    if (!all) {
        PyErr_NoMemory();
        return false;
    }
    *values = all;
    for (uint32_t i = n; i < wanted; i++)
        all[i] = Py_NAN;
    result->values = all;
    result->present = (UINT64_C(1) << n) - 1;
    return true;
}

PyObject *hnpy_study_tell(PyObject *self, PyObject *args)
{
    hnpy_study *owner = as_study(self);
    hone_result result = HONE_RESULT_INIT;
    hone_error err = HONE_ERROR_INIT;
    hone_status status;
    PyObject *object, *values = Py_None, *constraints = Py_None, *out = NULL;
    double *numbers = NULL, *limits = NULL, duration_s = 0;
    uint32_t n = 0;
    int state;
    if (!PyArg_ParseTuple(args, "Oi|OOzddi:_tell", &object, &state, &values, &constraints,
                          &result.message, &result.step, &duration_s, &result.signal))
        return NULL;
    hnpy_trial *trial = hnpy_trial_of(owner, object);
    if (!trial)
        return NULL;
    result.state = (hone_trial_state)state;
    result.present = 0;
    result.duration_us = (uint64_t)(duration_s * 1e6);
    if (values != Py_None && !(numbers = hnpy_doubles(values, "values", &n)))
        goto out;
    if (constraints != Py_None &&
        !(limits = hnpy_doubles(constraints, "constraints", &result.n_constraints)))
        goto out;
    result.constraints = limits;
    if (numbers && !fit_values(owner, &numbers, n, &result))
        goto out;
    ENGINE(owner, status, &err,
           (status = hnpy_trial_ready(trial, &err)) == HONE_OK
               ? hone_study_tell_result(study, trial->trial, &result, &err)
               : status);
    out = none_or_raise(self, status, &err);
out:
    PyMem_Free(numbers);
    PyMem_Free(limits);
    return out;
}

PyObject *hnpy_study_requeue(PyObject *self, PyObject *args)
{
    hone_error err = HONE_ERROR_INIT;
    hone_status status;
    PyObject *object;
    const char *reason;
    if (!PyArg_ParseTuple(args, "Os:_requeue", &object, &reason))
        return NULL;
    hnpy_trial *trial = hnpy_trial_of(as_study(self), object);
    if (!trial)
        return NULL;
    ENGINE(as_study(self), status, &err,
           (status = hnpy_trial_ready(trial, &err)) == HONE_OK
               ? hone_study_requeue(study, trial->trial, reason, &err)
               : status);
    return none_or_raise(self, status, &err);
}

PyObject *hnpy_study_pause(PyObject *self, PyObject *args)
{
    hone_error err = HONE_ERROR_INIT;
    hone_status status;
    PyObject *object;
    double step;
    if (!PyArg_ParseTuple(args, "Od:_pause", &object, &step))
        return NULL;
    hnpy_trial *trial = hnpy_trial_of(as_study(self), object);
    if (!trial)
        return NULL;
    ENGINE(as_study(self), status, &err,
           (status = hnpy_trial_ready(trial, &err)) == HONE_OK
               ? hone_study_pause(study, trial->trial, step, &err)
               : status);
    return none_or_raise(self, status, &err);
}

PyObject *hnpy_study_recover(PyObject *self, PyObject *unused)
{
    (void)unused;
    hone_error err = HONE_ERROR_INIT;
    hone_status status;
    uint32_t n_requeued = 0, n_lost = 0;
    ENGINE(as_study(self), status, &err, hone_study_recover(study, &n_requeued, &n_lost, &err));
    if (status != HONE_OK)
        return hnpy_raise(as_study(self)->state, &err);
    return Py_BuildValue("II", (unsigned)n_requeued, (unsigned)n_lost);
}

static PyObject *number_or_raise(PyObject *self, hone_status status, uint32_t number,
                                 const hone_error *err)
{
    if (status != HONE_OK)
        return hnpy_raise(as_study(self)->state, err);
    return PyLong_FromUnsignedLong(number);
}

PyObject *hnpy_study_enqueue(PyObject *self, PyObject *args)
{
    hone_error err = HONE_ERROR_INIT;
    hone_status status;
    const char *params;
    int purpose = HONE_PURPOSE_SEARCH;
    long long parent = -1;
    uint32_t number = 0;
    if (!PyArg_ParseTuple(args, "s|iL:_enqueue", &params, &purpose, &parent))
        return NULL;
    ENGINE(as_study(self), status, &err,
           hone_study_enqueue(study, params, (hone_trial_purpose)purpose, parent, &number, &err));
    return number_or_raise(self, status, number, &err);
}

PyObject *hnpy_study_kill(PyObject *self, PyObject *args)
{
    hone_error err = HONE_ERROR_INIT;
    hone_status status;
    hone_kill result = HONE_KILL_ASKED;
    unsigned number;
    int how = HONE_STATE_FAILED, force = 0;
    if (!PyArg_ParseTuple(args, "I|ip:_kill", &number, &how, &force))
        return NULL;
    ENGINE(as_study(self), status, &err,
           hone_study_kill(study, number, (hone_trial_state)how, force, &result, &err));
    return number_or_raise(self, status, result, &err);
}

PyObject *hnpy_study_rerun(PyObject *self, PyObject *args)
{
    hone_error err = HONE_ERROR_INIT;
    hone_status status;
    unsigned number;
    uint32_t out = 0;
    if (!PyArg_ParseTuple(args, "I:_rerun", &number))
        return NULL;
    ENGINE(as_study(self), status, &err, hone_study_rerun(study, number, &out, &err));
    return number_or_raise(self, status, out, &err);
}

PyObject *hnpy_study_retest(PyObject *self, PyObject *args)
{
    hone_error err = HONE_ERROR_INIT;
    hone_status status;
    unsigned number, n = 1;
    uint32_t first = 0;
    if (!PyArg_ParseTuple(args, "I|I:_retest", &number, &n))
        return NULL;
    ENGINE(as_study(self), status, &err, hone_study_retest(study, number, n, &first, &err));
    return number_or_raise(self, status, first, &err);
}

// --- what is recorded besides ---

PyObject *hnpy_study_change_space(PyObject *self, PyObject *args)
{
    hone_error err = HONE_ERROR_INIT;
    hone_status status;
    hone_space_change change = HONE_SPACE_CHANGE_INIT;
    PyObject *space;
    if (!PyArg_ParseTuple(args, "O!z:_change_space", as_study(self)->state->space_type, &space,
                          &change.why))
        return NULL;
    ENGINE(as_study(self), status, &err,
           hone_study_change_space(study, ((hnpy_space *)space)->space, &change, &err));
    return number_or_raise(self, status, change.version, &err);
}

// Records a name with a JSON text by `record`; `format` is that of the two arguments.
static PyObject *keep(PyObject *self, PyObject *args, const char *format,
                      hone_status (*record)(hone_study *, const char *, const char *, hone_error *))
{
    hone_error err = HONE_ERROR_INIT;
    hone_status status;
    const char *key, *json;
    if (!PyArg_ParseTuple(args, format, &key, &json))
        return NULL;
    ENGINE(as_study(self), status, &err, record(study, key, json, &err));
    return none_or_raise(self, status, &err);
}

PyObject *hnpy_study_set(PyObject *self, PyObject *args)
{
    return keep(self, args, "ss:_set", hone_study_set);
}

PyObject *hnpy_study_set_attr(PyObject *self, PyObject *args)
{
    return keep(self, args, "ss:_set_attr", hone_study_set_attr);
}

PyObject *hnpy_study_note(PyObject *self, PyObject *args)
{
    hone_error err = HONE_ERROR_INIT;
    hone_status status;
    long long trial;
    const char *text;
    if (!PyArg_ParseTuple(args, "Ls:_note", &trial, &text))
        return NULL;
    ENGINE(as_study(self), status, &err, hone_study_note(study, trial, text, &err));
    return none_or_raise(self, status, &err);
}
