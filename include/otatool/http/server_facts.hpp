// What an update server knows about itself and its devices, for its reports. Values only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "otatool/fleet/fleet.hpp"

namespace otatool::http {

struct ServerFacts {
  std::int64_t started = 0;  ///< seconds since 1970
  std::int64_t now = 0;      ///< seconds since 1970
  std::size_t connections = 0;
  std::size_t downloads = 0;  ///< running ones
  std::size_t rules = 0;
  std::string problem;        ///< of the last catalogue; empty: none
  std::string store_problem;  ///< why the store cannot be written; empty: it can
  std::string store_reason;   ///< the same without names of hosts, users and files
  std::map<std::string, std::string, std::less<>> names;  ///< of devices, by MAC address
  std::set<std::string, std::less<>> versions;            ///< that the rules in force give

  std::map<unsigned, std::uint64_t> responses;  ///< by status
  std::uint64_t refused_connections = 0;
  std::uint64_t sent_bytes = 0;  ///< of bodies
  std::uint64_t complete_downloads = 0;
  std::uint64_t incomplete_downloads = 0;
  std::uint64_t reloads = 0;
  std::uint64_t failed_reloads = 0;

  fleet::Fleet fleet{0};
  std::uint64_t changes = 0;  ///< rises with each event that may change a device or a name
};

}  // namespace otatool::http
