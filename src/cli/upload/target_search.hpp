// Whom an upload is for: names and choices become addresses by discovery, and devices say what they
// take. Discovery is never required where an address is given.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "otatool/espota/upload.hpp"
#include "otatool/mdns/browse.hpp"
#include "otatool/result.hpp"

#include "cli/frame/command.hpp"
#include "cli/upload/upload_targets.hpp"

namespace otatool::cli {

class Invocation;
class Messages;

inline constexpr Option kAllOption = {.name = "all",
                                      .help = "upload to every device that answers by mDNS"};
inline constexpr Option kMatchOption = {.name = "match",
                                        .value = "GLOB",
                                        .help = "to those whose name matches: 'kitchen-*'",
                                        .repeatable = true};
inline constexpr Option kBoardOption = {.name = "board",
                                        .value = "GLOB",
                                        .help = "to those that call their board so",
                                        .repeatable = true};
inline constexpr Option kYesOption = {
    .name = "yes", .letter = 'y', .help = "do not ask before uploading to devices chosen this way"};
/// A target, and what it says of itself if it did.
struct KnownTarget {
  espota::Target target;
  std::optional<mdns::Device> device;
};

/// Whether devices are chosen by discovery, so that there need not be any target.
[[nodiscard]] bool chooses_targets(const Invocation& invocation);

class TargetSearch {
 public:
  /// Sends a question to every target that is an address, and returns at once; what cannot be asked
  /// is not, and with `dry-run` nobody is. Usage for a bad option.
  [[nodiscard]] static Result<TargetSearch> start(const Invocation& invocation,
                                                  UploadTargets targets);

  /// Looks for names and for the devices that options choose, with what the configuration says of
  /// these. NotFound, listing the devices, if a
  /// name means several; NotFound if the only target's name is nobody's, or if nobody matches.
  [[nodiscard]] Result<void> find(const Invocation& invocation);

  /// How far answers matter, and so how long to wait for them.
  enum class Need {
    Nice,      ///< what has come by now
    Useful,    ///< the usual time of a device that answers
    Decisive,  ///< without an answer the upload will not go
  };
  /// The targets with what their devices say. An answer of another port than the one asked for, or
  /// one of several devices at one address, counts for nobody.
  [[nodiscard]] Result<std::vector<KnownTarget>> finish(Need need);

 private:
  Result<void> find_names();
  explicit TargetSearch(Messages& messages) : messages_(&messages) {}
  Result<void> choose(const Invocation& invocation);
  Result<bool> hear(mdns::Millis time);
  Result<void> listen(mdns::Millis patience);
  [[nodiscard]] bool all_answered() const;
  void know(KnownTarget& known, const mdns::Device& device);

  Messages* messages_;
  mdns::BrowseOptions options_;
  std::vector<std::string> matches_;
  std::vector<std::string> boards_;
  bool chooses_ = false;
  std::vector<KnownTarget> targets_;
  espota::Target defaults_;
  std::optional<mdns::Browser> asking_;
  std::chrono::steady_clock::time_point began_{};
};

/// Shows who was chosen, and asks whether to go on unless `yes`. ConfirmationNeeded if that is
/// refused, or if there is nobody to ask.
[[nodiscard]] Result<void> confirm_targets(Messages& messages,
                                           const std::vector<KnownTarget>& targets,
                                           bool yes);

}  // namespace otatool::cli
