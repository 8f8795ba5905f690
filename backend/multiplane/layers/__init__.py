"""From heatmaps to layers: masks, instances, mattes, fill, and the stack that gives the picture back."""
