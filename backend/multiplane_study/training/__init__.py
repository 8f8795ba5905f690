"""Training of the bundled model: corpus, tokenizer, autoencoder, painter, depth, judge."""
