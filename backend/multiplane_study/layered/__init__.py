"""Public benchmarks of layers: LayerD's Crello test set and RefLade, and what they measure by.

    edit_distance   how alike two sequences of layers are (LayerD)
    crello          designs with their layers, as LayerD's own script prepares them
    reflade         a picture, words, and the whole layer that they mean
    measure         both measured: what the program makes, or what others made

Nothing of the data comes with the project; `crello.WHERE` and `reflade.WHERE` say where it is.
"""
