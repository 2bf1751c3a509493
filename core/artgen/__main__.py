"""``python -m artgen``, which is also what torchrun starts."""

from artgen.cli import main

if __name__ == "__main__":
    main()
