"""Models: one profile of facts per model, finding and loading the weights, painting, download."""
