"""A package of somebody else's, as pip would install it beside Multiplane."""
