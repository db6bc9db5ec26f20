# Sourced by the scripts beside it: `objectives_python` makes the environment of the objectives once
# and prints the path of its Python, `drawing_python` that of the pictures.
. bench/lib/venv.sh
objectives_python() {
    venv suites coco-experiment==2.8.2 scikit-learn==1.9.1 numpy==2.4.6 scipy==1.17.1
}
drawing_python() { venv drawing matplotlib==3.11.2; }
