// What the readers of other tools' files share: looking into their JSON, and writing the study file
// that means the same.
#ifndef HN_CORE_STUDY_FOREIGN_PRIVATE_H
#define HN_CORE_STUDY_FOREIGN_PRIVATE_H

#include "core/study_foreign.h"

// The mapping `name` of the study file, made if it is not there.
json_t *hn_foreign_section(json_t *root, const char *name);
// "" when there is no such text.
const char *hn_foreign_text(const json_t *object, const char *key);
void hn_foreign_note(hn_foreign *out, const char *format, const char *what);
hone_status hn_foreign_unsupported(hone_error *err, const char *param, const char *what);
// A number, or a text that holds one; a new reference, NULL: neither.
json_t *hn_foreign_number(const json_t *value);
// {"type","low","high"}; takes the references, and NULL leaves the key out.
json_t *hn_foreign_range(const char *type, json_t *low, json_t *high);
json_t *hn_foreign_choices(json_t *list);
json_t *hn_foreign_normal(const char *type, json_t *mean, json_t *sd);
// The objective `name`; a goal is "minimize", "maximize" or "" (to be minimized). `path`: where it
// stands in the file.
hone_status hn_foreign_objective(hn_foreign *out, const char *path, const char *name,
                                 const char *goal, hone_error *err);
void hn_foreign_sampler(json_t *root, hn_foreign *out, const char *method);
// The number `key` of `from`, a new reference; NULL when it is not given. Anything else is refused.
hone_status hn_foreign_given_number(const json_t *from, const char *key, json_t **out,
                                    hone_error *err);
// Are those of the keys, up to NULL, that `object`, of parameter `param`, has numbers?
hone_status hn_foreign_numbers(const json_t *object, const char *const *keys, const char *param,
                               hone_error *err);
// The number at `path` of the file, in its mapping `from`, becomes `name` of `to`; likewise.
hone_status hn_foreign_move(hn_foreign *out, const json_t *from, const char *path, json_t *to,
                            const char *name, hone_error *err);
// The same of a whole number of at least 1.
hone_status hn_foreign_move_count(hn_foreign *out, const json_t *from, const char *path, json_t *to,
                                  const char *name, hone_error *err);

// --- the readers: study_wandb.c, study_katib.c, study_nni.c ---

hone_status hn_foreign_wandb(const json_t *file, hn_foreign *out, hone_error *err);
hone_status hn_foreign_katib(const json_t *file, hn_foreign *out, hone_error *err);
// `space` is the mapping of parameters within `file`, or `file` itself.
hone_status hn_foreign_nni(const json_t *file, const json_t *space, hn_foreign *out,
                           hone_error *err);
// --- study_wandb_command.c ---
hone_status hn_foreign_wandb_command(const json_t *file, json_t *run, hone_error *err);

#endif
