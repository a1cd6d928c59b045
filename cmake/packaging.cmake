# What is installed beside the program, its man pages and completions. scripts/package makes packages of it.
install(FILES ${PROJECT_SOURCE_DIR}/packaging/copyright ${PROJECT_SOURCE_DIR}/CHANGELOG.md
  DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/otatool)

set(OTATOOL_SYSTEMD_UNIT_DIR "" CACHE STRING "where systemd looks for units; empty: no unit is installed")
if(OTATOOL_SYSTEMD_UNIT_DIR)
  install(FILES ${PROJECT_SOURCE_DIR}/packaging/otatool-serve.service DESTINATION ${OTATOOL_SYSTEMD_UNIT_DIR})
endif()
