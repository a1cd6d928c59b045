// Stand-in for ESP-IDF's clock.
#pragma once

#include <stdint.h>

/// Microseconds since the start.
extern "C" int64_t esp_timer_get_time(void);
