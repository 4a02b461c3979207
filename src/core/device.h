// Marks of functions that a GPU runs as well: nothing for an ordinary compiler, NVIDIA's words for theirs.
#pragma once

#if defined(__CUDACC__)
#define MB_DEVICE __device__
#define MB_UNROLL(n) _Pragma("unroll")
#else
#define MB_DEVICE
#define MB_PRAGMA(text) _Pragma(#text)
#define MB_UNROLL(n) MB_PRAGMA(GCC unroll n)
#endif
