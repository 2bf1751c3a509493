"""Playing without the page: ``artgen live`` plays a run by OSC and MIDI and sends frames to other programs, ``artgen perform``
makes every frame of a take again.

``session.py`` says what is played at each moment, ``frames.py`` keeps a steady rate, ``sinks.py`` knows where frames go. Only
``perform.py`` needs torch; the rest asks a player process of the studio.
"""
