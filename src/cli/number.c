// Numbers, durations and times: reading what a user types, writing what a user reads.
#include "cli.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

bool cli_parse_int(const char *text, int64_t *out)
{
    char *end = NULL;
    if (!*text || strspn(text, "+-0123456789") != strlen(text))
        return false;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno || *end)
        return false;
    *out = value;
    return true;
}

bool cli_parse_real(const char *text, double *out)
{
    char *end = NULL;
    // The program never sets LC_NUMERIC: the point is a point. No hexadecimal, no blanks.
    if (!*text || strspn(text, "+-0123456789.eEinfINFtyTYaA") != strlen(text))
        return false;
    *out = strtod(text, &end);
    return *end == '\0' && !isnan(*out);
}

bool cli_parse_duration(const char *text, double *seconds)
{
    return hone_duration_parse(text, seconds, NULL) == HONE_OK;
}

// "1e-05" as "1e-5", "1e+20" as "1e20": the way values stand in command lines.
static char *tidy_exponent(char *number)
{
    char *e = strchr(number, 'e');
    if (!e)
        return number;
    char *digits = e + 1 + strspn(e + 1, "+");
    char *to = e + 1;
    if (*digits == '-')
        *to++ = *digits++;
    digits += strspn(digits, "0");
    memmove(to, digits, strlen(digits) + 1);
    return number;
}

char *cli_number(double value, char *out)
{
    if (isnan(value))
        snprintf(out, CLI_SHORT, "-");
    else
        snprintf(out, CLI_SHORT, "%.6g", value);
    return tidy_exponent(out);
}

char *cli_number_full(double value, char *out)
{
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(out, CLI_SHORT, "%.*g", digits, value);
        if (strtod(out, NULL) == value)
            break;
    }
    return tidy_exponent(out);
}

char *cli_duration(double seconds, char *out)
{
    if (!(seconds >= 0))
        snprintf(out, CLI_SHORT, "-");
    else if (seconds > 0 && seconds < 0.9995)
        snprintf(out, CLI_SHORT, "%.0fms", seconds * 1e3);
    else if (seconds < 9.95 && seconds != floor(seconds))
        snprintf(out, CLI_SHORT, "%.1fs", seconds);
    else if (seconds < 59.5)
        snprintf(out, CLI_SHORT, "%.0fs", seconds);
    else {
        long long s = llround(fmin(seconds, 1e12));
        if (s < 3600)
            snprintf(out, CLI_SHORT, "%lldm%02llds", s / 60, s % 60);
        else if (s < 86400)
            snprintf(out, CLI_SHORT, "%lldh%02lldm", s / 3600, s / 60 % 60);
        else
            snprintf(out, CLI_SHORT, "%lldd%02lldh", s / 86400, s / 3600 % 24);
    }
    return out;
}

char *cli_bytes(double bytes, char *out)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    size_t unit = 0;
    while (bytes >= 1000 && unit + 1 < sizeof units / sizeof *units) {
        bytes /= 1000;
        unit++;
    }
    snprintf(out, CLI_SHORT, unit == 0 || bytes >= 100 ? "%.0f %s" : "%.1f %s", bytes, units[unit]);
    return out;
}

char *cli_ago(uint64_t wall_us, char *out)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    double seconds = (double)now.tv_sec + (double)now.tv_nsec * 1e-9 - (double)wall_us * 1e-6;
    char text[CLI_SHORT];
    snprintf(out, CLI_SHORT, "%.20s ago", cli_duration(seconds > 0 ? seconds : 0, text));
    return out;
}

char *cli_date(uint64_t wall_us, char *out)
{
    time_t seconds = (time_t)(wall_us / 1000000);
    struct tm parts;
    localtime_r(&seconds, &parts);
    strftime(out, CLI_SHORT, "%Y-%m-%d %H:%M:%S", &parts);
    return out;
}
