"""The user study: pairs of cuts compared without knowing whose they are, and a timer."""
