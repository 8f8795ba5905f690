"""The panel in Adobe's programs: where it comes from, where it goes, and whether it may run there.

CEP (After Effects up to 26, Premiere up to 25.5) takes a folder of its own among its extensions;
UXP (Premiere from 25.6, After Effects from 27) takes a plugin folder made of the same sources.
"""
