"""The architectures that Multiplane can paint with, each in one file.

`family.PipelineFamily` says what a family brings, `registry` knows all of them.
"""
