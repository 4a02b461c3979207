# Boost.Beast is header-only; only http_post.cc and the test's server see it. A bare build has no Boost: it has the embedded brain only.
if(MANYBODY_BARE)
  set_source_files_properties(${CMAKE_SOURCE_DIR}/src/brain/http_post.cc PROPERTIES HEADER_FILE_ONLY ON)
  target_compile_definitions(brain PRIVATE MANYBODY_BARE=1)
else()
  find_path(MB_BEAST_INCLUDE boost/beast/version.hpp REQUIRED)
  target_include_directories(brain SYSTEM PRIVATE ${MB_BEAST_INCLUDE})
  set_source_files_properties(${CMAKE_SOURCE_DIR}/src/brain/http_post.cc ${CMAKE_SOURCE_DIR}/src/brain/remote_test.cc PROPERTIES COMPILE_OPTIONS "-O1;-g0")
endif()
# The second reader multiplies small matrices for every sentence.
set_source_files_properties(${CMAKE_SOURCE_DIR}/src/brain/plan_net.cc PROPERTIES COMPILE_OPTIONS "-O3")
# A language model in this process: only where it is asked for (tools/llama.sh). Only llama_model.cc sees its header.
if(MANYBODY_LLAMA)
  target_link_libraries(brain PRIVATE mb_llama)
  set_source_files_properties(${CMAKE_SOURCE_DIR}/src/brain/llama_model.cc ${CMAKE_SOURCE_DIR}/src/brain/llama_model_test.cc
                              PROPERTIES COMPILE_DEFINITIONS MANYBODY_LLAMA=1)
endif()
