// The exceptions: hone.Error and one class for each status of the library, which is also what a
// Python programmer would expect of such a fault (ValueError, LookupError, OSError, …).
#include "hnpy.h"

// status, name of the class, builtin that it derives from besides hone.Error
#define CLASSES(X)                                                                                 \
    X(HONE_ENOMEM, "OutOfMemoryError", PyExc_MemoryError)                                          \
    X(HONE_EINVAL, "InvalidError", PyExc_ValueError)                                               \
    X(HONE_EPARSE, "ParseError", PyExc_ValueError)                                                 \
    X(HONE_ENOTFOUND, "NotFoundError", PyExc_LookupError)                                          \
    X(HONE_EEXISTS, "ExistsError", PyExc_ValueError)                                               \
    X(HONE_ESTATE, "StateError", PyExc_RuntimeError)                                               \
    X(HONE_EIO, "StorageError", PyExc_OSError)                                                     \
    X(HONE_ECORRUPT, "CorruptError", PyExc_OSError)                                                \
    X(HONE_EBUSY, "BusyError", PyExc_RuntimeError)                                                 \
    X(HONE_EVERSION, "VersionError", PyExc_RuntimeError)                                           \
    X(HONE_EEXHAUSTED, "ExhaustedError", PyExc_RuntimeError)                                       \
    X(HONE_ESTALE, "StaleError", PyExc_RuntimeError)                                               \
    X(HONE_EUNSUPPORTED, "UnsupportedError", PyExc_NotImplementedError)

// A new exception class hone.<name> in the module; `bases` may be a class or a tuple. NULL with an
// exception; the module's state holds the reference.
static PyObject *add_class(PyObject *module, const char *name, const char *doc, PyObject *bases,
                           const char *status)
{
    char full[64];
    PyOS_snprintf(full, sizeof full, "hone.%s", name);
    PyObject *members = Py_BuildValue("{sz}", "status", status);
    PyObject *class = members ? PyErr_NewExceptionWithDoc(full, doc, bases, members) : NULL;
    Py_XDECREF(members);
    if (class && PyModule_AddObjectRef(module, name, class) < 0)
        Py_CLEAR(class);
    return class;
}

static int add_status(PyObject *module, hnpy_state *state, hone_status status, const char *name,
                      PyObject *builtin)
{
    char doc[160];
    PyOS_snprintf(doc, sizeof doc, "%s: %s.", hone_status_name(status), hone_status_text(status));
    PyObject *bases = PyTuple_Pack(2, state->error, builtin);
    if (bases)
        state->errors[status] = add_class(module, name, doc, bases, hone_status_name(status));
    Py_XDECREF(bases);
    return state->errors[status] ? 0 : -1;
}

int hnpy_errors_add(PyObject *module, hnpy_state *state)
{
    state->error = add_class(module, "Error",
                             "What Hone refuses, in one sentence; `status` is the library's name "
                             "of it.",
                             PyExc_Exception, NULL);
    if (!state->error)
        return -1;
    state->errors[HONE_OK] = Py_NewRef(state->error);
#define ADD(status, name, builtin)                                                                 \
    if (add_status(module, state, status, name, builtin) < 0)                                      \
        return -1;
    CLASSES(ADD)
#undef ADD
    return 0;
}

PyObject *hnpy_raise(const hnpy_state *state, const hone_error *err)
{
    char text[1024];
    hone_error_render(err, text, sizeof text);
    size_t n = strlen(text);
    while (n > 0 && text[n - 1] == '\n')
        n--;
    // Only the first line carries a sentence; the others are the text at fault and its caret.
    PyObject *message = PyUnicode_DecodeUTF8(text, (Py_ssize_t)n, "replace");
    if (!message)
        return NULL;
    bool known = err->status > HONE_OK && err->status < HONE_STATUS_COUNT;
    PyErr_SetObject(state->errors[known ? err->status : HONE_OK], message);
    Py_DECREF(message);
    return NULL;
}
