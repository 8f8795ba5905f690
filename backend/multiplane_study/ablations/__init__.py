"""Ablations: what each setting and each step of the cut is worth, one changed at a time.

    axis      an axis: rows of the bench that differ in one thing
    reading   a cut from heatmaps, with everything else as the model's profile has it
    settings  axes of what a profile says: layers, noise levels, draws, propagation, direction
    output_space  heatmaps from what attention gives out
    heads     the axis of attention's heads, with weights that are learnt
    tokens    the axis of a phrase's tokens
    learned   such weights, from tuning scenes
    steps     axes of what the cut does: competition, refinement, order
    boards    whether boards of one scene agree, beside the axes
    command   all axes on the same scenes in one run, kept and gone on with as the bench's rows are

Every row cuts without the judgement of what is missing (`layers.judged`): that is learnt for the
model's own settings and would say little beside others.
"""
