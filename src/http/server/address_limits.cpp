#include "http/server/address_limits.hpp"

#include <algorithm>

namespace otatool::http {
namespace {

constexpr std::size_t kShares = 16;
constexpr std::size_t kReservedFraction = 4;

}  // namespace

AddressLimits::AddressLimits(std::size_t most, std::size_t most_of_one)
    : most_(most),
      most_of_one_(most_of_one > 0 ? most_of_one : std::max(most / kShares, kSmallestShare)) {}

bool AddressLimits::admits(const std::string& address) const {
  const auto found = by_address_.find(address);
  const std::size_t own = found == by_address_.end() ? 0 : found->second;
  const bool scarce = open_ >= most_ - most_ / kReservedFraction;
  return open_ < most_ && own < most_of_one_ && (!scarce || own < kFew);
}

void AddressLimits::add(const std::string& address) {
  ++open_;
  ++by_address_[address];
}

void AddressLimits::remove(const std::string& address) {
  --open_;
  const auto found = by_address_.find(address);
  if (found != by_address_.end() && --found->second == 0) {
    by_address_.erase(found);
  }
}

}  // namespace otatool::http
