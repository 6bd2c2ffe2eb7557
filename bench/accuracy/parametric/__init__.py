"""The second generator: waveforms, rhythms and noises by formula, with no fibre in it.

It shares nothing with the physical simulator but the truth's columns, and was written by someone
else than the detector. It is for testing alone: no number of the detector is tuned on it.
"""
