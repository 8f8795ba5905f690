"""Confidence that means something: evidence on layers whose truth is known, and what it is worth.

`cases` shows scenes to a model, some with a word that names nothing in them; `fit` learns from that
how probable it is that a layer is right, and that its subject is there at all; `known_words` lists
what a small model has learnt.
"""
