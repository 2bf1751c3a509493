"""The video plugin: moving pictures from films, animations and folders of frames."""
