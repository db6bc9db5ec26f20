// A trial as a tuple, for the light objects that hone.FrozenTrial is.
#include "hnpy.h"

static PyObject *number_or_none(double value)
{
    if (Py_IS_NAN(value))
        Py_RETURN_NONE;
    return PyFloat_FromDouble(value);
}

// Values of all metrics, None where there is none.
static PyObject *values_of(hnpy_study *study, const hone_trial *trial)
{
    PyObject *values = PyTuple_New(study->n_metrics);
    for (uint32_t i = 0; values && i < study->n_metrics; i++) {
        PyObject *value = number_or_none(hone_trial_value(trial, i));
        if (!value)
            Py_CLEAR(values);
        else
            PyTuple_SetItem(values, i, value);
    }
    return values;
}

// Value of the first objective by step. Whole steps are ints, as those of training mostly are.
static PyObject *reports_of(const hone_trial *trial)
{
    PyObject *reports = PyDict_New();
    uint32_t n = hone_trial_n_reports(trial);
    for (uint32_t i = 0; reports && i < n; i++) {
        double at = hone_trial_report_step(trial, i);
        bool whole = at == (double)(int64_t)at;
        PyObject *step = whole ? PyLong_FromLongLong((int64_t)at) : PyFloat_FromDouble(at);
        PyObject *value = number_or_none(hone_trial_report_value(trial, i, 0));
        if (!step || !value || PyDict_SetItem(reports, step, value) < 0)
            Py_CLEAR(reports);
        Py_XDECREF(step);
        Py_XDECREF(value);
    }
    return reports;
}

static PyObject *constraints_of(const hone_trial *trial)
{
    uint32_t n = hone_trial_n_constraint_values(trial);
    PyObject *values = PyTuple_New(n);
    for (uint32_t i = 0; values && i < n; i++) {
        PyObject *value = PyFloat_FromDouble(hone_trial_constraint_value(trial, i));
        if (!value)
            Py_CLEAR(values);
        else
            PyTuple_SetItem(values, i, value);
    }
    return values;
}

static PyObject *attrs_of(hnpy_state *state, const hone_trial *trial)
{
    PyObject *attrs = PyDict_New();
    const char *key;
    for (uint32_t i = 0; attrs && (key = hone_trial_attr_key(trial, i)); i++) {
        PyObject *value = hnpy_from_json(state, hone_trial_attr(trial, key));
        if (!value || PyDict_SetItemString(attrs, key, value) < 0)
            Py_CLEAR(attrs);
        Py_XDECREF(value);
    }
    return attrs;
}

static PyObject *text_or_empty(const char *text)
{
    return hnpy_text(text ? text : "");
}

// "N" with a NULL fails and frees the others, so nothing is checked one by one.
PyObject *hnpy_record(hnpy_study *study, const hone_trial *trial)
{
    return Py_BuildValue(
        "IiNNNNNOKKdLiINN", (unsigned)hone_trial_number(trial), (int)hone_trial_status(trial),
        hnpy_params(study, trial), values_of(study, trial), reports_of(trial),
        constraints_of(trial), attrs_of(study->state, trial),
        hone_trial_feasible(trial) ? Py_True : Py_False,
        (unsigned long long)hone_trial_started_us(trial),
        (unsigned long long)hone_trial_ended_us(trial), hone_trial_duration_s(trial),
        (long long)hone_trial_parent(trial), (int)hone_trial_origin_of(trial),
        (unsigned)hone_trial_attempts(trial), text_or_empty(hone_trial_message(trial)),
        text_or_empty(hone_trial_note(trial)));
}

static PyObject *report_of(hnpy_study *study, const hone_trial *trial, uint32_t index)
{
    PyObject *values = PyTuple_New(study->n_metrics);
    for (uint32_t m = 0; values && m < study->n_metrics; m++) {
        PyObject *value = number_or_none(hone_trial_report_value(trial, index, m));
        if (!value)
            Py_CLEAR(values);
        else
            PyTuple_SetItem(values, m, value);
    }
    return Py_BuildValue("dN", hone_trial_report_step(trial, index), values);
}

PyObject *hnpy_record_rest(hnpy_study *study, const hone_trial *trial)
{
    uint32_t n = hone_trial_n_reports(trial);
    PyObject *reports = PyTuple_New(n);
    for (uint32_t i = 0; reports && i < n; i++) {
        PyObject *report = report_of(study, trial, i);
        if (!report)
            Py_CLEAR(reports);
        else
            PyTuple_SetItem(reports, i, report);
    }
    return Py_BuildValue("iOIN", (int)hone_trial_purpose_of(trial),
                         hone_trial_excluded(trial) ? Py_True : Py_False,
                         (unsigned)hone_trial_space_version(trial), reports);
}
