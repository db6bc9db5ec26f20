// From a file's template and a trial to the file in the trial's folder.
//
// A line with a value that the trial does not have disappears as a whole.
#include <string.h>

#include "base/error.h"
#include "base/fs.h"
#include "drive/render.h"

static void add_line(const hn_template *t, const hn_word *line, const hn_launch *launch,
                     hn_str *out, hn_rendered *v)
{
    size_t before = out->n;
    for (uint32_t i = 0; i < line->n; i++) {
        const hn_piece *piece = &t->pieces.data[line->first + i];
        if (piece->kind == HN_PIECE_TEXT) {
            hn_str_add(out, piece->text);
            continue;
        }
        hn_render_value(t, launch, piece, v);
        if (!v->text) {
            out->n = before;
            if (out->data)
                out->data[before] = '\0';
            return;
        }
        hn_str_add(out, v->text);
    }
}

hone_status hn_file_render(const hn_template *t, const hn_file *file, const hn_launch *launch,
                           hn_str *out, hone_error *err)
{
    hn_rendered v = {NULL, HN_STR_INIT, false};
    for (uint32_t i = 0; i < file->n; i++)
        add_line(t, &t->lines.data[file->first + i], launch, out, &v);
    bool failed = v.failed || hn_str_failed(&v.buffer) || hn_str_failed(out);
    hn_str_free(&v.buffer);
    return failed ? hn_fail_memory(err) : HONE_OK;
}

// Renamed into its place, so that whatever an earlier attempt has put there is not followed.
static hone_status write_file(const char *path, const hn_str *text, hone_error *err)
{
    hn_str folder = HN_STR_INIT;
    hn_str_add_n(&folder, path, (size_t)(strrchr(path, '/') - path));
    hone_status status = hn_str_failed(&folder) ? hn_fail_memory(err) : HONE_OK;
    if (status == HONE_OK && !hn_fs_exists(hn_str_text(&folder)))
        status = hn_fs_mkdirs(hn_str_text(&folder), err);
    if (status == HONE_OK)
        status = hn_fs_write_atomic(path, hn_str_text(text), text->n, false, err);
    hn_str_free(&folder);
    return status;
}

hone_status hn_files_write(const hn_template *t, const hn_launch *launch, hone_error *err)
{
    hn_str path = HN_STR_INIT, text = HN_STR_INIT;
    hone_status status = HONE_OK;
    for (size_t i = 0; status == HONE_OK && i < t->files.n; i++) {
        hn_str_clear(&path);
        hn_str_clear(&text);
        hn_str_printf(&path, "%s/%s", launch->dir, t->files.data[i].name);
        status = hn_str_failed(&path) ? hn_fail_memory(err)
                                      : hn_file_render(t, &t->files.data[i], launch, &text, err);
        if (status == HONE_OK)
            status = write_file(hn_str_text(&path), &text, err);
    }
    hn_str_free(&path);
    hn_str_free(&text);
    return status;
}
