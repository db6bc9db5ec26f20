// Studies of other tools, taken over.
#include "hnpy.h"

// Called while the GIL is let go of.
static void hear(void *user, const char *text)
{
    PyGILState_STATE gil = PyGILState_Ensure();
    PyObject *note = hnpy_text(text);
    if (!note || PyList_Append(user, note) < 0)
        PyErr_Clear(); // a note that finds no memory is no reason to give the import up
    Py_XDECREF(note);
    PyGILState_Release(gil);
}

// Borrowed texts of a tuple, in memory that the caller frees with PyMem_Free; NULL with an
// exception.
static const char **texts_of(PyObject *tuple, uint32_t *n)
{
    Py_ssize_t size = PyTuple_Size(tuple);
    const char **texts = size < 0 ? NULL : PyMem_Calloc((size_t)size + 1, sizeof *texts);
    for (Py_ssize_t i = 0; texts && i < size; i++) {
        texts[i] = PyUnicode_AsUTF8AndSize(PyTuple_GetItem(tuple, i), NULL);
        if (!texts[i]) {
            PyMem_Free(texts);
            return NULL;
        }
    }
    *n = (uint32_t)size;
    return texts;
}

static PyObject *import(hnpy_state *state, hone_import_options *options)
{
    hone_error err = HONE_ERROR_INIT;
    char *name = NULL;
    PyObject *notes = PyList_New(0);
    if (!notes)
        return NULL;
    options->note = hear;
    options->user = notes;
    PyThreadState *thread = PyEval_SaveThread();
    hone_status status = hone_import_optuna(options, &name, &err);
    PyEval_RestoreThread(thread);
    if (status != HONE_OK) {
        Py_DECREF(notes);
        return hnpy_raise(state, &err);
    }
    PyObject *out = Py_BuildValue("sN", name, notes);
    hone_free(name);
    return out;
}

static PyObject *import_optuna(PyObject *module, PyObject *args)
{
    hone_import_options options = HONE_IMPORT_OPTIONS_INIT;
    PyObject *metrics;
    if (!PyArg_ParseTuple(args, "szszO!:import_optuna", &options.source, &options.source_study,
                          &options.storage, &options.name, &PyTuple_Type, &metrics))
        return NULL;
    const char **names = texts_of(metrics, &options.n_metrics);
    if (!names)
        return NULL;
    options.metrics = names;
    PyObject *out = import(PyModule_GetState(module), &options);
    PyMem_Free(names);
    return out;
}

PyMethodDef hnpy_exchange_methods[] = {
    {"import_optuna", import_optuna, METH_VARARGS,
     "source, its study|None, storage, name|None, (metric, …) -> (name, [note, …])"},
    {NULL, NULL, 0, NULL},
};
