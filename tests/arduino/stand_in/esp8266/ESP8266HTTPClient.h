// Stand-in: see HTTPClient.h.
#pragma once
#include <HTTPClient.h>
