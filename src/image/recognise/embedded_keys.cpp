#include "image/recognise/embedded_keys.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace otatool::image {
namespace {

constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kEnd = "-----END ";
constexpr std::string_view kDashes = "-----";
constexpr std::string_view kPrivate = "PRIVATE KEY";
constexpr std::string_view kPublic = "PUBLIC KEY";
constexpr std::size_t kLongestLabel = 32;
/// An RSA key of 4096 bits takes 800 bytes as a public PEM and 3300 as a private one.
constexpr std::size_t kLongestBlock = 8192;
constexpr std::size_t kShortestBody = 32;
constexpr std::size_t kMostKeys = 8;

bool is_label(std::string_view label) {
  return !label.empty() && std::all_of(label.begin(), label.end(), [](char letter) {
    return (letter >= 'A' && letter <= 'Z') || letter == ' ';
  });
}

/// The lines of a PEM block. Libraries that parse PEM contain the dashes, but no block.
bool is_body(std::string_view body) {
  return body.size() >= kShortestBody && std::all_of(body.begin(), body.end(), [](char letter) {
           return (letter >= 0x20 && letter < 0x7F) || letter == '\n' || letter == '\r';
         });
}

/// The key block whose first dash is at `begin`; the label is empty if there is no key block.
EmbeddedKey read_block(std::string_view text, std::size_t begin) {
  EmbeddedKey key;
  key.offset = begin;
  const std::string_view block = text.substr(begin, kLongestBlock);
  const std::string_view rest = block.substr(kBegin.size());
  const std::string_view label =
      rest.substr(0, rest.substr(0, kLongestLabel + kDashes.size()).find(kDashes));
  const bool is_private = label.ends_with(kPrivate);
  if (!is_label(label) || (!is_private && !label.ends_with(kPublic))) {
    return key;
  }
  const std::size_t body_at = kBegin.size() + label.size() + kDashes.size();
  const std::size_t body_end = block.find(kDashes, body_at);
  const std::string closing = std::string(kEnd).append(label).append(kDashes);
  if (body_end == std::string_view::npos || !block.substr(body_end).starts_with(closing) ||
      !is_body(block.substr(body_at, body_end - body_at))) {
    return key;
  }
  key.label = label;
  key.is_private = is_private;
  if (!is_private) {
    key.pem.append(block.substr(0, body_end + closing.size())).push_back('\n');
  }
  return key;
}

}  // namespace

std::vector<EmbeddedKey> find_keys(Bytes file) {
  std::vector<EmbeddedKey> keys;
  const std::string_view text = as_text(file);
  for (std::size_t at = text.find(kBegin); at != std::string_view::npos && keys.size() < kMostKeys;
       at = text.find(kBegin, at + kBegin.size())) {
    EmbeddedKey key = read_block(text, at);
    if (!key.label.empty()) {
      keys.push_back(std::move(key));
    }
  }
  return keys;
}

}  // namespace otatool::image
