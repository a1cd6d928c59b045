// The upload page of the Arduino library: the target gets at most the announced bytes, an update
// ends or is cancelled, wrong credentials never begin one, and the answer does not depend on the
// pieces.
#include <string>
#include <string_view>

#include "otatool/bytes.hpp"

#include "firmware/arduino/upload_page.hpp"
#include "tests/fuzz/fuzz_input.hpp"

namespace {

using namespace otatool;
using arduino::PageAnswer;
using otatool::fuzz::FuzzInput;
using otatool::fuzz::require;

struct WatchedTarget final : arduino::UpdateTarget {
  bool begin(wire::Command, std::uint32_t size) override {
    require(!active, "an update begins after the one before has ended");
    announced = size;
    taken.clear();
    ++begun;
    active = true;
    return true;
  }
  bool write(const std::uint8_t* bytes, std::size_t length) override {
    require(active, "bytes belong to an update");
    taken.append(reinterpret_cast<const char*>(bytes), length);
    require(taken.size() <= announced, "an update has at most the announced bytes");
    return true;
  }
  bool end() override {
    require(active && taken.size() == announced, "an update ends with its last byte");
    active = false;
    return true;
  }
  void cancel() override { active = false; }

  bool active = false;
  std::size_t announced = 0;
  int begun = 0;
  std::string taken;
};

PageAnswer serve(std::string_view request,
                 std::size_t piece,
                 bool credentials,
                 WatchedTarget& target) {
  arduino::UploadPage page(target);
  if (credentials) {
    page.set_credentials("user", "a password that no input has");
  }
  page.begin({{192, 0, 2, 1}, 4, 0, 1}, 0);
  PageAnswer answer = PageAnswer::Pending;
  for (std::size_t at = 0; at < request.size() && answer == PageAnswer::Pending; at += piece) {
    const Bytes bytes = as_bytes(request.substr(at, piece));
    answer = page.write(bytes.data(), bytes.size());
  }
  page.end();
  require(!target.active, "no update stays open");
  return answer;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  const std::size_t piece = input.byte() + 1U;
  const std::string request = input.text(size);

  WatchedTarget whole;
  WatchedTarget pieces;
  const PageAnswer answer = serve(request, request.size() + 1, false, whole);
  require(serve(request, piece, false, pieces) == answer,
          "the answer does not depend on the pieces");
  require(answer != PageAnswer::Updated || whole.taken == pieces.taken,
          "the image does not depend on the pieces");

  WatchedTarget refused;
  const PageAnswer denied = serve(request, piece, true, refused);
  require(refused.begun == 0 && denied != PageAnswer::Updated && denied != PageAnswer::Form,
          "nothing works without the credentials");
  return 0;
}
