#include "device/web/asio_puller.hpp"

#include <functional>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "otatool/number.hpp"

#include "device/web/pull_download.hpp"

namespace otatool::device {
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

/// Timeouts of the device's HTTP client (espota.md 5.3).
constexpr std::chrono::seconds kConnectTimeout{8};
constexpr std::chrono::seconds kStreamTimeout{60};

/// The chip id of an ESP8266: the lower half of its MAC address.
std::uint32_t chip_id_of(std::string_view mac) {
  std::uint32_t id = 0;
  for (const std::size_t at : {9U, 12U, 15U}) {
    id = id << 8U | parse_number<std::uint32_t>(mac.substr(at, 2), 16).value_or(0);
  }
  return id;
}

}  // namespace

Result<std::shared_ptr<AsioPuller>> AsioPuller::make(asio::io_context& context,
                                                     FlashOwner& owner,
                                                     const PullOptions& options) {
  std::shared_ptr<http::AsioTlsClient> tls;
  if (options.url.secure) {
    auto client = http::make_tls_client(options.tls);
    if (!client) {
      return fail(client.error());
    }
    tls = std::move(*client);
  }
  return std::make_shared<AsioPuller>(context, owner, options, std::move(tls));
}

AsioPuller::AsioPuller(asio::io_context& context,
                       FlashOwner& owner,
                       const PullOptions& options,
                       std::shared_ptr<http::AsioTlsClient> tls)
    : context_(context),
      owner_(owner),
      options_(options),
      tls_(std::move(tls)),
      timer_(context),
      deadline_(context) {}

void AsioPuller::start() {
  const auto self = shared_from_this();
  const unsigned generation = ++generation_;
  asio::co_spawn(context_, poll_server(generation), [self](const std::exception_ptr& thrown) {
    if (thrown) {
      std::rethrow_exception(thrown);
    }
  });
}

void AsioPuller::stop() {
  stopped_ = true;
  timer_.cancel();
  deadline_.cancel();
  if (stream_) {
    stream_->drop();
  }
}

asio::awaitable<void> AsioPuller::poll_server(unsigned generation) {
  const auto current = [&] { return !stopped_ && generation == generation_; };
  while (current()) {
    const auto now = std::chrono::steady_clock::now();
    if (options_.filesystem && now >= filesystem_due_) {
      filesystem_due_ = now + options_.interval;
      if (co_await ask(wire::Command::Filesystem)) {
        co_return;
      }
    }
    if (current() && co_await ask(wire::Command::Flash)) {
      co_return;
    }
    if (current()) {
      co_await pause(options_.interval);
    }
  }
}

asio::awaitable<void> AsioPuller::pause(std::chrono::steady_clock::duration time) {
  timer_.expires_after(time);
  error_code ignored;
  auto token = asio::redirect_error(asio::use_awaitable, ignored);
  co_await timer_.async_wait(token);
}

asio::awaitable<bool> AsioPuller::ask(wire::Command what) {
  const DeviceFacts facts = owner_.facts();
  const bool filesystem = what == wire::Command::Filesystem;
  PullDownload download(owner_,
                        options_.url.origin(),
                        {what, filesystem ? facts.filesystem_space : facts.free_space});
  std::optional<Error> error = co_await connect();
  if (!error) {
    error = co_await transfer(download, what);
  }
  if (stream_) {
    error || stopped_ ? stream_->drop() : stream_->close();
    stream_.reset();
  }
  if (stopped_) {
    co_return false;
  }
  const auto& decision = download.decision();
  if (!error && decision) {
    error = decision->error;
  }
  if (error) {
    download.update().abandon(*error);
  }
  const bool up_to_date = decision && decision->step == http::PullStep::UpToDate;
  if (!error && !up_to_date && !download.update().applied()) {
    error = Error(Errc::DeviceReported, download.update().words());
  }
  patch_failed_ = patch_failed_ || download.update().failed_patch();
  const Pulled::Outcome outcome = error        ? Pulled::Outcome::Failed
                                  : up_to_date ? Pulled::Outcome::UpToDate
                                               : Pulled::Outcome::Updated;
  if (outcome == Pulled::Outcome::Updated && filesystem) {
    // A sketch would read the version from a file in the new filesystem.
    options_.filesystem_version = decision->version;
  }
  owner_.report(Pulled{options_.url.text(), what, download.status(), outcome, error});
  download.update().close();
  co_return outcome == Pulled::Outcome::Updated;
}

