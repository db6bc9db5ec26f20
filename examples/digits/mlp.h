// A classifier with two hidden layers: ReLU, softmax cross-entropy, Adam. Single precision, one
// thread, matrix products by the BLAS that Hone uses.
//
// Shapes: B rows of a batch, `n_in` and `n_out` the width of a layer's input and output; all
// matrices are row-major.
#ifndef DIGITS_MLP_H
#define DIGITS_MLP_H

#include <hone/blas.h>
#include <stddef.h>
#include <stdint.h>

enum { MLP_LAYERS = 3 };

typedef struct mlp_layer {
    int n_in, n_out;
    float *W, *dW; // [n_in × n_out]
    float *b, *db; // [n_out]
    float *out;    // [max_rows × n_out], after the ReLU (last layer: the logits)
    float *d_out;  // [max_rows × n_out], derivative of the loss by what went into the ReLU
} mlp_layer;

typedef struct mlp {
    mlp_layer layers[MLP_LAYERS];
    const hone_blas *blas;
    int max_rows;
    int64_t n_steps; // Adam's t
    size_t n_params; // W and b of all layers, one after the other, in each of the next four
    float *params, *grads, *m, *v;
} mlp;

// Glorot-uniform weights drawn from `seed`, zero biases. `max_rows` is the largest batch that
// forward will be given.
mlp mlp_make(const hone_blas *blas, int n_in, int units1, int units2, int n_out, int max_rows,
             uint64_t seed);
void mlp_free(mlp *net);

// One step of Adam on the batch X [rows × n_in]; returns the sum of its losses before the step.
double mlp_train_batch(mlp *net, const float *X, const uint8_t *labels, int rows, double lr);
// Sum of the losses of X [rows × n_in]; adds the rows that are classified rightly to *n_right.
double mlp_score_batch(mlp *net, const float *X, const uint8_t *labels, int rows, int *n_right);

#endif
