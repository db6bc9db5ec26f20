// _hone.Trial: a hone_trial. It keeps its study alive, and uses its study's lock.
#include "hnpy.h"

static hnpy_trial *as_trial(PyObject *self)
{
    return (hnpy_trial *)self;
}

PyObject *hnpy_trial_new(hnpy_study *study, PyObject *type, hone_trial *trial)
{
    hnpy_trial *self = NULL;
    if (!PyType_Check(type) || !PyType_IsSubtype((PyTypeObject *)type, study->state->trial_type)) {
        PyErr_SetString(PyExc_TypeError, "the type of a trial must derive from _hone.Trial");
    } else {
        allocfunc alloc = (allocfunc)PyType_GetSlot((PyTypeObject *)type, Py_tp_alloc);
        self = (hnpy_trial *)alloc((PyTypeObject *)type, 0);
    }
    if (!self) {
        hnpy_trial_gone(study, trial, study->opened);
        return NULL;
    }
    self->state = study->state;
    self->study = (hnpy_study *)Py_NewRef((PyObject *)study);
    self->trial = trial;
    self->number = hone_trial_number(trial);
    self->opened = study->opened;
    return (PyObject *)self;
}

hnpy_trial *hnpy_trial_of(hnpy_study *study, PyObject *object)
{
    if (!PyObject_TypeCheck(object, study->state->trial_type)) {
        PyErr_SetString(PyExc_TypeError, "a trial that study.ask() gave is needed");
        return NULL;
    }
    if (as_trial(object)->study != study) {
        PyErr_Format(PyExc_ValueError, "trial %u is of another study",
                     (unsigned)as_trial(object)->number);
        return NULL;
    }
    return as_trial(object);
}

static int trial_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT((PyObject *)as_trial(self)->study);
    return 0;
}

// The study stays until the trial is freed, which needs it.
static void trial_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    hnpy_trial *trial = as_trial(self);
    PyObject_GC_UnTrack(self);
    if (trial->study) {
        hnpy_trial_gone(trial->study, trial->trial, trial->opened);
        Py_DECREF((PyObject *)trial->study);
    }
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(self);
    Py_DECREF(type);
}

// --- looking ---

// Takes the lock. In the child of a fork what the trial holds can still be read.
static const hone_trial *enter(PyObject *self)
{
    hnpy_enter(as_trial(self)->study);
    return as_trial(self)->trial;
}

static PyObject *leave(PyObject *self, PyObject *out)
{
    hnpy_leave(as_trial(self)->study);
    return out;
}

// A getter whose value is an expression of `trial`.
#define GETTER(name, EXPRESSION)                                                                   \
    static PyObject *get_##name(PyObject *self, void *unused)                                      \
    {                                                                                              \
        (void)unused;                                                                              \
        const hone_trial *trial = enter(self);                                                     \
        return leave(self, EXPRESSION);                                                            \
    }

GETTER(status, PyLong_FromLong(hone_trial_status(trial)))
GETTER(attempts, PyLong_FromUnsignedLong(hone_trial_attempts(trial)))
GETTER(seed, PyLong_FromUnsignedLongLong(hone_trial_seed(trial)))
GETTER(resource, PyFloat_FromDouble(hone_trial_resource(trial)))
GETTER(parent, PyLong_FromLongLong(hone_trial_parent(trial)))
GETTER(origin, PyLong_FromLong(hone_trial_origin_of(trial)))
GETTER(n_reports, PyLong_FromUnsignedLong(hone_trial_n_reports(trial)))
GETTER(message, hnpy_text(hone_trial_message(trial)))
GETTER(should_stop, PyBool_FromLong(hone_trial_should_stop(trial)))
GETTER(should_pause, PyBool_FromLong(hone_trial_should_pause(trial)))
GETTER(forked_at, PyFloat_FromDouble(hone_trial_forked_at(trial)))
GETTER(checkpoint_bytes, PyLong_FromUnsignedLongLong(hone_trial_checkpoint_bytes(trial)))
GETTER(params, hnpy_params(as_trial(self)->study, trial))

static PyObject *get_number(PyObject *self, void *unused)
{
    (void)unused;
    return PyLong_FromUnsignedLong(as_trial(self)->number);
}

static PyObject *get_study(PyObject *self, void *unused)
{
    (void)unused;
    return Py_NewRef((PyObject *)as_trial(self)->study);
}

static PyObject *attrs_of(const hone_trial *trial)
{
    PyObject *attrs = PyDict_New();
    const char *key;
    for (uint32_t i = 0; attrs && (key = hone_trial_attr_key(trial, i)); i++) {
        PyObject *json = hnpy_text(hone_trial_attr(trial, key));
        if (!json || PyDict_SetItemString(attrs, key, json) < 0)
            Py_CLEAR(attrs);
        Py_XDECREF(json);
    }
    return attrs;
}

GETTER(attrs, attrs_of(trial))

