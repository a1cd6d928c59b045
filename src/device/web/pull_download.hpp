// One answer to the device's question for an update: its header is judged when it is there, its
// body goes into the flash. No sockets.
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
  /// What was asked for, and how many bytes it may have.
  struct Wish {
    wire::Command what;
    std::uint64_t space;
  };
  PullDownload(UpdateStation& station, std::string peer, Wish wish);

  /// False: nothing more is wanted.
  bool feed(Bytes bytes);

  [[nodiscard]] bool complete() const { return reader_.complete(); }
  [[nodiscard]] unsigned status() const { return reader_.has_header() ? reader_.status() : 0; }
  /// Nothing before the header is there.
  [[nodiscard]] const std::optional<http::PullDecision>& decision() const { return decision_; }
  HttpUpdate& update() { return update_; }

 private:
  void judge_header();
  bool take(Bytes bytes);
  [[nodiscard]] bool over() const;

  Wish wish_;
  HttpUpdate update_;
  std::optional<http::PullDecision> decision_;
  bool begun_ = false;
  http::ResponseReader reader_;
};

}  // namespace otatool::device
