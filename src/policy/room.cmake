# An independent judge for the kernels: `-DMANYBODY_TORCH=DIR` (a libtorch folder or the torch package of a Python environment)
# builds policy_torch_test. Everything else builds and runs without torch.
set(MANYBODY_TORCH "" CACHE PATH "Folder with libtorch's include/ and lib/: builds the comparison test of the policy room")

function(mb_policy_torch_test)
  find_package(GTest REQUIRED)
  if(NOT EXISTS ${MANYBODY_TORCH}/lib/libtorch_cpu.so)
    message(FATAL_ERROR "MANYBODY_TORCH=${MANYBODY_TORCH} holds no lib/libtorch_cpu.so: give libtorch's folder.")
  endif()
  add_executable(policy_torch_test ${CMAKE_SOURCE_DIR}/src/policy/torch/torch_parity.cc)
  target_include_directories(policy_torch_test SYSTEM PRIVATE ${MANYBODY_TORCH}/include
    ${MANYBODY_TORCH}/include/torch/csrc/api/include)
  # Linked by path: find_package(Torch) asks for a CUDA toolkit that the processor's half does not need.
  target_link_libraries(policy_torch_test PRIVATE policy GTest::gtest GTest::gtest_main ${MANYBODY_TORCH}/lib/libtorch_cpu.so
    ${MANYBODY_TORCH}/lib/libc10.so)
  # libtorch_cpu.so may name libraries that lie elsewhere and that nothing here calls.
  target_link_options(policy_torch_test PRIVATE -Wl,--unresolved-symbols=ignore-in-shared-libs)
  add_test(NAME policy_torch COMMAND policy_torch_test WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
endfunction()

if(MANYBODY_TORCH AND NOT MANYBODY_BARE)
  cmake_language(DEFER DIRECTORY ${CMAKE_SOURCE_DIR} CALL mb_policy_torch_test)
endif()
