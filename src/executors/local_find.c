// Where the program hone-guardian is: the option, the environment, next to the library or the
// running program (installed, in a build tree, in a Python package), the compiled-in folder.
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "executors/local.h"

#ifndef HONE_LIBEXECDIR
#define HONE_LIBEXECDIR "/usr/local/libexec"
#endif

#define PROGRAM "hone-guardian"

static bool is_there(const char *folder, const char *below, char *out)
{
    int n = snprintf(out, PATH_MAX, "%s/%s" PROGRAM, folder, below);
    return n < PATH_MAX && access(out, X_OK) == 0;
}

static bool is_near(char *file, char *out)
{
    static const char *const below[] = {"", "../libexec/hone/", "../../libexec/hone/", "../bin/",
                                        "libexec/"};
    char *slash = strrchr(file, '/');
    if (!slash)
        return false;
    *slash = '\0';
    for (size_t i = 0; i < sizeof below / sizeof *below; i++) {
        if (is_there(file, below[i], out))
            return true;
    }
    return false;
}

static bool is_near_library(char *out)
{
    char file[PATH_MAX];
    Dl_info info;
    if (!dladdr((const void *)PROGRAM, &info) || !info.dli_fname || !realpath(info.dli_fname, file))
        return false;
    return is_near(file, out);
}

static bool is_near_program(char *out)
{
    char file[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", file, sizeof file - 1);
    file[n > 0 ? n : 0] = '\0';
    return is_near(file, out);
}

hone_status hn_local_find_guardian(const hn_local *local, char *out, hone_error *err)
{
    const char *given = local->config.guardian;
    const char *from = "the option guardian";
    if (!given || !given[0]) {
        given = getenv("HONE_GUARDIAN");
        from = "HONE_GUARDIAN";
    }
    if (given && given[0]) {
        if (access(given, X_OK) != 0 || snprintf(out, PATH_MAX, "%s", given) >= PATH_MAX)
            return hn_fail(err, HONE_ENOTFOUND, "%s names \"%s\", which is no program", from,
                           given);
        return HONE_OK;
    }
    if (is_near_library(out) || is_near_program(out) || is_there(HONE_LIBEXECDIR, "hone/", out))
        return HONE_OK;
    return hn_fail(err, HONE_ENOTFOUND,
                   "the program " PROGRAM
                   " was found neither beside the library nor in " HONE_LIBEXECDIR
                   "/hone; install Hone completely or set HONE_GUARDIAN to its path");
}
