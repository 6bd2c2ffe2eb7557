"""Which channels are worked on together, and with which instruction set.

Channels are taken in tiles of eight, then four, then one: a vector of AVX2 holds eight float32. The
instruction set is the best that the machine has; ``MYOSCOPE_INSTRUCTION_SET`` names another. All
give the same bits.
"""

import os

from libc.stdlib cimport calloc

# In the order of the tables of kernels.
INSTRUCTION_SETS = ("baseline", "x86-64-v3")


def instruction_sets():
    """Return the names of the instruction sets that can be chosen here, the best one last."""
    return INSTRUCTION_SETS[:usable_instruction_sets()]


def compiler_name():
    """Return what the kernels were compiled with, with its version."""
    return COMPILER_NAME.decode()


def instruction_set():
    """Return the name of the instruction set that a kernel made now would use.

    Raises
    ------
    ValueError
        If ``MYOSCOPE_INSTRUCTION_SET`` names one that this machine has not.
    """
    usable = instruction_sets()
    name = os.environ.get("MYOSCOPE_INSTRUCTION_SET") or usable[len(usable) - 1]
    if name not in usable:
        raise ValueError(
            f"MYOSCOPE_INSTRUCTION_SET is {name!r}; wanted {' or '.join(map(repr, usable))}"
        )
    return name


cdef int chosen_instruction_set() except -1:
    """Return the index of the instruction set in tables of kernels."""
    return INSTRUCTION_SETS.index(instruction_set())


cdef Tile* make_tiles(int n_channels, int* count) except NULL:
    """Return new tiles that hold all channels; ``count`` OUT of them."""
    cdef int first = 0
    cdef int size = 0
    cdef int lanes = MAX_LANES
    cdef Tile* tiles = <Tile*> calloc(n_channels, sizeof(Tile))
    if tiles == NULL:
        raise MemoryError()
    count[0] = 0
    while first < n_channels:
        while lanes > n_channels - first:
            size += 1
            lanes = 4 if size == 1 else 1
        tiles[count[0]].first = first
        tiles[count[0]].lanes = lanes
        tiles[count[0]].size = size
        count[0] += 1
        first += lanes
    return tiles
