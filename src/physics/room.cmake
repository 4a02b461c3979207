# The lane engine is compiled once for each instruction set that the compiler knows; the best one that the processor has is
# taken at run time. Fusing a*b+c is part of its arithmetic, reassociation is not.
set(MB_LANE_FLAGS -O3 -ffp-contract=fast -fno-math-errno -fno-trapping-math)
set(lane ${CMAKE_SOURCE_DIR}/src/physics/lane)
set_source_files_properties(${lane}/kernel_scalar.cc ${lane}/kernel_neon.cc ${lane}/warp.cc PROPERTIES COMPILE_OPTIONS "${MB_LANE_FLAGS}")
# Structures of lanes are copied in whole registers: by halves, the next load would wait for both stores.
include(CheckCXXCompilerFlag)
check_cxx_compiler_flag("-mavx2 -mmove-max=256 -mstore-max=256" MB_HAS_MOVE_MAX)
if(MB_HAS_MOVE_MAX)
  set(MB_MOVES_256 -mmove-max=256 -mstore-max=256)
  set(MB_MOVES_512 -mmove-max=512 -mstore-max=512)
endif()
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set_source_files_properties(${lane}/kernel_avx2.cc PROPERTIES COMPILE_OPTIONS "${MB_LANE_FLAGS};-mavx2;-mfma;${MB_MOVES_256}")
  set_source_files_properties(${lane}/kernel_avx512.cc PROPERTIES COMPILE_OPTIONS
    "${MB_LANE_FLAGS};-mavx2;-mfma;-mavx512f;-mavx512dq;-mavx512vl;-mavx512bw;-mprefer-vector-width=512;${MB_MOVES_512};-Wno-maybe-uninitialized;-Wno-uninitialized")
endif()

# The same source for NVIDIA GPUs, where asked for (`cmake --preset gpu`). The step is compiled once and linked to a kernel for each
# size of work memory: hence device code that is linked. Fusing a*b+c is the compiler's default.
if(MANYBODY_CUDA)
  target_sources(physics PRIVATE ${lane}/cuda.cu)
  set_source_files_properties(${lane}/cuda.cu PROPERTIES COMPILE_OPTIONS "--expt-relaxed-constexpr;-O3")
  set_target_properties(physics PROPERTIES CUDA_SEPARABLE_COMPILATION ON CUDA_RESOLVE_DEVICE_SYMBOLS ON CUDA_ARCHITECTURES "${MB_CUDA_ARCHITECTURES}")
  target_compile_definitions(physics PRIVATE MANYBODY_CUDA=1)
endif()
