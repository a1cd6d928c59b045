// Hosts that send anything to a virtual ESPHome device, in any pieces: the flash gets at most the
// announced bytes, after the password, and a device with a key takes nothing from a plain host.
#include <string>

#include "device/esphome/esphome_receiver.hpp"
#include "tests/fuzz/fuzz_input.hpp"

namespace {

using namespace otatool;
using namespace otatool::device;
using fuzz::FuzzInput;
using fuzz::require;

class Flash final : public EsphomeSink {
 public:
  explicit Flash(const EsphomeRules& rules) : rules_(rules) {}

  std::uint8_t begin(std::uint32_t size) override {
    require(rules_.password.empty() && !rules_.options.key, "only a known host begins an update");
    require(!begun_, "an update begins once");
    begun_ = true;
    left_ = size;
    return size > 100'000 ? std::uint8_t{esphome::kFaultSpaceEsp32} : std::uint8_t{0};
  }
  std::uint8_t write(Bytes bytes) override {
    require(begun_ && !bytes.empty() && bytes.size() <= left_, "at most the announced bytes come");
    left_ -= static_cast<std::uint32_t>(bytes.size());
    return 0;
  }
  std::uint8_t finish() override {
    require(left_ == 0, "an image ends after all its bytes");
    finished_ = true;
    return 0;
  }
  [[nodiscard]] bool finished() const { return finished_; }

 private:
  const EsphomeRules& rules_;
  bool begun_ = false;
  bool finished_ = false;
  std::uint32_t left_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  EsphomeRules rules;
  const std::uint8_t choices = input.byte();
  rules.options.protocol = static_cast<EsphomeProtocol>(choices % 3);
  rules.options.auth = (choices & 4U) != 0 ? wire::AuthHash::Md5 : wire::AuthHash::Sha256;
  rules.options.gzip = (choices & 8U) != 0;
  rules.password = Secret((choices & 16U) != 0 ? "secret" : "");
  if ((choices & 32U) != 0) {
    rules.options.protocol = EsphomeProtocol::Extended;
    rules.options.key.emplace(esphome::EncryptionKey::Array{});
  }
  Flash flash(rules);
  EsphomeReceiver receiver(rules, EsphomeSeed{}, flash);
  while (!input.empty()) {
    const std::string piece = input.text(1 + input.byte());
    receiver.receive(as_bytes(piece));
    const std::string output = receiver.take_output();
    require(output.size() < 200, "answers are short");
  }
  require(receiver.succeeded() == flash.finished(), "success is an image in the flash");
  return 0;
}
