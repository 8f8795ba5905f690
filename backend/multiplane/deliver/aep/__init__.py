"""After Effects projects (.aep), written without the program."""
