#include "cli/device/device_http_options.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <span>

#include "otatool/http/device_request.hpp"

#include "cli/frame/option_reader.hpp"
#include "files/files.hpp"

namespace otatool::cli {
namespace {

/// Options that require --pull.
constexpr std::array<std::string_view, 7> kPullOnly = {
    "interval", "ca", "insecure", "mac", "sketch-version", "fs", "fs-version"};
/// Options that require --http.
constexpr std::array<std::string_view, 2> kFormOnly = {"user", "http-auth"};

void refuse_without(OptionReader& read,
                    std::string_view missing,
                    std::span<const std::string_view> names) {
  for (const std::string_view name : names) {
    if (read.invocation().origin(name) == Origin::CommandLine) {
      read.refuse(Error(Errc::Usage, fmt::format("--{} requires --{}", name, missing)));
    }
  }
}

Result<std::string> parse_version(const std::string& text) {
  const auto is_printable = [](char letter) { return letter >= ' ' && letter < '\x7F'; };
  if (!std::ranges::all_of(text, is_printable)) {
    return fail(Errc::Usage,
                fmt::format("'{}' is not a version of printable ASCII characters", text));
  }
  return text;
}

Result<std::string> parse_mac(const std::string& text) {
  auto mac = http::canonical_mac(text);
  return mac ? Result<std::string>(std::move(*mac))
             : fail(Errc::Usage, fmt::format("'{}' is not a MAC address", text));
}

http::TlsClientSettings read_trust(OptionReader& read) {
  http::TlsClientSettings tls;
  tls.verify = !read.flag("insecure");
  const auto path = read.text("ca");
  if (path && !tls.verify) {
    read.refuse(Error(Errc::Usage, "--ca and --insecure exclude each other"));
  } else if (path) {
    tls.roots = read.take(files::read_text_file(*path, files::kLargestText));
  }
  return tls;
}

device::PullOptions read_pull(OptionReader& read, const std::string& address) {
  device::PullOptions pull;
  pull.url = read.take(http::parse_url(address, "/update"));
  pull.interval = read.seconds("interval", pull.interval);
  pull.tls = read_trust(read);
  pull.mac = read.parsed("mac", parse_mac, pull.mac);
  pull.version = read.parsed("sketch-version", parse_version, std::string());
  pull.filesystem = read.flag("fs");
  pull.filesystem_version = read.parsed("fs-version", parse_version, std::string());
  return pull;
}

}  // namespace

void read_device_http(OptionReader& read, device::DeviceOptions& options) {
  if (const auto port = read.number<std::uint16_t>("http")) {
    device::FormOptions& form = options.form.emplace();
    form.port = *port;
    form.user = read.text("user", form.user);
    form.digest = read.choice("http-auth", {{"basic", false}, {"digest", true}}, false);
  } else {
    refuse_without(read, "http", kFormOnly);
  }
  if (const auto address = read.text("pull")) {
    options.pull = read_pull(read, *address);
  } else {
    refuse_without(read, "pull", kPullOnly);
  }
}

}  // namespace otatool::cli
