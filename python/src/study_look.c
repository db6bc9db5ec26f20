// What a study is and holds. Cheap looks keep the GIL; what may take milliseconds does not.
#include "study_table.h"

static hnpy_study *as_study(PyObject *self)
{
    return (hnpy_study *)self;
}

// Takes the lock for a getter; without a usable study NULL with an exception, and no lock.
static hone_study *enter(PyObject *self)
{
    hone_error err = HONE_ERROR_INIT;
    hnpy_enter(as_study(self));
    if (hnpy_ready(as_study(self), &err) == HONE_OK)
        return as_study(self)->study;
    hnpy_leave(as_study(self));
    hnpy_raise(as_study(self)->state, &err);
    return NULL;
}

static PyObject *leave(PyObject *self, PyObject *out)
{
    hnpy_leave(as_study(self));
    return out;
}

// --- attributes ---

PyObject *hnpy_study_get_closed(PyObject *self, void *unused)
{
    (void)unused;
    return PyBool_FromLong(!as_study(self)->study || as_study(self)->closing);
}

PyObject *hnpy_study_get_name(PyObject *self, void *unused)
{
    (void)unused;
    return Py_XNewRef(as_study(self)->name ? as_study(self)->name : Py_None);
}

PyObject *hnpy_study_get_storage(PyObject *self, void *unused)
{
    (void)unused;
    return Py_XNewRef(as_study(self)->storage ? as_study(self)->storage : Py_None);
}

PyObject *hnpy_study_get__choices(PyObject *self, void *unused)
{
    (void)unused;
    return Py_XNewRef(as_study(self)->choices);
}

// A getter whose value is an expression of `study`.
#define GETTER(name, EXPRESSION)                                                                   \
    PyObject *hnpy_study_get_##name(PyObject *self, void *unused)                                  \
    {                                                                                              \
        (void)unused;                                                                              \
        hone_study *study = enter(self);                                                           \
        return study ? leave(self, EXPRESSION) : NULL;                                             \
    }

GETTER(seed, PyLong_FromUnsignedLongLong(hone_study_seed(study)))
GETTER(sampler, hnpy_text(hone_study_sampler(study)))
GETTER(sampler_in_use, hnpy_text(hone_study_sampler_in_use(study)))
GETTER(scheduler, hnpy_text(hone_study_scheduler(study)))
GETTER(scheduler_in_use, hnpy_text(hone_study_scheduler_in_use(study)))
GETTER(_scheduler_can, PyLong_FromUnsignedLong(hone_study_scheduler_can(study)))
GETTER(n_trials, PyLong_FromUnsignedLong(hone_study_n_trials(study)))
GETTER(n_finished, PyLong_FromUnsignedLong(hone_study_n_finished(study)))
GETTER(n_objectives, PyLong_FromUnsignedLong(hone_study_n_objectives(study)))
GETTER(_space_version, PyLong_FromUnsignedLong(hone_study_space_version(study)))
GETTER(_noisy, PyBool_FromLong(hone_study_is_noisy(study)))
GETTER(_define_by_run, PyBool_FromLong(hone_study_define_by_run(study)))
GETTER(_n_asked_for, PyLong_FromUnsignedLong(hone_study_n_asked_for(study)))

static PyObject *metric(const hone_study *study, uint32_t index)
{
    hone_metric m = hone_study_metric(study, index);
    return Py_BuildValue("si", m.name, (int)m.goal);
}

static PyObject *constraint(const hone_study *study, uint32_t index)
{
    return hnpy_text(hone_study_constraint(study, index));
}

// A tuple of `n` objects, each made by `make`.
static PyObject *tuple_of(const hone_study *study, uint32_t n,
                          PyObject *(*make)(const hone_study *study, uint32_t index))
{
    PyObject *tuple = PyTuple_New(n);
    for (uint32_t i = 0; tuple && i < n; i++) {
        PyObject *item = make(study, i);
        if (!item)
            Py_CLEAR(tuple);
        else
            PyTuple_SetItem(tuple, i, item);
    }
    return tuple;
}

GETTER(_metrics, tuple_of(study, hone_study_n_metrics(study), metric))
GETTER(constraints, tuple_of(study, hone_study_n_constraints(study), constraint))

// --- looks with an argument ---

