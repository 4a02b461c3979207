# The lane engine is compiled once for each instruction set that the compiler knows; the best one that the processor has is
# taken at run time. Fusing a*b+c is part of its arithmetic, reassociation is not.
set(MB_LANE_FLAGS -O3 -ffp-contract=fast -fno-math-errno -fno-trapping-math)
set(lane ${CMAKE_SOURCE_DIR}/src/physics/lane)
set_source_files_properties(${lane}/kernel_scalar.cc ${lane}/kernel_neon.cc PROPERTIES COMPILE_OPTIONS "${MB_LANE_FLAGS}")
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set_source_files_properties(${lane}/kernel_avx2.cc PROPERTIES COMPILE_OPTIONS "${MB_LANE_FLAGS};-mavx2;-mfma")
  set_source_files_properties(${lane}/kernel_avx512.cc PROPERTIES COMPILE_OPTIONS
    "${MB_LANE_FLAGS};-mavx2;-mfma;-mavx512f;-mavx512dq;-mavx512vl;-mavx512bw;-mprefer-vector-width=512;-Wno-maybe-uninitialized;-Wno-uninitialized")
endif()
