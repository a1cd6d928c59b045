// Where connections to devices leave this computer.
#pragma once

#include <string>

namespace otatool::delivery {

struct LocalEnd {
  std::string address;    ///< an IP literal; empty: the source address of the route to the device
  std::string interface;  ///< such as `eth0`; empty: that of `address` or of the route
};

}  // namespace otatool::delivery
