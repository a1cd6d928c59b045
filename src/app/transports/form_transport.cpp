#include "app/transports/form_transport.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>
#include <utility>
#include <vector>

#include "otatool/ascii.hpp"
#include "otatool/http/family_check.hpp"

namespace otatool::app {
namespace {

/// A device may announce one address for several services.
std::vector<std::string> addresses_of(const mdns::Device& device) {
  std::vector<std::string> addresses;
  for (const mdns::DeviceAddress& address : device.addresses) {
    if (std::ranges::find(addresses, address.ip) == addresses.end()) {
      addresses.push_back(address.ip);
    }
  }
  return addresses;
}

http::PushTarget form_target(const KnownTarget& known) {
  http::PushTarget target{known.target.name, form_url(known), std::nullopt};
  if (known.target.credentials.password) {
    target.login = http::Login{target.url.user, *known.target.credentials.password};
  }
  target.via = known.way.family;
  target.digest_only = known.way.announced;
  target.chosen = known.chosen;
  if (known.device) {
    target.addresses = addresses_of(*known.device);
  }
  return target;
}

std::vector<http::PushTarget> form_targets(std::span<const KnownTarget> targets) {
  std::vector<http::PushTarget> own;
  std::ranges::transform(targets, std::back_inserter(own), form_target);
  return own;
}

}  // namespace

bool takes_form(const mdns::Device& device) {
  const bool is_tasmota = mdns::txt_value(device, "devicetype") == "tasmota";
  const std::string type = lower_case(device.type);
  const bool has_own_type = type == "_wled._tcp" || type == "_opendtu._tcp";
  return device.kind == mdns::Kind::Http && (is_tasmota || has_own_type) && device.port != 0 &&
         !device.addresses.empty();
}

http::Url form_url(const KnownTarget& known) {
  if (known.way.url) {
    return *known.way.url;
  }
  http::Url url;
  url.host = known.target.host;
  url.port = known.target.port.value_or(http::kHttpPort);
  url.target = kDefaultForm;
  url.user = kDefaultUser;
  return url;
}

Result<delivery::Deliveries> form_deliveries(const ExaminedFile& file,
                                             std::span<const KnownTarget> targets,
                                             const TransportSettings& settings) {
  return http::deliveries(file.bytes, form_targets(targets), settings.form);
}

Result<delivery::Deliveries> fetch_deliveries(const std::string& image_url,
                                              std::span<const KnownTarget> targets,
                                              const TransportSettings& settings) {
  return http::fetch_deliveries(image_url, form_targets(targets), settings.form);
}

std::function<std::optional<Error>(const http::DeviceIdentity&)> device_check(
    const ExaminedFile& file, std::set<image::UploadCheck> overridden, std::string file_name) {
  return [&file, overridden = std::move(overridden), name = std::move(file_name)](
             const http::DeviceIdentity& device) -> std::optional<Error> {
    const Bytes content = file.examined.content_bytes;
    const http::FamilyImage image{.examined = file.examined,
                                  .unpacked = file.examined.content ? content : Bytes(file.bytes),
                                  .file_name = name};
    std::vector<std::string> texts;
    for (const image::UploadProblem& problem : http::check_family(device, image)) {
      if (!overridden.contains(problem.check)) {
        texts.push_back(
            fmt::format("{} ({})", problem.error.message(), image::to_string(problem.check)));
      }
    }
    if (texts.empty()) {
      return std::nullopt;
    }
    return Error(Errc::WrongKind, fmt::format("{}", fmt::join(texts, "; also: ")));
  };
}

}  // namespace otatool::app
