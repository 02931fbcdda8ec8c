# add_subdirectory(laterbase), with the source as it lies here.
include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)
configure(${CMAKE_CURRENT_LIST_DIR}/subdirectory -DLATERBASE=${SOURCE} -DBUILD_SHARED_LIBS=ON)
run(${CMAKE_COMMAND} --build ${WORK}/build --target CMakeFiles/hello.dir${SOURCE}/examples/hello/main.cpp.o)
build_with_source()
