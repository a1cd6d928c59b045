// A hostile device answers the look-ups and the steps of an upload or of a fetched update: all end,
// no look-up changes a device, and every text that the device tells is short and printable.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/http/fetch_plan.hpp"
#include "otatool/http/form_plan.hpp"
#include "otatool/http/recogniser.hpp"

#include "tests/fuzz/fuzz_input.hpp"

namespace {

using namespace otatool;
using namespace otatool::http;
using otatool::fuzz::FuzzInput;
using otatool::fuzz::require;

constexpr std::size_t kMostSteps = 400;

std::string take_text(FuzzInput& input) {
  return input.text(input.word() % 600U);
}

void check_text(std::string_view text) {
  require(text.size() <= 80, "a text of a device is short");
  require(std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; }),
          "a text of a device is printable");
}

void check_identity(const DeviceIdentity& device) {
  check_text(device.version);
  check_text(device.hardware);
  check_text(device.release);
  check_text(device.build);
}

DeviceIdentity recognise(FuzzInput& input) {
  Recogniser recogniser(families_at(""));
  Recogniser::Action action = recogniser.start();
  std::size_t asked = 0;
  while (const auto* probe = std::get_if<Recogniser::Probe>(&action)) {
    require(++asked <= families().size(), "recognition ends");
    require(!probe->target.starts_with("/u") || probe->target.starts_with("/update"),
            "no look-up starts an update");
    const std::string server = input.flag() ? "Tasmota/" + take_text(input) : std::string();
    const std::string body = take_text(input);
    const std::vector<HeaderField> fields = {{"Server", server}};
    const unsigned status = input.flag() ? 200U : input.word() % 600U;
    const DeviceAnswer answer{status, fields, body};
    check_identity(read_identity(families()[asked], answer).value_or(DeviceIdentity{}));
    action = recogniser.next(answer);
  }
  return std::get<DeviceIdentity>(action);
}

void upload(FuzzInput& input, Family family) {
  FormPlan plan({.family = family,
                 .target = input.flag() ? take_text(input) : std::string(),
                 .filesystem = input.flag(),
                 .image_size = 1000,
                 .image_md5 = "00",
                 .is_app = true});
  FormPlan::Action action = plan.start();
  std::size_t posts = 0;
  for (std::size_t step = 0; !std::holds_alternative<FormPlan::Finish>(action); ++step) {
    require(step < kMostSteps, "an upload ends");
    posts += std::holds_alternative<FormPlan::Post>(action) ? 1U : 0U;
    require(posts <= 1, "the image is sent once");
    const std::string body = take_text(input);
    const std::string location = input.flag() ? take_text(input) : std::string();
    FormPlan::Event event = FormPlan::Paused{};
    if (!std::holds_alternative<FormPlan::Pause>(action)) {
      event = input.flag() ? FormPlan::Event(FormPlan::Answered{
                                 .status = input.flag() ? 200U : input.word() % 600U,
                                 .body = body,
                                 .location = location,
                                 .challenged = input.flag()})
                           : FormPlan::Event(FormPlan::Unanswered{
                                 Error(Errc::ConnectionReset, "reset"), input.flag()});
    }
    action = plan.next(event);
  }
}

/// The device fetches the image. Whatever it answers, a URL that was replaced is set again.
void fetch(FuzzInput& input, Family family) {
  FetchPlan plan(family, "http://192.0.2.1/image.bin");
  FetchPlan::Action action = plan.start();
  std::size_t urls = 0;
  for (std::size_t step = 0; !std::holds_alternative<FetchPlan::Finish>(action); ++step) {
    require(step < kMostSteps, "a fetched update ends");
    const auto* get = std::get_if<FetchPlan::Get>(&action);
    urls += get != nullptr && get->target.starts_with("/cm?cmnd=OtaUrl%20") ? 1U : 0U;
    if (get == nullptr) {
      action = plan.next(FetchPlan::Paused{});
    } else if (input.byte() == 1) {
      action = plan.cancel();
    } else if (input.flag()) {
      const std::string server = input.flag() ? "Tasmota/15" : std::string();
      const std::string body = take_text(input);
      const std::vector<HeaderField> fields = {{"Server", server}};
      const DeviceAnswer answer{input.flag() ? 200U : input.word() % 600U, fields, body};
      action = plan.next(FetchPlan::Answered{.answer = answer, .challenged = input.flag()});
    } else {
      action = plan.next(FetchPlan::Unanswered{Error(Errc::ConnectionReset, "reset")});
    }
  }
  require(urls != 1, "the URL of the device is restored");
  check_identity(plan.before());
  check_identity(plan.now());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  const auto all = families();
  const unsigned choice = input.byte();
  const Family chosen = all[choice % all.size()];
  const DeviceIdentity device = recognise(input);
  check_identity(device);
  const Family family = device.family == Family::Unknown ? chosen : device.family;
  if (choice >= 128) {
    fetch(input, family);
  } else {
    upload(input, family);
  }
  return 0;
}
