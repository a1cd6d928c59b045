#include "http/server/descriptor_shares.hpp"

#include <algorithm>
#include <sys/resource.h>

namespace otatool::http {
namespace {

/// Standard streams, event loop, listening socket, log, mDNS, and files while they are read.
constexpr std::size_t kOwn = 32;
constexpr std::size_t kMostRefused = 64;
constexpr std::size_t kMostFiles = 256;
constexpr std::size_t kFewest = 2;

}  // namespace

DescriptorShares share_descriptors(std::size_t limit,
                                   std::size_t wanted_connections,
                                   std::size_t pinned) {
  const std::size_t rest = limit - std::min(limit, kOwn + pinned);
  DescriptorShares shares;
  shares.limit = limit;
  shares.refused = std::clamp(rest / 8, kFewest, kMostRefused);
  shares.files = std::clamp(rest / 4, kFewest, kMostFiles);
  const std::size_t others = std::min(rest, shares.refused + shares.files);
  shares.connections = std::clamp<std::size_t>((rest - others) / 2, 1, wanted_connections);
  return shares;
}

DescriptorShares take_descriptors(std::size_t wanted_connections, std::size_t pinned) {
  const rlim_t wanted = kOwn + pinned + kMostRefused + kMostFiles + 2 * wanted_connections;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < wanted) {
    rlimit raised = limit;
    raised.rlim_cur = std::min(wanted, limit.rlim_max);
    limit = setrlimit(RLIMIT_NOFILE, &raised) == 0 ? raised : limit;
  }
  return share_descriptors(limit.rlim_cur, wanted_connections, pinned);
}

}  // namespace otatool::http
