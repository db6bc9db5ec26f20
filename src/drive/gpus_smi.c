// Asking nvidia-smi, which takes from a moment to some seconds, and hangs with a driver that does.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/listen.h"
#include "drive/gpus.h"

enum { PATIENCE_MS = 30000 };

bool hn_gpus_ask(char *out, size_t size, char *why, size_t why_size)
{
    static const char *const argv[] = {"nvidia-smi", "-L", NULL};
    int status = 0, code = hn_listen_to(argv, true, PATIENCE_MS, out, size, &status);
    if (code == 0)
        (void)snprintf(why, why_size, "nvidia-smi says \"%.*s\"", (int)strcspn(out, "\n"), out);
    else if (code == ETIMEDOUT)
        (void)snprintf(why, why_size, "nvidia-smi has not answered in %d s", PATIENCE_MS / 1000);
    else if (code == ENOENT)
        (void)snprintf(why, why_size, "there is no nvidia-smi to ask");
    else
        (void)snprintf(why, why_size, "nvidia-smi cannot be run");
    return code == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
