"""How long everything takes: the core alone, its peers, and the whole chain from the amplifier."""
