#include "otatool/mdns/name.hpp"

#include <algorithm>

#include "otatool/ascii.hpp"

namespace otatool::mdns {
namespace {

std::weak_ordering compare_text(std::string_view left, std::string_view right) {
  const std::size_t common = std::min(left.size(), right.size());
  for (std::size_t i = 0; i < common; ++i) {
    const auto a = static_cast<unsigned char>(lower_case(left[i]));
    const auto b = static_cast<unsigned char>(lower_case(right[i]));
    if (a != b) {
      return a <=> b;
    }
  }
  return left.size() <=> right.size();
}

}  // namespace

bool same_text(std::string_view left, std::string_view right) {
  return std::is_eq(compare_text(left, right));
}

Result<Name> Name::from_labels(std::vector<std::string> labels) {
  Name name;
  name.labels_ = std::move(labels);
  for (const std::string& label : name.labels_) {
    if (label.empty()) {
      return fail(Errc::Usage, "'" + name.to_text() + "' has an empty part");
    }
    if (label.size() > kLargestLabel) {
      return fail(Errc::Usage, "'" + label + "' is longer than 63 bytes");
    }
  }
  if (name.wire_size() > kLargestName) {
    return fail(Errc::Usage, "'" + name.to_text() + "' is longer than 255 bytes");
  }
  return name;
}

Result<Name> Name::parse(std::string_view text) {
  if (text.ends_with('.') && !text.ends_with("\\.")) {
    text.remove_suffix(1);
  }
  std::vector<std::string> labels;
  if (!text.empty()) {
    labels.emplace_back();
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      labels.back().push_back(text[++i]);
    } else if (text[i] == '.') {
      labels.emplace_back();
    } else {
      labels.back().push_back(text[i]);
    }
  }
  return from_labels(std::move(labels));
}

std::size_t Name::wire_size() const {
  std::size_t size = 1;
  for (const std::string& label : labels_) {
    size += 1 + label.size();
  }
  return size;
}

std::string Name::to_text() const {
  std::string text;
  for (const std::string& label : labels_) {
    if (!text.empty()) {
      text.push_back('.');
    }
    for (const char c : label) {
      if (c == '.' || c == '\\') {
        text.push_back('\\');
      }
      text.push_back(c);
    }
  }
  return text;
}

bool Name::is_below(const Name& parent) const {
  return labels_.size() > parent.labels_.size() &&
         std::equal(parent.labels_.rbegin(), parent.labels_.rend(), labels_.rbegin(), same_text);
}

bool operator==(const Name& left, const Name& right) {
  return std::ranges::equal(left.labels_, right.labels_, same_text);
}

std::weak_ordering operator<=>(const Name& left, const Name& right) {
  return std::lexicographical_compare_three_way(left.labels_.begin(),
                                                left.labels_.end(),
                                                right.labels_.begin(),
                                                right.labels_.end(),
                                                compare_text);
}

}  // namespace otatool::mdns
