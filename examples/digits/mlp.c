// A classifier with two hidden layers, as small as it can be and as fast as a small one needs.
//
// 1. Forward: each layer is one matrix product, then one pass that adds the bias and applies ReLU.
// 2. Backward: the derivative by the logits is softmax − target; each layer's dW is Xᵀ·d_out, and
//    the derivative is carried on through Wᵀ. The first layer's input needs no derivative, which
//    saves a third of the work.
// 3. Adam (Kingma and Ba: Adam: a method for stochastic optimization. ICLR 2015), with the bias
//    corrections folded into the step size, as Keras does it: one pass over all parameters.
//
// Cost of a batch of B rows: 4·B·n_params multiply-adds and one pass over 7 arrays of n_params.
#include "mlp.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "hot.h"
#include "random.h"

static const double BETA1 = 0.9, BETA2 = 0.999, EPSILON = 1e-7;

// Zeroed, aligned to a cache line.
static float *floats(size_t n)
{
    size_t bytes = (n * sizeof(float) + 63) / 64 * 64;
    float *p = aligned_alloc(64, bytes);
    if (!p)
        die("out of memory for %zu numbers", n);
    memset(p, 0, bytes);
    return p;
}

mlp mlp_make(const hone_blas *blas, int n_in, int units1, int units2, int n_out, int max_rows,
             uint64_t seed)
{
    const int width[MLP_LAYERS + 1] = {n_in, units1, units2, n_out};
    mlp net = {.blas = blas, .max_rows = max_rows};
    for (int i = 0; i < MLP_LAYERS; i++)
        net.n_params += (size_t)(width[i] + 1) * (size_t)width[i + 1];
    net.params = floats(net.n_params);
    net.grads = floats(net.n_params);
    net.m = floats(net.n_params);
    net.v = floats(net.n_params);

    size_t at = 0;
    for (int i = 0; i < MLP_LAYERS; i++) {
        size_t n_weights = (size_t)width[i] * (size_t)width[i + 1];
        mlp_layer *l = &net.layers[i];
        l->n_in = width[i];
        l->n_out = width[i + 1];
        l->W = net.params + at;
        l->dW = net.grads + at;
        l->b = l->W + n_weights;
        l->db = l->dW + n_weights;
        l->out = floats((size_t)max_rows * (size_t)l->n_out);
        l->d_out = floats((size_t)max_rows * (size_t)l->n_out);
        double limit = sqrt(6.0 / (l->n_in + l->n_out));
        for (size_t k = 0; k < n_weights; k++)
            l->W[k] = (float)(limit * (2 * random_uniform(&seed) - 1));
        at += n_weights + (size_t)l->n_out;
    }
    return net;
}

void mlp_free(mlp *net)
{
    for (int i = 0; i < MLP_LAYERS; i++) {
        free(net->layers[i].out);
        free(net->layers[i].d_out);
    }
    free(net->params);
    free(net->grads);
    free(net->m);
    free(net->v);
    *net = (mlp){0};
}

// Z [rows × n] += b [n], each row.
HOT static void add_bias(float *restrict Z, const float *restrict b, int rows, int n)
{
    for (int r = 0; r < rows; r++, Z += n)
        for (int j = 0; j < n; j++)
            Z[j] += b[j];
}

// Z [rows × n] = max(Z + b, 0), each row.
HOT static void add_bias_relu(float *restrict Z, const float *restrict b, int rows, int n)
{
    for (int r = 0; r < rows; r++, Z += n)
        for (int j = 0; j < n; j++) {
            float z = Z[j] + b[j];
            Z[j] = z > 0 ? z : 0;
        }
}

// sum [n] = sum of the rows of D [rows × n].
HOT static void sum_rows(float *restrict sum, const float *restrict D, int rows, int n)
{
    memset(sum, 0, (size_t)n * sizeof *sum);
    for (int r = 0; r < rows; r++, D += n)
        for (int j = 0; j < n; j++)
            sum[j] += D[j];
}

// D = 0 where the ReLU's output A is 0.
HOT static void relu_backward(float *restrict D, const float *restrict A, size_t n)
{
    for (size_t k = 0; k < n; k++)
        D[k] = A[k] > 0 ? D[k] : 0;
}

