"""What holds for every Source, as functions to be called on any of them."""

from collections.abc import Callable

import numpy as np

from myoscope.acquisition.block import Block
from myoscope.acquisition.source import Source

SourceMaker = Callable[[], Source]


def blocks_of(source: Source, timeout_s: float = 0.1, most: int = 1_000_000) -> list[Block]:
    """Read a source to its end; give up on one that does not come to it."""
    blocks = []
    for _ in range(most):
        if source.ended:
            return blocks
        block = source.read_block(timeout_s)
        if block is not None:
            blocks.append(block)
    raise AssertionError(f"the source has not ended after {most} reads")


def on_one_time_axis(blocks: list[Block], n_channels: int) -> np.ndarray:
    """Lay Blocks out by their index, NaN where samples were lost."""
    n_samples = max((block.end_sample for block in blocks), default=0)
    samples = np.full((n_samples, n_channels), np.nan, np.float32)
    for block in blocks:
        samples[block.first_sample : block.end_sample] = block.samples
    return samples


def check_source(make: SourceMaker) -> list[Block]:
    """Run the whole contract; return the Blocks of one run."""
    blocks = check_order(make)
    check_blocks_are_whole(make)
    check_health_counts_what_the_blocks_say(make)
    check_close(make)
    check_end(make)
    return blocks


def check_order(make: SourceMaker) -> list[Block]:
    """Blocks follow one another without overlap, every loss counted."""
    source = make()
    blocks = blocks_of(source)
    source.close()
    end = 0
    for block in blocks:
        assert block.first_sample == end + block.lost_before
        end = block.end_sample
    return blocks


def check_blocks_are_whole(make: SourceMaker) -> None:
    """Blocks are float32, time first, contiguous, read-only, with the channels of the info."""
    source = make()
    info = source.info
    for block in blocks_of(source):
        assert block.samples.dtype == np.float32
        assert block.samples.shape == (block.n_samples, info.n_channels)
        assert block.samples.flags.c_contiguous
        assert not block.samples.flags.writeable
        assert source.info is info or source.info == info
    source.close()


def check_health_counts_what_the_blocks_say(make: SourceMaker) -> None:
    """Losses in the health are those of the Blocks."""
    source = make()
    blocks = blocks_of(source)
    assert source.health.lost_samples == sum(block.lost_before for block in blocks)
    assert source.health.gaps == sum(block.lost_before > 0 for block in blocks)
    source.close()


def check_close(make: SourceMaker) -> None:
    """A source may be closed before it is read, while it is read, and twice; then it has ended."""
    unread = make()
    unread.close()
    unread.close()
    assert unread.ended
    assert unread.read_block(0.01) is None
    begun = make()
    for _ in range(100):
        if begun.ended or begun.read_block(0.1) is not None:
            break
    begun.close()
    assert begun.ended
    assert begun.read_block(0.01) is None
    begun.close()


def check_end(make: SourceMaker) -> None:
    """After the last Block nothing comes, and asking again is no error."""
    source = make()
    blocks_of(source)
    assert source.ended
    assert source.read_block(0.01) is None
    source.close()
    assert source.ended
