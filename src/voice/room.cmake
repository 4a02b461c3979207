target_link_libraries(voice PRIVATE ${CMAKE_DL_LIBS})
if(NOT MANYBODY_BARE)
  # What the tests listen with: no model and no audio device is needed (tests/data/voice).
  add_library(fake_sherpa MODULE ${CMAKE_SOURCE_DIR}/tests/data/voice/fake_sherpa.cc)
  target_link_libraries(fake_sherpa PRIVATE mb_flags)
  target_include_directories(fake_sherpa PRIVATE ${CMAKE_SOURCE_DIR}/src)
endif()
