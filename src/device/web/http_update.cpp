#include "device/web/http_update.hpp"

#include <array>
#include <utility>

#include "device/receiver/update_failure.hpp"
#include "firmware/core/digest/hex.hpp"
#include "firmware/core/image_kind.hpp"
#include "firmware/core/update_error.hpp"

namespace otatool::device {
namespace {

std::string words_for(firmware::UpdateError error,
                      const firmware::Md5Mismatch& mismatch,
                      ChipFamily chip) {
  std::array<char, firmware::kMaxErrorLength> text{};
  const std::size_t length = chip == ChipFamily::Esp8266
                                 ? firmware::report(error, mismatch, text.data()) - 1
                                 : firmware::describe(error, mismatch, text.data());
  return {text.data(), length};
}

}  // namespace

bool HttpUpdate::begin(const HttpImage& image) {
  updater_ = owner_.acquire_flash();
  if (updater_ == nullptr) {
    error_ = firmware::UpdateError::AlreadyRunning;
    words_ = words_for(error_, {}, owner_.facts().chip);
    state_ = State::Failed;
    return false;
  }
  firmware::UpdateRequest request{image.command, image.size, {}};
  request.without_md5 =
      !image.md5 || !firmware::from_hex(image.md5->data(), sizeof(request.md5), request.md5);
  if (!check(firmware::Stage::Begin, updater_->begin(request))) {
    return false;
  }
  state_ = State::Active;
  owner_.report(UpdateStarted{image.command});
  owner_.report(UpdateProgressed{0, image.size});
  return true;
}

bool HttpUpdate::check(firmware::Stage stage, firmware::UpdateError error) {
  if (error == firmware::UpdateError::None) {
    return true;
  }
  error_ = error;
  words_ = words_for(error, updater_->mismatch(), owner_.facts().chip);
  owner_.report(UpdateFailed{static_cast<Stage>(stage),
                             describe_failure({stage, error, peer_, peer_, {}}, *updater_)});
  state_ = State::Failed;
  return false;
}

bool HttpUpdate::write(std::span<const std::uint8_t> bytes) {
  if (!bytes.empty() && !std::exchange(begun_, true)) {
    patch_ = bytes.front() == firmware::kPatchMagic;
  }
  if (!check(firmware::Stage::Receive, updater_->write(bytes.data(), bytes.size()))) {
    return false;
  }
  owner_.report(UpdateProgressed{updater_->received(), updater_->size()});
  return true;
}

bool HttpUpdate::finish() {
  if (!check(firmware::Stage::End, updater_->end())) {
    return false;
  }
  state_ = State::Applied;
  return true;
}

void HttpUpdate::abandon(const Error& error) {
  if (state_ != State::Active) {
    return;
  }
  updater_->cancel();
  words_ = error.message();
  owner_.report(UpdateFailed{Stage::Receive, error});
  state_ = State::Failed;
}

void HttpUpdate::close() {
  if (updater_ == nullptr) {
    return;
  }
  updater_ = nullptr;
  if (state_ == State::Applied) {
    owner_.report(UpdateEnded{});
    owner_.restart_device();
    return;
  }
  owner_.release_flash();
  owner_.report(Recovered{});
}

}  // namespace otatool::device
