// Finds out by harmless look-ups which family a device belongs to (field-firmwares.md 2). A state
// machine: answers in, the next look-up or the result out. No sockets.
#pragma once

#include <cstddef>
#include <string_view>
#include <variant>
#include <vector>

#include "otatool/http/family.hpp"

namespace otatool::http {

/// Bytes of an answer that a look-up needs at most.
inline constexpr std::size_t kLargestProbeAnswer = std::size_t{64} << 10U;

/// The families that take an upload at this path, or have their upload page there. All families
/// for an empty path, none for the path of no family.
[[nodiscard]] std::vector<Family> families_at(std::string_view path);

class Recogniser {
 public:
  /// Send a GET of `target`, and report the answer.
  struct Probe {
    std::string_view target;
  };
  using Action = std::variant<Probe, DeviceIdentity>;

  /// Asks only for these families.
  explicit Recogniser(std::vector<Family> candidates);

  /// The first action.
  [[nodiscard]] Action start();
  /// The action after the answer to the last look-up. A status of 0 means that none came.
  [[nodiscard]] Action next(const DeviceAnswer& answer);

 private:
  [[nodiscard]] Action advance();
  [[nodiscard]] bool is_candidate(Family family) const;

  std::vector<Family> candidates_;
  std::size_t at_ = 0;  ///< index of the look-up
  bool missing_pages_are_404_ = false;
  bool login_needed_ = false;
};

}  // namespace otatool::http
