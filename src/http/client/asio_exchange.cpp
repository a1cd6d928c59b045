#include "http/client/asio_exchange.hpp"

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
                           OnDelivered on_delivered)
    : tick_(context),
      over_(context, asio::steady_timer::time_point::max()),
      stream_(std::move(stream)),
      plan_(std::move(plan)),
      on_delivered_(std::move(on_delivered)),
      reader_([this](Bytes bytes) {
        response_.body.append(as_text(bytes));
        return response_.body.size() < kLargestResponse;
      }),
      last_activity_(Clock::now()) {
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
  if (reader_.complete() || (plan_.header_only && reader_.has_header() && reader_.status() < 400)) {
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
    if (silent >= kAfterSuccess && reader_.has_header() && says_success(response_.body)) {
      finish(std::nullopt);
      return;
    }
    if (silent >= (write_broken_ ? kAfterFailedWrite : plan_.stall)) {
      on_stall();
      return;
    }
  }
  watch();
}

void AsioExchange::on_stall() {
  if (write_broken_) {
    finish(broken(Errc::ConnectionReset, "reset the connection"));
  } else if (delivered_ == total_) {
    finish(broken(Errc::Stalled, fmt::format("sent nothing for {:g} s", seconds(plan_.stall))));
  } else {
    finish(broken(Errc::Stalled, fmt::format("accepted nothing for {:g} s", seconds(plan_.stall))));
  }
}

Error AsioExchange::broken(Errc code, const std::string& what) const {
  return {code,
          delivered_ == total_
              ? fmt::format("the device {} before it replied", what)
              : fmt::format("the device {} after {} of {} bytes", what, delivered_, total_)};
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
