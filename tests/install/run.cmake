# run(COMMAND...): says what it printed where it fails. Then the output is in `output`.
function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE errors)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${ARGV}\ngave ${status}:\n${output}${errors}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

string(TOUPPER "${TYPE}" TYPE_UPPER)

# configure(FOLDER ARGUMENTS...): the project of that folder into WORK/build, compiled as this one is.
function(configure folder)
  run(${CMAKE_COMMAND} -S ${folder} -B ${WORK}/build -G Ninja -DCMAKE_CXX_COMPILER=${COMPILER}
      -DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER} -DCMAKE_BUILD_TYPE=${TYPE} "-DCMAKE_CXX_FLAGS_${TYPE_UPPER}=${FLAGS}"
      ${ARGN})
endfunction()

# Of a project that takes all of laterbase's source in: builds and runs its program at full length; otherwise, because
# that takes minutes, sees that the program is linked with the library.
function(build_with_source)
  if(DEFINED ENV{LATERBASE_SOAK})
    run(${CMAKE_COMMAND} --build ${WORK}/build --target hello --parallel 2)
    run(${WORK}/build/hello ${WORK}/data)
    return()
  endif()
  run(${NINJA} -C ${WORK}/build -t inputs hello)
  if(NOT output MATCHES "liblaterbase\\.(a|so)" OR NOT output MATCHES "server/library/[^\n]*core\\.cpp\\.o")
    message(FATAL_ERROR "hello would not be linked with the library, but is made of:\n${output}")
  endif()
endfunction()
