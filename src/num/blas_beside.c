// An OpenBLAS that came along in a Python package: beside the extension, or, for the command, in
// the site-packages of the environment whose bin/ it lies in. It is newer than most systems' own
// and knows newer CPUs, so it goes before them. Its functions have the prefix scipy_ (package
// scipy-openblas32), so that no other copy in the process is mistaken for it.
#include "num/blas_beside.h"

#include <dlfcn.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIBRARY "libscipy_openblas.so"

static bool look(const char *folder, const char *below, char *out, size_t size)
{
    char pattern[PATH_MAX];
    glob_t found = {0};
    bool there = false;
    int n = snprintf(pattern, sizeof pattern, "%s/%s" LIBRARY, folder, below);
    if (n < (int)sizeof pattern && glob(pattern, 0, NULL, &found) == 0 && found.gl_pathc > 0)
        there = snprintf(out, size, "%s", found.gl_pathv[0]) < (int)size;
    globfree(&found);
    return there;
}

bool hn_blas_beside(char *out, size_t size)
{
    static const char here = 0;
    char file[PATH_MAX];
    Dl_info info;
    if (!dladdr(&here, &info) || !info.dli_fname)
        return false;
    // A program's own name may be a word that was looked up in PATH.
    const char *name = strchr(info.dli_fname, '/') ? info.dli_fname : "/proc/self/exe";
    char *slash = realpath(name, file) ? strrchr(file, '/') : NULL;
    if (!slash)
        return false;
    *slash = '\0';
    return look(file, "", out, size) ||
           look(file, "../lib/python3*/site-packages/hone/", out, size);
}
