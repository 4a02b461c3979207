# Boost.Beast is header-only; the packages are libboost-dev, zlib1g-dev, libmeshoptimizer-dev and nlohmann-json3-dev.
find_package(ZLIB REQUIRED)
find_path(MB_MESHOPT_INCLUDE meshoptimizer.h REQUIRED)
find_library(MB_MESHOPT_LIB meshoptimizer REQUIRED)
find_path(MB_BEAST_INCLUDE boost/beast/version.hpp REQUIRED)
target_include_directories(studio SYSTEM PRIVATE ${MB_MESHOPT_INCLUDE} ${MB_BEAST_INCLUDE})
target_link_libraries(studio PRIVATE ZLIB::ZLIB ${MB_MESHOPT_LIB} mb_mujoco)
# Only server.cc and its test see Beast, whose templates cost half a minute of compile time: less optimisation, less of it.
set_source_files_properties(${CMAKE_SOURCE_DIR}/src/studio/server.cc PROPERTIES COMPILE_OPTIONS "-O1")
set_source_files_properties(${CMAKE_SOURCE_DIR}/src/studio/server_test.cc ${CMAKE_SOURCE_DIR}/src/studio/chat_test.cc PROPERTIES COMPILE_OPTIONS "-O0;-g0")
