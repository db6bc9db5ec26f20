// Which CPUs and GPUs runs may give to trials, for `hone doctor`.
#include <hone/doctor.h>

#include "base/str.h"
#include "drive/cpus.h"
#include "drive/gpus.h"

uint32_t hone_cpus_usable(double *quota)
{
    *quota = hn_cpus_quota();
    return hn_cpus_count();
}

static void add_text(hn_str *out, const char *key, const char *text)
{
    hn_str_printf(out, ",\"%s\":", key);
    if (text)
        hn_str_add_json(out, text);
    else
        hn_str_add(out, "null");
}

hone_status hone_gpus_find(char **json, hone_error *err)
{
    hn_arena arena = HN_ARENA_INIT;
    hn_gpus gpus;
    hn_str text = HN_STR_INIT;
    *json = NULL;
    hone_status status = hn_gpus_find(&arena, &gpus, err);
    if (status == HONE_OK) {
        hn_str_add(&text, "{\"names\":[");
        for (uint32_t i = 0; i < gpus.n; i++) {
            hn_str_add(&text, i ? "," : "");
            hn_str_add_json(&text, gpus.names[i]);
        }
        hn_str_add_char(&text, ']');
        add_text(&text, "source", gpus.source);
        add_text(&text, "why", gpus.n ? NULL : gpus.why);
        hn_str_add_char(&text, '}');
        *json = hn_str_take(&text);
        status = *json ? HONE_OK : hn_fail_memory(err);
    }
    hn_str_free(&text);
    hn_arena_free(&arena);
    return status;
}
