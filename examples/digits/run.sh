#!/bin/sh
# Tunes a digit classifier: ten trials, two at a time, then the winner once more on everything.
# `make run` builds, fetches the digits and calls this.
set -eu
cd "$(dirname "$0")/../.."
mkdir -p build/run

exec build/release/bin/hone run -n 10 -j 2 --maximize val_accuracy \
    -p units1='int:32..256 step 32' -p units2='int:32..256 step 32' -p lr=log:0.005..0.01 \
    --metric test_accuracy --storage sqlite:build/run/hone.db --study digits --final \
    -- build/release/bin/digits_train \
    --units1 {units1} --units2 {units2} --lr {lr} --epochs 10 --data data/mnist
