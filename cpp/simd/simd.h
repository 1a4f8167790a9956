// The vector wrapper of the instruction set that this file is being compiled for.
#pragma once

#if defined(SEEDBED_AVX512)
#include "avx512.h"
#elif defined(SEEDBED_AVX2)
#include "avx2.h"
#else
#include "portable.h"
#endif
