// The block on the terminal: drawn in place, at most ten times a second, never wider or higher than
// the screen. One write a frame, and each line is overwritten before its rest is erased, so that
// nothing flickers.
#include "watch.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define FRAME_S 0.1

static volatile sig_atomic_t size_changed;

static void on_resize(int number)
{
    (void)number;
    size_changed = 1;
}

void block_watch_size(void)
{
    struct sigaction action = {.sa_handler = on_resize, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGWINCH, &action, NULL);
}

typedef struct screen_size {
    int width, height;
    bool utf8;
} screen_size;

static screen_size measure(void)
{
    struct winsize size = {0};
    screen_size screen = {.width = 80, .height = 24, .utf8 = cli_utf8()};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) {
        screen.width = size.ws_col > 0 ? size.ws_col : 80;
        screen.height = size.ws_row > 0 ? size.ws_row : 24;
    }
    // The last column stays free: some terminals wrap as soon as it is written.
    screen.width--;
    return screen;
}

// --- the frame: lines of at most `width` columns ---

typedef struct frame {
    const run_watch *watch;
    screen_size screen;
    FILE *out;
    int left;    // columns left in the line
    int *widths; // of the lines so far
    int n_lines;
} frame;

// Adds text to the line; what does not fit is cut.
static void put(frame *f, cli_style style, const char *format, ...) HONE_PRINTF(3, 4);

static void put(frame *f, cli_style style, const char *format, ...)
{
    char text[4096], cut[4200];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (f->left <= 0)
        return;
    cli_elide(text, f->left, cut, sizeof cut);
    bool styled = style != CLI_PLAIN;
    fprintf(f->out, "%s%s%s", styled ? cli_ansi(f->watch->cli, stdout, style) : "", cut,
            styled ? cli_ansi(f->watch->cli, stdout, CLI_PLAIN) : "");
    // A text that was cut ends the line.
    f->left = cli_columns(text) > f->left ? 0 : f->left - cli_columns(text);
}

static void begin_line(frame *f)
{
    f->left = f->screen.width;
}

static void end_line(frame *f)
{
    fputs("\x1b[K\r\n", f->out);
    f->widths = cli_realloc(f->widths, (size_t)(f->n_lines + 1) * sizeof *f->widths);
    f->widths[f->n_lines++] = f->screen.width - f->left;
}

static const char *dot(const frame *f)
{
    return f->screen.utf8 ? " · " : " | ";
}

// --- its lines ---

static bool pauses(const run_watch *watch)
{
    return hone_study_scheduler_can(watch->study) & HN_CAN_PAUSE;
}

// How many of the trials that are paused will go on, nobody knows.
static double seconds_left(const run_watch *watch, double elapsed_s, uint32_t n_finished)
{
    double left = INFINITY;
    uint32_t n_done = n_finished - watch->n_before;
    if (watch->n_wanted > 0 && n_done > 0 && !pauses(watch))
        left = (double)(watch->n_wanted - (int64_t)n_finished) * elapsed_s / n_done;
    if (watch->time_s > 0)
        left = fmin(left, watch->time_s - elapsed_s);
    return left > 0 ? left : 0;
}

static void put_rate(frame *f, double per_s)
{
    if (per_s >= 1)
        put(f, CLI_PLAIN, "%.3g/s", per_s);
    else if (per_s >= 1.0 / 60)
        put(f, CLI_PLAIN, "%.3g/min", per_s * 60);
    else
        put(f, CLI_PLAIN, "%.3g/h", per_s * 3600);
}

// Seconds that run on the screen: whole ones, so that the eye is left in peace.
static char *clock_text(double seconds, char *out)
{
    return cli_duration(seconds < 1 ? 0 : floor(seconds), out);
}

// "12/30", "5 done", "28/30 begun · 3 complete · 23 paused · 1 stopped"
static void put_counts(frame *f, uint32_t n_finished)
{
    const run_watch *watch = f->watch;
    const hone_study *study = watch->study;
    uint32_t n_paused = pauses(watch) ? hone_study_count(study, HONE_STATE_PAUSED) : 0;
    uint32_t n_begun = n_finished + n_paused + hone_study_count(study, HONE_STATE_RUNNING);
    uint32_t n_stopped = hone_study_count(study, HONE_STATE_PRUNED);
    put(f, CLI_PLAIN, "%s%u", dot(f), (unsigned)(pauses(watch) ? n_begun : n_finished));
    if (watch->n_wanted > 0)
        put(f, CLI_PLAIN, "/%lld", (long long)watch->n_wanted);
    if (pauses(watch))
        put(f, CLI_PLAIN, " begun%s%u complete%s%u paused", dot(f),
            (unsigned)hone_study_count(study, HONE_STATE_COMPLETE), dot(f), (unsigned)n_paused);
    else if (watch->n_wanted <= 0)
        put(f, CLI_PLAIN, " done");
    bool copies = hone_study_scheduler_can(study) & HN_CAN_FORK;
    if (n_stopped > 0)
        put(f, CLI_PLAIN, "%s%u %s", dot(f), (unsigned)n_stopped, copies ? "replaced" : "stopped");
}

