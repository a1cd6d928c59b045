// What an update server answers to one request: rules, files, who may ask. No sockets, no clock and
// no files of its own: a Library has them.
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
#include "otatool/result.hpp"

namespace otatool::http {

/// The head of a request, as the parser gives it.
struct Request {
  std::string_view method;
  std::string_view target;
  std::span<const HeaderField> fields;
};

/// What log and status page say about a request.
struct Account {
  std::optional<DeviceRequest> device;
  std::string path;     ///< decoded; as it was sent if it makes no sense
  std::string offered;  ///< the version, or the name of the file that was considered
  std::string reason;   ///< why the answer is what it is; may be empty
  bool image = false;   ///< the body is (a part of) an image or file
  bool part = false;    ///< of it, and not the whole
};

struct Answer {
  unsigned status = 200;
  std::vector<OwnedField> fields;  ///< without Content-Length, Date and Connection
  std::string text;                ///< the body, unless it is `content`
  std::shared_ptr<const Content> content;
  std::uint64_t first = 0;   ///< of the bytes of `content` to send
  std::uint64_t length = 0;  ///< of the body, whether `text` or `content`
  bool with_body = true;     ///< false for HEAD and 304
  Account account;
};

/// What there is to give.
class Library {
 public:
  virtual ~Library() = default;
  /// The present state; never null, and what it points to does not change.
  [[nodiscard]] virtual std::shared_ptr<const Catalogue> catalogue() = 0;
  /// The file at a plain path (file_path.hpp) below the served folder; nothing if there is none
  /// that may be given away.
  [[nodiscard]] virtual std::shared_ptr<const ServedFile> file(const std::string& path) = 0;
  /// Why file() has just given nothing, for the log alone; empty: there is no such file.
  [[nodiscard]] virtual std::string refusal() const { return {}; }
};

/// What people and monitoring want to see.
class Reports {
 public:
  virtual ~Reports() = default;
  [[nodiscard]] virtual std::string status_json() const = 0;
  [[nodiscard]] virtual std::string metrics() const = 0;
};

struct SiteOptions {
  bool devices_only = false;   ///< images and files for devices that say who they are, only
  std::optional<Users> users;  ///< set: everything but /healthz needs one of them
};

class Site {
 public:
  /// Both must outlive the site.
  Site(SiteOptions options, Library& library, const Reports& reports);

  [[nodiscard]] Answer answer(const Request& request);

 private:
  [[nodiscard]] std::optional<Answer> refuse(const Request& request, bool device);
  [[nodiscard]] Answer answer_update(const Request& request,
                                     const DeviceRequest& device,
                                     std::string_view query,
                                     const Catalogue& catalogue) const;
  [[nodiscard]] Answer answer_file(const Request& request,
                                   const std::optional<DeviceRequest>& device,
                                   const ServedFile& file) const;

  SiteOptions options_;
  Library& library_;
  const Reports& reports_;
};

/// The answer to something that is not even a request: a plain text of one line, to be followed by
/// closing the connection.
[[nodiscard]] Answer plain_answer(unsigned status, std::string_view line);

/// Status line and fields of an answer, with the empty line at the end. `now`: seconds since 1970.
[[nodiscard]] std::string response_head(const Answer& answer,
                                        bool http11,
                                        bool keep_alive,
                                        std::int64_t now);

}  // namespace otatool::http
