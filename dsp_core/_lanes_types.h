/* What NATIVE channels are worked on with; included anew before a kernel is written for a size.
 * A mask is the result of comparing: all bits of a lane set, or none.
 */
#undef GROUPS
#undef HALVES
#undef vf
#undef vi
#undef vu
#undef vd
#undef vl
#undef HALF
#undef HALF_LANES
#undef SELECT_D
#undef MASK_F
#undef ABS_F
#undef ABS_D
#undef MAX_F
#undef MIN_F
#undef BITS
#undef OF_INTEGERS
#undef TO_DOUBLE
#undef TO_FLOAT

#define GROUPS (LANES / NATIVE)
#if NATIVE == 8
#define vf f32x8
#define vi i32x8
#define vu u32x8
#define vd f64x4
#define vl i64x4
#define HALF f32x4
#elif NATIVE == 4
#define vf f32x4
#define vi i32x4
#define vu u32x4
#define vd f64x2
#define vl i64x2
#define HALF f32x2
#else
#define vf float
#define vi int32_t
#define vu uint32_t
#define vd double
#define vl int64_t
#define HALF float
#endif
/* Doubles are worked on HALF_LANES at a time. */
#define HALF_LANES ((int)(sizeof(vd) / sizeof(double)))
#define HALVES (LANES / HALF_LANES)

#if NATIVE > 1
#define SELECT_D(mask, a, b) ((vd)(((vl)(a) & (vl)(mask)) | ((vl)(b) & ~(vl)(mask))))
#define MASK_F(condition) ((vu)(condition))
#define ABS_F(a) ((vf)((vi)(a) & 0x7fffffff))
#define ABS_D(a) ((vd)((vl)(a) & 0x7fffffffffffffffll))
#define BITS(a) ((vu)(a))
#define OF_INTEGERS(a) __builtin_convertvector((vi)(a), vf)
#if NATIVE == 8
#define TO_DOUBLE(a) ((vd)_mm256_cvtps_pd((__m128)(a)))
#define TO_FLOAT(a) ((HALF)_mm256_cvtpd_ps((__m256d)(a)))
#else
#define TO_DOUBLE(a) __builtin_convertvector(a, vd)
#define TO_FLOAT(a) __builtin_convertvector(a, HALF)
#endif
#else
#define SELECT_D(mask, a, b) ((mask) ? (a) : (b))
#define MASK_F(condition) ((uint32_t)0 - (uint32_t)(condition))
#define ABS_F(a) fabsf(a)
#define ABS_D(a) fabs(a)
#define BITS(a) bits_of(a)
#define OF_INTEGERS(a) ((float)(int32_t)(a))
#define TO_DOUBLE(a) ((double)(a))
#define TO_FLOAT(a) ((float)(a))
#endif

#if NATIVE == 8
#define MAX_F(a, b) ((vf)_mm256_max_ps((__m256)(a), (__m256)(b)))
#define MIN_F(a, b) ((vf)_mm256_min_ps((__m256)(a), (__m256)(b)))
#elif NATIVE == 4 && defined(__x86_64__)
#define MAX_F(a, b) ((vf)_mm_max_ps((__m128)(a), (__m128)(b)))
#define MIN_F(a, b) ((vf)_mm_min_ps((__m128)(a), (__m128)(b)))
#elif NATIVE == 4
#define MAX_F(a, b) ((vf)(((vi)(a) & ((a) > (b))) | ((vi)(b) & ~((a) > (b)))))
#define MIN_F(a, b) ((vf)(((vi)(a) & ((a) < (b))) | ((vi)(b) & ~((a) < (b)))))
#else
#define MAX_F(a, b) ((a) > (b) ? (a) : (b))
#define MIN_F(a, b) ((a) < (b) ? (a) : (b))
#endif
