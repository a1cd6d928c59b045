#include "cli/device_facts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <vector>

#include "otatool/bytes.hpp"

namespace otatool::cli {
namespace {

wire::TxtText text(std::string_view view) {
  return {view.data(), view.size()};
}

std::string_view view(const wire::TxtText& text) {
  return {text.text, text.length};
}

}  // namespace

wire::OtaTxt ota_txt_of(const mdns::Device& device) {
  wire::OtaTxt txt;
  for (const mdns::TxtPair& pair : device.txt) {
    wire::read_ota_txt_entry(text(pair.key), text(pair.value), txt);
  }
  return txt;
}

bool takes_espota(const mdns::Device& device) {
  return device.kind == mdns::Kind::Espota && device.port != 0 && !device.addresses.empty();
}

std::string describe_capabilities(const mdns::Device& device) {
  const wire::OtaTxt txt = ota_txt_of(device);
  std::vector<std::string> words;
  if (txt.gzip != wire::Known::Unknown) {
    words.emplace_back(txt.gzip == wire::Known::Yes ? "gzip packages" : "no gzip packages");
  }
  if (txt.signature == wire::TxtSignature::None) {
    words.emplace_back("unsigned images");
  } else if (txt.signature != wire::TxtSignature::Unknown) {
    words.push_back(txt.has_fingerprint ? fmt::format("signed images only, key {}...",
                                                      to_hex(Bytes(txt.fingerprint)))
                                        : "signed images only");
  }
  if (txt.has_space) {
    words.push_back(fmt::format("room for {} bytes", txt.space));
  }
  if (txt.layout.length > 0) {
    words.push_back(fmt::format("layout {}", view(txt.layout)));
  }
  if (txt.version.length > 0) {
    words.push_back(fmt::format("receiver {}", view(txt.version)));
  }
  return fmt::format("{}", fmt::join(words, ", "));
}

std::string describe_device(const mdns::Device& device) {
  const std::string address = mdns::best_address(device);
  const std::string where = address.find(':') == std::string::npos
                                ? fmt::format("{}:{}", address, device.port)
                                : fmt::format("[{}]:{}", address, device.port);
  return device.board.empty() ? fmt::format("{} at {}", device.name, where)
                              : fmt::format("{} at {} ({})", device.name, where, device.board);
}

}  // namespace otatool::cli
