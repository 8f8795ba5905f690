"""Storyboards in, layered 2.5D shots out."""

import os

# OpenMP's threads otherwise wait for each other by counting: where two programs share a processor,
# a picture of the bundled model took three to seven times as long (two cores, two programs), for a
# fifth less where it is alone. Read when PyTorch is loaded, so it is said before anything else.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
