# The fetched sources that the emulated device is built with: OTATOOL_LWIP and OTATOOL_BEARSSL are their folders,
# OTATOOL_FIRMWARE_SOURCES says whether both are there. scripts/fetch-firmware-sources gets them.
set(OTATOOL_DOWNLOADS ${PROJECT_SOURCE_DIR}/build/downloads CACHE PATH "where fetch-firmware-sources put lwIP and BearSSL")
set(OTATOOL_LWIP ${OTATOOL_DOWNLOADS}/lwip)
set(OTATOOL_BEARSSL ${OTATOOL_DOWNLOADS}/bearssl)
if(EXISTS ${OTATOOL_LWIP}/src/core/tcp.c AND EXISTS ${OTATOOL_BEARSSL}/src/rsa/rsa_i15_pkcs1_vrfy.c)
  set(OTATOOL_FIRMWARE_SOURCES TRUE)
else()
  set(OTATOOL_FIRMWARE_SOURCES FALSE)
  message(STATUS "no application for the emulated device: lwIP and BearSSL are not in ${OTATOOL_DOWNLOADS}; "
    "scripts/fetch-firmware-sources fetches them")
endif()
