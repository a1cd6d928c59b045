#include "device/web/pull_download.hpp"

#include <utility>

namespace otatool::device {

PullDownload::PullDownload(FlashOwner& owner, std::string peer, Request request)
    : request_(request),
      update_(owner, std::move(peer)),
      reader_([this](Bytes bytes) { return take(bytes); }) {}

bool PullDownload::feed(Bytes bytes) {
  if (const auto fed = reader_.feed(bytes); !fed) {
    decision_ = http::PullDecision();
    decision_->error = fed.error();
    return false;
  }
  check_header();
  return !over() && !reader_.complete();
}

void PullDownload::check_header() {
  if (decision_ || !reader_.has_header()) {
    return;
  }
  const auto fields = reader_.fields();
  decision_ = http::check_offer(
      {reader_.status(), fields, reader_.content_length(), reader_.chunked()}, request_.space);
}

bool PullDownload::take(Bytes bytes) {
  check_header();
  if (decision_->step != http::PullStep::Update) {
    return false;
  }
  if (!std::exchange(begun_, true) &&
      !update_.begin({request_.what, decision_->size, decision_->md5})) {
    return false;
  }
  return update_.write(bytes);
}

bool PullDownload::over() const {
  return decision_ && (decision_->step != http::PullStep::Update ||
                       (!update_.active() && !update_.applied() && begun_));
}

}  // namespace otatool::device