HOT static void adam(float *restrict w, float *restrict m, float *restrict v,
                     const float *restrict g, size_t n, float step, float one_minus_beta1,
                     float one_minus_beta2, float epsilon)
{
    for (size_t k = 0; k < n; k++) {
        m[k] += (g[k] - m[k]) * one_minus_beta1;
        v[k] += (g[k] * g[k] - v[k]) * one_minus_beta2;
        w[k] -= step * m[k] / (sqrtf(v[k]) + epsilon);
    }
}

static void forward(mlp *net, const float *X, int rows)
{
    const float *in = X;
    for (int i = 0; i < MLP_LAYERS; i++) {
        mlp_layer *l = &net->layers[i];
        net->blas->sgemm(HONE_BLAS_ROW_MAJOR, HONE_BLAS_NO_TRANS, HONE_BLAS_NO_TRANS, rows,
                         l->n_out, l->n_in, 1, in, l->n_in, l->W, l->n_out, 0, l->out, l->n_out);
        if (i < MLP_LAYERS - 1)
            add_bias_relu(l->out, l->b, rows, l->n_out);
        else
            add_bias(l->out, l->b, rows, l->n_out);
        in = l->out;
    }
}

// Cross-entropy of one row of n logits z; writes softmax(z) − target, divided by `rows`, to d when
// d is not NULL. The largest logit is taken off first so that exp cannot overflow.
static double cross_entropy(const float *z, int n, int label, int rows, float *d)
{
    float top = z[0];
    for (int j = 1; j < n; j++)
        top = z[j] > top ? z[j] : top;
    float sum = 0;
    for (int j = 0; j < n; j++) {
        float e = expf(z[j] - top);
        sum += e;
        if (d)
            d[j] = e;
    }
    if (d) {
        for (int j = 0; j < n; j++)
            d[j] /= sum * (float)rows;
        d[label] -= 1.0f / (float)rows;
    }
    return log((double)sum) - (double)(z[label] - top);
}

static void backward(mlp *net, const float *X, int rows)
{
    for (int i = MLP_LAYERS - 1; i >= 0; i--) {
        mlp_layer *l = &net->layers[i];
        mlp_layer *below = i > 0 ? l - 1 : NULL;
        const float *in = below ? below->out : X;
        net->blas->sgemm(HONE_BLAS_ROW_MAJOR, HONE_BLAS_TRANS, HONE_BLAS_NO_TRANS, l->n_in,
                         l->n_out, rows, 1, in, l->n_in, l->d_out, l->n_out, 0, l->dW, l->n_out);
        sum_rows(l->db, l->d_out, rows, l->n_out);
        if (!below)
            break;
        net->blas->sgemm(HONE_BLAS_ROW_MAJOR, HONE_BLAS_NO_TRANS, HONE_BLAS_TRANS, rows, l->n_in,
                         l->n_out, 1, l->d_out, l->n_out, l->W, l->n_out, 0, below->d_out, l->n_in);
        relu_backward(below->d_out, below->out, (size_t)rows * (size_t)l->n_in);
    }
}

double mlp_train_batch(mlp *net, const float *X, const uint8_t *labels, int rows, double lr)
{
    mlp_layer *last = &net->layers[MLP_LAYERS - 1];
    int n = last->n_out;
    double loss = 0;
    forward(net, X, rows);
    for (int r = 0; r < rows; r++)
        loss += cross_entropy(last->out + r * n, n, labels[r], rows, last->d_out + r * n);
    backward(net, X, rows);

    double t = (double)++net->n_steps;
    double step = lr * sqrt(1 - pow(BETA2, t)) / (1 - pow(BETA1, t));
    adam(net->params, net->m, net->v, net->grads, net->n_params, (float)step, (float)(1 - BETA1),
         (float)(1 - BETA2), (float)EPSILON);
    return loss;
}

double mlp_score_batch(mlp *net, const float *X, const uint8_t *labels, int rows, int *n_right)
{
    const mlp_layer *last = &net->layers[MLP_LAYERS - 1];
    int n = last->n_out;
    double loss = 0;
    forward(net, X, rows);
    for (int r = 0; r < rows; r++) {
        const float *z = last->out + r * n;
        int best = 0;
        for (int j = 1; j < n; j++)
            best = z[j] > z[best] ? j : best;
        *n_right += best == labels[r];
        loss += cross_entropy(z, n, labels[r], rows, NULL);
    }
    return loss;
}
