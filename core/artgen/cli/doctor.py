"""``artgen doctor``: what this machine and this installation can do."""

from __future__ import annotations


def doctor() -> None:
    """Say what this machine and this installation can read, write and train on, and how to get the rest.

    Exit code 2 where something that artgen needs is broken.
    """
    from artgen.errors import InputError
    from artgen.report.words import count
    from artgen.verbs.doctor import examine

    broken = 0
    topic = ""
    for found in examine():
        if found.topic != topic:
            print(f"{'' if not topic else chr(10)}{found.topic}")
            topic = found.topic
        sign = {"ok": " ", "missing": "-", "broken": "!"}[found.state]
        print(f" {sign} {found.name:14} {found.text}")
        broken += found.state == "broken" and found.topic != "plugins"  # the others go on without one
    if broken:
        raise InputError(
            f"{count(broken, 'thing')} that artgen needs {'is' if broken == 1 else 'are'} broken, marked with !"
        )
