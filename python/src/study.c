// _hone.Study: a hone_study, its lock, and what becomes of both at a fork.
//
// A fork copies the handle, but not the right to use it: two processes behind one database
// connection would ruin each other's reads. The child therefore opens the study anew when it first
// uses it, and leaves the old handle untouched, also when it ends. What is in memory only cannot be
// opened anew; that is said instead.
#include "study_table.h"

#include <stdio.h>
#include <unistd.h>

static hnpy_study *as_study(PyObject *self)
{
    return (hnpy_study *)self;
}

// --- the lock ---

static bool make_lock(hnpy_study *study)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    study->has_lock = pthread_mutex_init(&study->lock, &attributes) == 0;
    pthread_mutexattr_destroy(&attributes);
    study->lock_pid = getpid();
    return study->has_lock;
}

// A thread of the parent may have held the lock at the fork; in the child nobody does, and it has
// one thread until it makes more.
static void renew_lock(hnpy_study *study)
{
    if (study->lock_pid != getpid())
        make_lock(study);
}

PyThreadState *hnpy_begin(hnpy_study *study)
{
    renew_lock(study);
    PyThreadState *thread = PyEval_SaveThread();
    pthread_mutex_lock(&study->lock);
    return thread;
}

void hnpy_end(hnpy_study *study, PyThreadState *thread)
{
    pthread_mutex_unlock(&study->lock);
    PyEval_RestoreThread(thread);
}

void hnpy_enter(hnpy_study *study)
{
    renew_lock(study);
    if (pthread_mutex_trylock(&study->lock) == 0)
        return;
    PyThreadState *thread = PyEval_SaveThread();
    pthread_mutex_lock(&study->lock);
    PyEval_RestoreThread(thread);
}

void hnpy_leave(hnpy_study *study)
{
    pthread_mutex_unlock(&study->lock);
}

// --- is there a study to call? ---

static hone_status refuse(hone_error *err, const char *text)
{
    err->status = HONE_ESTATE;
    snprintf(err->text, sizeof err->text, "%s", text);
    return err->status;
}

static hone_status open_again(hnpy_study *study, hone_error *err)
{
    hone_study_options options = HONE_STUDY_OPTIONS_INIT;
    options.storage = study->storage_text;
    options.name = study->name_text;
    options.mode = HONE_OPEN_EXISTING;
    options.read_only = study->read_only;
    hone_study *opened = NULL;
    hone_status status = hone_study_open(&options, &opened, err);
    if (status != HONE_OK)
        return status;
    study->study = opened;
    study->pid = getpid();
    study->opened++;
    study->n_alive = 0;
    return HONE_OK;
}

hone_status hnpy_ready(hnpy_study *study, hone_error *err)
{
    if (!study->study || study->closing)
        return refuse(err, "the study is closed: open it again with hone.open");
    if (study->pid == getpid())
        return HONE_OK;
    if (strncmp(study->storage_text, "memory:", 7) == 0)
        return refuse(err, "the study is in the memory of another process, which forked this one: "
                           "give it a file, storage=\"hone.db\", to use it in both");
    return open_again(study, err);
}

hone_status hnpy_trial_ready(const hnpy_trial *trial, hone_error *err)
{
    if (trial->study->pid == getpid() && trial->opened == trial->study->opened)
        return HONE_OK;
    return refuse(err, "the trial was asked for by another process, which forked this one: only "
                       "that process can report for it and tell its result");
}

// --- the end ---

// With the lock. What the child of a fork has inherited stays as it is: it is the parent's.
static void close_now(hnpy_study *study)
{
    if (study->pid == getpid())
        hone_study_close(study->study);
    study->study = NULL;
}

void hnpy_trial_gone(hnpy_study *study, hone_trial *trial, uint32_t opened)
{
    PyThreadState *thread = hnpy_begin(study);
    if (study->pid == getpid() && study->opened == opened) {
        hone_trial_destroy(trial);
        study->n_alive--;
        if (study->closing && study->n_alive == 0)
            close_now(study);
    }
    hnpy_end(study, thread);
}

PyObject *hnpy_study_close(PyObject *self, PyObject *unused)
{
    (void)unused;
    hone_error err = HONE_ERROR_INIT;
    hone_status status = HONE_OK;
    hnpy_study *study = as_study(self);
    PyThreadState *thread = hnpy_begin(study);
    if (study->study && !study->closing) {
        bool ours = study->pid == getpid();
        study->closing = true;
        if (study->n_alive == 0 || !ours)
            close_now(study);
        else if (!study->read_only)
            status = hone_study_sync(study->study, &err);
    }
    hnpy_end(study, thread);
    if (status != HONE_OK)
        return hnpy_raise(study->state, &err);
    Py_RETURN_NONE;
}

// --- the type ---

static PyObject *study_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    (void)args;
    (void)kwargs;
    hnpy_state *state = hnpy_state_of(type);
    allocfunc alloc = state ? (allocfunc)PyType_GetSlot(type, Py_tp_alloc) : NULL;
    hnpy_study *self = alloc ? (hnpy_study *)alloc(type, 0) : NULL;
    if (!self)
        return NULL;
    self->state = state;
    self->pid = getpid();
    self->choices = PyDict_New();
    if (!make_lock(self) || !self->choices) {
        Py_DECREF(self);
        return PyErr_NoMemory();
    }
    return (PyObject *)self;
}

static int study_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(as_study(self)->choices);
    return 0;
}

static int study_clear(PyObject *self)
{
    Py_CLEAR(as_study(self)->choices);
    return 0;
}

// Trials hold a reference to their study, so there is none any more.
static void study_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    hnpy_study *study = as_study(self);
    PyObject_GC_UnTrack(self);
    if (study->study) {
        PyThreadState *thread = hnpy_begin(study);
        close_now(study);
        hnpy_end(study, thread);
    }
    if (study->has_lock)
        pthread_mutex_destroy(&study->lock);
    Py_CLEAR(study->choices);
    Py_XDECREF(study->storage);
    Py_XDECREF(study->name);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(self);
    Py_DECREF(type);
}

static PyMethodDef methods[] = {
#define ROW(name, function, flags, doc) {name, hnpy_study_##function, flags, doc},
    HNPY_STUDY_METHODS(ROW)
#undef ROW
        {NULL, NULL, 0, NULL},
};

static PyGetSetDef getters[] = {
#define ROW(name, doc) {#name, hnpy_study_get_##name, NULL, doc, NULL},
    HNPY_STUDY_GETTERS(ROW)
#undef ROW
        {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_new, study_new},
    {Py_tp_init, hnpy_study_init},
    {Py_tp_dealloc, study_dealloc},
    {Py_tp_traverse, study_traverse},
    {Py_tp_clear, study_clear},
    {Py_tp_methods, methods},
    {Py_tp_getset, getters},
    {Py_tp_doc, "A study of the library, with a lock."},
    {0, NULL},
};

PyType_Spec hnpy_study_spec = {
    .name = "hone._hone.Study",
    .basicsize = sizeof(hnpy_study),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .slots = slots,
};
