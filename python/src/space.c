// _hone.Space: a hone_space. It is immutable once sealed, and safe to share between threads then.
#include "hnpy.h"

static hnpy_space *as_space(PyObject *self)
{
    return (hnpy_space *)self;
}

static PyObject *space_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    (void)args;
    (void)kwargs;
    hnpy_state *state = hnpy_state_of(type);
    allocfunc alloc = state ? (allocfunc)PyType_GetSlot(type, Py_tp_alloc) : NULL;
    hnpy_space *self = alloc ? (hnpy_space *)alloc(type, 0) : NULL;
    if (!self)
        return NULL;
    hone_error err = HONE_ERROR_INIT;
    self->state = state;
    if (hone_space_create(&self->space, &err) != HONE_OK) {
        Py_DECREF(self);
        return hnpy_raise(state, &err);
    }
    return (PyObject *)self;
}

static void space_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    hone_space_destroy(as_space(self)->space);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(self);
    Py_DECREF(type);
}

static PyObject *done(PyObject *self, hone_status status, const hone_error *err)
{
    if (status != HONE_OK)
        return hnpy_raise(as_space(self)->state, err);
    Py_RETURN_NONE;
}

// --- building ---

static PyObject *space_add(PyObject *self, PyObject *args)
{
    const char *name, *spec;
    hone_error err = HONE_ERROR_INIT;
    if (!PyArg_ParseTuple(args, "ss:add", &name, &spec))
        return NULL;
    return done(self, hone_space_add(as_space(self)->space, name, spec, &err), &err);
}

typedef hone_status (*add_text)(hone_space *space, const char *text, hone_error *err);

static PyObject *add_one(PyObject *self, PyObject *object, add_text add)
{
    hone_error err = HONE_ERROR_INIT;
    const char *text = PyUnicode_AsUTF8AndSize(object, NULL);
    return text ? done(self, add(as_space(self)->space, text, &err), &err) : NULL;
}

static PyObject *space_add_text(PyObject *self, PyObject *text)
{
    return add_one(self, text, hone_space_add_text);
}

static PyObject *space_add_json(PyObject *self, PyObject *text)
{
    return add_one(self, text, hone_space_add_json);
}

static PyObject *space_forbid(PyObject *self, PyObject *text)
{
    return add_one(self, text, hone_space_forbid);
}

static PyObject *space_require(PyObject *self, PyObject *text)
{
    return add_one(self, text, hone_space_require);
}

static PyObject *space_seal(PyObject *self, PyObject *unused)
{
    (void)unused;
    hone_error err = HONE_ERROR_INIT;
    return done(self, hone_space_seal(as_space(self)->space, &err), &err);
}

// Replaces what there is by a space in canonical JSON; sealed.
static PyObject *space_load(PyObject *self, PyObject *object)
{
    hone_error err = HONE_ERROR_INIT;
    hone_space *space = NULL;
    const char *text = PyUnicode_AsUTF8AndSize(object, NULL);
    if (!text)
        return NULL;
    hone_status status = hone_space_from_json(text, &space, &err);
    if (status == HONE_OK) {
        hone_space_destroy(as_space(self)->space);
        as_space(self)->space = space;
    }
    return done(self, status, &err);
}

// --- looking ---

// A text that the library hands over.
static PyObject *taken(char *text)
{
    if (!text)
        return PyErr_NoMemory();
    PyObject *object = hnpy_text(text);
    hone_free(text);
    return object;
}

static int index_of(PyObject *self, PyObject *object)
{
    const char *name = PyUnicode_AsUTF8AndSize(object, NULL);
    int index = name ? hone_space_index(as_space(self)->space, name) : -1;
    if (name && index < 0)
        PyErr_SetObject(PyExc_KeyError, object);
    return index;
}

static PyObject *space_spec(PyObject *self, PyObject *name)
{
    int index = index_of(self, name);
    return index < 0 ? NULL : hnpy_text(hone_space_spec(as_space(self)->space, (uint32_t)index));
}

static PyObject *space_type(PyObject *self, PyObject *name)
{
    int index = index_of(self, name);
    return index < 0 ? NULL
                     : PyLong_FromLong(hone_space_type(as_space(self)->space, (uint32_t)index));
}

static PyObject *space_condition(PyObject *self, PyObject *name)
{
    int index = index_of(self, name);
    return index < 0 ? NULL
                     : hnpy_text(hone_space_condition(as_space(self)->space, (uint32_t)index));
}

static PyObject *space_choices(PyObject *self, PyObject *name)
{
    int index = index_of(self, name);
    if (index < 0)
        return NULL;
    uint32_t n = hone_space_n_choices(as_space(self)->space, (uint32_t)index);
    PyObject *list = PyList_New(n);
    for (uint32_t i = 0; list && i < n; i++) {
        PyObject *text = taken(hone_space_choice_json(as_space(self)->space, (uint32_t)index, i));
        if (!text)
            Py_CLEAR(list);
        else
            PyList_SetItem(list, i, text);
    }
    return list;
}

