#include <optional>
#include <thread>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "otatool/announce/announcement.hpp"

#include "announce/asio_announcer.hpp"

namespace otatool::announce {
namespace asio = boost::asio;

class AnnouncedService::State {
 public:
  State(Service service, AnnounceOptions options)
      : service_(std::move(service)), announcer_(context_, std::move(options), service_.type) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  ~State() {
    if (!thread_.joinable()) {
      return;
    }
    asio::post(context_, [this] { announcer_.stop(); });
    thread_.join();
  }

  Result<Announced> start() {
    boost::system::error_code error;
    const auto address = asio::ip::make_address(service_.address, error);
    if (error) {
      return fail(Errc::Usage, "not an IP address: '" + service_.address + "'");
    }
    std::optional<Announced> first;
    const auto started = announcer_.start(
        address, service_.port, txt_data(service_.txt), [&first](const Announced& announced) {
          first = announced;
        });
    if (!started) {
      return fail(started.error());
    }
    while (!first) {
      context_.run_one();
    }
    announcer_.set_listener({});
    thread_ = std::thread([this] { context_.run(); });
    return std::move(*first);
  }

 private:
  Service service_;
  asio::io_context context_;
  AsioAnnouncer announcer_;
  std::thread thread_;
};

AnnouncedService::AnnouncedService(Service service, AnnounceOptions options)
    : state_(std::make_unique<State>(std::move(service), std::move(options))) {}
AnnouncedService::~AnnouncedService() = default;

Result<Announced> AnnouncedService::start() {
  return state_->start();
}

}  // namespace otatool::announce
