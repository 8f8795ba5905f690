"""StylizedBench-500: 500 fixed scenes, 100 in each of five styles, that no training ever drew.

    plan      what is in scene n and how hard it is meant to be, by its number alone
    wordings  how it is said: in sentences that no training caption uses
    draw      the scene with its exact truth
    hard      which kinds of hard it has become, measured of its truth
    pins      the checksum of every scene's drawing, by which two runs can be known to be alike

A third of the scenes shows the project's own figures, a third an artist's drawings that nothing
learnt from, a third both beside each other, which no training does; half stand in the project's
places and half before grounds of the artists' bench.
"""
