# The sources of lwIP and BearSSL, which scripts/fetch-sources downloads for the emulated device. Sets their
# folders, OTATOOL_LWIP and OTATOOL_BEARSSL, and OTATOOL_FIRMWARE_SOURCES, which is true if both exist.
set(OTATOOL_LWIP ${OTATOOL_DOWNLOADS}/lwip)
set(OTATOOL_BEARSSL ${OTATOOL_DOWNLOADS}/bearssl)
if(EXISTS ${OTATOOL_LWIP}/src/core/tcp.c AND EXISTS ${OTATOOL_BEARSSL}/src/rsa/rsa_i15_pkcs1_vrfy.c)
  set(OTATOOL_FIRMWARE_SOURCES TRUE)
else()
  set(OTATOOL_FIRMWARE_SOURCES FALSE)
  message(STATUS "no application for the emulated device: lwIP and BearSSL are not in ${OTATOOL_DOWNLOADS}; "
    "scripts/fetch-sources downloads them")
endif()
