"""The bench: every method on the same pictures, in one run, by the same code for every set.

    case       a picture with its truth, and what it is counted under
    sets       where cases come from: StylizedBench-500, an artist's drawings, a folder of one's
               own, what a model paints
    rows       methods; each gives mattes and an order for a case
    figures    what is measured of a row's answer
    statistics intervals over scenes, and whether two rows differ
    run        all rows on all cases, kept on disk as it goes, and gone on with
    result     the file that comes out, which is all that tables, plots and reports read
    headline   its figures that texts quote

A set is drawn case by case, a row sees a case and never its truth (but for rows that are said to be
given true boxes), and every figure is a function of a case and an answer. Another set, row or
figure is one entry more in its file.
"""
