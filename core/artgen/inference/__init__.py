"""A trained model at work: noise, latents, walks, directions, inversion, tiles."""
