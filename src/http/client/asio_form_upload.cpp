#include "http/client/asio_form_upload.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace otatool::http {
namespace asio = boost::asio;

namespace {

/// A page whose end does not come is complete after such a pause.
constexpr std::chrono::milliseconds kPauseOfPage{5'000};

/// The answer to a request as an event. Its views are into `response` and `location`.
FormPlan::Event event_of(const ClientResponse& response,
                         const std::string& location,
                         const AsioDeviceClient& client) {
  if (response.status == 0 || client.interrupted()) {
    return FormPlan::Unanswered{
        response.error.value_or(Error(Errc::ConnectionClosed, "the device did not answer")),
        response.all_delivered,
        client.delivered() > 0};
  }
  return FormPlan::Answered{.status = response.status,
                            .body = response.body,
                            .location = location,
                            .with_password = client.with_password(),
                            .challenged = is_challenged(response),
                            .incomplete = response.error};
}

std::string location_of(const ClientResponse& response) {
  const auto values = response.values("Location");
  return values.empty() ? std::string() : values.front();
}

}  // namespace

AsioFormUpload::AsioFormUpload(asio::io_context& context,
                               AsioDeviceClient& client,
                               const PushTiming& timing,
                               const delivery::Listener& listener)
    : pause_(context), client_(client), timing_(timing), report_(listener) {}

void AsioFormUpload::interrupt() {
  pause_.cancel();
}

asio::awaitable<std::optional<Error>> AsioFormUpload::send(FormOrder order, Bytes image) {
  FormPlan plan(std::move(order));
  report_(delivery::PhaseReached{delivery::Phase::RequestingPage});
  FormPlan::Action action = plan.start();
  for (;;) {
    if (auto* finish = std::get_if<FormPlan::Finish>(&action)) {
      co_return std::move(finish->error);
    }
    if (const auto* pause = std::get_if<FormPlan::Pause>(&action)) {
      boost::system::error_code ignored;
      auto token = asio::redirect_error(asio::use_awaitable, ignored);
      pause_.expires_after(client_.interrupted() ? std::chrono::milliseconds(0) : pause->time);
      co_await pause_.async_wait(token);
      action = plan.next(FormPlan::Paused{});
      continue;
    }
    ClientResponse response;
    if (const auto* get = std::get_if<FormPlan::Get>(&action)) {
      const GetLimits limits{
          .time = timing_.response, .header_only = !get->with_body, .pause = kPauseOfPage};
      std::string target = get->target;
      response = co_await client_.get(std::move(target), limits);
    } else {
      const auto& post = std::get<FormPlan::Post>(action);
      const Upload upload{post.target, post.referer, post.content};
      response = co_await client_.post(upload, image);
    }
    const std::string location = location_of(response);
    action = plan.next(event_of(response, location, client_));
  }
}

}  // namespace otatool::http
