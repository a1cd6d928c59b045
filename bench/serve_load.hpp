// Load for a web server on this computer: connections that repeat one request as fast as it is
// answered. Bodies are thrown away in the kernel, and by TLS without being decrypted after the
// first answer of a connection, so that the load takes little of the processors that it shares with
// the server.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace otatool::bench {

struct LoadPlan {
  std::uint16_t port = 0;
  bool tls = false;
  std::string request;  ///< the whole head
  int connections = 8;
  std::chrono::milliseconds time{2000};
};

struct LoadResult {
  double requests_per_second = 0;
  double connections_per_second = 0;
  double bytes_per_second = 0;  ///< of bodies
  unsigned status = 0;          ///< of the last answer
  std::uint64_t failures = 0;
};

[[nodiscard]] LoadResult run_load(const LoadPlan& plan);

/// The value of a field in the answer to one request; empty if there is none or no answer.
[[nodiscard]] std::string fetch_field(const LoadPlan& plan, const std::string& name);

}  // namespace otatool::bench
