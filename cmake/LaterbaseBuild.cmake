# What every target shares, and three functions: laterbase_room, laterbase_test, laterbase_bench.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS url)
find_package(spdlog REQUIRED)
find_package(fmt REQUIRED)
find_package(simdjson REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
if(LATERBASE_TESTS)
  find_package(Catch2 2 REQUIRED)
endif()
find_package(prometheus-cpp REQUIRED)
find_package(absl REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(lmdb REQUIRED IMPORTED_TARGET lmdb)
pkg_check_modules(liburing REQUIRED IMPORTED_TARGET liburing)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)

find_library(PG_QUERY_LIBRARY pg_query REQUIRED)   # PostgreSQL's parser; has no .pc file

set(LATERBASE_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them: address,undefined or thread")

add_library(laterbase_options INTERFACE)
target_include_directories(laterbase_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(laterbase_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 sees overflows and uses of nothing in inlined std::string and Asio code that are not there.
  target_compile_options(laterbase_options INTERFACE -Wno-restrict -Wno-stringop-overflow -Wno-array-bounds
                         -Wno-maybe-uninitialized -Wno-dangling-pointer)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 15)
  # It has the coroutines of C++20 and doesn't say so, and libstdc++ and Asio ask.
  target_compile_definitions(laterbase_options INTERFACE __cpp_impl_coroutine=201902L)
endif()
if(LATERBASE_SANITIZE)
  target_compile_options(laterbase_options INTERFACE -fsanitize=${LATERBASE_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(laterbase_options INTERFACE -fsanitize=${LATERBASE_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # … and, with the sanitizers, a mismatch in the frames of Asio's coroutines.
    target_compile_options(laterbase_options INTERFACE -Wno-tsan -Wno-mismatched-new-delete)
  elseif(LATERBASE_SANITIZE MATCHES "undefined")
    # clang 14's check of functions' types is wrong about C libraries.
    target_compile_options(laterbase_options INTERFACE -fno-sanitize=function,vptr -fno-sanitize-recover=all)
  endif()
endif()
target_link_libraries(laterbase_options INTERFACE Threads::Threads)

# laterbase_room(NAME [LINK targets...]): every .cpp of this folder as the library laterbase_NAME.
function(laterbase_room name)
  cmake_parse_arguments(ARG "" "" "LINK;PRIVATE_LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  if(sources)
    add_library(laterbase_${name} STATIC ${sources})
    set_property(GLOBAL APPEND PROPERTY LATERBASE_ROOMS laterbase_${name})
    target_link_libraries(laterbase_${name} PUBLIC laterbase_options ${ARG_LINK} PRIVATE ${ARG_PRIVATE_LINK})
  else()
    add_library(laterbase_${name} INTERFACE)
    target_link_libraries(laterbase_${name} INTERFACE laterbase_options ${ARG_LINK})
  endif()
endfunction()

# laterbase_test(NAME [LINK targets...] [LABEL label] [TIMEOUT seconds]): every .cpp of this folder as one Catch2
# program.
function(laterbase_test name)
  cmake_parse_arguments(ARG "" "LABEL;TIMEOUT" "LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  add_executable(test_${name} ${sources})
  target_link_libraries(test_${name} PRIVATE laterbase_test_main ${ARG_LINK})
  add_test(NAME ${name} COMMAND test_${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABEL}")
  if(ARG_TIMEOUT)
    set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT})
  endif()
endfunction()

# laterbase_bench(NAME [LINK targets...]): every .cpp of this folder as the program bench_NAME, for `./dev bench NAME`.
function(laterbase_bench name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  add_executable(bench_${name} ${sources})
  target_link_libraries(bench_${name} PRIVATE laterbase_options laterbase_bench_support ${ARG_LINK})
endfunction()
