# Headers, library, pkg-config and CMake package files.
include(CMakePackageConfigHelpers)
install(TARGETS hone EXPORT hone-targets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${CMAKE_SOURCE_DIR}/include/hone DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${CMAKE_BINARY_DIR}/generated/hone/version.h
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/hone)
install(EXPORT hone-targets NAMESPACE hone:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/hone)
configure_package_config_file(cmake/hone-config.cmake.in ${CMAKE_BINARY_DIR}/hone-config.cmake
                              INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/hone)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/hone-config-version.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/hone-config.cmake ${CMAKE_BINARY_DIR}/hone-config-version.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/hone)
# From the .pc file's own place, so that `cmake --install --prefix` needs no other.
file(RELATIVE_PATH HONE_PC_PREFIX ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
configure_file(cmake/hone.pc.in ${CMAKE_BINARY_DIR}/hone.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/hone.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
