#include "http/client/asio_recognise.hpp"

#include <algorithm>

#include "otatool/ascii.hpp"
#include "otatool/gzip/validate.hpp"
#include "otatool/http/recogniser.hpp"

namespace otatool::http {
namespace asio = boost::asio;

namespace {

/// Bytes of a page after unpacking. ElegantOTA sends its pages packed.
constexpr std::size_t kLargestPage = std::size_t{512} << 10U;

/// A response whose end does not come is complete after such a pause.
constexpr std::chrono::milliseconds kPauseOfLookUp{2'000};

/// Whether another look-up would end in the same way. A device that closes or stays silent may only
/// dislike the address.
bool is_final(const Error& error) {
  const Errc code = error.code();
  return code != Errc::ConnectionClosed && code != Errc::ConnectionReset && code != Errc::Stalled &&
         code != Errc::DeviceRefused && code != Errc::UnknownChallenge;
}

}  // namespace

GetLimits look_up_limits(const PushTiming& timing) {
  return {.time = std::min(timing.look_up, timing.response), .pause = kPauseOfLookUp};
}

LookUp::LookUp(ClientResponse response) : response_(std::move(response)) {
  const auto coding = response_.values("Content-Encoding");
  if (!coding.empty() && lower_case(trimmed(coding.front())) == "gzip") {
    const auto unpacked = gzip::inspect_package(as_bytes(response_.body), kLargestPage);
    response_.body = as_text(unpacked.content);
  }
}

std::vector<HeaderField> LookUp::fields() const {
  std::vector<HeaderField> fields;
  for (const auto& [name, value] : response_.fields) {
    fields.push_back({name, value});
  }
  return fields;
}

bool LookUp::dropped() const {
  const auto none = error();
  return none && (none->code() == Errc::ConnectionClosed || none->code() == Errc::ConnectionReset);
}

std::optional<Error> LookUp::error() const {
  if (response_.status != 0) {
    return std::nullopt;
  }
  return response_.error.value_or(Error(Errc::ConnectionClosed, "the device did not answer"));
}

asio::awaitable<Result<DeviceIdentity>> recognise(AsioDeviceClient& client,
                                                  std::vector<Family> candidates,
                                                  GetLimits limits) {
  Recogniser recogniser(std::move(candidates));
  Recogniser::Action action = recogniser.start();
  while (const auto* probe = std::get_if<Recogniser::Probe>(&action)) {
    std::string target(probe->target);
    LookUp look_up(co_await client.get(std::move(target), limits));
    if (look_up.dropped()) {
      // A device that is busy drops connections now and then.
      std::string again(probe->target);
      look_up = LookUp(co_await client.get(std::move(again), limits));
    }
    const auto error = look_up.error();
    if (error && is_final(*error)) {
      co_return fail(*error);
    }
    const auto fields = look_up.fields();
    action = recogniser.next(look_up.answer(fields));
  }
  co_return std::get<DeviceIdentity>(std::move(action));
}

}  // namespace otatool::http
