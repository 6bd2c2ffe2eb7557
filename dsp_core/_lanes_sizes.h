/* Includes KERNEL once for each size of a tile and each instruction set. */
#define INSTRUCTION_SET baseline
#define NATIVE BASELINE_NATIVE
#define LANES 8
#include KERNEL
#undef LANES
#define LANES 4
#include KERNEL
#undef LANES
#undef NATIVE
#define NATIVE 1
#define LANES 1
#include KERNEL
#undef LANES
#undef NATIVE
#undef INSTRUCTION_SET

#if HAVE_V3
#define INSTRUCTION_SET v3
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2")
#endif
#define NATIVE 8
#define LANES 8
#include KERNEL
#undef LANES
#undef NATIVE
#define NATIVE 4
#define LANES 4
#include KERNEL
#undef LANES
#undef NATIVE
#define NATIVE 1
#define LANES 1
#include KERNEL
#undef LANES
#undef NATIVE
#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#undef INSTRUCTION_SET
#endif
