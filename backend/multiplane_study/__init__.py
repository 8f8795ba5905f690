"""StylizedBench, the training of the bundled model, and the benches."""
