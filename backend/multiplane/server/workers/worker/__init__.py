"""The process that makes shots: it holds the model, and may die without taking anything along."""
