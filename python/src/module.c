// hone._hone: the library's objects for Python, thin; the package around it makes them pleasant.
// Made in several phases and without global state, so that each interpreter has its own.
#include "hnpy.h"

static PyModuleDef definition;

hnpy_state *hnpy_state_of(PyTypeObject *type)
{
    for (; type; type = (PyTypeObject *)PyType_GetSlot(type, Py_tp_base)) {
        PyObject *module = PyType_GetModule(type); // borrowed
        if (module && PyModule_GetDef(module) == &definition)
            return PyModule_GetState(module);
        PyErr_Clear();
    }
    PyErr_SetString(PyExc_TypeError, "the type does not derive from one of hone._hone");
    return NULL;
}

static PyTypeObject *add_type(PyObject *module, PyType_Spec *spec)
{
    PyTypeObject *type = (PyTypeObject *)PyType_FromModuleAndSpec(module, spec, NULL);
    if (type && PyModule_AddType(module, type) < 0)
        Py_CLEAR(type);
    return type;
}

// Names of states in the order of their numbers.
static int add_states(PyObject *module)
{
    PyObject *states = PyTuple_New(HONE_N_STATES);
    for (int i = 0; states && i < HONE_N_STATES; i++) {
        PyObject *name = hnpy_text(hone_state_name((hone_trial_state)i));
        if (!name)
            Py_CLEAR(states);
        else
            PyTuple_SetItem(states, i, name);
    }
    int failed = states ? PyModule_AddObjectRef(module, "STATES", states) : -1;
    Py_XDECREF(states);
    return failed;
}

static int add_constants(PyObject *module)
{
    return add_states(module) < 0 || PyModule_AddFunctions(module, hnpy_exchange_methods) < 0 ||
                   PyModule_AddStringConstant(module, "VERSION", hone_version()) < 0 ||
                   PyModule_AddIntConstant(module, "CAN_PAUSE", HN_CAN_PAUSE) < 0 ||
                   PyModule_AddIntConstant(module, "CAN_FORK", HN_CAN_FORK) < 0
               ? -1
               : 0;
}

static int execute(PyObject *module)
{
    hnpy_state *state = PyModule_GetState(module);
    if (hnpy_errors_add(module, state) < 0 || add_constants(module) < 0)
        return -1;
    state->space_type = add_type(module, &hnpy_space_spec);
    state->study_type = state->space_type ? add_type(module, &hnpy_study_spec) : NULL;
    state->trial_type = state->study_type ? add_type(module, &hnpy_trial_spec) : NULL;
    return state->trial_type ? 0 : -1;
}

static int traverse(PyObject *module, visitproc visit, void *arg)
{
    hnpy_state *state = PyModule_GetState(module);
    Py_VISIT((PyObject *)state->space_type);
    Py_VISIT((PyObject *)state->study_type);
    Py_VISIT((PyObject *)state->trial_type);
    Py_VISIT(state->error);
    for (int i = 0; i < HONE_STATUS_COUNT; i++)
        Py_VISIT(state->errors[i]);
    Py_VISIT(state->loads);
    return 0;
}

static int clear(PyObject *module)
{
    hnpy_state *state = PyModule_GetState(module);
    Py_CLEAR(state->space_type);
    Py_CLEAR(state->study_type);
    Py_CLEAR(state->trial_type);
    Py_CLEAR(state->error);
    for (int i = 0; i < HONE_STATUS_COUNT; i++)
        Py_CLEAR(state->errors[i]);
    Py_CLEAR(state->loads);
    return 0;
}

static void destroy(void *module)
{
    clear(module);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, execute},
    {0, NULL},
};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "hone._hone",
    .m_doc = "Hone's library.",
    .m_size = sizeof(hnpy_state),
    .m_methods = hnpy_plugin_methods,
    .m_slots = slots,
    .m_traverse = traverse,
    .m_clear = clear,
    .m_free = destroy,
};

PyMODINIT_FUNC PyInit__hone(void);
PyMODINIT_FUNC PyInit__hone(void)
{
    return PyModuleDef_Init(&definition);
}
