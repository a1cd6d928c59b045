#include "otatool/http/manifest.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <toml++/toml.h>

#include "otatool/http/version_order.hpp"
#include "otatool/nesting.hpp"

#include "http/rules/file_path.hpp"
#include "http/rules/manifest_rollout.hpp"
#include "http/rules/manifest_values.hpp"
#include "http/rules/own_paths.hpp"

namespace otatool::http {
namespace {

using Json = nlohmann::json;

// All tables of otatool.toml; the manifest is `serve`.
constexpr std::array<std::string_view, 3> kTables = {"defaults", "device", "serve"};
constexpr std::array<std::string_view, 4> kServeKeys = {"path", "groups", "names", "rule"};
constexpr std::array<std::string_view, 5> kMatcherKeys = {"mac", "chip", "board", "group", "mode"};
constexpr std::array<std::string_view, 8> kRuleKeys = {
    "match", "image", "version", "percent", "minimum", "gzip", "verifier", "downgrade"};
constexpr std::array<std::string_view, 7> kSecretFiles = {"password-file",
                                                          "passphrase-file",
                                                          "encryption-key-file",
                                                          "auth-file",
                                                          "status-auth",
                                                          "admin-file",
                                                          "key"};
constexpr unsigned kDeepest = 8;

template <typename Words>
bool contains(const Words& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

tl::unexpected<Error> refuse(const std::string& message) {
  return fail(Errc::Usage, message);
}

template <typename Value>
Result<void> store(Result<Value> read, Value& target) {
  if (!read) {
    return fail(read.error());
  }
  target = std::move(*read);
  return {};
}

Result<void> read_mode(const Json& value, std::optional<UpdateMode>& mode) {
  if (value == "sketch") {
    mode = UpdateMode::Sketch;
  } else if (value == "filesystem" || value == "spiffs") {
    mode = UpdateMode::Filesystem;
  } else {
    return refuse("'mode' is not one of sketch, filesystem");
  }
  return {};
}

Result<void> read_matcher(std::string_view key, const Json& value, Matchers& matchers) {
  if (key == "mac") {
    return store(macs_of(value), matchers.macs);
  }
  if (key == "chip") {
    return store(chips_of(value), matchers.chips);
  }
  if (key == "mode") {
    return read_mode(value, matchers.mode);
  }
  auto& list = key == "board"   ? matchers.boards
               : key == "group" ? matchers.groups
                                : matchers.versions;
  return store(texts_of(value, key), list);
}

Result<void> read_match(const Json& table, Matchers& matchers) {
  if (!table.is_object()) {
    return refuse("'match' is not a table");
  }
  for (const auto& [key, value] : table.items()) {
    if (!contains(kMatcherKeys, key) && key != "version") {
      return refuse(fmt::format("unknown name '{}' in 'match'", key));
    }
    TRY_VOID(read_matcher(key, value, matchers));
  }
  return {};
}

/// Each condition may be given once: in the rule or in its `match`, not in both.
Result<void> check_conditions(const Json& rule) {
  const auto match = rule.find("match");
  if (match == rule.end() || !match->is_object()) {
    return {};
  }
  for (const std::string_view key : kMatcherKeys) {
    if (rule.contains(key) && match->contains(key)) {
      return refuse(fmt::format("'{}' is given both in the rule and in its 'match'", key));
    }
  }
  return {};
}

Result<void> read_percent(const Json& value, unsigned& percent) {
  if (!value.is_number_integer() || value < 0 || value > 100) {
    return refuse("'percent' is not a whole number from 0 to 100");
  }
  percent = value.get<unsigned>();
  return {};
}

Result<void> read_rule_key(std::string_view key, const Json& value, ManifestRule& rule) {
  if (contains(kMatcherKeys, key)) {
    return read_matcher(key, value, rule.matchers);
  }
  if (is_rollout_key(key)) {
    return read_rollout_key(key, value, rule);
  }
  if (!contains(kRuleKeys, key)) {
    return refuse(fmt::format("unknown name '{}'", key));
  }
  if (key == "match") {
    return read_match(value, rule.matchers);
  }
  if (key == "percent") {
    return read_percent(value, rule.percent);
  }
  if (key == "gzip") {
    return store(flag_of(value, key), rule.gzip);
  }
  if (key == "verifier") {
    return store(flag_of(value, key), rule.verifier);
  }
  if (key == "downgrade") {
    return store(flag_of(value, key), rule.downgrade);
  }
  std::string& text = key == "image" ? rule.image : key == "version" ? rule.version : rule.minimum;
  return store(line_of(value, key), text);
}

Result<void> check_rule(const ManifestRule& rule, const Manifest& manifest) {
  if (rule.image.empty()) {
    return refuse("'image' is missing");
  }
  if (!is_plain_file_path(rule.image)) {
    return refuse(fmt::format("'{}' is not a path below the manifest's folder", rule.image));
  }
  for (const std::string& group : rule.matchers.groups) {
    if (!manifest.groups.contains(group)) {
      return refuse(fmt::format("there is no group '{}'", group));
    }
  }
  if (!rule.minimum.empty() && !std::is_lteq(compare_versions(rule.minimum, rule.version))) {
    return refuse(fmt::format(
        "'minimum' is {}, but the rule offers {}",
        rule.minimum,
        rule.version.empty() ? std::string("an image without a version") : rule.version));
  }
  return {};
}

Result<ManifestRule> read_rule(const Json& table, const Manifest& manifest) {
  if (!table.is_object()) {
    return refuse("not a table");
  }
  TRY_VOID(check_conditions(table));
  ManifestRule rule;
  rule.plan.emplace();
  for (const auto& [key, value] : table.items()) {
    TRY_VOID(read_rule_key(key, value, rule));
  }
  TRY_VOID(check_rule(rule, manifest));
  TRY_VOID(finish_plan(table, rule));
  for (const ManifestRule& other : manifest.rules) {
    if (rule.plan && other.plan && other.name == rule.name) {
      return refuse(
          fmt::format("an earlier rule has a rollout '{}' too: give one of them another "
                      "'name'",
                      rule.name));
    }
  }
  return rule;
}

Result<void> read_path(const Json& value, Manifest& manifest) {
  auto path = line_of(value, "path");
  if (!path) {
    return fail(path.error());
  }
  if (!path->starts_with('/') || !is_plain_file_path(path->substr(1))) {
    return refuse(fmt::format("'path': '{}' is not an absolute path of plain names", *path));
  }
  if (is_own_path(std::string_view(*path).substr(1))) {
    return refuse(fmt::format("'path': '{}' is a path of the server itself", *path));
  }
  manifest.path = std::move(*path);
  return {};
}

Result<void> read_groups(const Json& table, Manifest& manifest) {
  if (!table.is_object()) {
    return refuse("'groups' is not a table");
  }
  for (const auto& [name, members] : table.items()) {
    TRY_VOID(store(members_of(members, name), manifest.groups[name]));
  }
  return {};
}

Result<void> read_names(const Json& table, Manifest& manifest) {
  if (!table.is_object()) {
    return refuse("'names' is not a table");
  }
  for (const auto& [key, value] : table.items()) {
    const auto mac = canonical_mac(key);
    if (!mac) {
      return refuse(fmt::format("'{}' in 'names' is not a MAC address", key));
    }
    TRY_VOID(store(line_of(value, key), manifest.names[*mac]));
  }
  return {};
}

Result<void> read_rules(const Json& list, Manifest& manifest) {
  if (!list.is_array()) {
    return refuse("'rule' is not an array of tables");
  }
  for (const Json& table : list) {
    auto rule = read_rule(table, manifest);
    if (!rule) {
      return fail(rule.error().with_context(fmt::format("rule {}", manifest.rules.size() + 1)));
    }
    manifest.rules.push_back(std::move(*rule));
  }
  return {};
}

/// Collects the secret files from a table of options, and from the tables in it.
void collect_secret_files(const Json& table, std::vector<std::string>& files) {
  if (!table.is_object()) {
    return;
  }
  for (const auto& [key, value] : table.items()) {
    collect_secret_files(value, files);
    if (contains(kSecretFiles, key) && value.is_string()) {
      files.push_back(value.get<std::string>());
    }
  }
}

Result<Manifest> read_manifest(const Json& root) {
  if (!root.is_object()) {
    return refuse("the manifest is not a table");
  }
  for (const auto& [key, value] : root.items()) {
    if (!contains(kTables, key)) {
      return refuse(contains(kServeKeys, key)
                        ? fmt::format("'{0}' belongs to 'serve': 'serve.{0}'", key)
                        : fmt::format("unknown name '{}'", key));
    }
  }
  Manifest manifest;
  for (const char* table : {"defaults", "device"}) {
    collect_secret_files(root.value(table, Json()), manifest.secret_files);
  }
  const auto serve = root.find("serve");
  if (serve == root.end()) {
    return manifest;
  }
  if (!serve->is_object()) {
    return refuse("'serve' is not a table");
  }
  for (const auto& [key, value] : serve->items()) {
    if (!contains(kServeKeys, key)) {
      return refuse(fmt::format("unknown name '{}' in 'serve'", key));
    }
  }
  using Reader = Result<void> (*)(const Json&, Manifest&);
  // Rules refer to groups, so groups are read first.
  constexpr std::array<std::pair<const char*, Reader>, 4> kReaders = {
      {{"path", read_path}, {"groups", read_groups}, {"names", read_names}, {"rule", read_rules}}};
  for (const auto& [key, reader] : kReaders) {
    const auto value = serve->find(key);
    if (value == serve->end()) {
      continue;
    }
    TRY_VOID(reader(*value, manifest));
  }
  return manifest;
}

/// Floating-point numbers, dates and times become null, which every reader refuses.
Json json_of(const toml::node& node, unsigned depth) {
  if (depth > kDeepest) {
    return nullptr;
  }
  if (const auto* table = node.as_table()) {
    Json object = Json::object();
    for (const auto& [key, value] : *table) {
      object[std::string(key.str())] = json_of(value, depth + 1);
    }
    return object;
  }
  if (const auto* list = node.as_array()) {
    Json array = Json::array();
    for (const toml::node& element : *list) {
      array.push_back(json_of(element, depth + 1));
    }
    return array;
  }
  if (const auto* text = node.as_string()) {
    return text->get();
  }
  if (const auto* number = node.as_integer()) {
    return number->get();
  }
  if (const auto* flag = node.as_boolean()) {
    return flag->get();
  }
  return nullptr;
}

Result<void> check_nesting(std::string_view text) {
  if (const auto place = find_too_deep(text)) {
    return refuse(fmt::format("line {}: {}", place->line, place->what));
  }
  return {};
}

}  // namespace

Result<Manifest> parse_manifest_toml(std::string_view text) {
  TRY_VOID(check_nesting(text));
  try {
    const toml::table root = toml::parse(text);
    return read_manifest(json_of(root, 0));
  } catch (const toml::parse_error& error) {
    return refuse(fmt::format("line {}: {}", error.source().begin.line, error.description()));
  }
}

Result<Manifest> parse_manifest_json(std::string_view text) {
  TRY_VOID(check_nesting(text));
  const Json root = Json::parse(text, nullptr, false);
  if (root.is_discarded()) {
    return refuse("not JSON");
  }
  return read_manifest(root);
}

}  // namespace otatool::http