PyObject *hnpy_study_count(PyObject *self, PyObject *state)
{
    long number = PyLong_AsLong(state);
    if (number == -1 && PyErr_Occurred())
        return NULL;
    hone_study *study = enter(self);
    if (!study)
        return NULL;
    bool known = number >= 0 && number < HONE_N_STATES;
    uint32_t n = known ? hone_study_count(study, (hone_trial_state)number) : 0;
    return leave(self, PyLong_FromUnsignedLong(n));
}

PyObject *hnpy_study_get(PyObject *self, PyObject *args)
{
    const char *key;
    if (!PyArg_ParseTuple(args, "s:_get", &key))
        return NULL;
    hone_study *study = enter(self);
    return study ? leave(self, hnpy_text(hone_study_get(study, key))) : NULL;
}

PyObject *hnpy_study_attrs(PyObject *self, PyObject *unused)
{
    (void)unused;
    hone_study *study = enter(self);
    PyObject *attrs = study ? PyDict_New() : NULL;
    if (!study)
        return NULL;
    const char *key;
    for (uint32_t i = 0; attrs && (key = hone_study_attr_key(study, i)); i++) {
        PyObject *json = hnpy_text(hone_study_attr(study, key));
        if (!json || PyDict_SetItemString(attrs, key, json) < 0)
            Py_CLEAR(attrs);
        Py_XDECREF(json);
    }
    return leave(self, attrs);
}

static PyObject *json_of(const hone_space *space)
{
    char *json = hone_space_to_json(space);
    PyObject *text = json ? hnpy_text(json) : PyErr_NoMemory();
    hone_free(json);
    return text;
}

PyObject *hnpy_study_space_json(PyObject *self, PyObject *unused)
{
    (void)unused;
    hone_study *study = enter(self);
    return study ? leave(self, json_of(hone_study_space(study))) : NULL;
}

PyObject *hnpy_study_space_at(PyObject *self, PyObject *version)
{
    unsigned long wanted = PyLong_AsUnsignedLong(version);
    if (wanted == (unsigned long)-1 && PyErr_Occurred())
        return NULL;
    hone_study *study = enter(self);
    if (!study)
        return NULL;
    const hone_space *space =
        wanted <= UINT32_MAX ? hone_study_space_at(study, (uint32_t)wanted) : NULL;
    if (!space)
        return leave(self, PyErr_Format(PyExc_LookupError, "there is no version %lu", wanted));
    return leave(self, json_of(space));
}

// The trial's object is destroyed under the lock: it is not one that Python has.
static PyObject *with_trial(PyObject *self, PyObject *number,
                            PyObject *(*make)(hnpy_study *study, const hone_trial *trial))
{
    hone_error err = HONE_ERROR_INIT;
    hone_trial *trial = NULL;
    PyObject *out = NULL;
    unsigned long wanted = PyLong_AsUnsignedLong(number);
    if (wanted == (unsigned long)-1 && PyErr_Occurred())
        return NULL;
    hone_study *study = enter(self);
    if (!study)
        return NULL;
    uint32_t valid = wanted > UINT32_MAX ? UINT32_MAX : (uint32_t)wanted;
    if (hone_study_trial(study, valid, &trial, &err) == HONE_OK)
        out = make(as_study(self), trial);
    else
        hnpy_raise(as_study(self)->state, &err);
    hone_trial_destroy(trial);
    return leave(self, out);
}

PyObject *hnpy_study_record(PyObject *self, PyObject *number)
{
    return with_trial(self, number, hnpy_record);
}

PyObject *hnpy_study_record_rest(PyObject *self, PyObject *number)
{
    return with_trial(self, number, hnpy_record_rest);
}

static PyObject *state_of(hnpy_study *study, const hone_trial *trial)
{
    (void)study;
    return PyLong_FromLong(hone_trial_status(trial));
}

PyObject *hnpy_study_state(PyObject *self, PyObject *number)
{
    return with_trial(self, number, state_of);
}

// --- what may take a while ---

PyObject *hnpy_study_best(PyObject *self, PyObject *by_model)
{
    hone_error err = HONE_ERROR_INIT;
    uint32_t number = 0;
    int model = PyObject_IsTrue(by_model);
    if (model < 0)
        return NULL;
    PyThreadState *thread = hnpy_begin(as_study(self));
    hone_status status = hnpy_ready(as_study(self), &err);
    if (status == HONE_OK)
        status = model ? hone_study_best_by_model(as_study(self)->study, &number, &err)
                       : hone_study_best(as_study(self)->study, &number, &err);
    hnpy_end(as_study(self), thread);
    return status == HONE_OK ? PyLong_FromUnsignedLong(number)
                             : hnpy_raise(as_study(self)->state, &err);
}

