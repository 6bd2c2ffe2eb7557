"""What is computed on the stretches of a channel that potentials are found in.

Written in C, once for all instruction sets (``_stretch_set.h``); all give the same bits.
"""

from myoscope.dsp_core._tiles cimport chosen_instruction_set


cdef extern from "_stretch.h" nogil:
    const Arithmetic* ARITHMETIC


cdef const Arithmetic* chosen_arithmetic() except NULL:
    """Return the functions for the instruction set that is chosen now."""
    return &ARITHMETIC[chosen_instruction_set()]
