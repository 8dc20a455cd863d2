"""How a picture is drawn: axes, lines, heatmaps and ridges in character cells."""