static PyObject *importance_of(const hone_importance *importance)
{
    uint32_t n = hone_importance_n_params(importance);
    PyObject *list = PyList_New(n);
    for (uint32_t i = 0; list && i < n; i++) {
        hone_importance_param p = hone_importance_param_at(importance, i);
        PyObject *row = Py_BuildValue("sddI", p.name, p.share, p.spread, (unsigned)p.n_trials);
        if (!row)
            Py_CLEAR(list);
        else
            PyList_SetItem(list, i, row);
    }
    if (!list)
        return NULL;
    return Py_BuildValue("ddIN", hone_importance_r2(importance), hone_importance_rest(importance),
                         (unsigned)hone_importance_n_trials(importance), list);
}

PyObject *hnpy_study_importance(PyObject *self, PyObject *args)
{
    hone_error err = HONE_ERROR_INIT;
    hone_importance *importance = NULL;
    hone_importance_options options = HONE_IMPORTANCE_OPTIONS_INIT;
    if (!PyArg_ParseTuple(args, "z:_importance", &options.metric))
        return NULL;
    PyThreadState *thread = hnpy_begin(as_study(self));
    hone_status status = hnpy_ready(as_study(self), &err);
    if (status == HONE_OK)
        status = hone_study_importance(as_study(self)->study, &options, &importance, &err);
    hnpy_end(as_study(self), thread);
    if (status != HONE_OK)
        return hnpy_raise(as_study(self)->state, &err);
    PyObject *out = importance_of(importance);
    hone_importance_destroy(importance);
    return out;
}

PyObject *hnpy_study_exhausted(PyObject *self, PyObject *unused)
{
    (void)unused;
    hone_error err = HONE_ERROR_INIT;
    bool out = false;
    PyThreadState *thread = hnpy_begin(as_study(self));
    hone_status status = hnpy_ready(as_study(self), &err);
    if (status == HONE_OK)
        status = hone_study_exhausted(as_study(self)->study, &out, &err);
    hnpy_end(as_study(self), thread);
    return status == HONE_OK ? PyBool_FromLong(out) : hnpy_raise(as_study(self)->state, &err);
}

PyObject *hnpy_study_pareto(PyObject *self, PyObject *unused)
{
    (void)unused;
    hone_error err = HONE_ERROR_INIT;
    uint32_t n = 0;
    hone_study *study = enter(self);
    if (!study)
        return NULL;
    uint32_t capacity = hone_study_count(study, HONE_STATE_COMPLETE) + 1;
    uint32_t *numbers = PyMem_Malloc(capacity * sizeof *numbers);
    if (!numbers)
        return leave(self, PyErr_NoMemory());
    hone_status status = hone_study_pareto(study, numbers, capacity, &n, &err);
    PyObject *list = status == HONE_OK ? PyList_New(n) : hnpy_raise(as_study(self)->state, &err);
    for (uint32_t i = 0; list && i < n; i++) {
        PyObject *number = PyLong_FromUnsignedLong(numbers[i]);
        if (!number)
            Py_CLEAR(list);
        else
            PyList_SetItem(list, i, number);
    }
    PyMem_Free(numbers);
    return leave(self, list);
}

PyObject *hnpy_study_explain(PyObject *self, PyObject *trial)
{
    hone_error err = HONE_ERROR_INIT;
    hone_explanation out = HONE_EXPLANATION_INIT;
    long long number = PyLong_AsLongLong(trial);
    if (number == -1 && PyErr_Occurred())
        return NULL;
    PyThreadState *thread = hnpy_begin(as_study(self));
    hone_status status = hnpy_ready(as_study(self), &err);
    if (status == HONE_OK)
        status = hone_study_explain(as_study(self)->study, number, &out, &err);
    hnpy_end(as_study(self), thread);
    if (status != HONE_OK)
        return hnpy_raise(as_study(self)->state, &err);
    return Py_BuildValue("ssss", out.sampler, out.in_use, out.why, out.standing);
}
