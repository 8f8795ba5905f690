"""The artists' bench: drawings of an artist whom no training saw, on grounds of their own.

`grounds` draws what they stand before, `plan` says what stands where, `scene` draws it with its
exact truth, `bench` measures a model on 400 of them, and `doubt` asks whether it knew its mistakes.
"""