static PyObject *trial_subscript(PyObject *self, PyObject *key)
{
    if (!PyUnicode_Check(key)) {
        PyErr_SetObject(PyExc_KeyError, key);
        return NULL;
    }
    const char *name = PyUnicode_AsUTF8AndSize(key, NULL);
    if (!name)
        return NULL;
    const hone_trial *trial = enter(self);
    const hone_space *space = hone_trial_has_params(trial) ? hone_trial_space(trial) : NULL;
    int index = space ? hone_space_index(space, name) : -1;
    PyObject *out = NULL;
    if (index >= 0 && hone_trial_active(trial, name))
        out = hnpy_value(as_trial(self)->study, trial, space, (uint32_t)index);
    else
        PyErr_Format(PyExc_KeyError, "this trial has no active parameter %U", key);
    return leave(self, out);
}

static PyObject *trial_json(PyObject *self, PyObject *key)
{
    const char *name = PyUnicode_AsUTF8AndSize(key, NULL);
    if (!name)
        return NULL;
    const hone_trial *trial = enter(self);
    return leave(self, hnpy_text(hone_trial_value_json(trial, name)));
}

static int trial_contains(PyObject *self, PyObject *key)
{
    const char *name = PyUnicode_Check(key) ? PyUnicode_AsUTF8AndSize(key, NULL) : NULL;
    if (!name)
        return PyErr_Occurred() ? -1 : 0;
    const hone_trial *trial = enter(self);
    bool active = hone_trial_has_params(trial) && hone_trial_active(trial, name);
    hnpy_leave(as_trial(self)->study);
    return active;
}

// --- acting ---

// CALL: an expression of `trial` (hone_trial *) and `err`, evaluated without the GIL.
#define ENGINE(self, status, err, CALL)                                                            \
    do {                                                                                           \
        PyThreadState *thread = hnpy_begin(as_trial(self)->study);                                 \
        status = hnpy_ready(as_trial(self)->study, err);                                           \
        if (status == HONE_OK)                                                                     \
            status = hnpy_trial_ready(as_trial(self), err);                                        \
        if (status == HONE_OK) {                                                                   \
            hone_trial *trial = as_trial(self)->trial;                                             \
            status = (CALL);                                                                       \
        }                                                                                          \
        hnpy_end(as_trial(self)->study, thread);                                                   \
    } while (0)

static PyObject *none_or_raise(PyObject *self, hone_status status, const hone_error *err)
{
    if (status != HONE_OK)
        return hnpy_raise(as_trial(self)->state, err);
    Py_RETURN_NONE;
}

static PyObject *trial_report(PyObject *self, PyObject *args)
{
    hone_error err = HONE_ERROR_INIT;
    hone_status status;
    double value, step;
    if (!PyArg_ParseTuple(args, "dd:report", &value, &step))
        return NULL;
    ENGINE(self, status, &err, hone_trial_report(trial, step, value, &err));
    return none_or_raise(self, status, &err);
}

// Several metrics: a value or None for each.
static PyObject *trial_report_values(PyObject *self, PyObject *args)
{
    hone_error err = HONE_ERROR_INIT;
    hone_status status;
    PyObject *sequence;
    double step;
    uint32_t n = 0;
    uint64_t present = 0;
    if (!PyArg_ParseTuple(args, "Od:_report_values", &sequence, &step))
        return NULL;
    double *values = hnpy_doubles(sequence, "values", &n);
    if (!values)
        return NULL;
    if (n != as_trial(self)->study->n_metrics) {
        PyMem_Free(values);
        return PyErr_Format(PyExc_ValueError, "%u values for %u metrics", (unsigned)n,
                            (unsigned)as_trial(self)->study->n_metrics);
    }
    for (uint32_t i = 0; i < n; i++) {
        PyObject *item = PySequence_GetItem(sequence, i);
        present |= item && item != Py_None ? UINT64_C(1) << i : 0;
        Py_XDECREF(item);
    }
    ENGINE(self, status, &err, hone_trial_report_values(trial, step, values, present, &err));
    PyMem_Free(values);
    return none_or_raise(self, status, &err);
}

static PyObject *trial_suggest(PyObject *self, PyObject *args)
{
    hone_error err = HONE_ERROR_INIT;
    hone_status status;
    const char *name, *spec;
    PyObject *key;
    if (!PyArg_ParseTuple(args, "Us:_suggest", &key, &spec))
        return NULL;
    name = PyUnicode_AsUTF8AndSize(key, NULL);
    if (!name)
        return NULL;
    ENGINE(self, status, &err, hone_trial_suggest(trial, name, spec, &err));
    if (status != HONE_OK)
        return hnpy_raise(as_trial(self)->state, &err);
    return trial_subscript(self, key);
}

static PyObject *trial_suggest_float(PyObject *self, PyObject *args)
{
    hone_error err = HONE_ERROR_INIT;
    hone_status status;
    const char *name;
    double low, high, step, out = 0;
    int log;
    if (!PyArg_ParseTuple(args, "sdddp:_suggest_float", &name, &low, &high, &step, &log))
        return NULL;
    ENGINE(self, status, &err,
           hone_trial_suggest_float(trial, name, low, high, step, log ? HONE_SUGGEST_LOG : 0, &out,
                                    &err));
    return status == HONE_OK ? PyFloat_FromDouble(out) : hnpy_raise(as_trial(self)->state, &err);
}

