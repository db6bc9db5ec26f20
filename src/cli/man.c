// The manual page hone(1), made from the tables: `hone help --man`.
#include "args.h"

#include <ctype.h>
#include <string.h>

// A character beyond ASCII as \[uXXXX], which every troff knows. Gives its bytes, 0 for ASCII.
static size_t put_wide(FILE *out, const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    if (s[0] < 0xC0)
        return 0;
    size_t n = s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : 2;
    uint32_t c = s[0] & (0xFFu >> (n + 1));
    for (size_t i = 1; i < n; i++)
        c = c << 6 | (s[i] & 0x3F);
    fprintf(out, "\\[u%04X]", (unsigned)c);
    return n;
}

// Text in running troff: backslashes and hyphens are escaped, a leading dot or quote is guarded.
static void put(FILE *out, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t bytes = put_wide(out, text + i);
        if (bytes > 0) {
            i += bytes - 1;
            continue;
        }
        if ((i == 0 || text[i - 1] == '\n') && (text[i] == '.' || text[i] == '\''))
            fputs("\\&", out);
        if (text[i] == '\\')
            fputs("\\e", out);
        else if (text[i] == '-')
            fputs("\\-", out);
        else if (text[i] == '~')
            fputs("\\(ti", out);
        else if (text[i] == '^')
            fputs("\\(ha", out);
        else if (text[i] == '`')
            fputs("\\(ga", out);
        else if (text[i] == '\'')
            fputs("\\(aq", out);
        else
            fputc(text[i], out);
    }
}

static void put_text(FILE *out, const char *text)
{
    put(out, text, strlen(text));
}

static void put_option(FILE *out, const cli_option *row)
{
    fputs(".TP\n", out);
    if (row->letter)
        fprintf(out, "\\fB\\-%c\\fR, ", row->letter);
    fputs("\\fB\\-\\-", out);
    put_text(out, row->name);
    fputs("\\fR", out);
    if (row->argument) {
        fputs(" \\fI", out);
        put_text(out, row->argument);
        fputs("\\fR", out);
    }
    fputc('\n', out);
    fputc(toupper((unsigned char)row->help[0]), out);
    put_text(out, row->help + 1);
    if (row->choices)
        fputs(": ", out);
    for (const char *c = row->choices; c && *c; c++)
        fputs(*c == '|' ? ", " : (char[]){*c, '\0'}, out);
    fputs(".", out);
    if (row->repeatable)
        fputs(" May be repeated.", out);
    if (row->fallback) {
        fputs(" Default: \\fB", out);
        put_text(out, row->fallback);
        fputs("\\fR.", out);
    }
    fputc('\n', out);
}

static void put_paragraphs(FILE *out, const char *text)
{
    while (text && *text) {
        const char *end = strstr(text, "\n\n");
        size_t n = end ? (size_t)(end - text) : strlen(text);
        fputs(".PP\n", out);
        put(out, text, n);
        fputc('\n', out);
        text = end ? end + 2 : NULL;
    }
}

static void put_lines(FILE *out, const char *text)
{
    fputs(".PP\n.nf\n.RS 4\n", out);
    while (*text) {
        size_t n = strcspn(text, "\n");
        put(out, text, n);
        fputc('\n', out);
        text += n + (text[n] == '\n');
    }
    fputs(".RE\n.fi\n", out);
}

static void put_verb(FILE *out, const cli_verb *verb)
{
    fputs(".SS \"hone ", out);
    put_text(out, verb->name);
    fputs("\"\n", out);
    for (const char *usage = verb->usage; usage;) {
        size_t n = strcspn(usage, "\n");
        fprintf(out, "%s\\fBhone %s\\fR ", usage == verb->usage ? "" : ".br\n", verb->name);
        put(out, usage, n);
        fputc('\n', out);
        usage = usage[n] == '\n' && usage[n + 1] ? usage + n + 1 : NULL;
    }
    fputs(".PP\n", out);
    put_text(out, verb->summary);
    fputs(".\n", out);
    put_paragraphs(out, verb->about);
    for (const cli_option *row = verb->options; row && row->name; row++) {
        if (row->heading) {
            fputs(".PP\n\\fI", out);
            put_text(out, row->heading);
            fputs("\\fR\n", out);
        }
        put_option(out, row);
    }
    if (verb->examples)
        put_lines(out, verb->examples);
}

static void put_environment(FILE *out)
{
    fputs(".SH ENVIRONMENT\n"
          "Most options may be given as \\fBHONE_\\fIOPTION\\fR: "
          "\\fB\\-\\-timeout\\-trial\\fR as \\fBHONE_TIMEOUT_TRIAL\\fR. "
          "The command line wins.\n"
          ".TP\n\\fBNO_COLOR\\fR\nNo colours when it is set.\n",
          out);
    fputs(".PP\nA trial's command finds \\fBHONE_TRIAL\\fR, \\fBHONE_PARAMS\\fR, "
          "\\fBHONE_P_\\fINAME\\fR, \\fBHONE_SEED\\fR, \\fBHONE_DIR\\fR, \\fBHONE_CKPT\\fR, "
          "\\fBHONE_RESOURCE\\fR, \\fBHONE_PHASE\\fR and \\fBHONE_FD\\fR in its environment, and "
          "with "
          "folds, repeats or instances \\fBHONE_FOLD\\fR, \\fBHONE_FOLDS\\fR, "
          "\\fBHONE_REPEAT\\fR and \\fBHONE_INSTANCE\\fR.\n",
          out);
}

static void put_end(FILE *out)
{
    fputs(".SH FILES\n.TP\n\\fBhone.db\\fR\nThe studies of this directory.\n"
          ".TP\n\\fBhone/\\fISTUDY\\fB/\\fITRIAL\\fR\n"
          "Output, parameters and checkpoint of a trial.\n",
          out);
    fputs(".SH EXIT STATUS\n"
          ".TP\n0\nFinished.\n"
          ".TP\n1\nThe storage or the system refused.\n"
          ".TP\n2\nThe command line or an input is wrong; nothing ran.\n"
          ".TP\n3\nStopped; \\fBhone resume\\fR goes on.\n"
          ".TP\n4\nEvery trial failed.\n"
          ".TP\n10\n\\fBhone report\\fR: the trial should stop.\n",
          out);
}

void cli_help_man(FILE *out)
{
    fprintf(out, ".TH HONE 1 \"\" \"Hone %s\" \"User Commands\"\n", hone_version());
    fputs(".SH NAME\nhone \\- hyperparameter tuning of any command\n"
          ".SH SYNOPSIS\n"
          "\\fBhone run\\fR [\\fIoptions\\fR] \\fB\\-\\-\\fR \\fIcommand\\fR "
          "[\\fIargument\\fR ...]\n.br\n"
          "\\fBhone\\fR \\fIverb\\fR [\\fIoptions\\fR]\n"
          ".SH DESCRIPTION\n"
          "Hone finds the best settings of a program by running it. A study holds the space of "
          "the parameters, the objective and every trial; it lives in a database, and whatever "
          "was interrupted can go on.\n"
          ".SH VERBS\n",
          out);
    for (int group = 0; group < CLI_N_GROUPS; group++)
        for (int rank = 0; rank < 100; rank++)
            for (int i = 0; cli_verbs[i]; i++)
                if ((int)cli_verbs[i]->group == group && cli_verbs[i]->rank == rank)
                    put_verb(out, cli_verbs[i]);
    fputs(".SH COMMON OPTIONS\nThose of them that make sense with a verb.\n", out);
    for (const cli_option *row = cli_common_options; row->name; row++)
        put_option(out, row);
    put_environment(out);
    put_end(out);
}
