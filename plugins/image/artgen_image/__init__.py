"""Pictures for artgen: every generator of the literature's main line, on a folder of images of any kind."""
