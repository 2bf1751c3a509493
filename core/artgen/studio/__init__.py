"""The studio: a page in the browser where a person trains, watches and plays.

``server.py`` serves the page and never imports torch. It starts child processes: ``artgen run`` for a training, ``player.py``
for a run that is played. ``state.py`` is the one value that says what is played.
"""
