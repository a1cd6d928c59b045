// `otatool delta`: makes a patch, applies it, and leaves no file when it refuses (delta.md).
#include <filesystem>
#include <nlohmann/json.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "otatool/bytes.hpp"

#include "tests/support/image_builder.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temporary_folder.hpp"

namespace otatool::test {
namespace {

using support::Blob;
using ::testing::HasSubstr;

Blob sketch(const std::string& text, std::size_t code_size) {
  support::ArduinoSpec spec;
  spec.code_size = code_size;
  spec.text = text;
  return support::arduino_image(spec);
}

class DeltaCommand : public ::testing::Test {
 protected:
  DeltaCommand() {
    write("old.bin", old_);
    write("new.bin", new_);
  }
  void write(const char* name, const Blob& content) const { folder_.write(name, as_text(content)); }
  [[nodiscard]] Outcome call(std::vector<std::string> arguments) const {
    ProgramCall call{.program = OTATOOL_BINARY};
    call.arguments = std::move(arguments);
    call.folder = folder_.path().string();
    return run(call);
  }
  [[nodiscard]] Outcome delta(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "delta");
    return call(std::move(arguments));
  }
  [[nodiscard]] Blob patch() const {
    EXPECT_EQ(delta({"old.bin", "new.bin", "-o", "p.delta"}).exit_code, 0);
    const std::string bytes = folder_.read("p.delta");
    return {as_bytes(bytes).begin(), as_bytes(bytes).end()};
  }
  [[nodiscard]] bool exists(const char* name) const {
    return std::filesystem::exists(folder_.path() / name);
  }

  const Blob old_ = sketch("the old version", 60001);
  const Blob new_ = sketch("a newer version of it", 60500);
  const TemporaryFolder folder_;
};

TEST_F(DeltaCommand, MakesThePatchThatMakesTheImage) {
  const Outcome made = delta({"old.bin", "new.bin", "-o", "p.delta"});
  EXPECT_EQ(made.exit_code, 0) << made.error;
  EXPECT_THAT(made.output, HasSubstr("p.delta: "));
  EXPECT_LT(folder_.read("p.delta").size(), new_.size() / 5);
  const Outcome applied = delta({"--apply", "old.bin", "p.delta", "-o", "again.bin"});
  EXPECT_EQ(applied.exit_code, 0) << applied.error;
  EXPECT_EQ(folder_.read("again.bin"), as_text(new_));
}

TEST_F(DeltaCommand, GivesTheSamePatchForTheSameImages) {
  EXPECT_EQ(patch(), patch());
}

TEST_F(DeltaCommand, DescribesThePatchInJson) {
  const Outcome made = delta({"old.bin", "new.bin", "-o", "p.delta", "--json"});
  const auto document = nlohmann::json::parse(made.output);
  EXPECT_EQ(document["schema"], 1);
  EXPECT_EQ(document["old_size"], old_.size());
  EXPECT_EQ(document["new_size"], new_.size());
  EXPECT_EQ(document["old_sha256"], support::sha256_hex(old_));
  EXPECT_EQ(document["new_sha256"], support::sha256_hex(new_));
  EXPECT_EQ(document["size"], folder_.read("p.delta").size());
  const Outcome info = call({"info", "p.delta", "--json"});
  const auto facts = nlohmann::json::parse(info.output);
  EXPECT_EQ(facts["kind"], "delta");
  EXPECT_EQ(facts["patch"]["valid"], true);
  EXPECT_EQ(facts["patch"]["old_sha256"], support::sha256_hex(old_));
}

TEST_F(DeltaCommand, DoesNotNeedTheSignatureOfTheOldImage) {
  write("signed.bin", support::with_trailer(old_, 256));
  EXPECT_EQ(delta({"signed.bin", "new.bin", "-o", "s.delta"}).exit_code, 0);
  EXPECT_EQ(delta({"--apply", "old.bin", "s.delta", "-o", "again.bin"}).exit_code, 0);
  EXPECT_EQ(folder_.read("again.bin"), as_text(new_));
  EXPECT_EQ(delta({"--apply", "signed.bin", "s.delta", "-o", "twice.bin"}).exit_code, 0);
  EXPECT_EQ(folder_.read("twice.bin"), as_text(new_));
}

TEST_F(DeltaCommand, RefusesAnotherOldImageAndLeavesNoFile) {
  static_cast<void>(patch());
  const Outcome refused = delta({"--apply", "new.bin", "p.delta", "-o", "again.bin"});
  EXPECT_EQ(refused.exit_code, 7);
  EXPECT_THAT(refused.error, HasSubstr("new.bin: the patch was made for another image"));
  EXPECT_FALSE(exists("again.bin"));
}

TEST_F(DeltaCommand, RefusesADamagedPatchAndLeavesNoFile) {
  Blob bytes = patch();
  bytes[bytes.size() / 2] ^= 1U;
  write("p.delta", bytes);
  const Outcome refused = delta({"--apply", "old.bin", "p.delta", "-o", "again.bin"});
  EXPECT_EQ(refused.exit_code, 7);
  EXPECT_THAT(refused.error, HasSubstr("p.delta: the patch is damaged"));
  EXPECT_FALSE(exists("again.bin"));
  const Outcome info = call({"info", "p.delta"});
  EXPECT_THAT(info.output, HasSubstr("BROKEN: the patch is damaged"));
  EXPECT_EQ(delta({"--apply", "old.bin", "new.bin", "-o", "again.bin"}).exit_code, 7);
  EXPECT_FALSE(exists("again.bin"));
}

TEST_F(DeltaCommand, NeedsAnOutput) {
  const Outcome refused = delta({"old.bin", "new.bin"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.error, HasSubstr("no --output is given"));
  EXPECT_EQ(delta({"old.bin", "new.bin", "-o", "-", "--json"}).exit_code, 2);
  EXPECT_EQ(delta({"old.bin", "none.bin", "-o", "p.delta"}).exit_code, 7);
  EXPECT_FALSE(exists("p.delta"));
}

}  // namespace
}  // namespace otatool::test
