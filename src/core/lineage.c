// Lineages: how the parameters of a version of the space descend from those of the version before.

#include "core/lineage.h"

#include <string.h>

#include "base/mem.h"

static bool same_condition(const hn_param *a, const hn_param *b)
{
    if (!a->condition_text || !b->condition_text)
        return a->condition_text == b->condition_text;
    return strcmp(a->condition_text, b->condition_text) == 0;
}

hn_lineage *hn_lineage_make(const hn_lineage *before, const hone_space *from,
                            const hone_space *space, uint32_t version)
{
    size_t n = (size_t)space->n_params + space->n_dims;
    hn_lineage *lineage = hn_calloc(1, sizeof *lineage + n * sizeof(uint32_t));
    if (!lineage)
        return NULL;
    lineage->since = (uint32_t *)(void *)(lineage + 1);
    lineage->coordinates = lineage->since + space->n_params;
    lineage->n_coordinates = before ? before->n_coordinates : 0;
    for (uint32_t p = 0; p < space->n_params; p++) {
        const hn_param *param = &space->params[p];
        const hn_param *old = before ? hn_space_find(from, param->name) : NULL;
        bool goes_on = old && same_condition(old, param);
        lineage->since[p] = goes_on ? before->since[old->index] : version;
        for (uint32_t d = 0; d < param->n_dims; d++)
            lineage->coordinates[param->dim + d] = old && old->n_dims == param->n_dims
                                                       ? before->coordinates[old->dim + d]
                                                       : lineage->n_coordinates++;
    }
    return lineage;
}
