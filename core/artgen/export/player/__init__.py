"""What goes along with exported networks: a program that plays them without artgen."""
