// File: a header (magic, widths of the layers, epochs, Adam steps), then params, m and v. Native
// byte order: it is read by the program that wrote it.
#include "checkpoint.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "die.h"

typedef struct header {
    char magic[8];
    int64_t n_steps;
    double loss;
    int32_t n_epochs;
    int32_t width[MLP_LAYERS + 1];
    int32_t reserved; // keeps the struct free of padding
} header;

static header header_of(const mlp *net, progress done)
{
    header h = {.magic = "digits1", .n_steps = net->n_steps};
    h.n_epochs = done.n_epochs;
    h.loss = done.loss;
    h.width[0] = net->layers[0].n_in;
    for (int i = 0; i < MLP_LAYERS; i++)
        h.width[i + 1] = net->layers[i].n_out;
    return h;
}

progress checkpoint_load(const char *path, mlp *net)
{
    FILE *file = fopen(path, "rb");
    if (!file && errno == ENOENT)
        return (progress){0};
    if (!file)
        die("cannot read the checkpoint %s: %s", path, strerror(errno));

    header found, wanted = header_of(net, (progress){0});
    if (fread(&found, sizeof found, 1, file) != 1 || memcmp(found.magic, wanted.magic, 8) != 0)
        die("%s is not a checkpoint of digits_train", path);
    if (memcmp(found.width, wanted.width, sizeof found.width) != 0)
        die("%s is of a network with %d and %d units, not %d and %d", path, found.width[1],
            found.width[2], wanted.width[1], wanted.width[2]);
    size_t n = net->n_params;
    if (fread(net->params, sizeof(float), n, file) != n ||
        fread(net->m, sizeof(float), n, file) != n || fread(net->v, sizeof(float), n, file) != n ||
        fgetc(file) != EOF)
        die("%s is damaged: its size is not that of its network", path);
    fclose(file);
    net->n_steps = found.n_steps;
    return (progress){found.n_epochs, found.loss};
}

void checkpoint_save(const char *path, const mlp *net, progress done)
{
    char temporary[4096 + 8];
    snprintf(temporary, sizeof temporary, "%s.new", path);
    header h = header_of(net, done);
    size_t n = net->n_params;
    FILE *file = fopen(temporary, "wb");
    if (!file)
        die("cannot write the checkpoint %s: %s", temporary, strerror(errno));
    size_t n_parts = fwrite(&h, sizeof h, 1, file);
    n_parts += fwrite(net->params, n * sizeof(float), 1, file);
    n_parts += fwrite(net->m, n * sizeof(float), 1, file);
    n_parts += fwrite(net->v, n * sizeof(float), 1, file);
    if (fclose(file) != 0 || n_parts != 4 || rename(temporary, path) != 0)
        die("cannot write the checkpoint %s: %s", path, strerror(errno));
}
