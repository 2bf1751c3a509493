"""The sprites plugin of artgen: pixel art with the palette of the artist."""
