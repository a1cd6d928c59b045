// Asks for past events of a device without waiting. Interface only.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "otatool/fleet/device.hpp"

namespace otatool::http {

struct HistoryAnswer {
  bool ready = false;                  ///< the other members are set
  std::string problem;                 ///< why there are no events; may be empty
  std::vector<fleet::History> events;  ///< newest first
};

class HistoryArchive {
 public:
  virtual ~HistoryArchive() = default;
  /// The answer becomes ready later, in the thread that asks. Null if too many wait.
  [[nodiscard]] virtual std::shared_ptr<const HistoryAnswer> ask(fleet::Mac mac) = 0;
};

}  // namespace otatool::http
