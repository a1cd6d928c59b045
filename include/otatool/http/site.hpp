// The update server's response to one request: rules, files, access. No sockets, no clock; a
// Library provides the files.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/http/catalogue.hpp"
#include "otatool/http/credentials.hpp"
#include "otatool/http/device_request.hpp"
#include "otatool/http/header_field.hpp"
#include "otatool/http/history_archive.hpp"
#include "otatool/http/server_facts.hpp"
#include "otatool/http/text_pieces.hpp"
#include "otatool/http/update_rules.hpp"
#include "otatool/result.hpp"
#include "otatool/secret.hpp"

namespace otatool::http {

/// The listening socket through which a request came.
enum class Entrance { Updates, Status };

/// The head of a request, as parsed.
struct Request {
  std::string_view method;
  std::string_view target;
  std::span<const HeaderField> fields;
  bool http11 = false;  ///< HTTP/1.1 or newer
  Entrance entrance = Entrance::Updates;
  std::string_view body = {};  ///< if Site::takes_form()
};

/// The facts of a request for log and status page.
struct Account {
  std::optional<DeviceRequest> device;  ///< as sent, whether or not the client may ask
  std::string path;                     ///< decoded; as sent if invalid
  std::string offered;                  ///< version, or name of the file
  std::string reason;                   ///< why this response was chosen; may be empty
  bool image = false;                   ///< the body is data of an image or file
  bool part = false;                    ///< a range, not the whole file
  /// Set if rules or a file decided about a device: nothing else says anything about it.
  std::optional<Verdict> verdict;
  /// Of the file that the decision is about: its image, rollout and version.
  std::optional<fleet::Image> decided;
  fleet::Runs runs = fleet::Runs::Unknown;  ///< whether the device runs its last download
  bool waits = false;                       ///< Decision::waits
  std::string waits_rule;                   ///< Decision::waits_rule
};

struct Response {
  unsigned status = 200;
  std::vector<OwnedField> fields;  ///< without Content-Length, Date and Connection
  std::string text;                ///< the body, unless it is `content`
  /// Set: the sender must append these to `text` before it sends it, and set `length`.
  std::shared_ptr<TextPieces> pieces;
  /// Set: the sender sends these events until one side ends the connection.
  std::shared_ptr<EventFeed> feed;
  std::shared_ptr<const Content> content;
  std::uint64_t first = 0;   ///< first byte of `content` to send
  std::uint64_t length = 0;  ///< bytes of the body, in `text` or `content`
  bool with_body = true;     ///< false for HEAD and 304
  Account account;
};

/// Provides the catalogue and the files.
class Library {
 public:
  virtual ~Library() = default;
  /// The current catalogue; never null. The object never changes.
  [[nodiscard]] virtual std::shared_ptr<const Catalogue> catalogue() = 0;
  /// The file at a plain path (file_path.hpp) below the served folder; null if there is none or
  /// clients must not get it.
  [[nodiscard]] virtual std::shared_ptr<const ServedFile> file(const std::string& path) = 0;
  /// A difference update from `running` to the image of `file`; null if there is none, or none yet.
  [[nodiscard]] virtual std::shared_ptr<const Deliverable> patch(const RunningImage& /*running*/,
                                                                 const ServedFile& /*file*/) {
    return nullptr;
  }
  /// Why the last file() returned null, for the log alone; may be empty.
  [[nodiscard]] virtual std::string refusal() const { return {}; }
  /// Whether the last file() returned null because descriptors or memory ran out.
  [[nodiscard]] virtual bool exhausted() const { return false; }
};

/// What the server knows, for its decisions and its pages.
class Reports {
 public:
  virtual ~Reports() = default;
  /// Stays valid as long as the Reports.
  [[nodiscard]] virtual const ServerFacts& facts() const = 0;
  /// Null if nobody keeps events, or too many wait for an answer.
  [[nodiscard]] virtual std::shared_ptr<const HistoryAnswer> history(fleet::Mac mac) const = 0;
  /// NotFound, Usage.
  [[nodiscard]] virtual Result<void> change(const fleet::RolloutChange& change) = 0;
};

struct Target;

/// Who may send a request.
struct Guard {
  Users* users = nullptr;  ///< one of them; null: everybody
  std::string_view realm;
};

/// The outcome of a login.
struct LoginResult {
  enum class Outcome {
    None,      ///< not checked, or no Authorization was sent
    Accepted,  ///< a user of the guard
    Wrong,
    Delayed,  ///< not checked: too many wrong passwords from this address
    Busy,     ///< not checked: too many others wait for a check
  };
  Outcome outcome = Outcome::None;
  std::chrono::seconds wait{0};  ///< until the next attempt, if Delayed or Busy
};

/// Whose logins are right.
struct SiteUsers {
  std::optional<Users> users;  ///< set: everything but /healthz and /readyz requires one of them
  std::optional<Users> status_users;  ///< set: the reports require one of these instead
  /// Set: /admin is for these users, who also see the reports, and may change rollouts.
  std::optional<Users> admins;
  Secret form_key;  ///< of the tokens of /admin; the same for all servers behind one address
};

struct SiteOptions : SiteUsers {
  bool devices_only = false;  ///< images and files only for devices that identify themselves
  /// The entrance Status has the reports, and Updates has none.
  bool separate_status = false;
};

class Site {
 public:
  /// `library` and `reports` must outlive the site.
  Site(SiteOptions options, Library& library, Reports& reports);

