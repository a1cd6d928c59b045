#include "http/auth/login_delays.hpp"

#include <algorithm>

#include "otatool/bytes.hpp"
#include "otatool/espota/digest.hpp"

namespace otatool::http {
namespace {

std::string digest_of(std::string_view realm, std::string_view authorization) {
  return espota::sha256_hex(as_bytes(std::string(realm) + '\n' + std::string(authorization)));
}

std::chrono::seconds delay_after(unsigned failures) {
  std::chrono::seconds delay{0};
  for (unsigned count = LoginDelays::kFreeFailures; count < failures; ++count) {
    delay = std::min(std::max(delay * 2, LoginDelays::kFirst), LoginDelays::kLongest);
    if (delay == LoginDelays::kLongest) {
      break;
    }
  }
  return delay;
}

}  // namespace

std::chrono::milliseconds LoginDelays::left(const std::string& address, Time now) const {
  const auto found = records_.find(address);
  if (found == records_.end() || found->second.until <= now) {
    return std::chrono::milliseconds(0);
  }
  return std::chrono::ceil<std::chrono::milliseconds>(found->second.until - now);
}

bool LoginDelays::repeats(const std::string& address,
                          std::string_view realm,
                          std::string_view authorization) const {
  const auto found = records_.find(address);
  return found != records_.end() &&
         std::ranges::find(found->second.values, digest_of(realm, authorization)) !=
             found->second.values.end();
}

LoginDelays::Record& LoginDelays::record_of(const std::string& address, Time now) {
  const auto found = records_.find(address);
  if (found != records_.end()) {
    if (found->second.last + kMemory <= now) {
      found->second = {};
    }
    return found->second;
  }
  if (records_.size() == kMostAddresses) {
    records_.erase(std::ranges::min_element(
        records_, {}, [](const auto& entry) { return entry.second.last; }));
  }
  return records_[address];
}

void LoginDelays::on_failure(const std::string& address,
                             std::string_view realm,
                             std::string_view authorization,
                             Time now) {
  Record& record = record_of(address, now);
  ++record.failures;
  record.last = now;
  record.until = now + delay_after(record.failures);
  record.values.push_back(digest_of(realm, authorization));
  if (record.values.size() > kMostValues) {
    record.values.erase(record.values.begin());
  }
}

void LoginDelays::forget_values() {
  for (auto& [address, record] : records_) {
    record.values.clear();
  }
}

}  // namespace otatool::http
