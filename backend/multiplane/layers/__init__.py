"""From heatmaps to layers: masks, instances, mattes, fill, and an exact stack."""
