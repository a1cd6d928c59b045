// Stand-in: see Client.h.
#pragma once
#include <Client.h>
