# Everything fetched by `tools/setup.sh` lies under .deps; system packages are found as usual.
set(MB_DEPS ${CMAKE_SOURCE_DIR}/.deps CACHE PATH "Where tools/setup.sh unpacked the pinned packages")

if(NOT EXISTS ${MB_DEPS}/mujoco/include/mujoco/mujoco.h)
  message(FATAL_ERROR "MuJoCo is missing in ${MB_DEPS}/mujoco: run `make setup` first.")
endif()
file(GLOB MB_MUJOCO_LIB ${MB_DEPS}/mujoco/libmujoco.so.*)
add_library(mb_mujoco INTERFACE)
target_include_directories(mb_mujoco SYSTEM INTERFACE ${MB_DEPS}/mujoco/include)
target_link_libraries(mb_mujoco INTERFACE ${MB_MUJOCO_LIB})

# Header-only libraries: toml++, nlohmann-json, CLI11, fmt. The copy under .deps/include serves machines without packages; elsewhere
# the system's are used, so that headers and the fmt that is linked are of one version.
add_library(mb_headers INTERFACE)
if(MANYBODY_BARE AND EXISTS ${MB_DEPS}/include)
  target_include_directories(mb_headers SYSTEM INTERFACE ${MB_DEPS}/include)
endif()
if(MANYBODY_BARE)
  target_compile_definitions(mb_headers INTERFACE FMT_HEADER_ONLY=1)
else()
  find_package(fmt REQUIRED)
  target_link_libraries(mb_headers INTERFACE fmt::fmt)
endif()
