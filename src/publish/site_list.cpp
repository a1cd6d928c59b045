#include "otatool/publish/site_list.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace otatool::publish {
namespace {

using ListJson = nlohmann::json;

tl::unexpected<Error> not_a_list() {
  return fail(Errc::FileUnreadable, "not a list of published files");
}

bool stays_inside(const std::string& path) {
  return !path.empty() && path.front() != '/' &&
         ("/" + path + "/").find("/../") == std::string::npos;
}

bool is_listed(const ListedFile& file, const std::string& sha256) {
  return std::ranges::find(file.sha256, sha256) != file.sha256.end();
}

std::optional<ListedFile> read_file(const ListJson& json) {
  ListedFile file;
  file.made_from = json.value("made_from", "");
  for (const ListJson& hash : json.at("sha256")) {
    file.sha256.push_back(hash.get<std::string>());
  }
  if (json.contains("withdrawn")) {
    file.withdrawn = json.at("withdrawn").get<std::int64_t>();
  }
  return file.sha256.empty() ? std::nullopt : std::optional(std::move(file));
}

Result<SiteList> read_files(const ListJson& json) {
  SiteList list;
  for (const auto& [name, entry] : json.at("files").items()) {
    auto file = read_file(entry);
    if (!file || !stays_inside(name)) {
      return not_a_list();
    }
    list.emplace(name, std::move(*file));
  }
  return list;
}

/// A listed file that is no longer wanted.
void withdraw(SiteChange& change,
              const std::string& name,
              ListedFile file,
              std::int64_t now,
              std::int64_t keep_seconds) {
  // A clock that was wrong does not keep the file for ever.
  const std::int64_t since = std::min(file.withdrawn.value_or(now), now);
  file.withdrawn = since;
  change.during.emplace(name, file);
  if (now - since >= keep_seconds) {
    change.remove.push_back(name);
  } else {
    change.kept.push_back(name);
    change.after.emplace(name, std::move(file));
  }
}

}  // namespace

Result<SiteList> parse_site_list(std::string_view text) {
  const auto json = ListJson::parse(text, nullptr, false);
  try {
    if (json.is_object() && json.value("schema", ListJson()) == 1) {
      return read_files(json);
    }
  } catch (const ListJson::exception&) {
    return not_a_list();
  }
  return not_a_list();
}

std::string site_list_text(const SiteList& list) {
  ListJson files = ListJson::object();
  for (const auto& [name, file] : list) {
    ListJson entry = {{"sha256", file.sha256}};
    if (!file.made_from.empty()) {
      entry["made_from"] = file.made_from;
    }
    if (file.withdrawn) {
      entry["withdrawn"] = *file.withdrawn;
    }
    files[name] = std::move(entry);
  }
  return ListJson({{"schema", 1}, {"files", std::move(files)}}).dump(1) + "\n";
}

SiteChange plan_site_change(const std::map<std::string, WantedFile, std::less<>>& wanted,
                            const SiteList& list,
                            const std::map<std::string, std::string, std::less<>>& present,
                            std::int64_t now,
                            std::int64_t keep_seconds) {
  SiteChange change;
  for (const auto& [name, file] : wanted) {
    const auto there = present.find(name);
    const auto listed = list.find(name);
    ListedFile entry{.sha256 = {file.sha256}, .made_from = file.made_from, .withdrawn = {}};
    change.after.emplace(name, entry);
    if (there != present.end() &&
        (listed == list.end() || !is_listed(listed->second, there->second))) {
      change.foreign.push_back(name);
    } else if (there != present.end() && there->second == file.sha256) {
      change.unchanged.push_back(name);
    } else {
      change.write.push_back(name);
      if (there != present.end()) {
        entry.sha256.push_back(there->second);
      }
    }
    change.during.emplace(name, std::move(entry));
  }
  for (const auto& [name, file] : list) {
    const auto there = present.find(name);
    if (!wanted.contains(name) && there != present.end() && is_listed(file, there->second)) {
      withdraw(change, name, file, now, keep_seconds);
    }
  }
  std::stable_partition(change.remove.begin(), change.remove.end(), [](const std::string& name) {
    return name.ends_with(".json");
  });
  return change;
}

}  // namespace otatool::publish
