// Asking nvidia-smi, which takes from a moment to some seconds, and hangs with a driver that does.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/mem.h"
#include "drive/gpus.h"

enum { PATIENCE_MS = 30000, LISTING_MAX = 1 << 16 };

hone_status hn_smi_begin(hn_smi *smi, hone_error *err)
{
    static const char *const argv[] = {"nvidia-smi", "-L", NULL};
    smi->listing = hn_calloc(1, LISTING_MAX);
    if (!smi->listing)
        return hn_fail_memory(err);
    smi->code = hn_listen_begin(&smi->heard, argv, true, PATIENCE_MS, smi->listing, LISTING_MAX);
    return HONE_OK;
}

bool hn_smi_answers(hn_smi *smi, bool wait)
{
    return smi->code != 0 || hn_listen_go(&smi->heard, wait);
}

static int end(hn_smi *smi, int *status)
{
    if (smi->code == 0 && !hn_listen_end(&smi->heard, status))
        return ETIMEDOUT;
    return smi->code;
}

hone_status hn_smi_take(hn_smi *smi, hn_arena *arena, hn_gpus *out, hone_error *err)
{
    char why[256];
    int status = 0, code = end(smi, &status);
    bool good = code == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (code == 0)
        (void)snprintf(why, sizeof why, "nvidia-smi says \"%.*s\"",
                       (int)strcspn(smi->listing, "\n"), smi->listing);
    else if (code == ETIMEDOUT)
        (void)snprintf(why, sizeof why, "nvidia-smi has not answered in %d s", PATIENCE_MS / 1000);
    else if (code == ENOENT)
        (void)snprintf(why, sizeof why, "there is no nvidia-smi to ask");
    else
        (void)snprintf(why, sizeof why, "nvidia-smi cannot be run");
    hone_status parsed = hn_gpus_parse(good ? smi->listing : "", arena, out, err);
    if (parsed == HONE_OK && !good)
        out->why = hn_arena_strdup(arena, why);
    hn_free(smi->listing);
    smi->listing = NULL;
    return parsed;
}

void hn_smi_drop(hn_smi *smi)
{
    int status;
    if (smi->listing)
        (void)end(smi, &status);
    hn_free(smi->listing);
    smi->listing = NULL;
}
