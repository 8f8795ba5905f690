"""The panel in Adobe's programs: where it comes from, where it goes, and whether it may run there.

CEP (After Effects and Premiere up to 26) takes a folder of its own among its extensions; UXP
(Premiere from 25.6, After Effects from 27) takes a plugin folder that is made of the same sources.
"""