asio::awaitable<std::optional<Error>> AsioPuller::connect() {
  error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  tcp::resolver resolver(context_);
  const auto found =
      co_await resolver.async_resolve(options_.url.host, std::to_string(options_.url.port), token);
  if (error || found.empty()) {
    co_return Error(Errc::NotFound,
                    "'" + options_.url.host + "' does not resolve: " + error.message());
  }
  std::optional<Error> failure;
  for (const auto& entry : found) {
    stream_ = http::make_stream(context_, tls_, options_.url.host);
    bool connected = false;
    bool done = false;
    error_code failed;
    asio::steady_timer over(context_, kConnectTimeout);
    http::AsioStream::Connected on_connected = [&, stream = stream_](error_code result) {
      failed = result;
      connected = !result;
      done = true;
      over.cancel();
    };
    stream_->connect(entry.endpoint(), on_connected);
    co_await over.async_wait(token);
    if (!done) {
      stream_->drop();
      failure = Error(Errc::NoAnswer, "no connection to " + options_.url.origin());
      // The handler uses this coroutine's frame, so wait for the handler.
      while (!done) {
        over.expires_after(std::chrono::seconds(1));
        co_await over.async_wait(token);
      }
    } else if (connected) {
      co_return std::nullopt;
    } else {
      failure = stream_->connect_error(failed);
    }
  }
  co_return failure;
}

asio::awaitable<Result<void>> AsioPuller::write(Bytes bytes) {
  error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  while (!bytes.empty()) {
    error_code failed;
    std::size_t written = 0;
    bool done = false;
    deadline_.expires_after(kConnectTimeout);
    http::AsioStream::Transferred on_written = [&](error_code result, std::size_t count) {
      failed = result;
      written = count;
      done = true;
      deadline_.cancel();
    };
    stream_->write_some(bytes, on_written);
    while (!done) {
      co_await deadline_.async_wait(token);
      if (!done && deadline_.expiry() <= std::chrono::steady_clock::now()) {
        stream_->drop();
        deadline_.expires_after(std::chrono::seconds(1));
      }
    }
    if (failed) {
      co_return fail(Errc::ConnectionClosed, "sending the request failed: " + failed.message());
    }
    bytes = bytes.subspan(written);
  }
  co_return Result<void>();
}

asio::awaitable<Result<std::size_t>> AsioPuller::read(bool answered) {
  error_code ignored;
  auto token = asio::redirect_error(asio::use_awaitable, ignored);
  error_code failed;
  std::size_t received = 0;
  bool done = false;
  bool stalled = false;
  deadline_.expires_after(answered ? kStreamTimeout : kConnectTimeout);
  http::AsioStream::Transferred on_read = [&](error_code result, std::size_t count) {
    failed = result;
    received = count;
    done = true;
    deadline_.cancel();
  };
  stream_->read_some(received_, on_read);
  while (!done) {
    co_await deadline_.async_wait(token);
    if (!done && (stopped_ || deadline_.expiry() <= std::chrono::steady_clock::now())) {
      stalled = true;
      stream_->drop();
      deadline_.expires_after(std::chrono::seconds(1));
    }
  }
  if (stalled) {
    co_return answered ? fail(Errc::Stalled, "Stream Read Timeout")
                       : fail(Errc::NoAnswer, "no reply from " + options_.url.origin());
  }
  if (failed == asio::error::eof) {
    co_return std::size_t{0};
  }
  if (failed) {
    co_return fail(Errc::ConnectionReset, "connection lost: " + failed.message());
  }
  co_return received;
}

asio::awaitable<std::optional<Error>> AsioPuller::transfer(PullDownload& download,
                                                           wire::Command what) {
  const Secret request = http::pull_request(options_.url, device_request(what));
  const Result<void> sent = co_await write(as_bytes(request.reveal()));
  if (!sent) {
    co_return sent.error();
  }
  for (;;) {
    const Result<std::size_t> count = co_await read(download.status() != 0);
    if (!count) {
      co_return count.error();
    }
    if (*count == 0) {
      co_return Error(Errc::ConnectionClosed, "connection lost");
    }
    const bool more = download.feed(Bytes(received_).first(*count));
    const auto busy = owner_.busy_time();
    if (busy.count() > 0) {
      co_await pause(busy);
    }
    if (!more) {
      break;
    }
  }
  if (download.complete() && download.update().active()) {
    // After a failure the reason is in update().words().
    static_cast<void>(download.update().finish());
  }
  co_return std::nullopt;
}

http::DeviceRequest AsioPuller::device_request(wire::Command what) {
  const DeviceFacts facts = owner_.facts();
  const bool esp8266 = facts.chip == ChipFamily::Esp8266;
  http::DeviceRequest request;
  request.family = esp8266 ? ChipFamily::Esp8266 : ChipFamily::Esp32;
  request.station_mac = options_.mac;
  request.access_point_mac = options_.mac;
  if (esp8266) {
    request.chip_id = chip_id_of(options_.mac);
  }
  request.free_space = facts.free_space;
  request.sketch_size = facts.application_size;
  request.chip_size = facts.flash_size;
  request.sketch_md5 = facts.application_md5;
  request.sdk_version = esp8266 ? "2.2.2-dev(38a443e)" : "v5.5.1";
  const bool filesystem = what == wire::Command::Filesystem;
  request.mode = filesystem ? http::UpdateMode::Filesystem : http::UpdateMode::Sketch;
  if (!filesystem && !patch_failed_ && !facts.application_sha256.empty()) {
    request.running = {facts.application_size, facts.application_sha256};
  }
  request.version = filesystem ? options_.filesystem_version : options_.version;
  return request;
}

}  // namespace otatool::device