  /// Takes over other users of the kinds that the site has. A Guard stays valid, and means them.
  void renew_users(SiteUsers users);

  /// Whose login respond() needs.
  [[nodiscard]] Guard guard_of(const Request& request);
  /// Whether the request sends a form that respond() needs as its body.
  [[nodiscard]] bool takes_form(const Request& request) const;
  /// `login`: the outcome of the request's login at guard_of().
  [[nodiscard]] Response respond(const Request& request, const LoginResult& login = {});

 private:
  [[nodiscard]] std::optional<Response> respond_with_hash(const std::string& path,
                                                          const Catalogue& catalogue);
  /// Whether the request asks for a report where the reports are.
  [[nodiscard]] bool is_for_status(const Request& request, std::string_view path) const;
  /// Whether `path` is a report, or a page of administrators and there are some.
  [[nodiscard]] bool is_page(std::string_view path) const;
  /// The response to a request that no page and no file can answer. `target`: null if invalid.
  [[nodiscard]] std::optional<Response> refuse(const Request& request, const Target* target) const;
  /// A page at the entrance of the reports. Its user has logged in.
  [[nodiscard]] Response respond_with_page(const Request& request, const Target& target);
  [[nodiscard]] Guard guard_of(const Request& request, std::string_view path);
  [[nodiscard]] Response respond_to_update(const Request& request,
                                           const DeviceRequest& device,
                                           std::string_view query,
                                           const Catalogue& catalogue) const;
  [[nodiscard]] Response respond_to_file(const Request& request,
                                         const std::optional<DeviceRequest>& device,
                                         const ServedFile& file,
                                         bool by_name) const;
  /// The answer to a device, with a difference update instead of the image if there is one.
  [[nodiscard]] Response respond_to_device(const Request& request,
                                           const DeviceRequest& device,
                                           Decision decision) const;
  /// A file of the folder, or the hash of one.
  [[nodiscard]] Response respond_by_name(const Request& request,
                                         const std::optional<DeviceRequest>& device,
                                         const std::string& path,
                                         const Catalogue& catalogue);

  SiteOptions options_;
  Library& library_;
  Reports& reports_;
  std::shared_ptr<const bool> feeds_ = std::make_shared<const bool>(true);  ///< report()
};

/// A response with one line of plain text.
[[nodiscard]] Response plain_response(unsigned status, std::string_view line);

/// Status line and header fields, with the empty line at the end. `now`: seconds since 1970.
[[nodiscard]] std::string response_head(const Response& response,
                                        bool http11,
                                        bool keep_alive,
                                        std::int64_t now);

}  // namespace otatool::http
