"""What cuts subjects out of a picture: attention, and others beside it, behind one interface."""
