#include "http/client/asio_exchange.hpp"

#include <algorithm>
#include <fmt/format.h>

#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "otatool/http/form_verdict.hpp"

namespace otatool::http {
namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds kTick{50};
constexpr std::chrono::milliseconds kWaitReportInterval{1'000};
/// Wait after a success verdict: a device that restarts may never close the connection.
constexpr std::chrono::milliseconds kAfterSuccess{1'000};
/// Wait for a response after writing failed: the device may have sent it before it closed.
constexpr std::chrono::milliseconds kAfterFailedWrite{2'000};

double seconds(std::chrono::milliseconds time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

std::vector<std::string> ClientResponse::values(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [field, value] : fields) {
    if (same_name(field, name)) {
      values.push_back(value);
    }
  }
  return values;
}

AsioExchange::AsioExchange(asio::io_context& context,
                           std::shared_ptr<AsioStream> stream,
                           ExchangePlan plan,
                           OnDelivered on_delivered,
                           OnWait on_wait)
    : tick_(context),
      over_(context, asio::steady_timer::time_point::max()),
      stream_(std::move(stream)),
      plan_(std::move(plan)),
      on_delivered_(std::move(on_delivered)),
      on_wait_(std::move(on_wait)),
      reader_([this](Bytes bytes) {
        response_.body.append(as_text(bytes));
        return response_.body.size() < kLargestResponse;
      }),
      last_activity_(Clock::now()),
      last_progress_(last_activity_) {
  for (const Bytes part : plan_.parts) {
    total_ += part.size();
  }
}

asio::awaitable<ClientResponse> AsioExchange::perform() {
  const auto self = shared_from_this();
  stream_->connect(plan_.to, [self](error_code error) { self->on_connected(error); });
  watch();
  error_code ignored;
  auto token = asio::redirect_error(asio::use_awaitable, ignored);
  while (!finished_) {
    co_await over_.async_wait(token);
  }
  co_return std::move(response_);
}

void AsioExchange::interrupt() {
  finish(Error(Errc::Interrupted, "interrupted"));
}

void AsioExchange::on_connected(error_code error) {
  if (finished_) {
    return;
  }
  if (error) {
    finish(stream_->connect_error(error));
    return;
  }
  connected_ = true;
  last_activity_ = Clock::now();
  last_progress_ = last_activity_;
  read();
  write();
}

void AsioExchange::read() {
  stream_->read_some(received_, [self = shared_from_this()](error_code error, std::size_t count) {
    self->on_read(error, count);
  });
}

void AsioExchange::on_read(error_code error, std::size_t count) {
  if (finished_) {
    return;
  }
  if (!write_broken_) {
    update_delivered();
  }
  // A reset is reported once, to the reading or to the writing side.
  if (error == asio::error::eof && !write_broken_) {
    const auto ended = reader_.end();
    finish(ended ? std::nullopt
                 : std::optional(broken(Errc::ConnectionClosed, "closed the connection")));
    return;
  }
  if (error) {
    const bool whole = reader_.has_header() && reader_.end();
    finish(whole ? std::nullopt
                 : std::optional(broken(Errc::ConnectionReset, "reset the connection")));
    return;
  }
  last_activity_ = Clock::now();
  if (const auto fed = reader_.feed(Bytes(received_).first(count)); !fed) {
    finish(fed.error());
    return;
  }
  if (reader_.complete() || (reader_.has_header() && ends_at_header())) {
    finish(std::nullopt);
    return;
  }
  read();
}

void AsioExchange::write() {
  while (!all_written() && part_offset_ == plan_.parts[part_].size()) {
    ++part_;
    part_offset_ = 0;
  }
  if (all_written()) {
    return;
  }
  stream_->write_some(plan_.parts[part_].subspan(part_offset_),
                      [self = shared_from_this()](error_code error, std::size_t count) {
                        self->on_written(error, count);
                      });
}

void AsioExchange::on_written(error_code error, std::size_t count) {
  if (finished_) {
    return;
  }
  if (error) {
    // The device may have sent a response before it closed.
    write_broken_ = true;
    last_activity_ = Clock::now();
    return;
  }
  written_ += count;
  part_offset_ += count;
  update_delivered();
  write();
}

void AsioExchange::update_delivered() {
  const std::size_t waiting = stream_->undelivered();
  const std::size_t delivered = written_ > waiting ? written_ - waiting : 0;
  if (delivered > delivered_) {
    delivered_ = delivered;
    last_activity_ = Clock::now();
    last_progress_ = last_activity_;
    on_delivered_(delivered_);
  }
}

void AsioExchange::watch() {
  tick_.expires_after(kTick);
  tick_.async_wait([self = shared_from_this()](error_code error) {
    if (!error && !self->finished_) {
      self->on_tick();
    }
  });
}

void AsioExchange::on_tick() {
  const auto silent = Clock::now() - last_activity_;
  if (!connected_) {
    if (silent >= plan_.connect) {
      finish(Error(Errc::NoAnswer,
                   fmt::format("no connection within {:g} s", seconds(plan_.connect))));
      return;
    }
  } else {
    if (!write_broken_) {
      update_delivered();
    }
    if (has_paused(silent)) {
      finish(std::nullopt);
      return;
    }
    if (silent >= (write_broken_ ? kAfterFailedWrite : plan_.stall)) {
      on_stall(plan_.stall);
      return;
    }
    if (Clock::now() - last_progress_ >= 2 * plan_.stall) {
      on_stall(2 * plan_.stall);
      return;
    }
  }
  report_wait(Clock::now());
  watch();
}

void AsioExchange::report_wait(Clock::time_point now) {
  last_wait_ = std::max(last_wait_, last_activity_);
  if (now - last_wait_ < kWaitReportInterval) {
    return;
  }
  last_wait_ = now;
  const bool sent = delivered_ == total_;
  const auto limit = !connected_ ? plan_.connect : write_broken_ ? kAfterFailedWrite : plan_.stall;
  auto end = last_activity_ + limit;
  if (connected_) {
    end = std::min(end, last_progress_ + 2 * plan_.stall);
  }
  on_wait_(!connected_ ? Wait::ForConnection
           : sent      ? Wait::ForResponse
                       : Wait::ForDelivery,
           std::chrono::duration_cast<std::chrono::milliseconds>(end - now));
}

bool AsioExchange::ends_at_header() const {
  return (plan_.header_only && reader_.status() < 400) || (plan_.pause && reader_.status() == 404);
}

bool AsioExchange::has_paused(Clock::duration silent) const {
  return reader_.has_header() && ((silent >= kAfterSuccess && says_success(response_.body)) ||
                                  (plan_.pause && silent >= *plan_.pause));
}

void AsioExchange::on_stall(std::chrono::milliseconds limit) {
  if (write_broken_) {
    finish(broken(Errc::ConnectionReset, "reset the connection"));
  } else if (delivered_ < total_) {
    finish(broken(Errc::Stalled, fmt::format("accepted nothing for {:g} s", seconds(limit))));
  } else if (limit == plan_.stall) {
    finish(broken(Errc::Stalled, fmt::format("sent nothing for {:g} s", seconds(limit))));
  } else {
    finish(Error(Errc::Stalled,
                 fmt::format("the device did not end its response within {:g} s", seconds(limit))));
  }
}

Error AsioExchange::broken(Errc code, const std::string& what) const {
  if (delivered_ == total_ || plan_.image_size == 0) {
    return {code, fmt::format("the device {} before it replied", what)};
  }
  const std::size_t image =
      delivered_ - std::min(delivered_, plan_.image_begin);  // the form's end may be missing
  return {code,
          fmt::format("the device {} after {} of {} bytes",
                      what,
                      std::min(image, plan_.image_size),
                      plan_.image_size)};
}

void AsioExchange::finish(std::optional<Error> error) {
  if (finished_) {
    return;
  }
  finished_ = true;
  response_.all_delivered = delivered_ == total_;
  const bool in_order = !error && part_ == plan_.parts.size() && reader_.complete();
  response_.error = std::move(error);
  if (reader_.has_header()) {
    response_.status = reader_.status();
    for (const HeaderField& field : reader_.fields()) {
      response_.fields.emplace_back(field.name, field.value);
    }
  }
  in_order ? stream_->close() : stream_->drop();
  tick_.cancel();
  over_.cancel();
}

}  // namespace otatool::http
