"""Files that nobody vouches for are read in a process of their own: with limits, without network, thrown away.

`reading` is the side that asks; `program` is what runs in the other process, and imports nothing else of ours.
"""
