// How many connections each client address may hold, so that one client cannot occupy them all.
// Counts only; owns no connection.
#pragma once

#include <cstddef>
#include <map>
#include <string>

namespace otatool::http {

class AddressLimits {
 public:
  /// The last quarter of all connections is for addresses that hold fewer than this.
  static constexpr std::size_t kFew = 4;
  /// The share of one address without --max-per-address: a sixteenth, but not less than this.
  static constexpr std::size_t kSmallestShare = 16;

  /// At most `most` connections, of which one address may hold `most_of_one`; 0: its share.
  AddressLimits(std::size_t most, std::size_t most_of_one);

  /// Whether `address` may open one more connection.
  [[nodiscard]] bool admits(const std::string& address) const;
  void add(const std::string& address);
  void remove(const std::string& address);

  /// For addresses without a limit of their own: this computer and trusted proxies.
  [[nodiscard]] bool admits_exempt() const { return open_ < most_; }
  void add_exempt() { ++open_; }
  void remove_exempt() { --open_; }

 private:
  std::size_t most_;
  std::size_t most_of_one_;
  std::size_t open_ = 0;
  std::map<std::string, std::size_t> by_address_;
};

}  // namespace otatool::http
