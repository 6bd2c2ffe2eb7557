from libc.stdint cimport uint32_t, uint64_t


cdef extern from "_lanes.h" nogil:
    enum:
        TILE_SIZES   # of 8, 4 and 1 channels
        MAX_LANES
        SUB_ROWS     # most rows that a kernel is given at once
    const char* COMPILER_NAME
    void* new_lanes(size_t count)
    void free_lanes(void* lanes)
    uint64_t flush_denormals()
    void restore_denormals(uint64_t before)
    int lowest_bit(uint32_t bits)
    int highest_bit(uint32_t bits)
    int usable_instruction_sets()


ctypedef struct Tile:
    # Channels that are worked on together.
    int first    # channel
    int lanes    # channels
    int size     # index of the number of lanes in tables of kernels


cdef Tile* make_tiles(int n_channels, int* count) except NULL
cdef int chosen_instruction_set() except -1
