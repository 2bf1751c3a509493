"""Music for artgen: spectrograms of any folder of sound, and back."""
