"""Hair, glass and smoke: pictures whose alpha is exact, and how far ways of cutting are from it."""
