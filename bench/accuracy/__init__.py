"""How well the detector does on signals that it was never tuned on.

Tuning uses the physical simulator with seeds below ``FIRST_TEST_SEED``. What is measured here uses
seeds from there on, and beside the simulator a second generator that shares nothing with it. Nobody
tunes a number of the detector on either.
"""

FIRST_TEST_SEED = 1001