static PyObject *trial_suggest_int(PyObject *self, PyObject *args)
{
    hone_error err = HONE_ERROR_INIT;
    hone_status status;
    const char *name;
    long long low, high, step;
    int64_t out = 0;
    int log;
    if (!PyArg_ParseTuple(args, "sLLLp:_suggest_int", &name, &low, &high, &step, &log))
        return NULL;
    ENGINE(self, status, &err,
           hone_trial_suggest_int(trial, name, low, high, step, log ? HONE_SUGGEST_LOG : 0, &out,
                                  &err));
    return status == HONE_OK ? PyLong_FromLongLong(out) : hnpy_raise(as_trial(self)->state, &err);
}

static PyObject *trial_set_attrs(PyObject *self, PyObject *object)
{
    hone_error err = HONE_ERROR_INIT;
    hone_status status;
    const char *json = PyUnicode_AsUTF8AndSize(object, NULL);
    if (!json)
        return NULL;
    ENGINE(self, status, &err, hone_trial_set_attrs(trial, json, &err));
    return none_or_raise(self, status, &err);
}

static PyObject *trial_extend_lease(PyObject *self, PyObject *args)
{
    hone_error err = HONE_ERROR_INIT;
    hone_status status;
    double lease_s;
    if (!PyArg_ParseTuple(args, "d:extend_lease", &lease_s))
        return NULL;
    ENGINE(self, status, &err, hone_trial_extend_lease(trial, lease_s, &err));
    return none_or_raise(self, status, &err);
}

static PyObject *trial_checkpointed(PyObject *self, PyObject *args)
{
    hone_error err = HONE_ERROR_INIT;
    hone_status status;
    double step;
    unsigned long long n_bytes;
    if (!PyArg_ParseTuple(args, "dK:_checkpointed", &step, &n_bytes))
        return NULL;
    ENGINE(self, status, &err, hone_trial_checkpointed(trial, step, n_bytes, &err));
    return none_or_raise(self, status, &err);
}

// --- the type ---

static PyMethodDef methods[] = {
    {"_report", trial_report, METH_VARARGS, "value, step"},
    {"_report_values", trial_report_values, METH_VARARGS, "a value or None for each metric, step"},
    {"_suggest", trial_suggest, METH_VARARGS, "name, spec -> value"},
    {"_suggest_float", trial_suggest_float, METH_VARARGS, "name, low, high, step, log -> value"},
    {"_suggest_int", trial_suggest_int, METH_VARARGS, "name, low, high, step, log -> value"},
    {"_json", trial_json, METH_O, "name -> JSON of its value, None when inactive"},
    {"_set_attrs", trial_set_attrs, METH_O, "JSON object of attributes"},
    {"_checkpointed", trial_checkpointed, METH_VARARGS, "step that its checkpoint holds, bytes"},
    {"extend_lease", trial_extend_lease, METH_VARARGS,
     "extend_lease(lease_s): the trial is believed to run for so many seconds more."},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef getters[] = {
    {"number", get_number, NULL, "Its number in the study, from 0 on.", NULL},
    {"_study", get_study, NULL, "Its study.", NULL},
    {"_status", get_status, NULL, "Number of its state.", NULL},
    {"attempts", get_attempts, NULL, "Times it was started.", NULL},
    {"seed", get_seed, NULL, "Number to seed the objective's own randomness with.", NULL},
    {"resource", get_resource, NULL, "Steps to train up to; 0: no limit.", NULL},
    {"_parent", get_parent, NULL, "Trial that it is a fork or a repeat of; -1: none.", NULL},
    {"_origin", get_origin, NULL, "Number of its origin.", NULL},
    {"_n_reports", get_n_reports, NULL, "Reports so far.", NULL},
    {"message", get_message, NULL, "Why it ended as it did; \"\" when there is nothing.", NULL},
    {"_should_stop", get_should_stop, NULL, "Should it end now?", NULL},
    {"_should_pause", get_should_pause, NULL, "Should it save a checkpoint and end?", NULL},
    {"_forked_at", get_forked_at, NULL, "Step of its parent's checkpoint; NaN: no fork.", NULL},
    {"_checkpoint_bytes", get_checkpoint_bytes, NULL, "Recorded size of its checkpoint.", NULL},
    {"params", get_params, NULL, "{name: value} of its active parameters.", NULL},
    {"_attrs", get_attrs, NULL, "{key: JSON} of its attributes.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_dealloc, trial_dealloc},
    {Py_tp_traverse, trial_traverse},
    {Py_tp_methods, methods},
    {Py_tp_getset, getters},
    {Py_mp_subscript, trial_subscript},
    {Py_sq_contains, trial_contains},
    {Py_tp_doc, "A trial of the library."},
    {0, NULL},
};

PyType_Spec hnpy_trial_spec = {
    .name = "hone._hone.Trial",
    .basicsize = sizeof(hnpy_trial),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC |
             Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = slots,
};
