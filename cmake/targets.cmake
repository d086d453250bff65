# What every directory uses to say what it is made of.
find_package(PkgConfig REQUIRED)
if(BUILD_TESTING AND NOT ANCHORHOLD_FUZZ)
  find_package(Catch2 3 REQUIRED)
  include(Catch)
endif()

# anchorhold_library(NAME SOURCES ... LINK ...): the static library of a directory; headers are included by their path from the top.
function(anchorhold_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${ARG_LINK})
endfunction()

# anchorhold_program(NAME SOURCES ... LINK ... DESTINATION ...): a program of the image; NAME is its file name there.
function(anchorhold_program name)
  cmake_parse_arguments(ARG "" "DESTINATION" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LINK})
  if(NOT ARG_DESTINATION)
    set(ARG_DESTINATION lib/anchorhold)
  endif()
  install(TARGETS ${name} DESTINATION ${ARG_DESTINATION})
endfunction()

# anchorhold_test(NAME SOURCES ... LINK ...): one Catch2 program; each of its cases is a CTest test.
function(anchorhold_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  if(ANCHORHOLD_FUZZ OR NOT BUILD_TESTING)
    return()
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} Catch2::Catch2WithMain)
  catch_discover_tests(${name} TEST_PREFIX "${name}: " DISCOVERY_MODE PRE_TEST)
endfunction()

# What the fuzz preset builds: the fuzzers and what they are linked with, no programs.
add_custom_target(fuzzers)

# anchorhold_fuzzer(NAME SOURCES ... LINK ... CORPUS dir): only where ANCHORHOLD_FUZZ is on; `ctest` replays its corpus and
# goes on from it for so many runs. What it finds stays in the build directory.
function(anchorhold_fuzzer name)
  cmake_parse_arguments(ARG "" "CORPUS" "SOURCES;LINK" ${ARGN})
  if(NOT ANCHORHOLD_FUZZ)
    return()
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LINK})
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  add_dependencies(fuzzers ${name})
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/corpus/${name})
  add_test(NAME ${name} COMMAND ${name} -runs=50000 ${CMAKE_BINARY_DIR}/corpus/${name} ${ARG_CORPUS})
endfunction()
