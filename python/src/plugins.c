// The registry of samplers, schedulers and storages as Python sees it.
#include "hnpy.h"

static PyObject *bounds(const hn_option *option)
{
    bool number = option->type == HN_OPTION_INT || option->type == HN_OPTION_DOUBLE;
    if (!number || option->low > option->high)
        Py_RETURN_NONE;
    return Py_BuildValue("dd", option->low, option->high);
}

static PyObject *option_dict(const hn_option *option)
{
    static const char *const types[] = {"bool", "int", "float", "str", "choice"};
    return Py_BuildValue("{ss ss sz sN sz sz ss}", "name", option->name, "type",
                         types[option->type], "default", option->fallback, "range", bounds(option),
                         "choices", option->choices, "unit", option->unit, "help", option->help);
}

static PyObject *options_list(const hn_option *options)
{
    PyObject *list = PyList_New(0);
    for (; list && options && options->name; options++) {
        PyObject *option = option_dict(options);
        if (!option || PyList_Append(list, option) < 0)
            Py_CLEAR(list);
        Py_XDECREF(option);
    }
    return list;
}

static PyObject *plugin_dict(const hn_plugin *plugin)
{
    return Py_BuildValue("{ss ss ss sk sN}", "name", plugin->name, "summary", plugin->summary,
                         "source", plugin->source ? plugin->source : "", "can",
                         (unsigned long)plugin->can, "options", options_list(plugin->options));
}

static bool valid_kind(int kind)
{
    if (kind >= 0 && kind < HN_KIND_COUNT)
        return true;
    PyErr_Format(PyExc_ValueError, "%d is no kind of plug-in", kind);
    return false;
}

static PyObject *names(PyObject *module, PyObject *args)
{
    (void)module;
    int kind;
    if (!PyArg_ParseTuple(args, "i:plugin_names", &kind) || !valid_kind(kind))
        return NULL;
    PyObject *list = PyList_New(0);
    const hn_plugin *plugin;
    for (uint32_t i = 0; list && (plugin = hone_plugin_at((hn_plugin_kind)kind, i)); i++) {
        PyObject *name = hnpy_text(plugin->name);
        if (!name || PyList_Append(list, name) < 0)
            Py_CLEAR(list);
        Py_XDECREF(name);
    }
    return list;
}

static PyObject *presets(PyObject *module, PyObject *unused)
{
    (void)unused;
    (void)module;
    PyObject *dict = PyDict_New();
    const hone_preset *preset;
    for (uint32_t i = 0; dict && (preset = hone_preset_at(i)); i++) {
        PyObject *row = Py_BuildValue("szzz", preset->summary, preset->scheduler, preset->options,
                                      preset->sampler);
        if (!row || PyDict_SetItemString(dict, preset->name, row) < 0)
            Py_CLEAR(dict);
        Py_XDECREF(row);
    }
    return dict;
}

// kind, name, options JSON or None: what there is of that name, its options checked.
static PyObject *plugin(PyObject *module, PyObject *args)
{
    hnpy_state *state = PyModule_GetState(module);
    hone_error err = HONE_ERROR_INIT;
    const hn_plugin *found = NULL;
    const char *name, *options = NULL;
    int kind;
    if (!PyArg_ParseTuple(args, "is|z:plugin", &kind, &name, &options) || !valid_kind(kind))
        return NULL;
    hone_status status = hone_plugin_find((hn_plugin_kind)kind, name, &found, &err);
    if (status == HONE_OK)
        status = hone_plugin_check_options(found, options, &err);
    return status == HONE_OK ? plugin_dict(found) : hnpy_raise(state, &err);
}

// --- the studies of a storage ---

static hone_status visit(void *user, const hone_study_info *info, hone_error *err)
{
    (void)err;
    PyObject *row = Py_BuildValue(
        "sKKKK", info->name, (unsigned long long)info->n_events, (unsigned long long)info->n_bytes,
        (unsigned long long)info->created_us, (unsigned long long)info->changed_us);
    bool added = row && PyList_Append(user, row) == 0;
    Py_XDECREF(row);
    return added ? HONE_OK : HONE_ENOMEM;
}

static PyObject *studies(PyObject *module, PyObject *args)
{
    hone_error err = HONE_ERROR_INIT;
    const char *storage;
    if (!PyArg_ParseTuple(args, "s:studies", &storage))
        return NULL;
    PyObject *list = PyList_New(0);
    if (!list)
        return NULL;
    hone_status status = hone_studies_list(storage, visit, list, &err);
    if (status == HONE_OK)
        return list;
    Py_DECREF(list);
    return PyErr_Occurred() ? NULL : hnpy_raise(PyModule_GetState(module), &err);
}

static PyObject *delete_study(PyObject *module, PyObject *args)
{
    hone_error err = HONE_ERROR_INIT;
    const char *storage, *name;
    if (!PyArg_ParseTuple(args, "ss:delete_study", &storage, &name))
        return NULL;
    if (hone_studies_delete(storage, name, &err) != HONE_OK)
        return hnpy_raise(PyModule_GetState(module), &err);
    Py_RETURN_NONE;
}

static PyObject *copy_study(PyObject *module, PyObject *args)
{
    hone_error err = HONE_ERROR_INIT;
    const char *storage, *name, *to_storage, *to;
    if (!PyArg_ParseTuple(args, "sszs:copy_study", &storage, &name, &to_storage, &to))
        return NULL;
    if (hone_studies_copy(storage, name, to_storage, to, &err) != HONE_OK)
        return hnpy_raise(PyModule_GetState(module), &err);
    Py_RETURN_NONE;
}

PyMethodDef hnpy_plugin_methods[] = {
    {"plugin_names", names, METH_VARARGS, "kind -> names"},
    {"presets", presets, METH_NOARGS, "{name: (summary, scheduler, options, sampler)}"},
    {"plugin", plugin, METH_VARARGS, "kind, name, options JSON -> description"},
    {"studies", studies, METH_VARARGS, "storage -> [(name, events, bytes, created, changed)]"},
    {"delete_study", delete_study, METH_VARARGS, "storage, name"},
    {"copy_study", copy_study, METH_VARARGS, "storage, name, to_storage|None, to"},
    {NULL, NULL, 0, NULL},
};
