# Sets bearssl_objects: the part of BearSSL that verifies RSA signatures.
file(GLOB bearssl_sources ${OTATOOL_BEARSSL}/src/int/i15_*.c)
list(APPEND bearssl_sources ${OTATOOL_BEARSSL}/src/rsa/rsa_i15_pub.c ${OTATOOL_BEARSSL}/src/rsa/rsa_i15_pkcs1_vrfy.c
  ${OTATOOL_BEARSSL}/src/rsa/rsa_pkcs1_sig_unpad.c ${OTATOOL_BEARSSL}/src/codec/ccopy.c
  ${OTATOOL_BEARSSL}/src/int/i32_div32.c)
otatool_lx106_objects(bearssl_objects bearssl SOURCES ${bearssl_sources}
  OPTIONS -I${OTATOOL_BEARSSL}/inc -I${OTATOOL_BEARSSL}/src -fno-jump-tables)
