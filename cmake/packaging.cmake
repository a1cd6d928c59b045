# `cpack --config build/release/CPackConfig.cmake` makes a Debian package. If SOURCE_DATE_EPOCH is set, two builds in
# different folders give the same package.
find_program(OTATOOL_GZIP gzip)
set(documents ${CMAKE_INSTALL_DATADIR}/doc/otatool)
install(FILES ${PROJECT_SOURCE_DIR}/packaging/copyright DESTINATION ${documents})
if(OTATOOL_GZIP)
  set(changelog ${CMAKE_CURRENT_BINARY_DIR}/changelog.gz)
  add_custom_command(OUTPUT ${changelog}
    COMMAND sh -c "\"$0\" -9n <\"$1\" >\"$2\"" ${OTATOOL_GZIP} ${PROJECT_SOURCE_DIR}/CHANGELOG.md ${changelog}
    DEPENDS ${PROJECT_SOURCE_DIR}/CHANGELOG.md VERBATIM)
  add_custom_target(otatool_changelog ALL DEPENDS ${changelog})
  install(FILES ${changelog} DESTINATION ${documents})
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME otatool)
set(CPACK_PACKAGE_CONTACT "The otatool project")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY ${PROJECT_DESCRIPTION})
set(CPACK_PACKAGE_DESCRIPTION "otatool uploads firmware to ESP8266 and ESP32 devices that run ArduinoOTA,
to one or to many at once, and replaces espota.py in Arduino and PlatformIO.")
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# Loaded at run time, only if avahi-daemon runs.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS libavahi-client3)
include(CPack)
