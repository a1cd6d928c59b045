// Stand-in for the configuration of ESP-IDF.
#pragma once

#define CONFIG_BOOTLOADER_APP_ROLLBACK_ENABLE 1
