# llama.cpp's library from its pinned source package: .deps/llama, made by tools/llama.sh.
set(MB_LLAMA ${MB_DEPS}/llama CACHE PATH "Folder with llama.cpp's include/ and lib/ as tools/llama.sh makes it")
if(NOT EXISTS ${MB_LLAMA}/lib/libllama.a)
  execute_process(COMMAND ${CMAKE_SOURCE_DIR}/tools/llama.sh RESULT_VARIABLE failed)
  if(failed OR NOT EXISTS ${MB_LLAMA}/lib/libllama.a)
    message(FATAL_ERROR "llama.cpp could not be had: see above. Without it: -DMANYBODY_LLAMA=OFF.")
  endif()
endif()
find_package(Threads REQUIRED)
add_library(mb_llama INTERFACE)
target_include_directories(mb_llama SYSTEM INTERFACE ${MB_LLAMA}/include)
target_link_libraries(mb_llama INTERFACE ${MB_LLAMA}/lib/libllama.a ${MB_LLAMA}/lib/libggml.a ${MB_LLAMA}/lib/libggml-cpu.a
                      ${MB_LLAMA}/lib/libggml-base.a Threads::Threads ${CMAKE_DL_LIBS})
