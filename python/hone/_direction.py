"""Which way a metric is usually meant, by its name."""

import re

# By the last part of a name.
_LARGER = (
    "accuracy", "acc", "auc", "auroc", "aucpr", "average_precision", "ndcg", "precision", "recall",
    "f1", "f1_score", "fbeta_score", "r2", "r2_score", "cosine_similarity", "io_u", "iou",
    "mean_io_u", "true_positives", "true_negatives", "precision_at_recall", "recall_at_precision",
    "sensitivity_at_specificity", "specificity_at_sensitivity", "concordance_correlation",
    "pearson_correlation",
)  # fmt: skip
_SMALLER = (
    "loss", "logloss", "mlogloss", "crossentropy", "error", "merror", "mse", "mae", "mape", "msle",
    "rmse", "rmsle", "hinge", "logcosh", "poisson", "kl_divergence", "kullback_leibler_divergence",
    "divergence", "perplexity", "false_positives", "false_negatives",
)  # fmt: skip
_DIRECTIONS = (("minimize", _SMALLER), ("maximize", _LARGER))


def usual_direction(metric: str) -> str | None:
    """ "minimize" or "maximize"; None where the name says nothing.

    "val_loss", "val/acc", "validation_0-auc" and "ndcg@5" are understood, and "auc_1", as programs
    name the second of a kind. Of "neg" one cannot tell: "neg_mean_squared_error" is an error with
    its sign turned, "neg_loss" may be the loss on negative examples.
    """
    name = re.split(r"[-/. ]", metric.lower().partition("@")[0])[-1]
    if "_neg_" in f"_{name}":
        return None
    stem = name.removeprefix("val_").rstrip("0123456789").rstrip("_") or name
    for direction, words in _DIRECTIONS:
        if any(text == word or text.endswith("_" + word) for word in words for text in (name, stem)):
            return direction
    return None
