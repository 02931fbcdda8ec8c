# laterbase::laterbase: all rooms as one library for somebody's own program. Static and shared come out of the same
# objects, laterbase::static and laterbase::shared; which of them laterbase::laterbase is, BUILD_SHARED_LIBS says. And
# what `cmake --install --component library` puts where find_package(laterbase) looks.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

get_property(rooms GLOBAL PROPERTY LATERBASE_ROOMS)
list(TRANSFORM rooms REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>" OUTPUT_VARIABLE objects)
set(kinds static shared)
if(LATERBASE_SANITIZE)
  set(kinds static)   # a sanitizer's own symbols are the program's
endif()
foreach(kind ${kinds})
  string(TOUPPER ${kind} type)
  add_library(laterbase_${kind} ${type} ${objects})
  add_library(laterbase::${kind} ALIAS laterbase_${kind})
  set_target_properties(laterbase_${kind} PROPERTIES OUTPUT_NAME laterbase EXPORT_NAME ${kind} LINKER_LANGUAGE CXX
                        VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  if(NOT PROJECT_IS_TOP_LEVEL)
    set_target_properties(laterbase_${kind} PROPERTIES EXCLUDE_FROM_ALL ON)
  endif()
  target_compile_features(laterbase_${kind} PUBLIC cxx_std_20)
  target_include_directories(laterbase_${kind} INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
                             $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/server>
                             $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/laterbase>)
  target_link_libraries(laterbase_${kind} PUBLIC Threads::Threads nlohmann_json::nlohmann_json
                        PRIVATE Boost::headers Boost::url fmt::fmt spdlog::spdlog simdjson::simdjson OpenSSL::SSL
                                OpenSSL::Crypto ZLIB::ZLIB PkgConfig::lmdb PkgConfig::liburing PkgConfig::zstd
                                PkgConfig::xxhash prometheus-cpp::core absl::btree ${PG_QUERY_LIBRARY} ${CMAKE_DL_LIBS})
  if(LATERBASE_SANITIZE)
    target_link_options(laterbase_${kind} PUBLIC -fsanitize=${LATERBASE_SANITIZE})
  endif()
endforeach()
if(TARGET laterbase_shared)
  target_link_options(laterbase_shared PRIVATE -Wl,--no-undefined)
endif()
if(BUILD_SHARED_LIBS AND TARGET laterbase_shared)
  add_library(laterbase::laterbase ALIAS laterbase_shared)
else()
  add_library(laterbase::laterbase ALIAS laterbase_static)
endif()

# What a plug-in needs: headers, and nothing to link.
add_library(laterbase_headers INTERFACE)
add_library(laterbase::headers ALIAS laterbase_headers)
set_target_properties(laterbase_headers PROPERTIES EXPORT_NAME headers)
target_compile_features(laterbase_headers INTERFACE cxx_std_20)
target_link_libraries(laterbase_headers INTERFACE nlohmann_json::nlohmann_json)
target_include_directories(laterbase_headers INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
                           $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/laterbase>)

if(NOT PROJECT_IS_TOP_LEVEL)
  return()   # installing is up to whose project it is part of
endif()

# The headers that laterbase.h is made of, below one folder and by the paths that they include each other with.
set(public_headers engine/base/bytes.h engine/base/random.h engine/events/event.h engine/events/ulid.h
    engine/folds/reducer.h server/library/codec.h server/library/config.h server/library/determinism.h
    server/library/plugin.h server/library/root_handle.h server/library/typed_reducer.h server/laterbase_plugin.h)
foreach(header ${public_headers})
  cmake_path(GET header PARENT_PATH folder)
  install(FILES ${PROJECT_SOURCE_DIR}/${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/laterbase/${folder}
          COMPONENT library)
endforeach()
install(FILES ${PROJECT_SOURCE_DIR}/server/laterbase.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/laterbase
        COMPONENT library)
list(TRANSFORM kinds PREPEND laterbase_ OUTPUT_VARIABLE libraries)
install(TARGETS ${libraries} laterbase_headers EXPORT laterbaseTargets COMPONENT library)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/laterbase)
install(EXPORT laterbaseTargets NAMESPACE laterbase:: DESTINATION ${package_folder} COMPONENT library)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/laterbaseConfig.cmake.in
                              ${PROJECT_BINARY_DIR}/laterbaseConfig.cmake INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/laterbaseConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/laterbaseConfig.cmake ${PROJECT_BINARY_DIR}/laterbaseConfigVersion.cmake
        DESTINATION ${package_folder} COMPONENT library)
