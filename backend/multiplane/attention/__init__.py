"""From the model's attention to one heatmap per phrase."""
