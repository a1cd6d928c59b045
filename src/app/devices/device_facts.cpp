#include "app/devices/device_facts.hpp"

#include <fmt/format.h>

#include "otatool/espota/target_list.hpp"

namespace otatool::app {
namespace {

wire::TxtText text(std::string_view view) {
  return {view.data(), view.size()};
}

}  // namespace

wire::OtaTxt ota_txt_of(const mdns::Device& device) {
  wire::OtaTxt txt;
  for (const mdns::TxtPair& pair : device.txt) {
    wire::read_ota_txt_entry(text(pair.key), text(pair.value), txt);
  }
  return txt;
}

std::string version_of(const mdns::Device& device) {
  for (const char* key :
       {"project_version", "version", "app_version", "git_hash", wire::kTxtApplication}) {
    if (const auto value = mdns::txt_value(device, key); value && !value->empty()) {
      return std::string(*value);
    }
  }
  return "";
}

std::string describe_device(const mdns::Device& device) {
  const std::string where = espota::format_host_port(mdns::best_address(device), device.port);
  return device.board.empty() ? fmt::format("{} at {}", device.name, where)
                              : fmt::format("{} at {} ({})", device.name, where, device.board);
}

}  // namespace otatool::app
