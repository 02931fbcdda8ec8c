# find_package(laterbase) after an installation: static, shared, and by default.
include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)
file(REMOVE_RECURSE ${WORK})
run(${CMAKE_COMMAND} --install ${BUILD} --component library --prefix ${WORK}/prefix)

function(check_hello needs_shared)
  configure(${SOURCE}/examples/hello -DCMAKE_PREFIX_PATH=${WORK}/prefix ${ARGN})
  run(${CMAKE_COMMAND} --build ${WORK}/build)
  run(${WORK}/build/hello ${WORK}/data)
  run(readelf --dynamic ${WORK}/build/hello)
  string(REGEX MATCH "NEEDED[^\n]*liblaterbase\\.so" needed "${output}")
  if((needs_shared AND NOT needed) OR (NOT needs_shared AND needed))
    message(FATAL_ERROR "With ${ARGN} hello was not linked as it should:\n${output}")
  endif()
endfunction()

check_hello(NO)
if(NOT SANITIZE)
  check_hello(YES -DBUILD_SHARED_LIBS=ON)
endif()

# And a plug-in, which links nothing.
file(REMOVE_RECURSE ${WORK}/build)
configure(${SOURCE}/examples/plugin -DCMAKE_PREFIX_PATH=${WORK}/prefix)
run(${CMAKE_COMMAND} --build ${WORK}/build)
