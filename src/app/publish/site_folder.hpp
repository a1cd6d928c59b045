// The folder that `publish` writes to, and the hidden folder in it with the list of the files and
// with files that are not complete yet. Every file appears whole or not at all.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "otatool/publish/site_list.hpp"
#include "otatool/result.hpp"

#include "app/publish/site_contents.hpp"
#include "files/descriptor.hpp"

namespace otatool::app {

class SiteFolder {
 public:
  /// Opens the folder if it exists, locks it and reads its list. OutputFailed, also if another
  /// process publishes there; FileUnreadable for a damaged list.
  [[nodiscard]] static Result<SiteFolder> open(const std::string& path);

  [[nodiscard]] const publish::SiteList& list() const { return list_; }
  /// Nothing if there is no such file, or it cannot be read.
  [[nodiscard]] std::optional<std::vector<std::uint8_t>> read(const std::string& name) const;
  /// The SHA-256 of a file in lower-case hex; `unreadable` for anything else that has the name;
  /// nothing without.
  [[nodiscard]] std::optional<std::string> hash(const std::string& name) const;

  /// Makes the folder if it does not exist, and removes what an interrupted run left. OutputFailed.
  [[nodiscard]] Result<void> begin();
  /// Stores the list unless it is stored already. OutputFailed.
  [[nodiscard]] Result<void> store(const publish::SiteList& list);
  /// Writes all files to the disk, then puts them in their places in this order. OutputFailed; no
  /// file has its new content if the disk is full.
  [[nodiscard]] Result<void> write(std::span<const SiteFile* const> files) const;
  /// OutputFailed; a file that is missing is no error.
  [[nodiscard]] Result<void> remove(const std::string& name) const;

 private:
  explicit SiteFolder(std::string path) : path_(std::move(path)) {}

  [[nodiscard]] Result<void> open_own();
  [[nodiscard]] Result<void> read_list();
  [[nodiscard]] Result<void> stage(const std::string& temporary,
                                   const std::string& name,
                                   Bytes content) const;
  [[nodiscard]] Result<void> place(const std::string& temporary, const std::string& name) const;
  void remove_temporary_files() const;

  std::string path_;
  files::Descriptor folder_ = files::Descriptor(-1);
  files::Descriptor own_ = files::Descriptor(-1);  ///< the hidden folder, locked
  publish::SiteList list_;
};

}  // namespace otatool::app
