"""Sets up Multiplane and runs it: `python3 installer <command>`. Standard library only."""
