"""How near everything is, and what stands before what."""
