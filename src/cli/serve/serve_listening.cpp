#include "cli/serve/serve_listening.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/io/messages.hpp"
#include "cli/serve/own_hosts.hpp"

namespace otatool::cli {
namespace {

/// The URL of a server that listens on `host`.
std::string url_of(std::string host, std::uint16_t port, bool tls) {
  if (host == "0.0.0.0") {
    host = "127.0.0.1";
  } else if (host == "::") {
    host = "::1";
  }
  const bool bracketed = host.find(':') != std::string::npos;
  return fmt::format("{}://{}{}{}:{}",
                     tls ? "https" : "http",
                     bracketed ? "[" : "",
                     host,
                     bracketed ? "]" : "",
                     port);
}

bool is_everywhere(const std::string& address) {
  return address == "0.0.0.0" || address == "::";
}

/// The addresses at which devices in the network reach a server that listens on all of them.
std::vector<std::string> network_urls(const std::string& address, std::uint16_t port, bool tls) {
  std::vector<std::string> urls;
  if (is_everywhere(address)) {
    for (const OwnAddress& own : own_addresses()) {
      if (!own.loopback) {
        urls.push_back(url_of(own.text, port, tls));
      }
    }
  }
  return urls;
}

void report_shares(Messages& messages, const http::DescriptorShares& shares, std::size_t wanted) {
  if (shares.connections < wanted) {
    messages.warning(fmt::format(
        "the limit of {} open files allows {} connections at once, not {} (--max-connections); "
        "'ulimit -n' or LimitNOFILE= of systemd raises it",
        shares.limit,
        shares.connections,
        wanted));
  } else {
    messages.note(fmt::format("at most {} connections at once", shares.connections));
  }
}

}  // namespace

void report_listening(Messages& messages,
                      const Listening& listening,
                      const http::Catalogue& catalogue) {
  const auto& [options, ports, shares, tls] = listening;
  const bool encrypted = tls.has_value();
  const bool named = tls && !tls->name.empty();
  const std::string& address = options.updates.address;
  const std::string url = url_of(named ? tls->name : address, ports.updates, encrypted);
  const auto urls = network_urls(address, ports.updates, encrypted);
  nlohmann::json event = {{"event", "listening"},
                          {"url", url},
                          {"address", address},
                          {"port", ports.updates},
                          {"network_urls", urls},
                          {"status_url", nullptr},
                          {"max_connections", shares.connections},
                          {"certificate_sha256", nullptr}};
  messages.note(fmt::format(
      "listening on {}{}", url, is_everywhere(address) ? " and on all other addresses" : ""));
  const std::string path = catalogue.only_file ? "/" : "/" + catalogue.update_path;
  for (const std::string& each : urls) {
    messages.note(options.status
                      ? fmt::format("for devices: {}{}", each, path)
                      : fmt::format("for devices: {0}{1}, status page: {0}/status", each, path));
  }
  if (options.status) {
    const std::string status =
        url_of(named ? tls->name : options.status->address, ports.status, encrypted) + "/status";
    event["status_url"] = status;
    messages.note("status page: " + status);
  }
  if (tls) {
    event["certificate_sha256"] = tls->fingerprint;
    messages.note("certificate, SHA-256: " + tls->fingerprint);
  }
  report_shares(messages, shares, options.most_connections);
  messages.json_line(event);
}

}  // namespace otatool::cli
