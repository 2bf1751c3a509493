"""What is taken from each source package: one line a piece."""

from scores import SCORES

# number of the WAD, lump without D_, first item (two bars, see unify.py) of those in which most drums and guitars play
FREEDOOM = [
    (1, "e1m1", 6),
    (1, "e1m9", 25),
    (1, "e2m7", 41),
    (1, "e3m3", 14),
    (1, "e3m4", 8),
    (1, "e3m5", 4),
    (1, "e3m6", 4),
    (1, "e3m7", 3),
    (2, "adrian", 20),
    (2, "count2", 38),
    (2, "countd", 4),
    (2, "ddtbl2", 59),
    (2, "dead2", 0),
    (2, "evil", 16),
    (2, "in_cit", 12),
    (2, "runni2", 8),
    (2, "runnin", 11),
    (2, "stlks3", 4),
    (2, "tense", 16),
    (2, "theda2", 20),
]
FREEDOOM_ITEMS = 8

# titles of recordings, which only wide sets hold: they have tempi of their own
SECTOID = ["Escape from chaosland", "Feelings", "Metal madness", "War of freedom"]

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
