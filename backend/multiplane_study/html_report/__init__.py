"""The report that can be sent to anybody: one HTML file of all results, with plots and pictures.

results  the result files of a folder, sorted into the bench's, ablations and all others
plots    their figures as SVG, by matplotlib
strips   a scene's picture beside what each method cut out of it, and the truth
page     the file
"""
