// Opening a study: keyword arguments into hone_study_options.
#include "study_table.h"

enum { MAX_METRICS = 62 };

typedef struct opening {
    hone_study_options options;
    hone_metric metrics[MAX_METRICS];
    const char *constraints[MAX_METRICS];
} opening;

// ((name, goal), …)
static bool read_metrics(opening *o, PyObject *metrics)
{
    Py_ssize_t n = metrics ? PyTuple_Size(metrics) : 0;
    if (n < 0)
        return false;
    if (n > MAX_METRICS) {
        PyErr_Format(PyExc_ValueError, "%zd metrics: at most %d are possible", n, MAX_METRICS);
        return false;
    }
    for (Py_ssize_t i = 0; i < n; i++) {
        int goal;
        PyObject *metric = PyTuple_GetItem(metrics, i); // borrowed
        if (!metric || !PyArg_ParseTuple(metric, "si:metric", &o->metrics[i].name, &goal))
            return false;
        o->metrics[i].goal = (hone_goal)goal;
    }
    o->options.metrics = o->metrics;
    o->options.n_metrics = (uint32_t)n;
    return true;
}

// Texts in a tuple.
static bool read_constraints(opening *o, PyObject *texts)
{
    Py_ssize_t n = texts ? PyTuple_Size(texts) : 0;
    if (n < 0)
        return false;
    if (n > MAX_METRICS) {
        PyErr_Format(PyExc_ValueError, "%zd constraints: at most %d are possible", n, MAX_METRICS);
        return false;
    }
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *text = PyTuple_GetItem(texts, i); // borrowed
        o->constraints[i] = text ? PyUnicode_AsUTF8AndSize(text, NULL) : NULL;
        if (!o->constraints[i])
            return false;
    }
    o->options.constraints = o->constraints;
    o->options.n_constraints = (uint32_t)n;
    return true;
}

static bool read_space(opening *o, const hnpy_study *study, PyObject *space)
{
    if (space == Py_None)
        return true;
    if (!PyObject_TypeCheck(space, study->state->space_type)) {
        PyErr_SetString(PyExc_TypeError, "space must be a hone.Space");
        return false;
    }
    o->options.space = ((hnpy_space *)space)->space;
    return true;
}

static bool read_seed(opening *o, PyObject *seed)
{
    if (seed == Py_None)
        return true;
    o->options.has_seed = true;
    o->options.seed = PyLong_AsUnsignedLongLong(seed);
    if (!PyErr_Occurred())
        return true;
    if (PyErr_ExceptionMatches(PyExc_OverflowError))
        PyErr_Format(PyExc_ValueError, "seed is %R: it must be from 0 to 2**64 - 1", seed);
    else if (PyErr_ExceptionMatches(PyExc_TypeError))
        PyErr_Format(PyExc_TypeError, "seed is %R: it must be a whole number", seed);
    return false;
}

// Opens, and remembers by what: the name is the study's own, which may not have been given.
static int open_study(hnpy_study *self, const hone_study_options *options)
{
    hone_error err = HONE_ERROR_INIT;
    hone_study *study = NULL;
    hone_status status;
    Py_BEGIN_ALLOW_THREADS status = hone_study_open(options, &study, &err);
    Py_END_ALLOW_THREADS if (status != HONE_OK)
    {
        hnpy_raise(self->state, &err);
        return -1;
    }
    self->study = study;
    self->opened = 1;
    self->read_only = options->read_only;
    self->n_metrics = hone_study_n_metrics(study);
    self->storage = hnpy_text(options->storage ? options->storage : "memory:");
    self->name = hnpy_text(hone_study_name(study));
    if (!self->storage || !self->name)
        return -1;
    self->storage_text = PyUnicode_AsUTF8AndSize(self->storage, NULL);
    self->name_text = PyUnicode_AsUTF8AndSize(self->name, NULL);
    return self->storage_text && self->name_text ? 0 : -1;
}

int hnpy_study_init(PyObject *object, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"storage",
                            "name",
                            "mode",
                            "read_only",
                            "accept_changes",
                            "space",
                            "metrics",
                            "constraints",
                            "sampler",
                            "sampler_options",
                            "scheduler",
                            "scheduler_options",
                            "storage_options",
                            "seed",
                            "n_trials",
                            "lag",
                            "noisy",
                            "attributes",
                            "refused",
                            NULL};
    hnpy_study *self = (hnpy_study *)object;
    opening o = {.options = HONE_STUDY_OPTIONS_INIT};
    hone_study_options *p = &o.options;
    PyObject *space = Py_None, *metrics = NULL, *constraints = NULL, *seed = Py_None;
    int mode = HONE_OPEN_OR_CREATE, read_only = 0, accept = 0, noisy = 0;
    unsigned lag = 0, refused = 0;
    long long n_trials = 0;
    if (self->study) {
        PyErr_SetString(PyExc_RuntimeError, "the study is open already");
        return -1;
    }
    if (!PyArg_ParseTupleAndKeywords(
            args, kwargs, "|$zzippOO!O!zzzzzOLIpzI:Study", names, &p->storage, &p->name, &mode,
            &read_only, &accept, &space, &PyTuple_Type, &metrics, &PyTuple_Type, &constraints,
            &p->sampler, &p->sampler_options, &p->scheduler, &p->scheduler_options,
            &p->storage_options, &seed, &n_trials, &lag, &noisy, &p->attributes, &refused))
        return -1;
    if (!read_space(&o, self, space) || !read_metrics(&o, metrics) ||
        !read_constraints(&o, constraints) || !read_seed(&o, seed))
        return -1;
    p->mode = (hone_open_mode)mode;
    p->read_only = read_only;
    p->accept_changes = accept;
    p->noisy = noisy;
    p->n_trials = n_trials;
    p->lag = lag;
    p->refused = refused;
    return open_study(self, p);
}
