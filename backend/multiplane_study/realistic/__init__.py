"""Photographs of COCO, as its sites give them, as a set of the bench: the paper's Table 2.

    coco    what annotation files say of a picture: things and stuff with their masks
    chosen  which thousand pictures are measured
    cases   a picture with its words, for the bench

Nothing of COCO comes with the project; where to get it is in `coco.WHERE`.
"""