static PyObject *space_value_json(PyObject *self, PyObject *args)
{
    const char *name, *text;
    char *json = NULL;
    hone_error err = HONE_ERROR_INIT;
    if (!PyArg_ParseTuple(args, "ss:value_json", &name, &text))
        return NULL;
    if (hone_space_value_json(as_space(self)->space, name, text, &json, &err) != HONE_OK)
        return hnpy_raise(as_space(self)->state, &err);
    return taken(json);
}

static PyObject *space_names(PyObject *self, void *unused)
{
    (void)unused;
    const hone_space *space = as_space(self)->space;
    uint32_t n = hone_space_n_params(space);
    PyObject *list = PyList_New(n);
    for (uint32_t i = 0; list && i < n; i++) {
        PyObject *name = hnpy_text(hone_space_name(space, i));
        if (!name)
            Py_CLEAR(list);
        else
            PyList_SetItem(list, i, name);
    }
    return list;
}

static PyObject *space_rules(PyObject *self, void *unused)
{
    (void)unused;
    const hone_space *space = as_space(self)->space;
    uint32_t n = hone_space_n_rules(space);
    PyObject *list = PyList_New(n);
    for (uint32_t i = 0; list && i < n; i++) {
        PyObject *rule = hnpy_text(hone_space_rule(space, i));
        if (!rule)
            Py_CLEAR(list);
        else
            PyList_SetItem(list, i, rule);
    }
    return list;
}

static PyObject *space_cardinality(PyObject *self, void *unused)
{
    (void)unused;
    return PyFloat_FromDouble(hone_space_cardinality(as_space(self)->space));
}

static PyObject *space_to_json(PyObject *self, PyObject *unused)
{
    (void)unused;
    return taken(hone_space_to_json(as_space(self)->space));
}

static PyObject *space_describe(PyObject *self, PyObject *args)
{
    int width = 0;
    if (!PyArg_ParseTuple(args, "|i:describe", &width))
        return NULL;
    return taken(hone_space_describe(as_space(self)->space, width));
}

static PyObject *space_sample(PyObject *self, PyObject *args)
{
    unsigned long long seed = 0;
    unsigned n = 1;
    char *lines = NULL;
    hone_error err = HONE_ERROR_INIT;
    if (!PyArg_ParseTuple(args, "IK:sample_json", &n, &seed))
        return NULL;
    hone_status status;
    Py_BEGIN_ALLOW_THREADS status =
        hone_space_sample_json(as_space(self)->space, seed, n, &lines, NULL, &err);
    Py_END_ALLOW_THREADS return status == HONE_OK ? taken(lines)
                                                  : hnpy_raise(as_space(self)->state, &err);
}

static Py_ssize_t space_length(PyObject *self)
{
    return hone_space_n_params(as_space(self)->space);
}

static int space_contains(PyObject *self, PyObject *object)
{
    if (!PyUnicode_Check(object))
        return 0;
    const char *name = PyUnicode_AsUTF8AndSize(object, NULL);
    return name ? hone_space_index(as_space(self)->space, name) >= 0 : -1;
}

static PyMethodDef methods[] = {
    {"_add", space_add, METH_VARARGS, "Adds a parameter: name, spec."},
    {"_add_text", space_add_text, METH_O, "Adds \"name=spec\"."},
    {"_add_json", space_add_json, METH_O, "Adds an entry in JSON."},
    {"_forbid", space_forbid, METH_O, "Forbids what an expression says."},
    {"_require", space_require, METH_O, "Requires what an expression says."},
    {"_seal", space_seal, METH_NOARGS, "Checks the whole; nothing can be added then."},
    {"_load", space_load, METH_O, "Becomes the space that a canonical JSON text describes."},
    {"spec", space_spec, METH_O, "The normalised text of a parameter's domain."},
    {"_type", space_type, METH_O, "Number of the parameter's type."},
    {"condition", space_condition, METH_O, "The parameter's condition, or None."},
    {"_choices", space_choices, METH_O, "JSON of each choice."},
    {"_value_json", space_value_json, METH_VARARGS, "JSON of a value as a person types it."},
    {"to_json", space_to_json, METH_NOARGS, "The whole space as canonical JSON."},
    {"describe", space_describe, METH_VARARGS, "The space for people, a line a parameter."},
    {"_sample_json", space_sample, METH_VARARGS, "n samples of the priors, a JSON object a line."},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef getters[] = {
    {"names", space_names, NULL, "Names of the parameters, parents before those that need them.",
     NULL},
    {"rules", space_rules, NULL, "The rules, each \"forbid: …\" or \"require: …\".", NULL},
    {"cardinality", space_cardinality, NULL, "Number of configurations; inf when not finite.",
     NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_new, space_new},
    {Py_tp_dealloc, space_dealloc},
    {Py_tp_methods, methods},
    {Py_tp_getset, getters},
    {Py_mp_length, space_length},
    {Py_sq_contains, space_contains},
    {Py_tp_doc, (void *)"A search space of the library."},
    {0, NULL},
};

PyType_Spec hnpy_space_spec = {
    .name = "hone._hone.Space",
    .basicsize = sizeof(hnpy_space),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .slots = slots,
};
