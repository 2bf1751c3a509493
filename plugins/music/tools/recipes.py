"""What is taken from each source package: one line a piece."""

from scores import SCORES

# number of the WAD, lump without D_, start in seconds
FREEDOOM = [
    (1, "e1m1", 40),
    (1, "e1m9", 20),
    (1, "e2m5", 16),
    (1, "e2m8", 4),
    (1, "e3m3", 20),
    (1, "e3m5", 20),
    (2, "in_cit", 0),
    (2, "ddtbl2", 30),
    (2, "stlks3", 8),
    (2, "tense", 10),
]
FREEDOOM_SECONDS = 31

# file name, title, start in seconds; excerpts of one song are told apart by what follows two underscores
SECTOID = [
    ("escape_from_chaosland__1", "Escape from chaosland", 20),
    ("escape_from_chaosland__2", "Escape from chaosland", 150),
    ("feelings", "Feelings", 190),
    ("metal_madness__1", "Metal madness", 36),
    ("metal_madness__2", "Metal madness", 80),
    ("war_of_freedom__1", "War of freedom", 40),
    ("war_of_freedom__2", "War of freedom", 120),
]
SECTOID_SECONDS = 36

# name, path in the song library, start and length in seconds, General MIDI program
MUTOPIA = [
    ("satie_gymnopedie_no1", "classical/satie-gymnopedie-no1", 0, 48, 0),
    ("debussy_arabesque_no1", "classical/debussy-arabesque-no1", 0, 48, 0),
    ("joplin_solace", "ragtime/solace", 0, 36, 0),
    ("joplin_bethena", "ragtime/bethena", 0, 36, 0),
    ("joplin_maple_leaf_rag", "ragtime/maple-leaf-rag", 0, 30, 0),
]

# name, path in the music21 corpus, start and length in seconds, quarters a minute (0: as marked), program of each part
CORPUS = [
    ("weber_clarinet_concertino__1", "weber/concertino_clarinet.mxl", 0, 40, 0, [71, 0]),
    ("weber_clarinet_concertino__2", "weber/concertino_clarinet.mxl", 150, 40, 0, [71, 48]),
    ("lusitano_allor_che_ignuda", "lusitano/allor_che_ignuda.mxl", 0, 40, 140, [52, 52, 52]),
    ("corelli_trio_sonata_op3_no1_grave", "corelli/opus3no1/1grave.xml", 0, 44, 60, [40, 40, 42, 19]),
]

OWN = list(SCORES.items())
