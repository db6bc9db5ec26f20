// Values between Python and the library. A number crosses as such, a choice by its JSON text, for
// which the study keeps the object that stands for it: the same one each time, whatever it is.
#include <errno.h>
#include <stdlib.h>

#include "hnpy.h"

PyObject *hnpy_text(const char *text)
{
    if (!text)
        Py_RETURN_NONE;
    return PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "replace");
}

static PyObject *loads(hnpy_state *state, const char *json)
{
    if (!state->loads) {
        PyObject *module = PyImport_ImportModule("json");
        state->loads = module ? PyObject_GetAttrString(module, "loads") : NULL;
        Py_XDECREF(module);
    }
    return state->loads ? PyObject_CallFunction(state->loads, "s", json) : NULL;
}

PyObject *hnpy_from_json(hnpy_state *state, const char *json)
{
    size_t n = strlen(json);
    if (n >= 2 && json[0] == '"' && !strchr(json, '\\'))
        return PyUnicode_DecodeUTF8(json + 1, (Py_ssize_t)n - 2, "replace");
    if (strcmp(json, "true") == 0)
        Py_RETURN_TRUE;
    if (strcmp(json, "false") == 0)
        Py_RETURN_FALSE;
    if (strcmp(json, "null") == 0)
        Py_RETURN_NONE;
    if (strspn(json, "-0123456789") == n)
        return PyLong_FromString(json, NULL, 10);
    return loads(state, json);
}

// The object of a choice: the one that was declared, else what its JSON says. Lists and objects
// are made anew each time, so that no trial changes another's.
static PyObject *choice(hnpy_study *study, const char *name, const char *json)
{
    PyObject *of_param = PyDict_GetItemString(study->choices, name); // borrowed
    PyObject *key = PyUnicode_FromString(json);
    PyObject *object = key && of_param ? PyDict_GetItemWithError(of_param, key) : NULL;
    Py_XINCREF(object);
    if (key && !object && !PyErr_Occurred())
        object = hnpy_from_json(study->state, json);
    Py_XDECREF(key);
    return object;
}

static PyObject *shares(const hone_trial *trial, const char *name)
{
    double few[16];
    uint32_t n = hone_trial_floats(trial, name, few, 16);
    double *all = n > 16 ? PyMem_Malloc(n * sizeof *all) : few;
    if (!all)
        return PyErr_NoMemory();
    if (all != few)
        hone_trial_floats(trial, name, all, n);
    PyObject *list = PyList_New(n);
    for (uint32_t i = 0; list && i < n; i++) {
        PyObject *share = PyFloat_FromDouble(all[i]);
        if (!share)
            Py_CLEAR(list);
        else
            PyList_SetItem(list, i, share);
    }
    if (all != few)
        PyMem_Free(all);
    return list;
}

PyObject *hnpy_value(hnpy_study *study, const hone_trial *trial, const hone_space *space,
                     uint32_t index)
{
    const char *name = hone_space_name(space, index), *json;
    switch (hone_space_type(space, index)) {
    case HONE_PARAM_FLOAT:
        return PyFloat_FromDouble(hone_trial_float(trial, name));
    case HONE_PARAM_INT:
        return PyLong_FromLongLong(hone_trial_int(trial, name));
    case HONE_PARAM_BOOL:
        return PyBool_FromLong(hone_trial_bool(trial, name));
    case HONE_PARAM_SIMPLEX:
        return shares(trial, name);
    case HONE_PARAM_CATEGORICAL:
    case HONE_PARAM_ORDINAL:
        json = hone_trial_value_json(trial, name);
        return json ? choice(study, name, json) : PyErr_NoMemory();
    default:
        json = hone_trial_value_json(trial, name);
        return json ? hnpy_from_json(study->state, json) : PyErr_NoMemory();
    }
}

PyObject *hnpy_params(hnpy_study *study, const hone_trial *trial)
{
    const hone_space *space = hone_trial_has_params(trial) ? hone_trial_space(trial) : NULL;
    uint32_t n = space ? hone_space_n_params(space) : 0;
    PyObject *params = PyDict_New();
    for (uint32_t i = 0; params && i < n; i++) {
        const char *name = hone_space_name(space, i);
        if (!hone_trial_active(trial, name))
            continue;
        PyObject *value = hnpy_value(study, trial, space, i);
        if (!value || PyDict_SetItemString(params, name, value) < 0)
            Py_CLEAR(params);
        Py_XDECREF(value);
    }
    return params;
}

// One number; None is NaN.
static bool one_double(PyObject *object, const char *what, Py_ssize_t at, double *out)
{
    *out = Py_NAN;
    if (object == Py_None)
        return true;
    *out = PyFloat_AsDouble(object);
    if (*out != -1.0 || !PyErr_Occurred())
        return true;
    if (PyErr_ExceptionMatches(PyExc_TypeError))
        PyErr_Format(PyExc_TypeError, "%s[%zd] is %R: a number is needed", what, at, object);
    return false;
}

double *hnpy_doubles(PyObject *sequence, const char *what, uint32_t *n)
{
    Py_ssize_t size = PySequence_Size(sequence);
    if (size < 0)
        return NULL;
    double *out = PyMem_Malloc(((size_t)size + 1) * sizeof *out);
    if (!out) {
        PyErr_NoMemory();
        return NULL;
    }
    for (Py_ssize_t i = 0; i < size; i++) {
        PyObject *item = PySequence_GetItem(sequence, i);
        bool fine = item && one_double(item, what, i, &out[i]);
        Py_XDECREF(item);
        if (!fine) {
            PyMem_Free(out);
            return NULL;
        }
    }
    *n = (uint32_t)size;
    return out;
}
