// One response of an update server: checks the header, writes the body into the flash. No sockets.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "otatool/bytes.hpp"
#include "otatool/http/pull.hpp"

#include "device/web/http_update.hpp"
#include "http/client/beast_response.hpp"

namespace otatool::device {

class PullDownload {
 public:
  /// The requested kind of image, and the space for it in bytes.
  struct Request {
    wire::Command what;
    std::uint64_t space;
  };
  PullDownload(FlashOwner& owner, std::string peer, Request request);

  /// Parses the next bytes; false if the download is over.
  bool feed(Bytes bytes);

  [[nodiscard]] bool complete() const { return reader_.complete(); }
  [[nodiscard]] unsigned status() const { return reader_.has_header() ? reader_.status() : 0; }
  /// Nothing before the header is complete.
  [[nodiscard]] const std::optional<http::PullDecision>& decision() const { return decision_; }
  HttpUpdate& update() { return update_; }

 private:
  void check_header();
  bool take(Bytes bytes);
  [[nodiscard]] bool over() const;

  Request request_;
  HttpUpdate update_;
  std::optional<http::PullDecision> decision_;
  bool begun_ = false;
  http::ResponseReader reader_;
};

}  // namespace otatool::device
