/* Compiler settings for lwIP. Assertions and diagnostics are off. */
#pragma once

#include <stdint.h>

#define LWIP_NO_INTTYPES_H 1
#define X8_F "02x"
#define U16_F "u"
#define S16_F "d"
#define X16_F "x"
#define U32_F "lu"
#define S32_F "ld"
#define X32_F "lx"
#define SZT_F "u"

#define LWIP_PLATFORM_DIAG(words)
#define LWIP_PLATFORM_ASSERT(words)

/* Initial sequence numbers and local ports come from the port's Random (lwip_link.hpp). */
#ifdef __cplusplus
extern "C"
#else
extern
#endif
    uint32_t
    otatool_lwip_random(void);
#define LWIP_RAND() otatool_lwip_random()
