// The core schema of YAML 1.2: from a scalar's text to a typed value.
#ifndef HN_BASE_YAML_SCALAR_H
#define HN_BASE_YAML_SCALAR_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"

// `plain`: neither quoted nor a block; `tag` may be NULL. On HONE_EPARSE `*problem` says what is
// wrong in words that need no argument.
hone_status hn_yaml_scalar(const char *text, size_t length, bool plain, const char *tag,
                           json_t **out, const char **problem);

#endif
