"""The artists' bench: drawings of an artist whom no training saw, on grounds of their own.

`grounds` draws what they stand before, `plan` says what stands where, `scene` draws it with its
exact truth, `pin` pins that, `absent` asks for what no picture shows, `found` for no word at all.
The bench measures on them as on every other set (see `bench.sets`).
"""