static void head_line(frame *f)
{
    const run_watch *watch = f->watch;
    char text[CLI_SHORT];
    uint32_t n_finished = hone_study_n_finished(watch->study);
    double elapsed_s = watch_now_s() - watch->began_s;
    begin_line(f);
    put(f, CLI_BOLD, "%s", hone_study_name(watch->study));
    put_counts(f, n_finished);
    put(f, CLI_PLAIN, "%s%s", dot(f), clock_text(elapsed_s, text));
    if (n_finished > watch->n_before && elapsed_s > 0 && !pauses(watch)) {
        put(f, CLI_PLAIN, "%s", dot(f));
        put_rate(f, (n_finished - watch->n_before) / elapsed_s);
    }
    double left_s = seconds_left(watch, elapsed_s, n_finished);
    if (isfinite(left_s))
        put(f, CLI_PLAIN, "%s%s left", dot(f), clock_text(ceil(left_s), text));
    end_line(f);
}

static void best_line(frame *f)
{
    bool front = hone_study_n_objectives(f->watch->study) > 1;
    begin_line(f);
    put(f, CLI_PLAIN, front ? "front " : "best ");
    put(f, f->watch->has_best ? CLI_GREEN : CLI_DIM, "%s",
        f->watch->best_line ? f->watch->best_line : "none yet");
    end_line(f);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Range of the sparkline. Far outliers on the bad side would flatten everything else: the worst
// tenth is drawn at the edge.
static void spark_range(const run_watch *watch, const double *values, int n, double *low,
                        double *high)
{
    double sorted[WATCH_N_VALUES];
    memcpy(sorted, values, (size_t)n * sizeof *sorted);
    qsort(sorted, (size_t)n, sizeof *sorted, compare);
    bool maximize = hone_study_metric(watch->study, 0).goal == HONE_MAXIMIZE;
    int cut = n / 10;
    *low = sorted[maximize ? cut : 0];
    *high = sorted[maximize ? n - 1 : n - 1 - cut];
}

static void spark_line(frame *f)
{
    static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char *const plain[] = {"_", ".", "-", "~", "=", "+", "*", "#"};
    const run_watch *watch = f->watch;
    char range[2 * CLI_SHORT + 8], a[CLI_SHORT], b[CLI_SHORT];
    double low, high;
    int room = f->screen.width - 30 < 10 ? f->screen.width : f->screen.width - 30;
    int n = watch->n_values < room ? watch->n_values : room;
    if (n < 2)
        return;
    const double *values = watch->values + watch->n_values - n;
    spark_range(watch, values, n, &low, &high);
    begin_line(f);
    for (int i = 0; i < n; i++) {
        double x = high > low ? (values[i] - low) / (high - low) : 0;
        int level = (int)(fmin(fmax(x, 0), 1) * 7.999);
        put(f, CLI_CYAN, "%s", (f->screen.utf8 ? blocks : plain)[level]);
    }
    snprintf(range, sizeof range, "  %s to %s", cli_number(low, a), cli_number(high, b));
    if (cli_columns(range) <= f->left)
        put(f, CLI_DIM, "%s", range);
    end_line(f);
}

static void slot_line(frame *f, const watch_slot *slot)
{
    char text[CLI_SHORT], number[CLI_SHORT];
    const char *again = slot->goes_on ? "on " : slot->attempt > 1 ? "again " : "";
    begin_line(f);
    put(f, CLI_PLAIN, "  trial %-5u %6s", (unsigned)slot->trial,
        clock_text(watch_now_s() - slot->since_s, text));
    if (slot->resource > 0)
        put(f, CLI_CYAN, "  %sto %.6g", again, slot->resource);
    else if (slot->attempt > 1)
        put(f, CLI_YELLOW, "  attempt %u", (unsigned)slot->attempt);
    if (slot->n_parts > 0)
        put(f, CLI_PLAIN, "  run %u/%u", (unsigned)slot->part + 1, (unsigned)slot->n_parts);
    if (slot->has_report) {
        snprintf(text, sizeof text, "%.6g", slot->step);
        put(f, CLI_PLAIN, "  step %s: %s", text, cli_number(slot->value, number));
    }
    put(f, CLI_DIM, "  %s", slot->params ? slot->params : "");
    end_line(f);
}

static void slot_lines(frame *f, int room)
{
    uint32_t n_busy = 0, n_shown = 0;
    for (uint32_t i = 0; i < f->watch->n_slots; i++)
        n_busy += f->watch->slots[i].busy;
    // The last line says how many did not fit.
    uint32_t n_max = (int)n_busy <= room ? n_busy : room > 1 ? (uint32_t)room - 1 : 0;
    for (uint32_t i = 0; i < f->watch->n_slots && n_shown < n_max; i++) {
        if (!f->watch->slots[i].busy)
            continue;
        slot_line(f, &f->watch->slots[i]);
        n_shown++;
    }
    if (n_shown < n_busy && room > 0) {
        begin_line(f);
        put(f, CLI_DIM, "  and %u more running", (unsigned)(n_busy - n_shown));
        end_line(f);
    }
}

static void text_line(frame *f, cli_style style, const char *text)
{
    begin_line(f);
    put(f, style, "%s", text);
    end_line(f);
}

// The scheduler's decision ends with what comes of it: where there is room it has a second line.
// Returns where that begins, 0: there is none.
static size_t second_line(const frame *f)
{
    const char *news = f->watch->news;
    size_t at = (size_t)f->screen.width;
    if (!news || f->screen.height <= 10 || strlen(news) <= at)
        return 0;
    while (at > 0 && news[at] != ' ')
        at--;
    return at;
}

static void news_lines(frame *f)
{
    const char *news = f->watch->news;
    size_t second = second_line(f);
    begin_line(f);
    put(f, CLI_DIM, "%.*s", second ? (int)second : INT_MAX, news);
    end_line(f);
    if (!second)
        return;
    begin_line(f);
    put(f, CLI_DIM, "   %s", news + second);
    end_line(f);
}

// The log is what one looks for: where room is short, the reason gives way.
static void failure_line(frame *f)
{
    const run_watch *watch = f->watch;
    const char *path = watch->failure_log ? watch->failure_log : "";
    char *log = cli_format("%s%s", *path ? "  log " : "", path), reason[1024];
    char *text = cli_format("%u failed; last: %s", (unsigned)watch->n_failed, watch->failure);
    int room = f->screen.width - cli_columns(log);
    begin_line(f);
    if (room >= 20)
        cli_elide(text, room, reason, sizeof reason);
    else
        snprintf(reason, sizeof reason, "%u failed;", (unsigned)watch->n_failed);
    put(f, CLI_RED, "%s%s", reason, log);
    end_line(f);
    free(text);
    free(log);
}

static void compose(frame *f)
{
    const run_watch *watch = f->watch;
    int n_last = (watch->news != NULL) + (second_line(f) > 0) + (watch->failure != NULL) +
                 (watch->message != NULL);
    if (f->screen.height > 1) // the cursor has a row of its own
        head_line(f);
    if (f->screen.height > 3)
        best_line(f);
    if (f->screen.height > 8)
        spark_line(f);
    slot_lines(f, f->screen.height - f->n_lines - n_last - 1);
    if (watch->news && f->screen.height > 6)
        news_lines(f);
    if (watch->failure && f->screen.height > 5)
        failure_line(f);
    if (watch->message && f->screen.height > 4)
        text_line(f, CLI_YELLOW, watch->message);
}

// --- drawing ---

// Rows that the block drawn last takes now: a narrower terminal has wrapped its lines.
static int rows_drawn(const run_watch *watch, int width)
{
    int rows = 0;
    for (int i = 0; i < watch->n_drawn; i++)
        rows += watch->drawn[i] > width ? (watch->drawn[i] + width - 1) / width : 1;
    return rows;
}

static void write_all(const char *text, size_t size)
{
    fflush(stdout);
    while (size > 0) {
        ssize_t n = write(STDOUT_FILENO, text, size);
        if (n < 0 && errno != EINTR)
            return; // the terminal is gone; the run goes on
        if (n > 0) {
            text += n;
            size -= (size_t)n;
        }
    }
}

void block_clear(run_watch *watch)
{
    char text[48];
    screen_size screen = measure();
    int rows = rows_drawn(watch, screen.width + 1);
    rows = rows < screen.height ? rows : screen.height - 1;
    watch->n_drawn = 0;
    if (rows <= 0)
        return;
    snprintf(text, sizeof text, "\x1b[%dA\r\x1b[J", rows);
    write_all(text, strlen(text));
}

void block_draw(run_watch *watch, bool at_once)
{
    double now_s = watch_now_s();
    char *text = NULL;
    size_t size = 0;
    if (!at_once && !size_changed && watch->n_drawn > 0 && now_s - watch->drawn_s < FRAME_S)
        return;
    watch_refresh(watch);
    frame f = {.watch = watch, .screen = measure(), .out = open_memstream(&text, &size)};
    if (!f.out)
        return;
    int rows = rows_drawn(watch, f.screen.width + 1);
    // On a screen that has become lower, what has left it at its top cannot be reached.
    if (rows >= f.screen.height)
        rows = f.screen.height - 1;
    if (rows > 0)
        fprintf(f.out, "\x1b[%dA\r", rows);
    // Rows that the terminal has wrapped are cleared as a whole, or it would join them again later.
    if (size_changed)
        fputs("\x1b[J", f.out);
    size_changed = 0;
    compose(&f);
    fputs("\x1b[J", f.out);
    fclose(f.out);
    write_all(text, size);
    free(text);
    free(watch->drawn);
    watch->drawn = f.widths;
    watch->n_drawn = f.n_lines;
    watch->drawn_s = now_s;
}
