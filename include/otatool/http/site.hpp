// The update server's response to one request: rules, files, access. No sockets, no clock; a
// Library provides the files.
#pragma once

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
#include "otatool/http/update_rules.hpp"
#include "otatool/result.hpp"

namespace otatool::http {

/// The head of a request, as parsed.
struct Request {
  std::string_view method;
  std::string_view target;
  std::span<const HeaderField> fields;
  bool http11 = false;  ///< HTTP/1.1 or newer
};

/// The facts of a request for log and status page.
struct Account {
  std::optional<DeviceRequest> device;
  std::string path;                ///< decoded; as sent if invalid
  std::string offered;             ///< version, or name of the file
  std::string reason;              ///< why this response was chosen; may be empty
  bool image = false;              ///< the body is data of an image or file
  bool part = false;               ///< a range, not the whole file
  std::optional<Verdict> verdict;  ///< for a device that the rules or a file decided about
  bool verifiable = false;         ///< Decision::verifiable
  std::string sha256;              ///< of the whole body that the device downloads, with `image`
};

struct Response {
  unsigned status = 200;
  std::vector<OwnedField> fields;  ///< without Content-Length, Date and Connection
  std::string text;                ///< the body, unless it is `content`
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
  /// Why the last file() returned null, for the log alone; may be empty.
  [[nodiscard]] virtual std::string refusal() const { return {}; }
};

/// Contents of the pages for people and monitoring.
class Reports {
 public:
  virtual ~Reports() = default;
  [[nodiscard]] virtual std::string status_json() const = 0;
  [[nodiscard]] virtual std::string metrics() const = 0;
};

struct SiteOptions {
  bool devices_only = false;   ///< images and files only for devices that identify themselves
  std::optional<Users> users;  ///< set: everything but /healthz requires one of them
};

class Site {
 public:
  /// `library` and `reports` must outlive the site.
  Site(SiteOptions options, Library& library, const Reports& reports);

  [[nodiscard]] Response respond(const Request& request);

 private:
  [[nodiscard]] std::optional<Response> respond_with_hash(const std::string& path,
                                                          const Catalogue& catalogue);
  [[nodiscard]] std::optional<Response> refuse(const Request& request, bool device);
  [[nodiscard]] Response respond_to_update(const Request& request,
                                           const DeviceRequest& device,
                                           std::string_view query,
                                           const Catalogue& catalogue) const;
  [[nodiscard]] Response respond_to_file(const Request& request,
                                         const std::optional<DeviceRequest>& device,
                                         const ServedFile& file,
                                         bool by_name) const;

  SiteOptions options_;
  Library& library_;
  const Reports& reports_;
};

/// A response with one line of plain text.
[[nodiscard]] Response plain_response(unsigned status, std::string_view line);

/// Status line and header fields, with the empty line at the end. `now`: seconds since 1970.
[[nodiscard]] std::string response_head(const Response& response,
                                        bool http11,
                                        bool keep_alive,
                                        std::int64_t now);

}  // namespace otatool::http
