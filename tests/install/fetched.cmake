# FetchContent, from the repository: what is committed there.
include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)
execute_process(COMMAND git -C ${SOURCE} rev-parse HEAD RESULT_VARIABLE status OUTPUT_VARIABLE commit
                OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT status EQUAL 0)
  message(STATUS "The source is no git repository here: there is nothing to fetch from.")
  return()
endif()
configure(${CMAKE_CURRENT_LIST_DIR}/fetched -DREPOSITORY=file://${SOURCE} -DCOMMIT=${commit})
build_with_source()
